"""Guessing at the access key, slowed down: how many wrong tries an address has free.

Only wrong keys count, so nobody who has the right one ever uses up a try; and who showed it
before, under the same user name, is let in at once, whoever else guesses from there. A feed's
own token, which is too long to be guessed, is never slowed down: readers go on.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from ipaddress import IPv6Address, ip_address
from mmap import mmap
from threading import Lock

FREE = 10.0
"""Wrong tries in a row that cost nothing but a 401."""
EVERY = 3.0
"""Seconds after which one more is free."""
SHARED = 20
"""How many times as many are free to an address that says it asks for others, as proxies do."""
PLACES = 1 << 16
MEMORY = 3 * 8 * PLACES
"""Bytes that a throttle needs."""


def client(environ: Mapping[str, object]) -> tuple[str, str]:
    """The network that asks, and for whom it says so, "" if for itself.

    Behind a proxy all clients have one address. It tells of each in `X-Forwarded-For`, whose
    end is its own word.
    """
    forwarded = str(environ.get("HTTP_X_FORWARDED_FOR", "")).rpartition(",")[2].strip()
    return network(str(environ.get("REMOTE_ADDR", ""))), network(forwarded[:64])


def network(address: str) -> str:
    """The half of an IPv6 address that tells households apart: in the rest, one can be anybody."""
    try:
        found = ip_address(address)
    except ValueError:
        return address
    if not isinstance(found, IPv6Address) or found.ipv4_mapped:
        return address
    return found.exploded[:19]


def guessers(environ: Mapping[str, object]) -> dict[tuple[str, str], float]:
    """How many wrong tries each has free. Who makes up for whom he asks is held by his address."""
    address, forwarded = client(environ)
    if not forwarded:
        return {(address, ""): FREE}
    return {(address, ""): FREE * SHARED, (address, forwarded): FREE}


class Throttle:
    """In `memory` of a fixed size, all zeros at first, which the workers share that are forked by
    one process.

    Who asks has the place that his hash says, the same in all of them and unknown to him: two may
    share one, and at worst wait for each other. No lock spans processes: at worst a try is lost.
    """

    def __init__(self, monotonic: Callable[[], float], memory: mmap | None = None) -> None:
        memory = memory or mmap(-1, MEMORY)
        if len(memory) < MEMORY:
            raise ValueError(f"a throttle needs {MEMORY} bytes")
        whole = memoryview(memory)
        self._monotonic = monotonic
        self._tries = whole[: 8 * PLACES].cast("d")
        """How many tries were wrong, less one for each `EVERY`, as of the last wrong one."""
        self._moments = whole[8 * PLACES : 16 * PLACES].cast("d")
        """When the last wrong one was."""
        self._right = whole[16 * PLACES : MEMORY].cast("q")
        """The hashes of clients that had the right key."""
        self._lock = Lock()

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
                place = hash(who) % PLACES
                self._tries[place] = self._spent(who, free) + 1
                self._moments[place] = self._monotonic()

    def right(self, environ: Mapping[str, object], user: bytes) -> None:
        who = hash((*client(environ), user))
        self._right[who % PLACES] = who

    def knows(self, environ: Mapping[str, object], user: bytes) -> bool:
        who = hash((*client(environ), user))
        return self._right[who % PLACES] == who

    def _spent(self, who: tuple[str, str], free: float) -> float:
        place = hash(who) % PLACES
        regained = (self._monotonic() - self._moments[place]) / EVERY * (free / FREE)
        return max(0.0, self._tries[place] - regained)
