"""Rows of the listing -> records.

A row is one element of the API's list or of the page's `dailyPapers`, or an article in the same
shape. Only id and title are required: any other key may be missing, null or of another type.
The outer `publishedAt` is never read: its meaning changed once, and it is often a day early.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from types import MappingProxyType
from urllib.parse import urlsplit

from feedproxy.errors import Damaged, NothingFound, WrongDay
from feedproxy.links import absolute
from feedproxy.models import ARXIV_ABS, Listing, Page, Record, arxiv_id, listed_at
from feedproxy.sources.huggingface.parts import Part, iso_day
from feedproxy.sources.items import HIGHEST, NoRecord, clipped, gather, names, tags
from feedproxy.sources.untyped import object_of, objects_in, strings_in
from feedproxy.text import readable

SITE = "https://huggingface.co"

_WITH_PATH = r"https?://[^/?#]+/[^?#]*"
_VIDEO = re.compile(rf"{_WITH_PATH}\.(?:mp4|webm|mov|qt|m4v)(?![^?#])", re.IGNORECASE)
_IMAGE = re.compile(rf"{_WITH_PATH}\.(?:png|jpe?g|webp|gif)(?![^?#])", re.IGNORECASE)


class _OtherDay(NoRecord):
    pass


def listing(rows: Sequence[object], part: Part, page: Page, served_by: str) -> Listing:
    """A record for each good row, the first one for each paper, and notes about the other rows.

    Raises WrongDay or Damaged if there are rows but none is good, and NothingFound if there are
    no trending papers, since these never run out.
    """
    found = gather(rows, lambda row: _record(row, part, page.fetched), "row")
    if not found.records:
        _refuse(found.left_out, part, page.url)
    return Listing(found.records, part.name, served_by, found.notes)


def _refuse(left_out: Sequence[NoRecord], part: Part, url: str) -> None:
    if any(isinstance(reason, _OtherDay) for reason in left_out):
        raise WrongDay(url, f"asked for {part.name}, but every paper is of another day")
    if left_out:
        raise Damaged(url, f"none of the {len(left_out)} rows is a paper; the first {left_out[0]}")
    if part.period == "trending":
        raise NothingFound(url, "the list of trending papers is empty")


def _record(row: object, part: Part, seen: datetime) -> Record:
    if not isinstance(row, dict):
        raise NoRecord("is no object")
    paper = object_of(row.get("paper"))
    own_id = _own_id(paper)
    link = ARXIV_ABS + own_id
    project = _link(paper.get("projectPage"))
    media = _media(row, paper)
    return Record(
        id=link,
        link=link,
        title=_title(paper, row) or own_id,
        published=listed_at(_listed_day(paper, part), seen),
        summary=_text(paper, "summary") or _text(row, "summary"),
        authors=names(_authors(paper.get("authors"))),
        tags=tags(strings_in(paper.get("ai_keywords"))),
        organization=_person(row, paper, "organization"),
        submitter=_person(row, paper, "submittedBy", "submittedOnDailyBy"),
        pdf=f"https://arxiv.org/pdf/{own_id}",
        code=_link(paper.get("githubRepo")) or _on_github(project),
        project=project,
        video=next(filter(_VIDEO.match, media), ""),
        thumbnail=_link(row.get("thumbnail"), "https:") or next(filter(_IMAGE.match, media), ""),
        discussion=f"{SITE}/papers/{own_id}",
        numbers=_numbers(
            upvotes=paper.get("upvotes"),
            comments=row.get("numComments"),
            stars=paper.get("githubStars"),
        ),
    )


def _own_id(paper: Mapping[str, object]) -> str:
    written = paper.get("id")
    found = arxiv_id(written, bare=True) if isinstance(written, str) and written.isascii() else None
    if found is None:
        raise NoRecord(f"has no arXiv id, but {ascii(written)[:80]}")
    return found


def _title(paper: Mapping[str, object], row: Mapping[str, object]) -> str:
    written = paper.get("title", row.get("title"))
    if not isinstance(written, str):
        raise NoRecord("has no title")
    return clipped(readable(written))


def _listed_day(paper: Mapping[str, object], part: Part) -> date | None:
    """None for trending papers, which may be of any age: it is not said since when they trend."""
    if part.period == "trending":
        return None
    own_day = iso_day(paper.get("submittedOnDailyAt"))
    if part.day is not None and own_day not in (None, part.day):
        raise _OtherDay(f"is of another day, {own_day}")
    return own_day or part.day or iso_day(paper.get("publishedAt"))


def _text(holder: Mapping[str, object], key: str) -> str:
    written = holder.get(key)
    return readable(written) if isinstance(written, str) else ""


def _authors(people: object) -> list[str]:
    return strings_in(
        [person.get("name") for person in objects_in(people) if not person.get("hidden")]
    )


def _person(row: Mapping[str, object], paper: Mapping[str, object], *keys: str) -> str:
    """The full name, or else the account, of whoever stands under the first of `keys`."""
    people = [object_of(holder[key]) for key in keys for holder in (row, paper) if key in holder]
    shown = (_text(who, key) for who in people for key in ("fullname", "name", "user"))
    return next(filter(None, shown), "")


def _link(value: object, scheme: str = "") -> str:
    """The address in ASCII, if it is an http(s) one and begins with `scheme`; else empty."""
    address = absolute("", value) if isinstance(value, str) else ""
    return address if address.startswith(scheme) else ""


def _on_github(link: str) -> str:
    return link if link and urlsplit(link).hostname == "github.com" else ""


def _media(row: Mapping[str, object], paper: Mapping[str, object]) -> list[str]:
    """The media: a list since June 2024, a single `mediaUrl` before."""
    listed = row.get("mediaUrls") or paper.get("mediaUrls") or [row.get("mediaUrl")]
    return [link for value in strings_in(listed) if (link := _link(value))]


def _numbers(**values: object) -> Mapping[str, int]:
    return MappingProxyType(
        {name: n for name, n in values.items() if type(n) is int and 0 <= n <= HIGHEST}
    )
