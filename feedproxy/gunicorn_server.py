"""gunicorn as feedproxy runs it: a stop waits only for answers, and no client holds up another.

Only answers to clients are worth waiting for: a worker exits without joining its threads, which
may fetch, or wait for a database, for seconds. Their unfinished work is dropped: the archive is
consistent at every moment, and a lease ends by itself.
"""

from __future__ import annotations

import logging
import os
import select
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
from gunicorn.config import Config
from gunicorn.workers.gthread import ThreadWorker

from feedproxy import gunicorn_conf
from feedproxy.errors import ArchiveError, FeedproxyError

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication

log = logging.getLogger(__name__)

RETRY = 1.0
"""Seconds after which another worker replaces one that could not start."""
LAST_WORDS = 0.1
"""Seconds that a quick stop leaves for answers that are just being sent, as in gunicorn."""
LINGER = 0.01
"""Seconds that a thread waits for a client's next request before it lets go of the connection.
Handing it to the main thread and back costs as much as an answer."""
PATIENCE = 60.0
"""Seconds that one request may take in all. We take 3 at most, the rest is for a slow client; one
that takes longer holds a thread for nothing."""


class Server(BaseApplication):  # type: ignore[misc]  # gunicorn has no types
    """gunicorn on a socket that is already open. `load` runs in each worker, after the fork."""

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
    """gthread with signal handlers that take no lock and raise nothing.

    gthread's own handler for SIGQUIT and SIGINT hangs for ever if it interrupts the main thread
    while that starts a thread of a pool: it waits for the pool's lock, which the main thread holds,
    and its SystemExit leaves behind a thread that the interpreter joins and never wakes.
    """

    def __init__(self, *given: Any) -> None:
        super().__init__(*given)
        self._busy_since: dict[Any, float] = {}

    def init_process(self) -> None:
        put_at_hand(self.cfg)
        super().init_process()

    def load_wsgi(self) -> None:
        """Loads the app. If that fails after the start, the worker just exits, and gunicorn starts
        another: a failure would stop the other workers, too, which can go on from memory.
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
        """Answers requests as long as one follows another at once, and also waits until the client
        has read the last answer: in gthread the main thread would wait for that, 2 s for each
        client that does not hang up.
        """
        try:
            goes_on = self._answer(conn)
            while goes_on is True and self._asks_again(conn):
                goes_on = self._answer(conn)
            if not goes_on:
                util.close_graceful(conn.sock)
            return goes_on
        finally:
            del self._busy_since[conn]

    def _answer(self, conn: Any) -> Any:
        self._busy_since[conn] = monotonic()
        return super().handle(conn)

    def _asks_again(self, conn: Any) -> bool:
        """Waits for it, unless this worker stops, or has a crowd of clients: these may need the
        thread more, and the main thread takes care of many of them at once.
        """
        if not self.alive or 4 * self.nr_conns > self.cfg.threads:
            return False
        if conn.parser.unreader.buf.getvalue():  # it came together with the last one
            return True
        waiting = select.poll()
        waiting.register(conn.sock, select.POLLIN)
        return bool(waiting.poll(1000 * LINGER))

    def finish_request(self, conn: Any, answered: Future[Any]) -> None:
        if answered.cancelled() or answered.exception() or answered.result():
            super().finish_request(conn, answered)
        else:  # closed already
            self.nr_conns -= 1

    def notify(self) -> None:
        """Called once a second; ends requests that take too long."""
        super().notify()
        latest = monotonic() - PATIENCE
        for conn, began in list(self._busy_since.items()):
            if began < latest:
                with suppress(OSError):
                    conn.sock.shutdown(socket.SHUT_RDWR)

    def init_signals(self) -> None:
        super().init_signals()
        # Else SIGTERM is not noticed while the loading app waits for a lock: gunicorn does not let
        # it interrupt system calls. Python resumes those by itself (PEP 475).
        signal.siginterrupt(signal.SIGTERM, True)

    def handle_quit(self, *_: object) -> NoReturn:
        sleep(LAST_WORDS)
        os._exit(0)

    def handle_exit(self, *signal_and_frame: object) -> None:
        if not self.booted:  # no client waits for it yet
            os._exit(0)
        super().handle_exit(*signal_and_frame)

    def run(self) -> NoReturn:
        """Serves until told to stop, and until every request under way is answered."""
        super().run()
        self.log.info("Worker exiting (pid: %s)", self.pid)
        os._exit(0)


def put_at_hand(settings: Config) -> None:
    """Makes the settings attributes, once they are final. gunicorn asks for 22 with each request,
    and Python searches for each in vain before it calls `Config.__getattr__`: 20 us in all.
    """
    vars(settings).update({name: each.get() for name, each in settings.settings.items()})
