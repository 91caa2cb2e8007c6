"""Records as cards: how much of each is shown on a page whose size is bounded.

A card always has its title, its facts and its reasons, cut if they are extremely long. Links,
picture, abstract and citation share the room that is left.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from feedproxy.explain import Highlights, Segment, Segments, highlights, marked, reasons, sentences
from feedproxy.formats.links import labelled
from feedproxy.models import Record
from feedproxy.rules import Decision
from feedproxy.web.citation import coins

BUDGET = 88_000
"""Bytes for all cards of a page."""
FRAME = 750
"""Bytes of a card's own markup; of a link's LINK_FRAME, of a highlight's MARK_FRAME."""
LINK_FRAME, MARK_FRAME = 50, 50
ELLIPSIS = "…"
ELLIPSIS_WEIGHT = len(ELLIPSIS.encode())
LONGEST_LINK = 500
NAMES, REASONS = 3, 5
"""How many authors and how many reasons a card names."""


@dataclass(frozen=True, slots=True)
class Card:
    record: Record
    link: str
    """Empty if the record's is too long for a card."""
    when: datetime
    title: Segments
    authors: tuple[Segments, ...]
    others: int
    """How many authors are not named."""
    organization: str
    reasons: tuple[str, ...]
    links: tuple[tuple[str, str], ...]
    """Label and address."""
    thumbnail: str
    abstract: Segments
    found: tuple[tuple[str, str], ...]
    """What was found in the abstract, each with the gate that looked for it."""
    coins: str


class Room:
    """How many bytes may still be written."""

    def __init__(self, left: int) -> None:
        self.left = left

    def whole(self, text: str, frame: int = 0) -> str:
        """`text` if there is room for all of it, else an empty text. For what must not be cut."""
        needed = weight(text) + frame
        if not text or needed > self.left:
            return ""
        self.left -= needed
        return text

    def cut(self, segments: Iterable[Segment], most: int = BUDGET) -> Segments:
        """As much as there is room for, up to `most` bytes; an ellipsis stands for the rest."""
        limit = min(most, self.left)
        kept, rest = _cut(segments, limit)
        self.left -= limit - rest
        return kept

    def line(self, text: str, most: int) -> str:
        return "".join(segment.text for segment in self.cut([Segment(text)], most))


def cards(decisions: Sequence[Decision], *, thumbnails: bool) -> list[Card]:
    """A card for each decision; the room that one leaves is for those after it."""
    made, left = [], BUDGET
    for place, decision in enumerate(decisions):
        share = left // (len(decisions) - place)
        room = Room(share - FRAME)
        made.append(card(decision, room, thumbnails=thumbnails))
        left -= share - room.left
    return made


def card(decision: Decision, room: Room, *, thumbnails: bool) -> Card:
    record, found = decision.record, highlights(decision)
    named = record.authors[:NAMES]
    why = reasons(decision) if decision.included else sentences(decision)
    return Card(
        record=record,
        when=decision.since or decision.listed,
        title=room.cut(marked(record.title, found, "title"), 500),
        link=room.whole(record.link) if len(record.link) <= LONGEST_LINK else "",
        authors=tuple(
            room.cut(marked(author, found, "author", place), 120)
            for place, author in enumerate(named)
        ),
        others=len(record.authors) - len(named),
        organization=room.line(record.organization, 120),
        reasons=tuple(room.line(reason, 200) for reason in why[:REASONS]),
        links=tuple((label, link) for label, link in links(record) if room.whole(link, LINK_FRAME)),
        thumbnail=room.whole(picture(record), LINK_FRAME * 2) if thumbnails else "",
        found=tuple(
            (room.line(what, 60), gate) for what, gate in finds(found, "abstract")[:REASONS]
        ),
        abstract=room.cut(marked(record.summary, found, "abstract")),
        coins=room.whole(coins(record)),
    )


def finds(found: Highlights, field: str) -> list[tuple[str, str]]:
    """What was found in a text, each once, with the gate that looked for it."""
    return list(dict.fromkeys((each.what, each.gate) for each in found.get((field, 0), ())))


def links(record: Record) -> list[tuple[str, str]]:
    """The record's links, without the one of its title."""
    return [(label, link) for label, link in labelled(record) if link != record.link]


def picture(record: Record) -> str:
    """The thumbnail, if pages may load it and its address is not too long."""
    fit = record.thumbnail.startswith("https://") and len(record.thumbnail) <= LONGEST_LINK
    return record.thumbnail if fit else ""


def cut(segments: Iterable[Segment], limit: int) -> Segments:
    """As many whole words as weigh at most `limit`, with an ellipsis where some are left out."""
    return _cut(segments, limit)[0]


def _cut(segments: Iterable[Segment], limit: int) -> tuple[Segments, int]:
    """What `cut` returns, and how much of `limit` is left."""
    kept: list[Segment] = []
    for segment in segments:
        needed = _weight(segment)
        if needed > limit:
            part = _begin(segment.text, limit - ELLIPSIS_WEIGHT)
            return (*kept, Segment(part + ELLIPSIS)), 0
        kept.append(segment)
        limit -= needed
    return tuple(kept), limit


def weight(text: str) -> int:
    """Bytes of `text` in a page."""
    escaped = 4 * sum(map(text.count, "&<>'\"")) + 6 * text.count("`")
    return len(text.encode(errors="replace")) + escaped


def _weight(segment: Segment) -> int:
    frame = weight(segment.what) + MARK_FRAME if segment.marked else 0
    return weight(segment.text) + frame


def _begin(text: str, limit: int) -> str:
    """The beginning of `text` that weighs at most `limit`, cut at a space in its second half."""
    low, high = 0, min(len(text), max(limit, 0))
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if weight(text[:middle]) <= limit else (low, middle - 1)
    whole, space, _ = text[:low].rpartition(" ")
    return whole if space and len(whole) > low // 2 else text[:low]
