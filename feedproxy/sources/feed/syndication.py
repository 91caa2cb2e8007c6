"""RSS, RDF and Atom of every age -> items, by feedparser, which is used in this module alone.

It only gets our own bytes, never an address or a string, which it would fetch or open. It leaves
HTML as it is, since `cleaning` cleans that. And it is not told where the feed was found, since it
would resolve ids, too, which are no addresses.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from html import escape
from io import BytesIO
from time import struct_time
from typing import Any
from urllib.parse import urlsplit

import feedparser
from feedparser.api import SUPPORTED_VERSIONS

from feedproxy.errors import Damaged
from feedproxy.links import absolute
from feedproxy.sources.feed.item import Item, Parsed, published
from feedproxy.sources.feed.lean import lean
from feedproxy.sources.feed.tokens import unsafe_entity
from feedproxy.sources.untyped import object_of, objects_in
from feedproxy.text import markup

Entry = dict[str, Any]
"""A value may be of another type than feedparser's: an element that happens to be called so."""

_NOWHERE = "x-none:"
"""The base of a feed that states none: without any, feedparser takes the `xml:base` of one entry
for the base of all that follow, and of their ids."""
_UNSAFE = "the feed is refused, since it declares entities made of files or of other entities"
_DATES = ("published", "created", "updated", "prism_publicationdate", "prism_coverdate")
"""The likeliest first."""


def read(text: str, start: int, base: str, now: datetime) -> Parsed:
    """The feed whose root is at `start` and whose links are relative to `base`. Raises Damaged."""
    if (entity := unsafe_entity(text[:start])) is not None:
        raise Damaged(base, f"{_UNSAFE}, such as {entity[:60]!a}: ask its site for one without")
    slim = lean(text[start:])
    said = {"content-type": "application/xml; charset=utf-8"}
    if b"xml:base" not in b">".join(slim.xml.split(b">", 2)[:2]):  # declaration and root
        said["content-location"] = _NOWHERE
    try:
        found = feedparser.parse(
            BytesIO(slim.xml),
            response_headers=said,
            sanitize_html=False,
            resolve_relative_uris=False,
        )
    except Exception as e:  # feedparser does not say what it may raise
        raise Damaged(base, f"the feed cannot be understood: {type(e).__name__}: {e}") from e
    head = found.feed
    is_ours = head.get("generator") == "feedproxy"
    is_atom = found.version.startswith("atom")
    heirs = _people(head) if is_atom and not is_ours else ()
    guess = not (is_atom or is_ours)
    return Parsed(
        format=SUPPORTED_VERSIONS.get(found.version, "XML"),
        items=tuple(_item(dict(entry), base, heirs, now, guess) for entry in found.entries),
        home=absolute(base, _text(head, "link")),
        is_ours=is_ours,
        notes=slim.notes,
    )


def _item(entry: Entry, base: str, heirs: tuple[str, ...], now: datetime, guess: bool) -> Item:
    """`heirs` are the authors if neither the entry nor its source, the feed from which another has
    it, names any: in Atom, those of the feed. `guess`: the feed does not say what its titles are.
    """
    media, content = tuple(_media(entry, base)), objects_in(entry.get("content"))
    bodies = objects_in([*content, entry.get("summary_detail")])
    return Item(
        guid=_text(entry, "id"),
        link=_link(entry, base),
        title=_html(entry.get("title_detail"), guess=guess),
        summary=_html(entry.get("summary_detail")) or _text(entry, "media_caption"),
        content=max(map(_html, content), key=len, default=""),
        base=next(filter(None, (absolute("", _text(each, "base")) for each in bodies)), ""),
        authors=_people(entry) or _people(object_of(entry.get("source"))) or heirs,
        tags=tuple(_text(tag, "label", "term") for tag in objects_in(entry.get("tags"))),
        published=_published(entry, now),
        doi=_text(entry, "prism_doi", "arxiv_doi", "dc_identifier"),
        pdf=_first(media, "application/pdf", (".pdf",)),
        video=_first(media, "video/", (".mp4", ".m4v", ".webm", ".mov")),
        audio=_first(media, "audio/", (".mp3", ".m4a", ".ogg", ".opus")),
        thumbnail=_thumbnail(entry, base) or _first(media, "image/", ()),
        discussion=absolute(base, _text(entry, "comments")),
        comments=_text(entry, "slash_comments", "thr_total"),
    )


def _text(holder: Entry, *names: str) -> str:
    """The first text there is. Unknown elements with attributes are no texts in feedparser."""
    return next((x for x in map(holder.get, names) if isinstance(x, str) and x), "")


def _html(detail: object, *, guess: bool = False) -> str:
    """A text construct as HTML; `guess`: nobody says what it is.

    feedparser guesses, too, but one tag or entity that it does not know makes all of it text.
    """
    if not isinstance(detail, dict):
        return ""
    value = _text(detail, "value")
    is_html = (
        "html" in _text(detail, "type")
        or markup.is_of_publishers(value)
        or (guess and markup.looks_like_html(value))
    )
    return value if is_html else escape(value, quote=False)


def _link(entry: Entry, base: str) -> str:
    """Where the item is read; if the feed says it, without the detour that counts clicks."""
    links = [each for each in objects_in(entry.get("links")) if each.get("rel") == "alternate"]
    own = (_text(entry, "feedburner_origlink"), _text(entry, "link"))
    written = (*own, *(_text(each, "href") for each in links))
    return next(filter(None, (absolute(base, each) for each in written)), "")


def _people(holder: Entry) -> tuple[str, ...]:
    """Names, each once; feedparser leaves a list in `authors`, such as IEEE's, as it is."""
    people = objects_in(holder.get("authors"))
    if len(people) > 1:
        written = [_text(person, "name") for person in people]
    else:
        written = [_text(holder, "author" if people else "authors")]
    return tuple(dict.fromkeys(filter(None, (each.strip(" ,;-") for each in written))))


def _published(entry: Entry, now: datetime) -> datetime | None:
    """When it was published, by the first date that is understood; else when it changed."""
    for name in _DATES:
        parsed = _moment(entry.get(f"{name}_parsed"))
        if moment := published(_text(entry, name).strip(), parsed, now):
            return moment
    return None


def _moment(parsed: object) -> datetime | None:
    if not isinstance(parsed, struct_time):
        return None
    year, month, day, hour, minute, second = parsed[:6]
    try:
        return datetime(year, month, day, hour, minute, min(second, 59), tzinfo=UTC)
    except (ValueError, OverflowError):
        return None


@dataclass(frozen=True, slots=True)
class _Medium:
    url: str
    type: str


def _media(entry: Entry, base: str) -> Iterator[_Medium]:
    """Enclosures and media of every vocabulary, and links that have a type."""
    for each in (*objects_in(entry.get("links")), *objects_in(entry.get("media_content"))):
        if each.get("rel") != "self" and (url := absolute(base, _address(each))):
            yield _Medium(url, _text(each, "type") or f"{_text(each, 'medium')}/")


def _first(media: Sequence[_Medium], kind: str, endings: tuple[str, ...]) -> str:
    """The first of that type, else the first whose address ends in one of `endings`."""
    of_kind = (medium.url for medium in media if medium.type.startswith(kind))
    so_named = (each.url for each in media if urlsplit(each.url).path.lower().endswith(endings))
    return next(of_kind, "") or next(so_named, "")


def _thumbnail(entry: Entry, base: str) -> str:
    shown = (*objects_in(entry.get("media_thumbnail")), object_of(entry.get("image")))
    return next(filter(None, (absolute(base, _address(each)) for each in shown)), "")


def _address(holder: Entry) -> str:
    return _text(holder, "url", "href")
