from __future__ import annotations

from datetime import UTC, datetime

import pytest

from feedproxy.conditional import accepts_gzip, not_modified

ETAG = '"0123abcd"'
MODIFIED = datetime(2026, 11, 20, 12, 0, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("none_match", "same"),
    [
        ('"0123abcd"', True),
        ('W/"0123abcd"', True),
        ('"0123abcd-gzip"', True),
        ('W/"0123abcd-br"', True),
        ('"other", "0123abcd"', True),
        ('"a,b", W/"0123abcd-gzip" , "c"', True),
        ("*", True),
        (" * ", True),
        ('"other"', False),
        ('"0123abcd-other"', False),
        ("0123abcd", False),
        ("", False),
        ('"' * 8000, False),
    ],
)
def test_if_none_match(none_match: str, same: bool) -> None:
    assert not_modified(ETAG, MODIFIED, none_match, None) is same


@pytest.mark.parametrize(
    ("since", "same"),
    [
        ("Fri, 20 Nov 2026 12:00:00 GMT", True),
        ("Sat, 21 Nov 2026 12:00:00 GMT", False),
        ("Fri, 20 Nov 2026 11:59:59 GMT", False),
        ("Friday, 20-Nov-26 12:00:00 GMT", True),
        ("Fri Nov 20 12:00:00 2026", True),
        ("Fri Nov 20 11:59:59 2026", False),
        ("yesterday", False),
        ("", False),
    ],
)
def test_if_modified_since(since: str, same: bool) -> None:
    assert not_modified(ETAG, MODIFIED, None, since) is same


def test_who_sends_no_condition_gets_the_whole() -> None:
    assert not not_modified(ETAG, MODIFIED, None, None)


def test_the_tag_wins_over_the_date() -> None:
    assert not not_modified(ETAG, MODIFIED, '"other"', "Fri, 20 Nov 2026 12:00:00 GMT")


@pytest.mark.parametrize(
    ("header", "yes"),
    [
        ("gzip, deflate, br", True),
        ("GZIP;q=0.5", True),
        ("br, gzip", True),
        ("x-gzip", True),
        ("*", True),
        ("br;q=0, gzip;q=0, *", False),
        ("*;q=0", False),
        ("gzip;q=0.0", False),
        ("gzip;q=1.2.3", False),
        ("identity", False),
        ("", False),
    ],
)
def test_accept_encoding(header: str, yes: bool) -> None:
    assert accepts_gzip(header) is yes


def test_a_date_that_no_clock_knows_is_no_condition() -> None:
    odd = f"Sat, 21 Nov 2026 12:01:00 +{'9' * 20}"
    assert not not_modified('"a"', datetime(2026, 11, 20, tzinfo=UTC), None, odd)
