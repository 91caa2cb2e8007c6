"""gunicorn as feedproxy runs it: a stop always ends, at once, and no client holds up another.

Nothing under way but an answer to a client is worth a wait: a worker leaves without joining
its threads, which may fetch, or wait for a database, for seconds. What they have not
finished is dropped: the archive is whole at every moment, and a lease ends by itself.
"""

from __future__ import annotations

import logging
import os
import signal
import socket
import sys
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import suppress
from time import monotonic, sleep
from typing import TYPE_CHECKING, Any, NoReturn

from gunicorn import util
from gunicorn.app.base import BaseApplication
from gunicorn.arbiter import Arbiter
from gunicorn.workers.gthread import ThreadWorker

from feedproxy import gunicorn_conf
from feedproxy.errors import ArchiveError, FeedproxyError

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication

log = logging.getLogger(__name__)

RETRY = 1.0
"""Seconds after which a worker that could not begin is followed by another."""
LAST_WORDS = 0.1
"""Seconds that a quick stop leaves to answers that are just being sent, as gunicorn does."""
PATIENCE = 60.0
"""Seconds that one request may take in all. The longest wait for us is 3, the rest is how slowly
its client sends and reads; who takes longer holds a thread for nothing."""


class Server(BaseApplication):  # type: ignore[misc]  # gunicorn has no types
    """gunicorn on a socket that is open already. `load` runs in each worker, after the fork."""

    def __init__(
        self, listener: socket.socket, workers: int | None, load: Callable[[], WSGIApplication]
    ) -> None:
        self._fd = listener.detach()  # gunicorn closes it
        self._workers = workers
        self._load = load
        super().__init__()

    def load_config(self) -> None:
        for name, value in vars(gunicorn_conf).items():
            if name in self.cfg.settings:
                self.cfg.set(name, value)
        self.cfg.set("bind", f"fd://{self._fd}")
        if self._workers:
            self.cfg.set("workers", self._workers)

    def load(self) -> WSGIApplication:
        return self._load()


class Worker(ThreadWorker):  # type: ignore[misc]  # gunicorn has no types
    """gthread, whose handlers of signals take no lock and raise nothing.

    gthread's own for SIGQUIT and SIGINT hangs for ever where it interrupts the main thread as
    that starts a thread of a pool: it waits for the pool's lock, which the main thread holds,
    and its SystemExit leaves behind a thread that the interpreter joins and never wakes.
    """

    def init_process(self) -> None:
        self._busy_since: dict[Any, float] = {}
        super().init_process()

    def load_wsgi(self) -> None:
        """Where a worker fails, gunicorn stops the others too, which can go on from memory;
        where one just ends, it tries again.
        """
        try:
            super().load_wsgi()
        except FeedproxyError as error:
            if not (isinstance(error, ArchiveError) and gunicorn_conf.had_archive[0]):
                self.log.error("feedproxy cannot begin: %s", error)
                sys.exit(Arbiter.WORKER_BOOT_ERROR)
            log.warning("this worker begins later: %s", error)
            sleep(RETRY)
            sys.exit(0)
        gunicorn_conf.had_archive[0] = 1

    def handle(self, conn: Any) -> Any:
        """One request of `conn`, and here, too, the wait until the client has read the last
        answer: gthread's main thread would wait for it, 2 s for each who does not hang up.
        """
        self._busy_since[conn] = monotonic()
        try:
            goes_on = super().handle(conn)
            if not goes_on:
                util.close_graceful(conn.sock)
            return goes_on
        finally:
            del self._busy_since[conn]

    def finish_request(self, conn: Any, answered: Future[Any]) -> None:
        if answered.cancelled() or answered.exception() or answered.result():
            super().finish_request(conn, answered)
        else:  # closed already
            self.nr_conns -= 1

    def notify(self) -> None:
        """Once a second."""
        super().notify()
        latest = monotonic() - PATIENCE
        for conn, began in list(self._busy_since.items()):
            if began < latest:
                with suppress(OSError):
                    conn.sock.shutdown(socket.SHUT_RDWR)

    def init_signals(self) -> None:
        super().init_signals()
        # Or SIGTERM is not heard while the app, loading, waits for a lock. gunicorn spares system
        # calls the interruption; Python resumes them by itself (PEP 475).
        signal.siginterrupt(signal.SIGTERM, True)

    def handle_quit(self, *_: object) -> NoReturn:
        sleep(LAST_WORDS)
        os._exit(0)

    def handle_exit(self, *signal_and_frame: object) -> None:
        if not self.booted:  # nobody waits for it yet
            os._exit(0)
        super().handle_exit(*signal_and_frame)

    def run(self) -> NoReturn:
        """Until it is told to stop and every request that was begun is answered."""
        super().run()
        self.log.info("Worker exiting (pid: %s)", self.pid)
        os._exit(0)
