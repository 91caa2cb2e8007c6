"""Writes a feed from the entries that were written before, so that only new ones are written.

The bytes are the same as when the format writes the whole feed.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import replace

from feedproxy import entries
from feedproxy.formats import Format
from feedproxy.models import Entry, Feed
from feedproxy.prepared import Memo
from feedproxy.rules import Decision

ENTRIES = 3_000
WRITTEN_BYTES = 4 * 1024 * 1024

Written = Mapping[str, tuple[Entry, bytes]]
"""The entries of one page of a feed, and the bytes last written for each, by id."""


class Splicer:
    def __init__(self) -> None:
        self._entries: Memo[Entry] = Memo(ENTRIES)
        self._written: Memo[Written] = Memo(WRITTEN_BYTES, _size)
        self._writing = threading.Lock()
        """One feed is written at a time: Python writes no faster on many threads, but each of them
        takes a megabyte or more meanwhile, and leaves holes in the heap."""

    def entry(self, decision: Decision) -> Entry:
        """The entry of `decision`, made again only when that has changed."""
        key = decision.topic, decision.record.id
        made = self._entries.get(key, decision)
        return made or self._entries.keep(key, decision, entries.entry(decision))

    def write(self, feed: Feed, format_: Format) -> bytes:
        address = feed.topic, format_.name, feed.page
        known = self._written.get(address, None) or {}
        pieces = [_piece(known.get(entry.id), entry) for entry in feed.entries]
        new = [place for place, piece in enumerate(pieces) if piece is None]
        unwritten = replace(feed, entries=tuple(feed.entries[place] for place in new))
        with self._writing:
            parts = format_.parts(unwritten)
        for place, piece in zip(new, parts.entries, strict=True):
            pieces[place] = piece
        whole = [piece for piece in pieces if piece is not None]
        written = {each.id: (each, piece) for each, piece in zip(feed.entries, whole, strict=True)}
        self._written.keep(address, None, written)
        return parts.joined(whole)


def _piece(written: tuple[Entry, bytes] | None, entry: Entry) -> bytes | None:
    return written[1] if written and (written[0] is entry or written[0] == entry) else None


def _size(written: Written) -> int:
    return sum(len(piece) for _, piece in written.values())
