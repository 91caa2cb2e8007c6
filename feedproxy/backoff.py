"""When to try a source again. Pure: now and chance are passed in."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

LONGEST_WISH = 24 * 3600.0
"""Seconds. A site that asks for more, perhaps by mistake for a year, gets a day."""

_FIRST = timedelta(minutes=1)
_LONGEST = timedelta(minutes=60)
_DOUBLINGS = 12  # enough to get from any refresh of a second or more to the longest


def next_attempt(
    now: datetime, refresh: timedelta, failures: int, wished: float | None, jitter: float
) -> datetime:
    """When a source that was just read, or failed `failures` times in a row, is due again.

    `wished` is the site's own wish in seconds, `jitter` a random number in [0, 1).
    After failures, the wait has full jitter but is never shorter than min(refresh, 1 min),
    so a failing site is not asked more often than a healthy one.
    """
    wait = refresh
    if failures > 0:
        first = min(refresh, _FIRST)
        wait = max(first, jitter * min(first * 2 ** min(failures - 1, _DOUBLINGS), _LONGEST))
    return now + max(wait, timedelta(seconds=min(wished or 0.0, LONGEST_WISH)))


def wait_wished(headers: Mapping[str, str], now: datetime) -> float | None:
    """How many seconds the site asks to be left alone, a day at most; None: it does not ask.

    `headers` have lower-case names. This reads Retry-After (RFC 9110), and RateLimit
    (draft-ietf-httpapi-ratelimit-headers-09) if a quota is used up, even after a success.
    """
    wishes = [*_retry_after(headers.get("retry-after", ""), now)]
    wishes += _used_up(headers.get("ratelimit", ""))
    longest = min(max(wishes, default=0.0), LONGEST_WISH)
    return longest if longest > 0 else None


def _retry_after(written: str, now: datetime) -> Iterator[float]:
    if re.fullmatch(r"\s*-?\d+(\.\d+)?\s*", written, re.ASCII):
        yield float(written)
        return
    try:
        until = parsedate_to_datetime(written)
    except (ValueError, TypeError, OverflowError):
        return
    if until.tzinfo is None:
        until = until.replace(tzinfo=UTC)
    yield (until - now).total_seconds()


def _used_up(written: str) -> Iterator[float]:
    """The `t` of each quota with none remaining, as in `"api";r=0;t=55`."""
    for quota in written.split(","):
        parameters = dict(re.findall(r";\s*([a-z]+)=(\d+)", quota, re.ASCII))
        if "t" in parameters and float(parameters.get("r", 1)) == 0:
            yield float(parameters["t"])
