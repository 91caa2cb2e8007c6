"""The nouns, as frozen dataclasses: Request, Page, Record, Listing, Source, Feed.

Every datetime is aware and in UTC. Nothing here reads a clock, a file or a
connection, and nothing here is imported from the rest of the package.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Generator, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from urllib.parse import unquote

TITLE_LIMIT = 2000

ARXIV_ABS = "https://arxiv.org/abs/"


@dataclass(frozen=True, slots=True)
class Request:
    """What a source asks a site for; `etag` and `last_modified` make it conditional."""

    url: str
    headers: Mapping[str, str] = field(default_factory=dict)
    may_be_unchanged: bool = False
    """Whether the source can do with a 304; if so, the validators are filled in."""
    etag: str | None = None
    last_modified: str | None = None


@dataclass(frozen=True, slots=True)
class Page:
    """What one fetch brought."""

    url: str
    """The final URL, after redirects."""
    body: bytes
    """Decoded from gzip and the like; empty for a 304."""
    fetched: datetime
    status: int = 200
    """200 or 304; every other status is an error."""
    headers: Mapping[str, str] = field(default_factory=dict)
    """Names in lower case."""
    moved: str = ""
    """Its new address, if the site says that it has moved for good."""


@dataclass(frozen=True, slots=True)
class Reading:
    """The value of one number, as `source` showed it from `seen` on."""

    source: str
    name: str
    """`upvotes`, `comments` or `stars`."""
    value: int
    seen: datetime


@dataclass(frozen=True, slots=True)
class Appearance:
    """`source` shows a record, since these moments."""

    source: str
    listed: datetime
    """Noon UTC of the day it was listed, or the moment it was first seen, if earlier."""
    first_seen: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """One paper or item, from the parser to the feed writer, in Atom's names.

    All text but `content` is readable text: no markup, one line.
    """

    id: str
    """The entry's id for ever: see `identity`."""
    link: str
    title: str
    published: datetime
    """Noon UTC of the listed day, or when it was first seen, if that was earlier."""
    summary: str = ""
    """The abstract; never a machine's summary of it."""
    content: str = ""
    """The HTML that its source shows, cleaned; empty if `summary` says the same."""
    authors: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    updated: datetime | None = None
    """The last change of title, abstract, authors or links; None: never since `published`."""

    organization: str = ""
    submitter: str = ""
    doi: str = ""
    pdf: str = ""
    code: str = ""
    project: str = ""
    video: str = ""
    audio: str = ""
    thumbnail: str = ""
    discussion: str = ""
    """Where it is discussed, such as its page on the listing's site."""
    numbers: Mapping[str, int] = field(default_factory=dict)
    """The latest values of `upvotes`, `comments` and `stars`, as far as they are known; `authors`
    only where another number of them is supposed."""

    readings: tuple[Reading, ...] = ()
    """Every change of a number, oldest first. Filled by the archive."""
    appearances: tuple[Appearance, ...] = ()
    """Which sources show it. Filled by the archive, ordered by source name."""
    aliases: tuple[str, ...] = ()
    """Ids of entries that turned out to be this one. Filled by the archive, in order."""
    own_id: str = ""
    """What its source calls the item, such as a feed's guid, whatever paper it turns out to be;
    empty: its `id`. It is for the archive, whose own records have none."""

    @property
    def short_id(self) -> str:
        """The id as it stands in our own URLs and commands."""
        return short_id(self.id)


@dataclass(frozen=True, slots=True)
class Listing:
    """The records that one source showed in one part of it."""

    records: tuple[Record, ...]
    part: str = ""
    """Which part was read, such as `2026-11-20` of a dated listing."""
    served_by: str = ""
    """Which parser it came from: `api`, `hydration`, `html`, ..."""
    notes: tuple[str, ...] = ()
    """What was odd, for the sources page: rows that had to be left out and why."""
    stale: str = ""
    """Why the site must have a newer listing by now: the source does not count as read then."""


Steps = Generator[Request | Listing, Page | None, None]
"""How a source reads: it yields a Request and is sent its Page (or is thrown the
FetchError), and yields a Listing for every part that is whole. No I/O of its own."""


@dataclass(frozen=True, slots=True)
class Source:
    """A listing's address and how to read it, as named in the rules."""

    name: str
    kind: str
    options: Mapping[str, Any] = field(default_factory=dict)
    """The kind's own keys, checked when the rules were read."""
    title: str = ""
    refresh: timedelta = timedelta(minutes=30)
    keep: timedelta | None = None
    """How long the archive keeps its records; None: for ever."""
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class SourceState:
    """What the archive knows of a source's reading."""

    name: str
    last_success: datetime | None = None
    last_attempt: datetime | None = None
    next_attempt: datetime | None = None
    left_alone: datetime | None = None
    """Until when its site last asked to be left alone."""
    last_news: datetime | None = None
    """When a refresh last brought a record that was new."""
    failures: int = 0
    """Failed refreshes in a row."""
    error: str = ""
    """Why the last refresh failed; empty after a success."""
    served_by: str = ""
    notes: tuple[str, ...] = ()
    records: int = 0
    """How many records the archive holds of it."""
    parts: Mapping[str, datetime] = field(default_factory=dict)
    """When each part was last read."""
    read_as: tuple[str, ...] = ()
    """The definitions (see `states`) that it has been read by, the last one first."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A record as a member of a topic's feed."""

    id: str
    record: Record
    since: datetime
    """When it came to satisfy the topic, which gives the feed's order."""
    updated: datetime
    reasons: tuple[str, ...] = ()
    """Why it is here, a short phrase each."""
    votes: int | None = None
    """The upvotes at `since`, so that the body does not change with every vote."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Feed:
    """A topic's feed before it is written in a format. All addresses are absolute."""

    topic: str
    title: str
    id: str
    updated: datetime
    home: str
    """The topic's page."""
    base: str
    """The feed's address without the format's ending."""
    ttl: timedelta
    description: str = ""
    entries: tuple[Entry, ...] = ()
    page: int = 1
    pages: int = 1


def short_id(id_: str) -> str:
    """What names a record in our own URLs: the arXiv id, else a hash."""
    paper = arxiv_id(id_)
    if paper and id_ == ARXIV_ABS + paper:
        return paper
    return hashlib.sha256(id_.encode(errors="surrogatepass")).hexdigest()[:12]


def listed_at(day: date | None, seen: datetime) -> datetime:
    """Noon UTC of `day`, or `seen` if there is no day or its noon is still to come."""
    if day is None:
        return seen
    return min(datetime.combine(day, time(12), UTC), seen)


_NEW_ID = r"\d\d(?:0[1-9]|1[0-2])\.\d{4,5}"
_ARXIV_ID = rf"(?P<id>{_NEW_ID}|[a-z-]+(?:\.[A-Z]{{2}})?/\d{{7}})(?:v\d+)?"
_IS_DOI = r"doi:\s*|info:doi/"
_ARXIV_FORMS = tuple(
    re.compile(pattern + _ARXIV_ID + end, re.IGNORECASE | re.ASCII)
    for pattern, end in (
        (r"^https?://(?:www\.|export\.)?arxiv\.org/(?:abs|pdf|html)/", r"(?:\.pdf)?/?(?:[?#].*)?$"),
        (r"^https?://(?:www\.)?huggingface\.co/papers/", r"(?:\.md)?/?(?:[?#].*)?$"),
        (rf"^(?:https?://(?:dx\.|www\.)?doi\.org/|{_IS_DOI})?10\.48550/arxiv\.", r"/?(?:[?#].*)?$"),
        (r"^(?:oai:arxiv\.org:|arxiv:\s*)", r"$"),
    )
)
_BARE_ARXIV_ID = re.compile(rf"^(?P<id>{_NEW_ID})(?:v\d+)?$", re.ASCII)

DOI_ORG = "https://doi.org/"
_DOI_LINK = re.compile(
    r"^https?://(?:dx\.|www\.)?doi\.org/(?P<doi>10\.\d{4,9}(?:/|%2F)[^\s?#]+)", re.IGNORECASE
)
_DOI = re.compile(rf"^(?:{_IS_DOI})?(?P<doi>10\.\d{{4,9}}/\S+)$", re.IGNORECASE)


def arxiv_id(text: str, *, bare: bool = False) -> str | None:
    """The arXiv id, without version, that a link or DOI names.

    `bare` also takes `2411.01234v2` by itself, as a source's own id.
    """
    for form in (_BARE_ARXIV_ID, *_ARXIV_FORMS) if bare else _ARXIV_FORMS:
        if found := form.match(text.strip()):
            return _without_class(found["id"])
    return None


def doi_of(text: str) -> str | None:
    """The address at doi.org that a DOI or a link to one names, in lower case."""
    if link := _DOI_LINK.match(text.strip()):
        return DOI_ORG + unquote(link["doi"]).lower()
    plain = _DOI.match(text.strip())
    return DOI_ORG + plain["doi"].lower() if plain else None


def identity(own_id: str, doi: str, links: Iterable[str]) -> str:
    """The id of a record for ever: its arXiv abstract page, else its DOI, else its own id or link.

    `links` are canonical; the first is the item's own.
    """
    links = tuple(filter(None, links))
    for text, bare in ((own_id, True), (doi, False), *((link, False) for link in links)):
        if found := arxiv_id(text, bare=bare):
            return ARXIV_ABS + found
    for text in (doi, own_id, *links[:1]):
        if found := doi_of(text):
            return found
    if own_id or links:
        return own_id or links[0]
    raise ValueError("a record needs an id, a DOI or a link")


def _without_class(paper: str) -> str:
    """`math.GT/0309136` is the same paper as `math/0309136`."""
    archive, slash, number = paper.lower().partition("/")
    return archive.partition(".")[0] + slash + number if slash else paper
