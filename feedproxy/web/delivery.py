"""How a prepared feed goes out: 200 or 304, gzipped or not, and the headers; without Flask.

The view and the hot path both use it, and so answer the same.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from email.utils import format_datetime
from itertools import accumulate
from typing import NamedTuple
from urllib.parse import quote

from feedproxy.clock import stamp
from feedproxy.conditional import accepts_gzip, not_modified
from feedproxy.prepared import Prepared, Version
from feedproxy.watch import Status

MOST_OF_SOURCES = 1000
"""Bytes of the header that names the sources. nginx answers 502 if all have more than 4 kB."""
_NEVER = datetime.min.replace(tzinfo=UTC)


class Delivery(NamedTuple):
    status: int
    headers: list[tuple[str, str]]
    body: bytes


Sent = Callable[[str], str | None]
"""Looks up a header of the request."""


def deliver(prepared: Prepared, status: Status, sent: Sent, *, private: bool) -> Delivery:
    """The answer. Only its headers depend on the request or on the time, never the body."""
    same = _unchanged(prepared.version, status, sent, private=private)
    return same or _whole(prepared, status, sent, private=private)


def at_once(
    found: Prepared | Version, status: Status, sent: Sent, *, private: bool
) -> Delivery | None:
    """The same answer; None if it takes the feed's bytes and only its version is known."""
    if isinstance(found, Prepared):
        return deliver(found, status, sent, private=private)
    return _unchanged(found, status, sent, private=private)


def _unchanged(version: Version, status: Status, sent: Sent, *, private: bool) -> Delivery | None:
    """A 304, if the reader has this version already."""
    known = sent("If-None-Match"), sent("If-Modified-Since")
    if any(known) and not_modified(version.etag, version.last_modified, *known):
        return Delivery(304, _headers(version, status, private=private), b"")
    return None


def _whole(prepared: Prepared, status: Status, sent: Sent, *, private: bool) -> Delivery:
    headers = [
        *_headers(prepared.version, status, private=private),
        ("Last-Modified", format_datetime(prepared.version.last_modified, usegmt=True)),
        ("Content-Type", prepared.version.content_type),
    ]
    if accepts_gzip(sent("Accept-Encoding") or ""):
        headers.append(("Content-Encoding", "gzip"))
        return Delivery(200, headers, prepared.gzipped)
    return Delivery(200, headers, prepared.body)


def _headers(version: Version, status: Status, *, private: bool) -> list[tuple[str, str]]:
    return [
        ("ETag", version.etag),
        ("Vary", "Accept-Encoding"),
        ("Cache-Control", cache_control(status.max_age, private=private)),
        ("X-Feedproxy-State", status.state),
        ("X-Feedproxy-Sources", _successes(status)),
    ]


def cache_control(max_age: int, *, private: bool) -> str:
    """The header, with a day of stale-while-revalidate and a week of stale-if-error for a CDN."""
    scope = "private" if private else "public"
    return f"{scope}, max-age={max_age}, stale-while-revalidate=86400, stale-if-error=604800"


def _successes(status: Status) -> str:
    """The last success of each source, the oldest first. Names are quoted, as headers are ASCII."""
    by_age = sorted(status.last_success.items(), key=lambda item: item[1] or _NEVER)
    told = [f"{quote(name)}; {_success(moment)}" for name, moment in by_age]
    fit = sum(size <= MOST_OF_SOURCES for size in accumulate(map(len, told)))
    more = [f"{len(told) - fit} more"] if fit < len(told) else []
    return ", ".join(told[:fit] + more)


def _success(moment: datetime | None) -> str:
    return f"last-success={stamp(moment)}" if moment else "never-read"
