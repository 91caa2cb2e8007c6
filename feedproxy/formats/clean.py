"""The one place where a feed's strings are made safe to write.

Sources have cleaned their records already. This is a second safeguard, because one forbidden
character in one title makes a whole feed unreadable. It knows no markup: what looks like a tag
here is text, and stays.
"""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import datetime
from urllib.parse import quote, urlsplit

from feedproxy.models import Entry, Feed, Record
from feedproxy.text import is_tidy

NAMELESS = "urn:feedproxy:nameless"
"""The id of an entry if nothing of its id and link is left."""

# Controls and surrogates, which XML 1.0 forbids, and bidi controls, by which a title could
# rearrange its line. Those that are white space separate words, and become a space.
_FORBIDDEN = re.compile(
    r"[\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufffe\uffff]"
)
_ODD_SPACES = re.compile(r"[\x0b\x0c\x1c-\x1f\x85]")
_PLAIN_LINK = re.compile(r"https?://[a-z0-9][\w.~/%:@&=+,;?#-]*+", re.ASCII)
# What no URL may hold, and what could end the attribute into which a careless reader puts it.
_ESCAPES = str.maketrans({character: quote(character) for character in ' "<>\\^`{|}'})


def clean(feed: Feed) -> Feed:
    """The same feed, fit for every format.

    All text is on one line, of characters that XML allows. Titles and ids are never empty, links
    are http(s) or empty, and times are whole seconds, since RSS has no others.
    """
    return replace(
        feed,
        title=line(feed.title) or feed.topic,
        description=line(feed.description),
        updated=_second(feed.updated),
        entries=tuple(map(_clean_entry, feed.entries)),
    )


def line(text: str) -> str:
    """`text` on one line, without forbidden characters."""
    if is_tidy(text):
        return text
    return " ".join(allowed(text).split())


def allowed(text: str) -> str:
    """`text` without forbidden characters; its lines stay."""
    return _FORBIDDEN.sub("", _ODD_SPACES.sub(" ", text))


def web_link(text: str) -> str:
    """`text` if it is an http(s) link, else empty: no `javascript:`, no `data:`."""
    if not text or _PLAIN_LINK.fullmatch(text):
        return text
    link = line(text).translate(_ESCAPES)
    try:
        scheme, host, *_ = urlsplit(link)
    except ValueError:
        return ""
    return link if scheme in ("http", "https") and host else ""


def _clean_entry(entry: Entry) -> Entry:
    record = _clean_record(entry.record)
    entry_id = line(entry.id) or record.link or NAMELESS
    return replace(
        entry,
        id=entry_id,
        record=record if record.title else replace(record, title=entry_id),
        since=_second(entry.since),
        updated=_second(entry.updated),
        reasons=_lines(entry.reasons),
    )


def _clean_record(record: Record) -> Record:
    return replace(
        record,
        title=line(record.title),
        link=web_link(record.link) or web_link(record.id),
        summary=line(record.summary),
        published=_second(record.published),
        authors=_lines(record.authors),
        tags=_lines(record.tags),
        organization=line(record.organization),
        pdf=web_link(record.pdf),
        code=web_link(record.code),
        project=web_link(record.project),
        video=web_link(record.video),
        audio=web_link(record.audio),
        content=allowed(record.content),
        thumbnail=web_link(record.thumbnail),
        discussion=web_link(record.discussion),
    )


def _lines(texts: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(filter(None, texts if is_tidy(" ".join(texts)) else map(line, texts)))


def _second(moment: datetime) -> datetime:
    return moment.replace(microsecond=0)
