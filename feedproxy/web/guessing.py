"""Slows down guessing at the access key: how many wrong tries an address has free.

Only wrong keys count, so nobody with the right one ever uses up a try. A client that showed the
right key before, under the same user name, is let in at once, even while others guess from the
same address. Feed tokens, which are too long to be guessed, are never slowed down.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from ipaddress import IPv6Address, ip_address
from mmap import mmap
from threading import Lock

FREE = 10.0
"""Wrong tries in a row that only cost a 401."""
EVERY = 3.0
"""Seconds after which one more try is free."""
SHARED = 20
"""How many times more tries are free for an address that says it asks for others, like a proxy."""
PLACES = 1 << 16
MEMORY = 3 * 8 * PLACES
"""Bytes that a throttle needs."""


def client(environ: Mapping[str, object]) -> tuple[str, str]:
    """The network that asks, and the one that it says it asks for, empty if for itself.

    Behind a proxy all clients have its address. The proxy names each in `X-Forwarded-For`, of
    which only the end is the proxy's own word.
    """
    forwarded = str(environ.get("HTTP_X_FORWARDED_FOR", "")).rpartition(",")[2].strip()
    return network(str(environ.get("REMOTE_ADDR", ""))), network(forwarded[:64])


def network(address: str) -> str:
    """The address; of an IPv6 address the half that identifies a household, which owns the rest."""
    try:
        found = ip_address(address)
    except ValueError:
        return address
    if not isinstance(found, IPv6Address) or found.ipv4_mapped:
        return address
    return found.exploded[:19]


def guessers(environ: Mapping[str, object]) -> dict[tuple[str, str], float]:
    """Everybody to whom a wrong try is counted, with how many tries each has free.

    A client that makes up whom it asks for is still limited by its own address.
    """
    address, forwarded = client(environ)
    if not forwarded:
        return {(address, ""): FREE}
    return {(address, ""): FREE * SHARED, (address, forwarded): FREE}


class Throttle:
    """Counts wrong tries in `memory` of a fixed size, zeros at first, shared by forked workers.

    A client's place is given by its hash, equal in all workers and unknown to the client. If two
    clients share a place, at worst they wait for each other. No lock spans processes: at worst a
    try is not counted.
    """

    def __init__(self, monotonic: Callable[[], float], memory: mmap | None) -> None:
        memory = memory or mmap(-1, MEMORY)
        if len(memory) < MEMORY:
            raise ValueError(f"a throttle needs {MEMORY} bytes")
        whole = memoryview(memory)
        self._monotonic = monotonic
        self._tries = whole[: 8 * PLACES].cast("d")
        """How many tries were wrong, minus one for each `EVERY`, as of the last wrong try."""
        self._moments = whole[8 * PLACES : 16 * PLACES].cast("d")
        """When the last wrong try was."""
        self._right = whole[16 * PLACES : MEMORY].cast("q")
        """The hashes of clients that had the right key."""
        self._lock = Lock()

    def wait(self, environ: Mapping[str, object]) -> float:
        """Seconds until the next try is accepted; 0 if it is now."""
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
