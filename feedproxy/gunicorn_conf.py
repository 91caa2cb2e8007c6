"""How gunicorn runs feedproxy; each setting stands here for the reason beside it.

`feedproxy serve` and the deployment's `gunicorn.conf.py` share it. The address is no
matter of this file. https://gunicorn.org/reference/settings/
"""

from __future__ import annotations

import logging
import re
from pathlib import Path
from typing import Any

from feedproxy.tally import Tally

# A client that sends slowly holds a thread. Of 50 such clients the sync worker and 8
# threads die; 64 threads do not notice. Against hundreds put nginx or a CDN in front.
worker_class = "gthread"
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

# Idle connections count against worker_connections (1,000 by default), so a crowd of
# them must not last; feed readers ask once and leave.
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


class WithoutSecrets(logging.Filter):
    """Cuts what errors quote of a request: a query may hold a token, a header the key."""

    QUOTED = re.compile(r"""\?[^\s'"]*|(?<=: )['"].*""", re.DOTALL)

    def filter(self, record: logging.LogRecord) -> bool:
        record.msg, record.args = self.QUOTED.sub("...", record.getMessage()), ()
        return True


def on_starting(server: Any) -> None:
    server.log.error_log.addFilter(WithoutSecrets())
