"""Turns at a site, over both databases, threads and processes.

The turns are so far apart that a test's own time does not count: the n-th of them is to come in
at most n times that.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from math import ceil

from feedproxy.archive import Archive
from tests.archive_fixtures import Opened, start
from tests.archive_programs import DAY, HOUR

APART = 20.0
"""Seconds."""


def places(waits: list[float]) -> list[int]:
    """In which order the turns come, whoever got them; 0 is the one that is there."""
    return sorted(ceil(wait / APART) for wait in waits)


def test_turns_follow_one_another_and_the_first_is_at_once(archive: Archive) -> None:
    waits = [archive.kept.reserve("arxiv", APART) for _ in range(4)]
    assert waits[0] == 0
    assert [ceil(wait / APART) for wait in waits] == [0, 1, 2, 3]


def test_each_site_has_turns_of_its_own(archive: Archive) -> None:
    assert archive.kept.reserve("arxiv", APART) == 0
    assert archive.kept.reserve("elsewhere", APART) == 0


def test_a_turn_that_is_past_delays_nobody(archive: Archive) -> None:
    archive.kept.claim("ask arxiv", datetime.now(UTC) - HOUR, DAY)
    assert archive.kept.reserve("arxiv", APART) == 0


def test_s_11_turns_given_before_the_database_s_clock_was_put_back_delay_nobody(
    archive: Archive,
) -> None:
    archive.kept.claim("ask arxiv", datetime.now(UTC) + DAY, DAY)
    assert archive.kept.reserve("arxiv", APART) == 0
    assert places([archive.kept.reserve("arxiv", APART)]) == [1]


def test_no_two_threads_of_two_archives_get_the_same_turn(url: str, opened: Opened) -> None:
    hosts = [opened(url, wait=30), opened(url, wait=30)]
    with ThreadPoolExecutor(8) as pool:
        waits = list(pool.map(lambda turn: hosts[turn % 2].kept.reserve("arxiv", APART), range(12)))
    assert places(waits) == list(range(12))


def test_no_two_processes_get_the_same_turn(archive: Archive, url: str) -> None:
    archive.kept.reserve("arxiv", APART)
    processes = [start("ask", url, "5", str(APART)) for _ in range(2)]
    waits = [float(line) for each in processes for line in each.communicate()[0].split()]
    assert places(waits) == list(range(1, 11))
