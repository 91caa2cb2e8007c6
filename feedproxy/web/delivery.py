"""How a prepared feed goes out: 200 or 304, whole or gzipped, and the headers. Flask has no part.

The view and the hot path both answer with it, and so the same.
"""

from __future__ import annotations

from collections.abc import Callable
from email.utils import format_datetime
from typing import NamedTuple

from feedproxy.conditional import accepts_gzip, not_modified
from feedproxy.prepared import Prepared
from feedproxy.watch import Status


class Delivery(NamedTuple):
    status: int
    headers: list[tuple[str, str]]
    body: bytes


def deliver(
    prepared: Prepared, status: Status, sent: Callable[[str], str | None], *, private: bool
) -> Delivery:
    """`sent` gives a header of the request; only our headers depend on it or on the time."""
    headers = [
        ("ETag", prepared.etag),
        ("Vary", "Accept-Encoding"),
        ("Cache-Control", cache_control(status.max_age, private=private)),
        ("X-Feedproxy-State", status.state),
        ("X-Feedproxy-Sources", ", ".join(_successes(status))),
    ]
    known = sent("If-None-Match"), sent("If-Modified-Since")
    if any(known) and not_modified(prepared.etag, prepared.last_modified, *known):
        return Delivery(304, headers, b"")
    headers += [
        ("Last-Modified", format_datetime(prepared.last_modified, usegmt=True)),
        ("Content-Type", prepared.content_type),
    ]
    if accepts_gzip(sent("Accept-Encoding") or ""):
        headers.append(("Content-Encoding", "gzip"))
        return Delivery(200, headers, prepared.gzipped)
    return Delivery(200, headers, prepared.body)


def cache_control(max_age: int, *, private: bool) -> str:
    """A day of stale-while-revalidate, a week of stale-if-error: for a CDN in front."""
    scope = "private" if private else "public"
    return f"{scope}, max-age={max_age}, stale-while-revalidate=86400, stale-if-error=604800"


def _successes(status: Status) -> list[str]:
    return [
        f"{name}; last-success={moment:%Y-%m-%dT%H:%M:%SZ}" if moment else f"{name}; never-read"
        for name, moment in status.last_success.items()
    ]
