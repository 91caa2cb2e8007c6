"""arXiv's Atom -> entries -> records. The API and the announcements differ in a few elements.

https://info.arxiv.org/help/api/user-manual.html, https://info.arxiv.org/help/rss_specifications.html
"""

from __future__ import annotations

import re
from datetime import date, datetime

from lxml import etree

from feedproxy.errors import Damaged
from feedproxy.models import ARXIV_ABS, Page, Record, arxiv_id, identity, listed_at
from feedproxy.sources.items import NoRecord, clipped, names, tags
from feedproxy.text import readable

ATOM = "{http://www.w3.org/2005/Atom}"
ARXIV = "{http://arxiv.org/schemas/atom}"
DC = "{http://purl.org/dc/elements/1.1/}"

MOST_MARKS = 250_000
"""Tags and attributes, which take some 100 bytes each; 2,000 announcements have 60,000."""
LONGEST = 100_000
"""Characters of one text, which can hold the names of 5,000 authors."""

_OWN = re.compile(r"(?:oai:arXiv\.org:|https?://(?:[a-z]+\.)?arxiv\.org/abs/)(\S+)", re.IGNORECASE)
_PREFIX = re.compile(r"\A\s*arXiv:\S+\s+Announce Type:\s*\S+\s+Abstract:\s*")
_ASIDE = re.compile(r"\([^()]*+(?:\([^()]*+\)[^()]*+)*+\)")
_SUFFIX = re.compile(r"(?:Jr|Sr)\.?|I{2,3}|IV")
_REPOSITORY = re.compile(
    r"https?://(?:www\.)?(?:github|gitlab)\.com/[\w.-]{1,100}/[\w.-]{0,100}\w", re.ASCII
)


def root(page: Page) -> etree._Element:
    """The root of the page's Atom feed. Raises Damaged if it is anything else, or cut off."""
    if page.body.count(b"<") + page.body.count(b"=") > MOST_MARKS:
        raise Damaged(page.url, f"the answer is no listing: it has more than {MOST_MARKS:,} tags")
    parser = etree.XMLParser(
        resolve_entities=False,
        load_dtd=False,
        no_network=True,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
    )
    try:
        root = etree.fromstring(page.body, parser)
    except (etree.XMLSyntaxError, ValueError) as e:
        raise Damaged(page.url, f"the answer is cut off or is no XML: {e}") from e
    if root.getroottree().docinfo.internalDTD is not None:
        raise Damaged(page.url, "the answer has a DTD, as no feed of arXiv's does")
    if root.tag != f"{ATOM}feed":
        raise Damaged(page.url, f"the answer is no Atom feed, but <{root.tag}>"[:200])
    return root


def text(element: etree._Element, name: str) -> str:
    return (element.findtext(name, "") or "")[:LONGEST]


def versioned_id(entry: etree._Element) -> str:
    """The entry's arXiv id, such as `2508.13426v1`; empty if it has none."""
    found = _OWN.fullmatch(text(entry, f"{ATOM}id").strip())
    return found[1] if found and arxiv_id(f"arxiv:{found[1]}") else ""


def day(written: str) -> date | None:
    """The day of an instant, in the time zone in which it is written."""
    try:
        return datetime.fromisoformat(written.strip()).date()
    except ValueError:
        return None


def record(entry: etree._Element, listed: date | None, seen: datetime) -> Record:
    """Raises NoRecord for an entry without an arXiv id. The record's id has no version."""
    own_id = arxiv_id(f"arxiv:{versioned_id(entry)}")
    if own_id is None:
        raise NoRecord(f"has no arXiv id, but {ascii(text(entry, f'{ATOM}id'))[:80]}")
    summary = readable(_PREFIX.sub("", text(entry, f"{ATOM}summary"), count=1))
    link = ARXIV_ABS + own_id
    return Record(
        id=identity(link, "", ()),
        link=link,
        title=clipped(readable(text(entry, f"{ATOM}title"))) or own_id,
        published=listed_at(listed, seen),
        summary=summary,
        authors=_authors(entry),
        tags=_categories(entry),
        doi=readable(text(entry, f"{ARXIV}doi") or text(entry, f"{ARXIV}DOI")),
        pdf=f"https://arxiv.org/pdf/{own_id}",
        code=_repository(text(entry, f"{ARXIV}comment")) or _repository(summary),
    )


def _authors(entry: etree._Element) -> tuple[str, ...]:
    """The authors: in the API each is an element, in the announcements one text holds all."""
    named = names(text(author, f"{ATOM}name") for author in entry.iterfind(f"{ATOM}author"))
    if named:
        return named
    people: list[str] = []
    for name in _ASIDE.sub("", text(entry, f"{DC}creator")).split(","):
        if people and _SUFFIX.fullmatch(name.strip()):
            people[-1] += f", {name.strip()}"
        else:
            people.append(name)
    return names(people)


def _categories(entry: etree._Element) -> tuple[str, ...]:
    """The primary one first."""
    primary = entry.find(f"{ARXIV}primary_category")
    listed = [] if primary is None else [primary]
    listed += entry.iterfind(f"{ATOM}category")
    return tags(category.get("term", "") for category in listed)


def _repository(written: str) -> str:
    found = _REPOSITORY.search(written)
    return found[0].removesuffix(".git") if found else ""
