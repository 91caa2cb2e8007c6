"""Whether a reader already has what it asks for: RFC 9110, section 13. Pure.

Werkzeug's own check is not used because it does not know the `-gzip` and `-br` that
proxies add to an ETag.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

_TAG = re.compile(r'(?:W/)?"([^"]*?)(?:-gzip|-br|-zstd)?"')


def not_modified(
    etag: str, last_modified: datetime, if_none_match: str | None, if_modified_since: str | None
) -> bool:
    """Weak comparison; `If-None-Match` wins where both are sent.

    A date must be exactly the one that was served, as in nginx: if clocks differ or were set back,
    what is new may have an earlier date than what the reader has. All dates in HTTP are in UTC,
    though the oldest form does not say so.
    """
    if if_none_match is not None:
        return if_none_match.strip() == "*" or etag.strip('"') in _TAG.findall(if_none_match)
    if if_modified_since is None:
        return False
    try:
        since = parsedate_to_datetime(if_modified_since)
        return last_modified == (since if since.tzinfo else since.replace(tzinfo=UTC))
    except (ValueError, TypeError, OverflowError):
        return False


def accepts_gzip(accept_encoding: str) -> bool:
    """`gzip;q=0` and `*;q=0` are refusals."""
    weights: dict[str, float] = {}
    for part in accept_encoding.lower().split(","):
        coding, _, params = part.partition(";")
        weight = re.search(r"q\s*=\s*([\d.]+)", params)
        try:
            weights[coding.strip()] = float(weight[1]) if weight else 1.0
        except ValueError:
            weights[coding.strip()] = 0.0
    return weights.get("gzip", weights.get("x-gzip", weights.get("*", 0.0))) > 0
