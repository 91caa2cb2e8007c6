"""JSON Feed 1.1 (https://www.jsonfeed.org/version/1.1/), which feedgen cannot write."""

from __future__ import annotations

import json
from typing import Any

from feedproxy.formats.body import body, categories
from feedproxy.formats.clean import clean
from feedproxy.formats.links import medium, own_links
from feedproxy.formats.parts import Parts
from feedproxy.models import Entry, Feed, Record

_ENCODER = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))


def parts(feed: Feed) -> Parts:
    """The feed as JSON Feed, UTF-8."""
    feed = clean(feed)
    links = own_links(feed, "json")
    document = {
        "version": "https://jsonfeed.org/version/1.1",
        "title": feed.title,
        "home_page_url": feed.home,
        "feed_url": links["self"],
        "description": feed.description,
        "next_url": links.get("next"),
    }
    head = _encode(_filled(document))[:-1] + b',"items":['
    return Parts(head, tuple(_encode(_item(entry)) for entry in feed.entries), b"]}", b",")


def _encode(value: object) -> bytes:
    return _ENCODER.encode(value).encode()


def _item(entry: Entry) -> dict[str, Any]:
    record = entry.record
    return _filled(
        {
            "id": entry.id,
            "url": record.link,
            "title": record.title,
            "content_html": body(entry),
            "image": record.thumbnail,
            "date_published": record.published.isoformat(),
            "date_modified": entry.updated.isoformat(),
            "authors": [{"name": name} for name in record.authors],
            "tags": categories(entry),
            "attachments": _attachments(record),
            "_feedproxy": _extension(entry),
        }
    )


def _attachments(record: Record) -> list[dict[str, str]]:
    found = medium(record)
    return [{"url": found[0], "mime_type": found[1]}] if found else []


def _extension(entry: Entry) -> dict[str, Any]:
    """Why and since when it is here, and the votes it had then: nothing that changes later."""
    extension = {"since": entry.since.isoformat(), "reasons": entry.reasons}
    return extension if entry.votes is None else {**extension, "upvotes": entry.votes}


def _filled(members: dict[str, Any]) -> dict[str, Any]:
    """The members that are not empty: JSON Feed leaves out what is not known."""
    return {name: value for name, value in members.items() if value}
