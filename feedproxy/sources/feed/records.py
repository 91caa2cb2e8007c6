"""Items of a feed -> records: identity, readable text, substitutes for what is missing."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from html import escape, unescape

from feedproxy.links import absolute, canonical
from feedproxy.models import DOI_ORG, Listing, Record, doi_of, identity
from feedproxy.sources.feed import ours
from feedproxy.sources.feed.cleaning import Article, article, text
from feedproxy.sources.feed.item import Item, Parsed
from feedproxy.sources.items import (
    NoRecord,
    authors,
    clipped,
    gather,
    names,
    numbers,
    tags,
    unique_id,
)

LONGEST_SUMMARY = 5000
"""In characters; of a whole article the beginning is enough."""
LONGEST_STAND_IN = 100
"""In characters, of a summary that stands in for a missing title."""
_LINK_ALONE = re.compile(r'(?:<p>)?<a href="(?P<to>[^"]*)">[^<]*</a>(?:</p>)?')


def listing(parsed: Parsed, base: str, home: str, now: datetime) -> Listing:
    """A record for each item that has a link, a guid or a title; the first one for each id.

    `base` is where the feed was found, `home` its address in the rules.
    """
    linked = [replace(item, link=canonical(item.link)) for item in parsed.items]
    items, notes = _with_own_guids(linked)
    gathered = gather(items, lambda item: _record(item, parsed, base, home, now))
    return Listing(
        gathered.records,
        served_by=parsed.format,
        notes=(*parsed.notes, *notes, *gathered.notes),
    )


def _with_own_guids(items: Sequence[Item]) -> tuple[Sequence[Item], tuple[str, ...]]:
    """The items without their guids if all have the same one, and a note that says so."""
    shared = {item.guid for item in items}
    if len(shared) > 1 or "" in shared or len({item.link for item in items}) < 2:
        return items, ()
    note = "all items have the same guid: they are told apart by their links"
    return [replace(item, guid="") for item in items], (note,)


def _record(item: Item, parsed: Parsed, base: str, home: str, now: datetime) -> Record:
    """Raises NoRecord."""
    title, link = text(item.title), item.link
    own_id = unique_id(item.guid, home)
    if not (own_id or link):
        own_id = unique_id(escape(title, quote=False), home)
    if not (own_id or link):
        raise NoRecord("has neither guid nor link nor title")
    doi = next(filter(None, map(doi_of, (item.doi, item.guid, link))), "")
    record_id = identity(own_id, doi, (link, item.pdf))
    around = item.base or link or base
    content, described = (
        _told(each, around, item.discussion) for each in (item.content, item.summary)
    )
    longer = max(content, described, key=lambda each: len(each.text))
    tells_it_all = content.html and 2 * len(content.text) >= len(longer.text)
    summary = _clipped(longer.text, LONGEST_SUMMARY)
    record = Record(
        id=record_id,
        link=link
        or absolute("", record_id)
        or item.video
        or item.audio
        or parsed.home
        or absolute(base, "/"),
        title=clipped(title) or _clipped(summary, LONGEST_STAND_IN) or record_id,
        published=min(item.published or now, now),
        summary=summary,
        authors=authors(item.authors),
        tags=tags(item.tags),
        doi=doi.removeprefix(DOI_ORG),
        pdf=item.pdf,
        video=item.video,
        audio=item.audio,
        content=content.html if tells_it_all else longer.html,
        thumbnail=item.thumbnail,
        discussion=item.discussion,
        numbers=numbers({"comments": item.comments}),
        own_id=own_id,
    )
    if not parsed.is_ours:
        return record
    body = ours.read(item.content or item.summary)
    told = () if parsed.format.startswith("RSS") else names(item.authors)
    return _restored(record, body, told)


def _told(written: str, base: str, discussion: str) -> Article:
    """What `written` tells: nothing if it only leads to the `discussion`, as Hacker News's does."""
    told = article(written, base)
    alone = _LINK_ALONE.fullmatch(told.html)
    leads_there = alone and canonical(unescape(alone["to"])) == canonical(discussion)
    return Article("", "") if leads_there else told


def _restored(record: Record, body: ours.Body, told: tuple[str, ...]) -> Record:
    """The record as another feedproxy had it when it wrote `body`; `told` are its authors where
    the format tells each by itself, unlike RSS.
    """

    def link(label: str) -> str:
        return absolute("", body.links.get(label, ""))

    said = article(body.content, record.link)
    reasons = set(_plain(body.reasons).split("; "))
    return replace(
        record,
        summary=_clipped(said.text, LONGEST_SUMMARY) or _plain(body.summary),
        content=said.html,
        authors=_authors(_plain(body.authors), told) or record.authors,
        tags=tuple(tag for tag in record.tags if tag not in reasons),
        organization=_plain(body.organization),
        pdf=link("PDF"),
        code=link("Code"),
        project=link("Project"),
        video=link("Video"),
        audio=link("Audio"),
        discussion=link("Discussion"),
        numbers=numbers({"upvotes": body.upvotes}),
    )


def _authors(joined: str, told: tuple[str, ...]) -> tuple[str, ...]:
    if ", ".join(told) == joined:
        return told
    several = authors([escape(joined, quote=False)])
    return several if len(several) > 1 else tuple(filter(None, joined.split(", ")))


def _plain(written: str) -> str:
    return text(escape(written, quote=False))


def _clipped(written: str, longest: int) -> str:
    if len(written) <= longest:
        return written
    return written[:longest].rsplit(" ", 1)[0] + " …"
