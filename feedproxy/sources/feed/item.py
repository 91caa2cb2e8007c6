"""One item of a feed, whatever format it came in."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

LENGTH_OF_DAY = len("2026-11-21")
"""A date that is no longer has no time, whatever is made of it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """As the feed has it: `title`, `summary` and `content` are HTML, and hostile.

    Addresses are absolute and of the web, or empty.
    """

    guid: str = ""
    link: str = ""
    title: str = ""
    summary: str = ""
    content: str = ""
    authors: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    published: datetime | None = None
    doi: str = ""
    """Or what stands where a DOI may."""
    pdf: str = ""
    video: str = ""
    audio: str = ""
    thumbnail: str = ""
    discussion: str = ""
    comments: str = ""


@dataclass(frozen=True, slots=True)
class Parsed:
    format: str
    """Such as `RSS 2.0`."""
    items: tuple[Item, ...]
    home: str = ""
    """The page that the feed is of."""
    is_ours: bool = False
    """Written by a feedproxy."""
    notes: tuple[str, ...] = ()
