"""What a process knows of the archive: how it learns what is new, and who waits meanwhile."""

from __future__ import annotations

import threading
from collections.abc import Callable

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
def known(archive: Watched, installation: Installation) -> Callable[[], list[str]]:
    """The ids that a request finds two seconds later."""
    library, clock = Library(), installation.time.clock
    folder = rules_folder(installation.config(), {}, library, clock)
    view = View(archive, library, folder, clock, {})

    def found() -> list[str]:
        installation.time.pass_by(seconds=2)
        view.look()
        return sorted(each.record.id for each in library.subjects())

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
