"""granian as feedproxy runs it: `serve --server granian`, to get more out of one host.

granian handles HTTP in Rust. Python threads only get whole requests, so a slow client costs a
connection, but no thread. The reasons in `gunicorn_conf` hold here, too, as far as granian has
the same settings. https://github.com/emmett-framework/granian
"""

from __future__ import annotations

import logging
import multiprocessing
import os
import signal
import socket
from collections.abc import Callable
from threading import Thread
from time import sleep
from typing import TYPE_CHECKING, Any, NoReturn

from granian._granian import SocketHolder
from granian.constants import HTTPModes, Interfaces
from granian.http import HTTP1Settings
from granian.log import LogLevels
from granian.server.mp import MPServer

from feedproxy import gunicorn_conf, memory
from feedproxy.errors import ArchiveError
from feedproxy.signals import STOPS, keep_over_forks

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication

log = logging.getLogger(__name__)

CONNECTIONS = 900
"""Of each worker, including slow and idle ones: fewer than the 1,024 files that a process may
usually have open. Further clients wait in the kernel's queue."""

RETRY = 1.0
"""Seconds after which a worker that could not start tries again."""

PULSE = 1.0
"""Seconds within which a worker notices every signal."""

HTTP = HTTP1Settings(
    header_read_timeout=10_000,  # milliseconds; a stop waits as long for clients that still send
    max_buffer_size=32_768,  # for the request's line and headers; beyond that, 431
)

LOG = {
    "handlers": {
        "console": {"class": "logging.StreamHandler", "formatter": "generic"},  # standard error
    },
    "loggers": {"_granian": {"handlers": ["console"], "propagate": False}},
}


class Server(MPServer):
    """granian on a socket that is already open. `load` runs in each worker, after the fork."""

    def __init__(
        self, listener: socket.socket, workers: int | None, load: Callable[[], WSGIApplication]
    ) -> None:
        host, port = listener.getsockname()[:2]
        self._listener = listener
        self._load = load
        super().__init__(
            target="feedproxy",
            address=host,
            port=port,
            interface=Interfaces.WSGI,
            workers=workers or gunicorn_conf.workers,
            blocking_threads=gunicorn_conf.threads,
            backpressure=CONNECTIONS,
            http=HTTPModes.http1,
            http1_settings=HTTP,
            websockets=False,
            log_level=LogLevels.info,
            log_dictconfig=LOG,
            log_access=False,  # a feed's token stands in its URL, and no log may show it
            respawn_failed_workers=True,
            workers_kill_timeout=gunicorn_conf.graceful_timeout,
        )

    def run(self) -> None:
        """Serves until a signal says stop, and until every request under way is answered."""
        # Workers get the tally and the socket by being forked.
        multiprocessing.set_start_method("fork", force=True)
        keep_over_forks()
        memory.prepare()
        self._lifeline, self._held = os.pipe()
        self.on_startup(self._on_startup)
        # Not MPServer's own `serve`: it warns of so many threads, which are intended.
        super(MPServer, self).serve(_work, self._begin, wrap_loader=False)

    def _on_startup(self) -> None:
        """Handles SIGQUIT, which granian does not, and warns of running as root."""
        signal.signal(signal.SIGQUIT, self._quit)
        if os.geteuid() == 0:
            log.warning(gunicorn_conf.AS_ROOT)

    def _quit(self, *_: object) -> None:
        self.workers_kill_timeout = 1
        self.interrupt_signal = True
        self.main_loop_interrupt.set()

    def _init_shared_socket(self) -> None:
        """Gives all workers our socket: granian would open one for each, and when a worker ends,
        lose the clients that wait in its queue.
        """
        self._ssp, self._sso = None, self._listener
        holder = SocketHolder(self._listener.fileno(), False, self.backlog)  # type: ignore[call-arg]  # its stub is empty
        self._shd = holder  # type: ignore[assignment]  # declared as None

    def shutdown(self, exit_code: int = 0) -> None:
        if self.interrupt_signal:  # systemd also tells the workers, which may have ended first
            self.interrupt_children.clear()
        super().shutdown(exit_code)  # type: ignore[no-untyped-call]

    def _begin(self) -> WSGIApplication:
        """Runs in a new worker. Until it serves, it obeys a stop at once: nobody waits for it."""
        for each in STOPS:
            signal.signal(each, lambda *_: os._exit(0))
        if self.interrupt_signal:  # it came since the fork, and met the parent's handler
            os._exit(0)
        _hear_the_parent()
        os.close(self._held)
        Thread(target=_end_with, args=(self._lifeline,), daemon=True).start()
        for name in [name for name in os.environ if name.startswith("HTTP_")]:
            del os.environ[name]  # granian passes the environment to the app, as if from headers
        while True:
            try:
                return self._load()
            except ArchiveError as error:  # the other workers can go on from memory
                log.warning("this worker begins later: %s", error)
                sleep(RETRY)


def _hear_the_parent() -> None:
    """Makes sure that the parent's SIGTERM is noticed, and that only the parent obeys Ctrl-C.

    Python handles a signal in the main thread, which sleeps on if it comes just before the wait
    begins: the pulse wakes it. Ctrl-C reaches every process, but a third signal makes a granian
    worker hang that still has a request to answer.
    """
    signal.signal(signal.SIGALRM, lambda *_: None)
    signal.setitimer(signal.ITIMER_REAL, PULSE, PULSE)
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})


def _end_with(lifeline: int) -> None:
    """Stops the worker, which would keep the port, when the parent with the other end is gone."""
    os.read(lifeline, 1)
    os.kill(os.getpid(), signal.SIGTERM)


def _work(*arguments: Any) -> NoReturn:
    """Serves until told to stop, and exits without joining threads: they may fetch for seconds."""
    MPServer._spawn_wsgi_worker(*arguments)
    os._exit(0)
