"""What came where a feed was expected: mostly a web page, which may name its feeds."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import unescape
from itertools import islice

from feedproxy.links import absolute, leads_to_feed
from feedproxy.sources.feed.cleaning import text as readable_text
from feedproxy.sources.feed.tokens import attributes

LONGEST = 500_000
"""Characters that are searched: the head comes first."""
MOST_FEEDS = 5

_HTML = re.compile(r"<(?:!doctype\s+html|html|head|body|title|div|p|script)[\s>]", re.IGNORECASE)
_TITLE = re.compile(r"<title[^<>]*+>([^<]{1,300})", re.IGNORECASE)
_ATTRIBUTES = r"\s((?:[^<>\"']++|\"[^\"<]*+\"|'[^'<]*+')*+)>"
_LINK = re.compile(f"<link{_ATTRIBUTES}", re.IGNORECASE)
_BASE = re.compile(f"<base{_ATTRIBUTES}", re.IGNORECASE)


def described(text: str, url: str) -> str:
    """What came instead of a feed, and what to write instead; without a full stop."""
    head = text[:LONGEST]
    if not head.strip():
        return "nothing came: the answer is empty"
    if not _HTML.search(head):
        return f"what came is no feed; it begins with {head.strip()[:60]!a}"
    titled = _TITLE.search(head)
    title = readable_text(titled[1]) if titled else ""
    what = f'a web page came, no feed: "{title}"' if title else "a web page came, no feed"
    feeds = list(islice(_feeds(head, url), MOST_FEEDS))
    if not feeds:
        return f"{what}; it names no feed, but the kind html may read it"
    return f"{what}; write as url the feed that it names: {' or '.join(feeds)}"


def _feeds(head: str, url: str) -> Iterator[str]:
    """The feeds that the page names, each once."""
    base = _base(head, url)
    seen = set()
    for said in _said(_LINK, head):
        if leads_to_feed(said.get("rel", ""), said.get("type", "")):
            link = absolute(base, unescape(said.get("href", "")))
            if link and link not in seen:
                seen.add(link)
                yield link


def _base(head: str, url: str) -> str:
    """The address that the page's links are relative to: the first one that it states."""
    stated = (said["href"] for said in _said(_BASE, head) if "href" in said)
    return absolute(url, unescape(next(stated, ""))) or url


def _said(tag: re.Pattern[str], head: str) -> Iterator[dict[str, str]]:
    """The attributes of each such tag."""
    return (dict(attributes(found[1])) for found in tag.finditer(head))
