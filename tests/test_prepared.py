from __future__ import annotations

import gzip
import threading
from datetime import UTC, datetime, timedelta

from feedproxy.prepared import ASK_AGAIN, Prepared, Shelf, Version
from tests.clocks import FakeTime

NOW = datetime(2026, 11, 20, 12, 0, 0, 999, tzinfo=UTC)


class Ledger:
    """First served, as the archive keeps it."""

    def __init__(self) -> None:
        self.moments: dict[tuple[str, str], datetime] = {}
        self.is_locked = False
        self.asked = 0

    def __call__(self, key: str, etag: str, now: datetime) -> datetime | None:
        self.asked += 1
        if self.is_locked:
            return None
        return self.moments.setdefault((key, etag), now)


def test_an_answer_is_made_once_while_what_it_is_made_of_stays() -> None:
    shelf, made, content = Shelf(Ledger()), [], object()

    def write() -> tuple[bytes, str]:
        made.append(1)
        return b"body", "text/plain"

    first = shelf.get("a", content, write, NOW)
    assert shelf.get("a", content, write, NOW) is first
    assert len(made) == 1
    assert gzip.decompress(first.gzipped) == first.body == b"body"
    assert shelf.get("a", object(), write, NOW) == first
    assert len(made) == 2


def test_the_same_bytes_keep_their_validators_whenever_they_are_made() -> None:
    ledger = Ledger()
    one = Shelf(ledger).get("a", 1, lambda: (b"body", "text/plain"), NOW)
    two = Shelf(ledger).get("a", 2, lambda: (b"body", "text/plain"), NOW + timedelta(days=1))
    assert (one.version, one.gzipped) == (two.version, two.gzipped)
    assert one.version.last_modified == NOW.replace(microsecond=0)
    other = Shelf(ledger).get("a", 3, lambda: (b"other", "text/plain"), NOW + timedelta(days=2))
    assert other.version.etag != one.version.etag
    assert other.version.last_modified > one.version.last_modified


def test_a_date_that_could_not_be_told_is_asked_for_again_later() -> None:
    ledger, time, content = Ledger(), FakeTime(NOW), object()
    shelf = Shelf(ledger, monotonic=time.clock.monotonic)

    def date() -> datetime:
        made = shelf.get("a", content, lambda: (b"body", "text/plain"), time.moment)
        assert shelf.peek("a", content) is made
        assert shelf.version("a", content) is made.version
        return made.version.last_modified

    ledger.is_locked = True
    makeshift = date()
    assert makeshift == NOW.replace(microsecond=0)
    for asked in (1, 2, 3):
        assert [date(), date()] == [makeshift] * 2
        assert ledger.asked == asked
        time.pass_by(seconds=ASK_AGAIN)
        assert shelf.peek("a", content) is None
        assert shelf.version("a", content) is None
    ledger.is_locked = False
    kept = date()
    assert kept == time.moment.replace(microsecond=0) > makeshift
    time.pass_by(days=1)
    assert date() == kept
    assert ledger.asked == 4


def test_nobody_waits_for_who_asks_again_for_a_date() -> None:
    time, content = FakeTime(NOW), object()
    seen: list[Prepared | None] = []

    def first_served(_key: str, _etag: str, _now: datetime) -> None:
        seen.append(shelf.peek("a", content))

    shelf = Shelf(first_served, monotonic=time.clock.monotonic)
    shelf.get("a", content, lambda: (b"body", "text/plain"), NOW)
    time.pass_by(seconds=ASK_AGAIN)
    made = shelf.get("a", content, lambda: (b"body", "text/plain"), NOW)
    assert seen == [None, made]


def test_many_who_ask_at_once_wait_for_one_making() -> None:
    shelf, content = Shelf(Ledger()), object()
    started, go, made = threading.Event(), threading.Event(), []

    def write() -> tuple[bytes, str]:
        made.append(1)
        started.set()
        assert go.wait(10)
        return b"body", "text/plain"

    def ask() -> None:
        shelf.get("a", content, write, NOW)

    threads = [threading.Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    assert started.wait(10)
    go.set()
    for thread in threads:
        thread.join(10)
    assert len(made) == 1


def test_the_shelf_is_bounded_and_serves_what_it_cannot_keep() -> None:
    shelf = Shelf(Ledger(), size=1000)
    content = object()
    for number in range(100):
        shelf.get(str(number), content, lambda: (b"x" * 100, "text/plain"), NOW)
    held = [shelf.peek(str(number), content) for number in range(100)]
    sizes = [len(each.gzipped) for each in held if each]
    assert 0 < sum(sizes) <= 1000
    assert shelf.get("big", content, lambda: (b"y" * 5000, "t"), NOW).body == b"y" * 5000


def test_of_what_had_to_make_room_it_is_still_known_which_version_it_is() -> None:
    ledger = Ledger()
    shelf = Shelf(ledger, size=100)

    def prepare(key: str, made_of: object, text: bytes, later: int) -> Version:
        moment = NOW + timedelta(days=later)
        return shelf.get(key, made_of, lambda: (text, "text/plain"), moment).version

    first = prepare("a", 1, b"body", 0)
    prepare("b", 1, bytes(range(70)), 1)
    assert shelf.peek("a", 1) is None
    assert shelf.version("a", 1) is first
    assert shelf.version("a", 2) is None
    ledger.moments.clear()
    assert prepare("a", 1, b"body", 2) is first
    assert prepare("a", 2, b"other", 3).last_modified > first.last_modified
    assert shelf.version("a", 1) is None
