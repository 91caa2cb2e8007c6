"""The content of an entry: its body, byline and categories, the same in every format.

Text is escaped, and stays text whatever it looks like. Only an item's `content` is HTML, which
its source cleaned before it was archived. Everything is as of `since`: current votes would change
the bytes with every vote.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from html import escape

from feedproxy.formats.links import labelled
from feedproxy.models import Entry

BYLINE_NAMES = 3


def body(entry: Entry) -> str:
    """The entry's HTML: abstract, links, authors, organization, votes, why it is here."""
    content = f"<div>{entry.record.content}</div>" if entry.record.content else ""
    return content + "".join(_paragraphs(entry)) or _paragraph(entry.record.title)


def byline(authors: tuple[str, ...]) -> str:
    """`A, B, C and 7 others`: for RSS, since of several creators readers show only the last."""
    others = len(authors) - BYLINE_NAMES
    if others <= 0:
        return ", ".join(authors)
    return f"{', '.join(authors[:BYLINE_NAMES])} and {_count(others, 'other')}"


def categories(entry: Entry) -> tuple[str, ...]:
    """The record's keywords and what matched, each once."""
    return tuple(dict.fromkeys((*entry.record.tags, *entry.reasons)))


def _paragraphs(entry: Entry) -> Iterator[str]:
    record = entry.record
    if record.summary and not record.content:
        yield _paragraph(record.summary)
    if links := labelled(record):
        yield _link_row(links)
    if record.authors:
        yield _paragraph("Authors: " + ", ".join(record.authors))
    if record.organization:
        yield _paragraph("Organization: " + record.organization)
    if entry.votes is not None:
        yield _paragraph(_count(entry.votes, "upvote") + " when it qualified")
    if entry.reasons:
        yield _paragraph("Why it is here: " + "; ".join(entry.reasons))


def _link_row(links: Sequence[tuple[str, str]]) -> str:
    row = (f'<a href="{escape(link)}">{label}</a>' for label, link in links)
    return f"<p>{' · '.join(row)}</p>"


def _paragraph(text: str) -> str:
    return f"<p>{escape(text, quote=False)}</p>"


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
