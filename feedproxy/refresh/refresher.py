"""The thread that refreshes the sources in the background.

It only decides *when*. What a refresh does is written in `pipeline`, and the lease sees to it
that at most one worker of all processes and hosts does it.
"""

from __future__ import annotations

import logging
import os
import threading
from collections.abc import Callable, Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress

from feedproxy.errors import FeedproxyError

log = logging.getLogger(__name__)

AT_ONCE = 4
"""How many sources one process reads side by side, so that one that hangs holds up no other."""
PAUSE = 1.0
"""Seconds between two looks at what is due: also how late an edited `refresh` may count."""
REST = 30.0
"""Seconds until the next try after a failure that could not even be noted in the archive."""


class Refresher:
    def __init__(
        self,
        due: Callable[[], Iterable[str]],
        do: Callable[[str], object],
        monotonic: Callable[[], float],
    ) -> None:
        """`due` names the jobs to be done now, sources among them, and `do` does one."""
        self._due = due
        self._do = do
        self._monotonic = monotonic
        self._wake = threading.Event()
        self._stopping = False
        self._lock = threading.Lock()
        self._running: dict[str, Future[None]] = {}
        self._resting: dict[str, float] = {}
        self._pid = 0

    def start(self) -> None:
        """Start the thread, once in each process: threads do not survive a fork."""
        with self._lock:
            if self._pid != os.getpid() and not self._stopping:
                self._pid = os.getpid()
                threading.Thread(target=self._loop, name="refresher", daemon=True).start()

    def wake(self) -> None:
        """Look now: somebody waits for a source."""
        self.start()
        self._wake.set()

    @property
    def is_stopping(self) -> bool:
        """Whether this process will not read anything any more."""
        return self._stopping

    def stop(self) -> None:
        """Begin nothing more. What is under way ends by its own deadline."""
        self._stopping = True
        self._wake.set()

    def _loop(self) -> None:
        with ThreadPoolExecutor(AT_ONCE, "refresh") as pool:
            # Once the main thread has ended, no thread or pool can start anything.
            while not self._stopping and threading.main_thread().is_alive():
                self._begin_due(pool)
                self._wake.wait(PAUSE)
                self._wake.clear()

    def _begin_due(self, pool: ThreadPoolExecutor) -> None:
        self._running = {name: job for name, job in self._running.items() if not job.done()}
        try:
            due = list(self._due())
        except Exception:
            log.exception("cannot tell which sources are due")
            return
        for name in due:
            rested = self._resting.get(name, 0.0) <= self._monotonic()
            if rested and name not in self._running:
                with suppress(RuntimeError):  # the process is ending
                    self._running[name] = pool.submit(self._one, name)

    def _one(self, name: str) -> None:
        begun = self._monotonic()
        try:
            self._do(name)
        except FeedproxyError as error:
            self._resting[name] = begun + REST
            log.warning("%s: %s", name, error)
        except Exception:
            self._resting[name] = begun + REST
            log.exception("the refresh of %s failed in an unexpected way", name)
