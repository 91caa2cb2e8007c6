"""granian as feedproxy runs it: `serve --server granian`, for those who want more of one host.

HTTP is granian's, in Rust; Python threads only ever have whole requests, so that a slow client
costs a connection and no thread. What gunicorn's settings say holds here as well, as far as
granian has the like. https://github.com/emmett-framework/granian
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

from feedproxy import gunicorn_conf
from feedproxy.errors import ArchiveError
from feedproxy.signals import STOPS, keep_over_forks

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication

log = logging.getLogger(__name__)

CONNECTIONS = 900
"""Of each worker, the slow and the idle ones too: fewer than the 1,024 files that a process may
usually have open. Who comes beyond them waits in the kernel's queue."""

RETRY = 1.0
"""Seconds after which a worker that could not begin tries again."""

PULSE = 1.0
"""Seconds after which a worker has noticed every signal."""

HTTP = HTTP1Settings(
    header_read_timeout=10_000,  # milliseconds; a stop waits as long for who is not done
    max_buffer_size=32_768,  # bounds the request's line and headers: 431 beyond
)

LOG = {
    "handlers": {
        "console": {"class": "logging.StreamHandler", "formatter": "generic"},  # standard error
    },
    "loggers": {"_granian": {"handlers": ["console"], "propagate": False}},
}


class Server(MPServer):
    """granian on a socket that is open already. `load` runs in each worker, after the fork."""

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
        """Until a signal says stop and every request that was begun is answered."""
        # What workers count, and the socket, they have by the fork.
        multiprocessing.set_start_method("fork", force=True)
        keep_over_forks()
        gunicorn_conf.share_program()
        self._lifeline, self._held = os.pipe()
        self.on_startup(self._also)
        # Past MPServer's own: it warns of as many threads as gunicorn has, which are meant.
        super(MPServer, self).serve(_work, self._begin, wrap_loader=False)

    def _also(self) -> None:
        """What granian does not see to."""
        signal.signal(signal.SIGQUIT, self._quit)
        if os.geteuid() == 0:
            log.warning(gunicorn_conf.AS_ROOT)

    def _quit(self, *_: object) -> None:
        self.workers_kill_timeout = 1
        self.interrupt_signal = True
        self.main_loop_interrupt.set()

    def _init_shared_socket(self) -> None:
        """Ours, for all workers: granian would open one for each, and lose who waits in the
        queue of a worker that ends.
        """
        self._ssp, self._sso = None, self._listener
        holder = SocketHolder(self._listener.fileno(), False, self.backlog)  # type: ignore[call-arg]  # its stub is empty
        self._shd = holder  # type: ignore[assignment]  # declared as None

    def shutdown(self, exit_code: int = 0) -> None:
        if self.interrupt_signal:  # systemd tells the workers, too: they may have ended first
            self.interrupt_children.clear()
        super().shutdown(exit_code)  # type: ignore[no-untyped-call]

    def _begin(self) -> WSGIApplication:
        """In a new worker. Until it serves it obeys a stop at once: it has nobody to answer."""
        for each in STOPS:
            signal.signal(each, lambda *_: os._exit(0))
        if self.interrupt_signal:  # came since the fork, and met the handler of the parent
            os._exit(0)
        _hear_the_parent()
        os.close(self._held)
        Thread(target=_end_with, args=(self._lifeline,), daemon=True).start()
        for name in [name for name in os.environ if name.startswith("HTTP_")]:
            del os.environ[name]  # granian gives the environment to the app, where it is headers
        while True:
            try:
                return self._load()
            except ArchiveError as error:  # the other workers can go on from memory
                log.warning("this worker begins later: %s", error)
                sleep(RETRY)


def _hear_the_parent() -> None:
    """Its SIGTERM is never missed, and alone counts.

    Python obeys a signal in the main thread, which sleeps on if one comes just before it begins to
    wait: the pulse wakes it. And Ctrl-C, which reaches every process, is for the parent to obey:
    the third signal makes a granian worker hang that still has a request to answer.
    """
    signal.signal(signal.SIGALRM, lambda *_: None)
    signal.setitimer(signal.ITIMER_REAL, PULSE, PULSE)
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})


def _end_with(lifeline: int) -> None:
    """Orphans would keep the port: stop when the parent, which holds the other end, is gone."""
    os.read(lifeline, 1)
    os.kill(os.getpid(), signal.SIGTERM)


def _work(*arguments: Any) -> NoReturn:
    """Serves until told to stop, and joins no thread: they may fetch, or wait for a database."""
    MPServer._spawn_wsgi_worker(*arguments)
    os._exit(0)
