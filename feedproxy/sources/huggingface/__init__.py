"""Hugging Face's paper listings: which requests to make, and in what order.

    part of the listing -> API, p=0, 1, ... -> rows    -> Listing "api"
                    or else -> page         -> its hydration data -> "hydration"
                                            or else its articles  -> "html"

The API is asked for each part first. Only if it answers with something other than the listing is
the part's page read, once. A refused or failed request ends the reading, and so does any answer
with a wish to be left alone. If the API breaks off after some rows, these are kept. No I/O here.
"""

from __future__ import annotations

from collections.abc import Generator, Mapping
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import TypeVar

from feedproxy.errors import (
    BadStatus,
    Blocked,
    FeedproxyError,
    FetchError,
    RateLimited,
    SourceError,
    WrongDay,
)
from feedproxy.kinds import Key
from feedproxy.models import Listing, Page, Request, Source, Steps
from feedproxy.sources.huggingface import api, page, parts
from feedproxy.sources.huggingface.fields import SITE, listing
from feedproxy.sources.huggingface.parts import Part
from feedproxy.sources.paging import ask

__all__ = ["KEYS", "SITE", "read", "read_day"]

KEYS: Mapping[str, Key] = {
    "listing": Key(
        "text",
        "which view of the listing",
        choices=("daily", "weekly", "monthly", "trending", "search"),
        default="daily",
    ),
    "lookback": Key(
        "duration",
        "how many days are read again; 7d is today and the six days before, in UTC",
        default=timedelta(days=7),
        only_with=("listing", "daily"),
    ),
    "query": Key(
        "text",
        "what to search for",
        required=True,
        longest=250,
        only_with=("listing", "search"),
    ),
}

MOST_PAGES = 20
"""A month has about 14 pages of 100."""

T = TypeVar("T")
Asking = Generator[Request, Page | None, T]
"""Steps on the way to one result."""


def read(source: Source, now: datetime, history: Mapping[str, datetime], base: str = SITE) -> Steps:
    """Every part that is due, newest first; `history` says when each was last read.

    Raises what the first failed request raised, or a SourceError. A part that leads to another
    day is skipped if any other can be read: while the API is down, every Saturday leads to Friday.
    """
    elsewhere: WrongDay | None = None
    any_whole = False
    for part in parts.due(source.options, now, history):
        try:
            found = yield from _read_part(part, base, now)
        except WrongDay as error:
            elsewhere = elsewhere or error
            continue
        if found is not None:
            any_whole = True
            yield found
    if elsewhere and not any_whole:
        raise elsewhere


def read_day(source: Source, day: date, now: datetime, base: str = SITE) -> Steps:
    """The listing of this day alone; nothing if it is not there yet, or the view has no days."""
    if source.options.get("listing", "daily") != "daily":
        return
    found = yield from _read_part(parts.day(day), base, now)
    if found is not None:
        yield found


def _read_part(
    part: Part, base: str, now: datetime
) -> Generator[Request | Listing, Page | None, Listing | None]:
    """The part's listing; None if the site does not know it yet.

    If the API breaks off, what came before is no reading of the part. It is yielded under a name
    of its own, so that the part stays due and its usual size stays as it was.
    """
    try:
        found, failed = yield from _from_api(part, base)
    except FeedproxyError as error:
        if _is_400(error) and part.day is not None and part.day >= now.date():
            return None
        return (yield from _instead(part, base, error))
    if failed is None:
        return found
    yield replace(found, part=f"{part.name}, broken off")
    if part.day is None:
        raise failed
    return (yield from _instead(part, base, failed))


def _from_api(part: Part, base: str) -> Asking[tuple[Listing, FeedproxyError | None]]:
    """What the API has of the part, and the error if that is not all of it."""
    answer = yield from ask(Request(base + part.api))
    rows = api.rows(answer)
    failed = None
    if part.paged:
        rows, failed = yield from _with_further(rows, base + part.api)
    try:
        return listing(rows, part, answer, "api"), failed
    except SourceError as error:
        raise (failed or error) from error


def _with_further(
    rows: list[object], url: str
) -> Asking[tuple[list[object], FeedproxyError | None]]:
    """The rows of `p=0` and of the pages after it, and the error that ended them, if one did."""
    newest = rows
    for number in range(1, MOST_PAGES):
        if len(newest) not in api.FULL:
            break
        previous = newest
        try:
            newest = api.rows((yield from ask(Request(f"{url}&p={number}"))))
        except FeedproxyError as error:
            return rows, error
        if newest == previous:
            break
        rows = rows + newest
    return rows, None


def _instead(part: Part, base: str, error: FeedproxyError) -> Asking[Listing | None]:
    """The listing from the page, after `error` at the API; raises that if it ends the reading."""
    if _is_wish(error) or not isinstance(error, (BadStatus, SourceError)):
        raise error
    found = yield from _from_page(part, base, error)
    return found and replace(found, notes=(f"not from the API: {error}", *found.notes))


def _from_page(part: Part, base: str, failed: BadStatus | SourceError) -> Asking[Listing | None]:
    """The listing from the page; None if neither API nor page knows the part yet, as on a weekend.

    The API then answers 400, with a last day that lags behind, and the page leads to another day.
    """
    try:
        return page.read((yield from ask(Request(base + part.page))), part)
    except SourceError as error:
        if isinstance(error, WrongDay) and _is_400(failed):
            return None
        raise type(error)(error.url, f"{error.message} (before that, {failed})") from failed
    except BadStatus as error:
        is_telling = _is_wish(error) or not isinstance(failed, SourceError)
        raise (error if is_telling else failed) from failed


def _is_wish(error: FeedproxyError) -> bool:
    """Whether the site wants to be left alone: then the reading asks nothing else of it."""
    if isinstance(error, (RateLimited, Blocked)):
        return True
    return isinstance(error, FetchError) and error.retry_after is not None


def _is_400(error: Exception) -> bool:
    return isinstance(error, BadStatus) and error.status == 400
