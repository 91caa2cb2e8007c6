"""One host for one SQLite file: a second one, over a network file system, is refused.

Every process holds a shared lock on one byte of the file `PATH-hosts`, chosen by the
kernel that it runs under; a lock on any other byte is another host's. Unlike a name
written down, a lock ends with its process, even one that is killed, and containers on
one machine, which may share the file safely, count as one host. It guards against a
mistake: where the file system keeps no locks across hosts, or a sandbox hides which
kernel it is, nothing is noticed.
"""

from __future__ import annotations

import errno
import fcntl
import os
import socket
import sys
import threading
from contextlib import suppress
from hashlib import sha256
from pathlib import Path

TURN = 0
"""The byte that is held while looking, so that one looks at a time."""
END = 2**31


def this_host(boot_id: Path = Path("/proc/sys/kernel/random/boot_id")) -> str | None:
    """The same for all processes under one running kernel; None: it cannot be told.

    On Linux no other name will do: a process in a sandbox and one outside must have the same.
    """
    with suppress(OSError):
        return boot_id.read_text("ascii").strip()
    return None if sys.platform == "linux" else socket.gethostname()


class Hosts:
    """Which host uses the database at `path`; `host` is ours. None is told from no other."""

    def __init__(self, path: Path, host: str | None) -> None:
        self._path = path.with_name(f"{path.name}-hosts")
        self._is_known = host is not None
        self._byte = 1 + int.from_bytes(sha256((host or "").encode()).digest()[:3], "big")
        self._lock = threading.Lock()
        self._file = -1
        self._pid = 0

    def enter(self) -> bool:
        """Begin to use it, until `leave` or the process ends; False if another host uses it.

        A folder that takes no lock file cannot be written to by two hosts either.
        """
        with self._lock:
            if not self._is_known or self._pid == os.getpid():  # a child does not inherit locks
                return True
            try:
                file = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
            except OSError:
                return True
            if not self._is_alone(file):
                os.close(file)
                return False
            self._file, self._pid = file, os.getpid()
            return True

    def leave(self) -> None:
        with self._lock:
            if self._pid == os.getpid():
                os.close(self._file)
                self._pid = 0

    def _is_alone(self, file: int) -> bool:
        try:
            fcntl.lockf(file, fcntl.LOCK_EX, 1, TURN)
            for start, end in ((TURN + 1, self._byte), (self._byte + 1, END)):
                if end > start:  # a length of 0 would mean the whole rest
                    fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB, end - start, start)
                    fcntl.lockf(file, fcntl.LOCK_UN, end - start, start)
            fcntl.lockf(file, fcntl.LOCK_SH, 1, self._byte)
            fcntl.lockf(file, fcntl.LOCK_UN, 1, TURN)
        except OSError as error:  # without locks at all, SQLite itself says so
            return error.errno not in (errno.EAGAIN, errno.EACCES)
        return True
