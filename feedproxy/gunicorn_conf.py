"""How gunicorn runs feedproxy; each setting stands here for the reason beside it.

`feedproxy serve` and the deployment's `gunicorn.conf.py` share it. The address is no
matter of this file. https://gunicorn.org/reference/settings/
"""

from __future__ import annotations

import gc
import logging
import mmap
import os
import re
import signal
from pathlib import Path
from typing import Any

from feedproxy.signals import STOPS, keep_over_forks
from feedproxy.tally import Tally

# A client that sends slowly holds a thread. Of 50 such clients the sync worker and 8
# threads die; 64 threads do not notice. Against hundreds put nginx or a CDN in front.
# Ours is gthread, but for how it ends.
worker_class = "feedproxy.gunicorn_server.Worker"
threads = 64

# The second is there while the first is replaced. More only for more cores, as
# answers are prepared bytes.
workers = 2

# Connections and database handles must not be carried over a fork.
preload_app = False

# A worker that gives no sign of life is replaced after 30 s. A deploy lets requests
# finish for as long: the longest wait of a request is 3 s, the rest is slow readers.
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

# Workers show that they live by touching a file; on a slow or full disk that blocks.
_memory = Path("/dev/shm")  # noqa: S108  the mount, no file name of ours
worker_tmp_dir = str(_memory) if _memory.is_dir() else None

# A proxy has no say in our paths, which the access check relies on.
forwarder_headers = ""

# gunicorn would open a socket for `gunicornc` in the home directory; services have none.
control_socket_disable = True

# No access log: a feed's token stands in its URL, and no log may show it. Whoever needs
# one takes it from the proxy in front.
accesslog = None
errorlog = "-"


# What all workers count in: they are forked by the process that reads this file.
tally = Tally()

# One byte that they share: 1 once this server has had its archive. A worker that finds it gone
# later neither stops the server, as at the start, nor begins a new one.
had_archive = mmap.mmap(-1, 1)

# Where they write down who guesses at the access key, or each would give away tries of its own.
guesses = mmap.mmap(-1, 1 << 21)


class WithoutSecrets(logging.Filter):
    """Cuts what errors quote of a request: a query may hold a token, a header the key."""

    QUOTED = re.compile(r"""\?[^\s'"]*|(?<=: )['"].*""", re.DOTALL)

    def filter(self, record: logging.LogRecord) -> bool:
        record.msg, record.args = self.QUOTED.sub("...", record.getMessage()), ()
        return True


AS_ROOT = "feedproxy runs as root, which it never needs: give it a user of its own"


def share_program() -> None:
    """With all who will be forked: memory is shared for as long as nobody writes to it, as the
    garbage collector does, which marks what it looks at.
    """
    gc.collect()
    gc.freeze()


def on_starting(server: Any) -> None:
    keep_over_forks()
    share_program()
    server.log.error_log.addFilter(WithoutSecrets())
    if os.geteuid() == 0:
        server.log.warning(AS_ROOT)


def pre_request(_worker: Any, request: Any) -> None:
    """A request with a body is the last on its connection: what follows a body that nobody
    read, or that is cut in a way of its own, must never be taken for another request.
    """
    if {"CONTENT-LENGTH", "TRANSFER-ENCODING"} & {name for name, _ in request.headers}:
        request.force_close()


def post_fork(server: Any, _worker: Any) -> None:
    """Until a worker has handlers of its own it obeys as well, at once: it has nobody to answer.

    What came since the fork met the master's handler, which put it into this process's copy
    of its queue, where nobody looks; and the master tells a worker to stop only once.
    """
    for each in STOPS:
        signal.signal(each, lambda *_: os._exit(0))
    while not server.SIG_QUEUE.empty():
        if server.SIG_QUEUE.get_nowait() in STOPS:
            os._exit(0)
