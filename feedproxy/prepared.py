"""Answers that are ready to be sent, and the bounded shelf that they stand on."""

from __future__ import annotations

import gzip
import hashlib
import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from cachetools import LRUCache

SHELF_BYTES = 64 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Prepared:
    """One version of one feed in one format. Nothing in it depends on a request."""

    body: bytes
    gzipped: bytes
    etag: str
    """Strong, in quotes, over the uncompressed bytes."""
    content_type: str
    last_modified: datetime
    """When this content was first served, by any worker; whole seconds."""


Write = Callable[[], tuple[bytes, str]]
FirstServed = Callable[[str, str, datetime], datetime]


class Shelf:
    """Prepared answers by key, each made once for as long as what it was made of stays.

    `made_of` is compared as a whole. Whoever asks while it is being made waits for it
    (collapsed forwarding).
    """

    def __init__(self, first_served: FirstServed, size: int = SHELF_BYTES) -> None:
        self._first_served = first_served
        self._answers: LRUCache[str, tuple[object, Prepared]] = LRUCache(
            size, getsizeof=lambda held: len(held[1].body) + len(held[1].gzipped)
        )
        self._lock = threading.Lock()
        self._making: dict[str, threading.Lock] = {}

    def get(self, key: str, made_of: object, write: Write, now: datetime) -> Prepared:
        with self._lock:
            making = self._making.setdefault(key, threading.Lock())
        with making:
            with self._lock:
                held = self._answers.get(key)
            if held is not None and held[0] == made_of:
                return held[1]
            prepared = self._prepare(key, write, now)
            with self._lock:
                if len(prepared.body) + len(prepared.gzipped) <= self._answers.maxsize:
                    self._answers[key] = (made_of, prepared)
            return prepared

    def _prepare(self, key: str, write: Write, now: datetime) -> Prepared:
        body, content_type = write()
        etag = f'"{hashlib.sha256(body).hexdigest()[:32]}"'
        return Prepared(
            body=body,
            gzipped=gzip.compress(body, 6, mtime=0),
            etag=etag,
            content_type=content_type,
            last_modified=self._first_served(key, etag, now).replace(microsecond=0),
        )
