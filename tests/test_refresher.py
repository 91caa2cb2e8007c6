from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from queue import SimpleQueue

import pytest

from feedproxy.errors import ArchiveUnwritable
from feedproxy.refresh.refresher import Refresher
from tests.clocks import FakeTime
from tests.conftest import Installation

BOUND = 10


@contextmanager
def running(refresher: Refresher) -> Iterator[None]:
    refresher.start()
    try:
        yield
    finally:
        refresher.stop()


def test_what_is_due_is_refreshed_without_any_request() -> None:
    due, done = ["a"], threading.Event()

    def refresh(name: str) -> None:
        due.remove(name)
        done.set()

    with running(Refresher(lambda: due, refresh, FakeTime().clock.monotonic)):
        assert done.wait(BOUND)


def test_a_source_that_hangs_holds_up_no_other_and_is_not_begun_twice() -> None:
    begun: list[str] = []
    hang, healthy, looks = threading.Event(), threading.Event(), threading.Semaphore(0)

    def due() -> list[str]:
        looks.release()
        return ["hangs", "healthy"] if not healthy.is_set() else ["hangs"]

    def refresh(name: str) -> None:
        begun.append(name)
        if name == "hangs":
            hang.wait()
        else:
            healthy.set()

    refresher = Refresher(due, refresh, FakeTime().clock.monotonic)
    with running(refresher):
        try:
            assert healthy.wait(BOUND)
            for _ in range(3):
                refresher.wake()
                assert looks.acquire(timeout=BOUND)
            assert begun.count("hangs") == 1
        finally:
            hang.set()


@pytest.mark.parametrize("error", [ArchiveUnwritable("the disk is full"), ZeroDivisionError()])
def test_what_cannot_even_be_written_down_rests(error: Exception) -> None:
    time, tries = FakeTime(), threading.Semaphore(0)
    healthy: SimpleQueue[float] = SimpleQueue()
    begun: list[float] = []

    def refresh(name: str) -> None:
        if name == "healthy":
            healthy.put(time.seconds)
            return
        begun.append(time.seconds)
        tries.release()
        raise error

    def let_it_look() -> None:
        """Until it has begun the other one twice at this time, and so had time for both."""
        begun_now = 0
        while begun_now < 2:
            refresher.wake()
            begun_now += healthy.get(timeout=BOUND) == time.seconds

    refresher = Refresher(lambda: ["a", "healthy"], refresh, time.clock.monotonic)
    with running(refresher):
        assert tries.acquire(timeout=BOUND)
        first = time.seconds
        let_it_look()
        time.pass_by(seconds=29)
        let_it_look()
        time.pass_by(seconds=1)
        refresher.wake()
        assert tries.acquire(timeout=BOUND)
    assert begun[:2] == [first, first + 30]


def test_a_rules_folder_that_cannot_be_read_does_not_end_the_loop() -> None:
    failing, again = [True], threading.Event()

    def due() -> list[str]:
        if failing.pop() if failing else False:
            raise OSError("gone")
        again.set()
        return []

    refresher = Refresher(due, print, FakeTime().clock.monotonic)
    with running(refresher):
        refresher.wake()
        assert again.wait(BOUND)


def test_it_starts_once_however_often_it_is_asked() -> None:
    refresher = Refresher(list, print, FakeTime().clock.monotonic)
    before = threading.active_count()
    with running(refresher):
        for _ in range(5):
            refresher.start()
        assert sum(t.name == "refresher" for t in threading.enumerate()) >= 1
        assert threading.active_count() <= before + 1


def test_who_has_waited_longest_is_read_first(installation: Installation) -> None:
    installation.rules.write_text(
        "sources:\n"
        "  a: {kind: huggingface, listing: daily, lookback: 1d, refresh: 2h}\n"
        "  b: {kind: huggingface, listing: daily, lookback: 1d, refresh: 1h}\n"
        "topics: {all: {from: [a, b]}}\n"
    )
    pipeline = installation.start()
    for name in pipeline.due():
        pipeline.refresh(name)
    installation.time.pass_by(hours=3)
    assert pipeline.due() == ["b", "a"]
