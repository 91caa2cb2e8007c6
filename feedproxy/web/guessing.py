"""Guessing at the access key, slowed down: how many wrong tries an address has free.

Only wrong keys count, so nobody who has the right one ever uses up a try; and a feed's own
token, which is too long to be guessed, is never slowed down: readers go on whoever guesses.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Mapping

FREE = 10.0
"""Wrong tries in a row that cost nothing but a 401."""
EVERY = 3.0
"""Seconds after which one more is free."""
SHARED = 20
"""How many times as many are free to an address that says it asks for others, as proxies do."""
ADDRESSES = 10_000


def guessers(environ: Mapping[str, object]) -> dict[str, float]:
    """Who asks, and how many wrong tries each has free.

    Behind a proxy all clients have one address. It tells of each in `X-Forwarded-For`, whose
    end is its own word. A client that makes it up is held by the address it really has.
    """
    address = str(environ.get("REMOTE_ADDR", ""))
    forwarded = str(environ.get("HTTP_X_FORWARDED_FOR", "")).rpartition(",")[2].strip()
    if not forwarded:
        return {address: FREE}
    return {address: FREE * SHARED, f"{address} for {forwarded[:64]}": FREE}


class Throttle:
    """Per process, bounded: whom it forgets, it forgives."""

    def __init__(self, monotonic: Callable[[], float]) -> None:
        self._monotonic = monotonic
        self._tries: OrderedDict[str, tuple[float, float]] = OrderedDict()
        """By guesser: how many tries were wrong, less one for each `EVERY`, at which moment."""
        self._lock = threading.Lock()

    def wait(self, environ: Mapping[str, object]) -> float:
        """Seconds until the next try counts; 0: now."""
        with self._lock:
            waits = [
                (self._spent(who, free) - free + 1) * EVERY / (free / FREE)
                for who, free in guessers(environ).items()
            ]
        return max(0.0, *waits)

    def wrong(self, environ: Mapping[str, object]) -> None:
        with self._lock:
            for who, free in guessers(environ).items():
                self._tries[who] = (self._spent(who, free) + 1, self._monotonic())
                self._tries.move_to_end(who)
            while len(self._tries) > ADDRESSES:
                self._tries.popitem(last=False)

    def _spent(self, who: str, free: float) -> float:
        spent, moment = self._tries.get(who, (0.0, 0.0))
        regained = (self._monotonic() - moment) / EVERY * (free / FREE)
        return max(0.0, spent - regained)
