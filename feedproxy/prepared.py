"""Answers that are ready to be sent, and the bounded shelf that they stand on."""

from __future__ import annotations

import gzip
import hashlib
import threading
import time
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field, replace
from datetime import datetime
from math import inf
from typing import Generic, TypeVar

from cachetools import LRUCache

T = TypeVar("T")

SHELF_BYTES = 6 * 1024 * 1024
"""For gzipped answers: some 140 feeds of 100 papers."""
WHOLE_BYTES = 2 * 1024 * 1024
"""For the same answers unzipped, for readers who take no gzip: those asked for last."""
VERSIONS = 10_000
"""For so many answers the last version is known, which is enough for a 304."""
ASK_AGAIN = 10.0
"""Seconds after which it is asked again since when an answer is served, if nobody could tell."""


@dataclass(frozen=True, slots=True)
class Version:
    """One version of one feed in one format. Nothing in it depends on a request."""

    etag: str
    """Strong, in quotes, over the uncompressed bytes."""
    content_type: str
    last_modified: datetime
    """When this content was first served, by any worker, as far as could be told; whole seconds."""


@dataclass(frozen=True, slots=True)
class Prepared:
    """A version with its bytes."""

    version: Version
    gzipped: bytes
    unzip: Callable[[bytes], bytes] = field(compare=False, repr=False)

    @property
    def body(self) -> bytes:
        return self.unzip(self.gzipped)


class Memo(Generic[T]):
    """What was made last under each key, to be had while what it was made of is equal. Bounded."""

    def __init__(self, size: int, sized: Callable[[T], int] = lambda _: 1) -> None:
        self._held: LRUCache[Hashable, tuple[object, T]] = LRUCache(
            size, getsizeof=lambda held: sized(held[1])
        )
        self._size = size
        self._sized = sized
        self._lock = threading.Lock()

    def get(self, key: Hashable, made_of: object) -> T | None:
        with self._lock:
            held = self._held.get(key)
        if held is None or not (held[0] is made_of or held[0] == made_of):
            return None
        return held[1]

    def keep(self, key: Hashable, made_of: object, made: T) -> T:
        """Keep `made`, unless it is too big, and return it."""
        if self._sized(made) <= self._size:
            with self._lock:
                self._held[key] = (made_of, made)
        return made


def key_of(topic: str, form: str, page: int | None = None) -> str:
    """The name of an answer: on the shelf and, once it was served, in the archive."""
    return f"{keys_of(topic)}{form}" + (f"?page={page}" if page else "")


def keys_of(topic: str) -> str:
    """What all the keys of a topic begin with."""
    return f"{topic}."


Write = Callable[[], tuple[bytes, str]]
FirstServed = Callable[[str, str, datetime], datetime | None]
"""Since when the key has had the ETag, given the time; None: it cannot be told now."""


class Shelf:
    """Prepared answers by key; each is made again only when what it was made of has changed.

    `made_of` is compared as a whole. Whoever asks while an answer is being made waits for it
    (collapsed forwarding). A reader who has the last version needs no bytes, so the versions of
    far more answers are known than answers are kept. An answer whose date could not be told is made
    again some seconds later, to ask for the date again.
    """

    def __init__(
        self,
        first_served: FirstServed,
        size: int = SHELF_BYTES,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._first_served = first_served
        self._monotonic = monotonic
        self._undated: dict[str, float] = {}
        """The keys whose dates could not be told, and when to ask again."""
        self._versions: Memo[Version] = Memo(VERSIONS)
        self._answers: Memo[Prepared] = Memo(size, lambda made: len(made.gzipped))
        self._whole: Memo[bytes] = Memo(WHOLE_BYTES, len)
        self._lock = threading.Lock()
        self._making: dict[str, threading.Lock] = {}

    def get(self, key: str, made_of: object, write: Write, now: datetime) -> Prepared:
        with self._lock:
            making = self._making.setdefault(key, threading.Lock())
        with making:
            if (held := self.peek(key, made_of)) is not None:
                return held
            made = self._prepare(key, self._versions.get(key, made_of), write, now)
            self._versions.keep(key, made_of, made.version)
            return self._answers.keep(key, made_of, made)

    def peek(self, key: str, made_of: object) -> Prepared | None:
        """The answer, if it is there already: nothing is made."""
        return None if self._is_to_be_dated(key) else self._answers.get(key, made_of)

    def version(self, key: str, made_of: object) -> Version | None:
        """The answer's version, if known, whether its bytes are still there or not."""
        return None if self._is_to_be_dated(key) else self._versions.get(key, made_of)

    def _is_to_be_dated(self, key: str) -> bool:
        return self._monotonic() >= self._undated.get(key, inf)

    def _prepare(self, key: str, known: Version | None, write: Write, now: datetime) -> Prepared:
        body, content_type = write()
        etag = f'"{hashlib.sha256(body).hexdigest()[:32]}"'
        if known is None or known.etag != etag:
            made = Version(etag, content_type, now.replace(microsecond=0))
            known = self._dated(key, made, now)
        elif key in self._undated:
            known = self._dated(key, known, now)
        return Prepared(known, gzip.compress(body, 6, mtime=0), self._unzip)

    def _dated(self, key: str, version: Version, now: datetime) -> Version:
        """With the date that all workers give it; as it is, while that cannot be told."""
        self._undated[key] = self._monotonic() + ASK_AGAIN  # others need not wait for this answer
        since = self._first_served(key, version.etag, now)
        if since is None:
            return version
        del self._undated[key]
        return replace(version, last_modified=since.replace(microsecond=0))

    def _unzip(self, gzipped: bytes) -> bytes:
        whole = self._whole.get(gzipped, gzipped)
        return whole or self._whole.keep(gzipped, gzipped, gzip.decompress(gzipped))
