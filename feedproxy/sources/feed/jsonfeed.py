"""JSON Feed 1.0 and 1.1 (https://www.jsonfeed.org/version/1.1/) -> items.

Any member may be missing, null or of another type.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from html import escape
from itertools import islice

from feedproxy.errors import Damaged, NothingFound
from feedproxy.links import absolute
from feedproxy.sources.feed.item import Item, Parsed, published
from feedproxy.sources.feed.lean import MOST_ITEMS
from feedproxy.sources.feed.tokens import shortened, without_data
from feedproxy.sources.jsontext import decode
from feedproxy.sources.untyped import object_of, objects_in, strings_in

Members = Mapping[str, object]

MOST_VALUES = 300_000
"""Each takes some 100 bytes; a feed of 2,000 articles has some 200,000 commas."""


def read(body: bytes, base: str, now: datetime) -> Parsed:
    """Raises Damaged if it is no JSON, NothingFound if it is no feed."""
    if body.count(b",") > MOST_VALUES:
        raise Damaged(base, f"the feed is too long: it has more than {MOST_VALUES:,} values")
    document = object_of(decode(body, base))
    version = _text(document, "version")
    if "jsonfeed.org/version/" not in version or not isinstance(document.get("items"), list):
        keys = ", ".join(islice(document, 5)) or "no object"
        raise NothingFound(
            base, f"JSON came, but no JSON Feed: {ascii(keys)[:200]}; the kind json reads any JSON"
        )
    items = objects_in(document["items"])
    left_out = len(items) > MOST_ITEMS
    heirs = _authors(document)
    return Parsed(
        format=f"JSON Feed {version.rpartition('/')[2][:8]}".strip(),
        items=tuple(_item(item, base, heirs, now) for item in items[:MOST_ITEMS]),
        home=absolute(base, _text(document, "home_page_url")),
        is_ours=any("_feedproxy" in item for item in items),
        notes=(f"only the first {MOST_ITEMS} items were read",) if left_out else (),
    )


def _item(item: Members, base: str, heirs: tuple[str, ...], now: datetime) -> Item:
    """`heirs` are the authors of the feed, and so of an item that names none."""
    link = _text(item, "url") or _text(item, "external_url")
    attachments = objects_in(item.get("attachments"))
    return Item(
        guid=_text(item, "id"),
        link=absolute(base, link),
        title=_escaped(item, "title"),
        summary=_escaped(item, "summary"),
        content=_text(item, "content_html") or _escaped(item, "content_text"),
        authors=_authors(item) or heirs,
        tags=tuple(strings_in(item.get("tags"))),
        published=_published(item, now),
        pdf=_attached(attachments, "application/pdf", base),
        video=_attached(attachments, "video/", base),
        audio=_attached(attachments, "audio/", base),
        thumbnail=absolute(base, _text(item, "image") or _text(item, "banner_image"))
        or _attached(attachments, "image/", base),
    )


def _published(item: Members, now: datetime) -> datetime | None:
    for name in ("date_published", "date_modified"):
        written = _text(item, name).strip()
        if moment := published(written, _moment(written), now):
            return moment
    return None


def _moment(written: str) -> datetime | None:
    try:
        moment = datetime.fromisoformat(written)
        return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        return None


def _authors(holder: Members) -> tuple[str, ...]:
    """The names in the list of version 1.1, or of the single author of 1.0."""
    people = objects_in(holder.get("authors")) or [object_of(holder.get("author"))]
    return tuple(filter(None, (_text(person, "name") for person in people)))


def _attached(attachments: Sequence[Members], kind: str, base: str) -> str:
    of_kind = (each for each in attachments if _text(each, "mime_type").startswith(kind))
    links = (absolute(base, _text(each, "url")) for each in of_kind)
    return next(filter(None, links), "")


def _text(holder: Members, name: str) -> str:
    """The text; a number, too, since some write ids as numbers."""
    value = holder.get(name)
    if isinstance(value, int | float) and not isinstance(value, bool):
        return str(value)
    return shortened(without_data(value)) if isinstance(value, str) else ""


def _escaped(holder: Members, name: str) -> str:
    return escape(_text(holder, name), quote=False)
