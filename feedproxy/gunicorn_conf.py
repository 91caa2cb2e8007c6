"""How gunicorn runs feedproxy; the reason stands beside each setting.

`feedproxy serve` and the deployment's `gunicorn.conf.py` share it. The address is set
elsewhere. https://gunicorn.org/reference/settings/
"""

from __future__ import annotations

import logging
import mmap
import os
import re
import signal
from pathlib import Path
from typing import Any

from feedproxy import memory
from feedproxy.signals import STOPS, keep_over_forks
from feedproxy.tally import Tally

# A client that sends slowly holds a thread. Of 50 such clients the sync worker and 8
# threads die; 64 threads do not notice. Against hundreds put nginx or a CDN in front.
# Our worker is gthread, except in how it ends.
worker_class = "feedproxy.gunicorn_server.Worker"
threads = 64

# Two, so that one is there while the other is replaced. More are of use only with more cores,
# as answers are prepared bytes.
workers = 2

# Connections and database handles must not be carried over a fork.
preload_app = False

# A worker without a sign of life is replaced after 30 s, and a deploy lets requests finish for
# as long: a request waits for us for 3 s at most, the rest is for slow readers.
timeout = 30
graceful_timeout = 30

# Idle connections count as well, so a crowd of them must not last; feed readers ask once and
# leave. A process may usually have 1,024 files open: databases and fetches need some of them, and a
# worker that cannot open one more for a client ends.
worker_connections = 900
keepalive = 5

# The longest URL of ours has a few hundred bytes. Beyond these: 414 and 431.
limit_request_line = 4094
limit_request_fields = 64
limit_request_field_size = 8190

# Workers show that they are alive by touching a file; on a slow or full disk that blocks.
_memory = Path("/dev/shm")  # noqa: S108  the mount, no file name of ours
worker_tmp_dir = str(_memory) if _memory.is_dir() else None

# No proxy may change our paths, since the access check relies on them.
forwarder_headers = ""

# gunicorn would open a socket for `gunicornc` in the home directory; services have none.
control_socket_disable = True

# No access log: it would show the tokens in feeds' URLs. The proxy in front can keep one.
accesslog = None
errorlog = "-"


# All workers count in this: they are forked by the process that reads this file.
tally = Tally()

# One byte that they share: 1 once this server has had its archive. A worker that later finds the
# archive gone must neither stop the server, as it would at the start, nor create a new archive.
had_archive = mmap.mmap(-1, 1)

# They share the record of who guesses at the access key, or each would allow as many tries.
guesses = mmap.mmap(-1, 1 << 21)


class WithoutSecrets(logging.Filter):
    """Cuts out what errors quote of a request: a query may hold a token, and a header the key."""

    QUOTED = re.compile(r"""\?[^\s'"]*|(?<=: )['"].*""", re.DOTALL)

    def filter(self, record: logging.LogRecord) -> bool:
        record.msg, record.args = self.QUOTED.sub("...", record.getMessage()), ()
        return True


AS_ROOT = "feedproxy runs as root, which it never needs: give it a user of its own"


def on_starting(server: Any) -> None:
    keep_over_forks()
    memory.prepare()
    server.log.error_log.addFilter(WithoutSecrets())
    if os.geteuid() == 0:
        server.log.warning(AS_ROOT)


def pre_request(_worker: Any, request: Any) -> None:
    """Closes the connection after a request with a body: what follows a body that was not read,
    or whose length is disputed, must never be taken for another request.
    """
    if {"CONTENT-LENGTH", "TRANSFER-ENCODING"} & {name for name, _ in request.headers}:
        request.force_close()


def post_fork(server: Any, _worker: Any) -> None:
    """Lets a worker obey a stop at once until it has handlers of its own: nobody waits for it yet.

    A signal since the fork met the master's handler, which put it into this process's copy of the
    master's queue, where nobody looks; and the master tells a worker to stop only once.
    """
    for each in STOPS:
        signal.signal(each, lambda *_: os._exit(0))
    while not server.SIG_QUEUE.empty():
        if server.SIG_QUEUE.get_nowait() in STOPS:
            os._exit(0)
