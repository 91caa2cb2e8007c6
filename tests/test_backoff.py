from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feedproxy.backoff import LONGEST_WISH, next_attempt, wait_wished

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
HALF_AN_HOUR = timedelta(minutes=30)


def minutes(failures: int, jitter: float, refresh: timedelta = HALF_AN_HOUR) -> float:
    return (next_attempt(NOW, refresh, failures, None, jitter) - NOW) / timedelta(minutes=1)


def test_after_a_success_it_is_due_when_its_refresh_has_passed() -> None:
    assert next_attempt(NOW, HALF_AN_HOUR, 0, None, 0.9) == NOW + HALF_AN_HOUR


def test_u_7_the_longest_wait_doubles_from_one_minute_to_sixty() -> None:
    almost = 1 - 1e-12
    longest = [round(minutes(failures, almost), 6) for failures in range(1, 10)]
    assert longest == [1, 2, 4, 8, 16, 32, 60, 60, 60]


def test_u_7_chance_spreads_the_waits_from_the_first_one_on() -> None:
    assert [minutes(5, jitter) for jitter in (0.0, 0.25, 0.5, 0.75)] == [1, 4, 8, 12]


def test_a_source_that_is_read_more_often_begins_with_its_own_refresh() -> None:
    assert minutes(1, 0.0, timedelta(seconds=6)) == 0.1


@given(
    refresh=st.timedeltas(timedelta(seconds=1), timedelta(days=30)),
    failures=st.integers(0, 10**9),
    wished=st.none() | st.floats(0, allow_nan=False),
    jitter=st.floats(0, 1, exclude_max=True),
)
def test_no_wait_is_shorter_than_wished_or_longer_than_an_hour_or_the_wish(
    refresh: timedelta, failures: int, wished: float | None, jitter: float
) -> None:
    wait = next_attempt(NOW, refresh, failures, wished, jitter) - NOW
    wish = timedelta(seconds=min(wished or 0, LONGEST_WISH))
    assert wait >= max(wish, min(refresh, timedelta(minutes=1)))
    assert wait <= max(wish, timedelta(hours=1) if failures else refresh)


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({}, None),
        ({"retry-after": "30"}, 30),
        ({"retry-after": " 1.5 "}, 1.5),
        ({"retry-after": "1"}, 1),
        ({"retry-after": "0"}, None),
        ({"retry-after": "-1"}, None),
        ({"retry-after": "9" * 5000}, LONGEST_WISH),
        ({"retry-after": "inf"}, None),
        ({"retry-after": "soon"}, None),
        ({"retry-after": "٣"}, None),
        ({"retry-after": "Sat, 21 Nov 2026 12:01:00 GMT"}, 60),
        ({"retry-after": "Saturday, 21-Nov-26 12:01:00 GMT"}, 60),
        ({"retry-after": "Sat, 21 Nov 2026 12:01:00 -0000"}, 60),
        ({"retry-after": "Sat, 21 Nov 2026 11:00:00 GMT"}, None),
        ({"retry-after": "Fri, 31 Dec 9999 23:59:59 GMT"}, LONGEST_WISH),
        ({"retry-after": "Sat, 99 Nov 2026 12:00:00 GMT"}, None),
        ({"ratelimit": '"api";r=0;t=55'}, 55),
        ({"ratelimit": '"api"; r=0; t=55'}, 55),
        ({"ratelimit": '"api";r=1;t=55'}, None),
        ({"ratelimit": '"api";t=55'}, None),
        ({"ratelimit": '"api";r=0'}, None),
        ({"ratelimit": '"pages";r=0;t=7, "api";r=0;t=55, "x";r=9;t=99'}, 55),
        ({"ratelimit": '"api";r=0;t=55', "retry-after": "90"}, 90),
        ({"ratelimit": '"api";r=0;t=55', "retry-after": "-90"}, 55),
    ],
)
def test_u_6_the_wish_of_a_site_is_the_longest_it_makes(
    headers: dict[str, str], seconds: float | None
) -> None:
    assert wait_wished(headers, NOW) == seconds


@given(st.text(), st.text())
def test_no_header_is_too_odd(retry_after: str, ratelimit: str) -> None:
    wished = wait_wished({"retry-after": retry_after, "ratelimit": ratelimit}, NOW)
    assert wished is None or 0 < wished <= LONGEST_WISH
