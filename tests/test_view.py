"""What a process knows of the archive: how it learns what is new, and who waits meanwhile."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager

import pytest

from feedproxy.archive import Archive
from feedproxy.assemble import rules_folder
from feedproxy.library import Library
from feedproxy.models import Record
from feedproxy.view import View
from tests.archive_programs import DAY, NOON, NOW, listing, record
from tests.conftest import Installation
from tests.running import BOUND, eventually
from tests.test_merging_undone import PAPER, POST, hint


class Watched(Archive):
    """Its records are read only while `open` is set; `asked`: after which versions they were."""

    def __init__(self, url: str) -> None:
        super().__init__(url)
        self.open = threading.Event()
        self.open.set()
        self.asked: list[int] = []

    def records(self, after: int = 0) -> tuple[Record, ...]:
        self.asked.append(after)
        assert self.open.wait(BOUND)
        return super().records(after)


@pytest.fixture
def archive(installation: Installation) -> Watched:
    return Watched(installation.config().database)


@pytest.fixture
def view(archive: Watched, installation: Installation) -> View:
    library, clock = Library(), installation.time.clock
    folder = rules_folder(installation.config(), {}, library, clock)
    return View(archive, library, folder, clock, {})


@pytest.fixture
def known(view: View, installation: Installation) -> Callable[[], list[str]]:
    """The ids that a request finds two seconds later."""

    def found() -> list[str]:
        installation.time.pass_by(seconds=2)
        view.look()
        return sorted(each.record.id for each in view.library.subjects())

    return found


def test_nobody_waits_for_what_takes_long_to_be_read(
    archive: Watched, known: Callable[[], list[str]], caplog: pytest.LogCaptureFixture
) -> None:
    """If each request waited for a second, it would never be read."""
    assert known() == []
    archive.remember("hf", listing(PAPER), NOW)
    archive.open.clear()
    for _ in range(int(BOUND) + 10):
        assert known() == []
    archive.open.set()
    eventually("it is known", lambda: known() == [PAPER.id])
    assert not caplog.messages


def test_of_what_is_joined_or_removed_only_the_change_is_read(
    archive: Watched, known: Callable[[], list[str]]
) -> None:
    old, other = record(1, published=NOON - 40 * DAY), record(2)
    archive.remember("hf", listing(PAPER, old, other), NOW)
    archive.remember("lab", listing(POST), NOW)
    assert known() == sorted([PAPER.id, POST.id, old.id, other.id])
    apart = archive.versions().content
    archive.remember("index", listing(hint()), NOW + DAY)
    assert known() == sorted([PAPER.id, old.id, other.id])
    joined = archive.versions().content
    assert archive.forget("hf", NOON - 30 * DAY) == 1
    assert known() == sorted([PAPER.id, other.id])
    assert archive.asked == [0, apart, joined]


def test_a_lock_that_comes_and_goes_is_told_once_until_it_has_been_well_for_a_while(
    view: View, installation: Installation, caplog: pytest.LogCaptureFixture
) -> None:
    time = installation.time
    view.look()
    for minutes in (0, 5, 9, 20):
        time.pass_by(minutes=minutes)
        with locked(installation):
            for feed in ("one.atom", "two.atom"):
                assert view.first_served(feed, f"etag {minutes}", time.moment) is None
        assert view.first_served("three.atom", f"etag {minutes}", time.moment) == time.moment
    assert len(caplog.messages) == 2


@contextmanager
def locked(installation: Installation) -> Iterator[None]:
    """Another program writes to the archive."""
    file = installation.folder / "archive.db"
    with closing(sqlite3.connect(file, isolation_level=None)) as shell:
        shell.execute("BEGIN IMMEDIATE")
        yield
