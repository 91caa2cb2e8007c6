"""Who may read a source, over both databases, threads and processes. No test sleeps:
they ask the database's own clock until it has moved on."""

from __future__ import annotations

import signal
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from itertools import pairwise

import pytest

from feedproxy.archive import Archive, Lease
from feedproxy.assemble import LEASE_SLACK, reader_of
from feedproxy.clock import Clock
from feedproxy.config import from_environ
from feedproxy.errors import LeaseLost
from feedproxy.models import Source, SourceState
from feedproxy.states import due_at
from tests import archive_fixtures, invented
from tests.archive_fixtures import Opened, start
from tests.archive_programs import DAY, HOUR, NOW, listing, record, state

url, archive, opened = archive_fixtures.url, archive_fixtures.archive, archive_fixtures.opened

ENDED = -1
"""The length of a lease that has ended already."""


def taken(archive: Archive, owner: str = "me", ttl: float = 60) -> Lease:
    lease = archive.take("hf", owner, ttl, state(archive))
    assert lease
    return lease


def test_a_source_is_held_by_one_at_a_time(archive: Archive) -> None:
    lease = taken(archive)
    assert archive.take("hf", "you", 60, state(archive)) is None
    assert archive.take("hf", "me", 60, state(archive)) is None
    assert archive.take("lab", "you", 60, state(archive, "lab"))
    archive.failed(lease, NOW, NOW, "broken", failures=1)
    assert taken(archive, "you").token > lease.token


def test_a_claim_runs_out_when_the_readme_says(archive: Archive) -> None:
    reader = reader_of(from_environ({}), archive, invented.Site(), Clock())
    assert reader.lease_seconds == 12


def test_a_source_is_held_through_the_longest_deadline_that_can_be_set(archive: Archive) -> None:
    longest = from_environ({"FEEDPROXY_FETCH_DEADLINE": "10m"}).fetch_deadline.total_seconds()
    taken(archive, ttl=longest + LEASE_SLACK)
    assert archive.take("hf", "you", 60, state(archive)) is None


def test_a_source_is_given_once_to_all_who_judged_alike(archive: Archive) -> None:
    archive.succeeded(taken(archive), NOW, NOW + HOUR)
    judged = archive.states()["hf"]
    lease = archive.take("hf", "me", 60, judged)
    assert lease
    assert archive.take("hf", "you", 60, judged) is None
    archive.succeeded(lease, NOW + HOUR / 2, NOW + HOUR)
    assert archive.take("hf", "you", 60, judged) is None
    assert archive.take("lab", "you", 60, SourceState("lab"))


def test_a_source_judged_by_no_state_is_not_given_if_it_was_tried(archive: Archive) -> None:
    archive.failed(taken(archive), NOW, NOW, "broken", failures=1)
    assert archive.take("hf", "you", 60, SourceState("hf")) is None


def test_s_11_a_clock_put_back_makes_a_source_due_once(archive: Archive) -> None:
    source, ahead = Source("hf", "huggingface", refresh=HOUR), NOW + 3 * DAY
    archive.succeeded(taken(archive), ahead, ahead + HOUR)
    assert due_at(source, state(archive), NOW) == NOW
    archive.succeeded(taken(archive), NOW, NOW + HOUR)
    assert due_at(source, state(archive), NOW + HOUR / 2) == NOW + HOUR


def test_s_11_a_databases_clock_put_back_holds_no_source_back(archive: Archive) -> None:
    """As after a power cut in the middle of a reading, on a computer without a clock of its own."""
    killed = taken(archive, ttl=DAY.total_seconds())
    assert taken(archive, "next").token == killed.token + 1
    with pytest.raises(LeaseLost):
        archive.renew(killed, 60)


def test_hosts_whose_clocks_differ_by_seconds_do_not_read_twice(archive: Archive) -> None:
    source, ahead = Source("hf", "huggingface", refresh=HOUR), NOW + timedelta(seconds=30)
    archive.succeeded(taken(archive), ahead, ahead + HOUR)
    assert due_at(source, state(archive), NOW) == ahead + HOUR


def test_s_1_a_lease_ends_by_the_databases_clock(archive: Archive) -> None:
    first = taken(archive, "killed", ttl=0.3)
    tries = 0
    while (second := archive.take("hf", "next", 60, SourceState("hf"))) is None:
        tries += 1
    assert tries > 0
    assert second.token == first.token + 1


def test_a_renewed_lease_lasts_longer(archive: Archive) -> None:
    lease = taken(archive, ttl=ENDED)
    archive.renew(lease, 60)
    assert archive.take("hf", "you", 60, state(archive)) is None
    archive.renew(lease, ENDED)
    assert archive.take("hf", "you", 60, state(archive))


LATE: list[Callable[[Archive, Lease], object]] = [
    lambda archive, lease: archive.remember("hf", listing(record(title="Late")), NOW, lease),
    lambda archive, lease: archive.renew(lease, 60),
    lambda archive, lease: archive.succeeded(lease, NOW, NOW + DAY),
    lambda archive, lease: archive.failed(lease, NOW, NOW + DAY, "late", failures=1),
]


@pytest.mark.parametrize("late", LATE)
@pytest.mark.parametrize("finished", [False, True])
def test_s_16_a_holder_that_was_paused_overwrites_nothing(
    archive: Archive, late: Callable[[Archive, Lease], object], *, finished: bool
) -> None:
    paused = taken(archive, "worker", ttl=ENDED)
    other = taken(archive, "worker")
    archive.remember("hf", listing(record()), NOW, other)
    if finished:
        archive.succeeded(other, NOW, NOW + HOUR)
    before = archive.versions(), archive.states(), archive.records()
    with pytest.raises(LeaseLost, match="hf: worker held it for too long"):
        late(archive, paused)
    assert (archive.versions(), archive.states(), archive.records()) == before
    if not finished:
        archive.renew(other, 60)


def test_a_lease_that_was_let_go_is_lost(archive: Archive) -> None:
    lease = taken(archive)
    archive.succeeded(lease, NOW, NOW)
    with pytest.raises(LeaseLost):
        archive.succeeded(lease, NOW, NOW)


def test_of_two_sources_that_one_owner_holds_each_is_let_go_alone(archive: Archive) -> None:
    """The tokens of both may be the same number."""
    one = taken(archive)
    other = archive.take("lab", "me", 60, SourceState("lab"))
    assert other
    assert one.token == other.token
    archive.succeeded(one, NOW, NOW + HOUR)
    assert archive.states()["lab"].last_success is None
    assert archive.take("lab", "you", 60, archive.states()["lab"]) is None
    archive.renew(other, 60)


def test_the_state_tells_of_the_last_refresh_and_what_was_good(archive: Archive) -> None:
    lease = taken(archive)
    archive.remember("hf", listing(record(), part="2026-11-20"), NOW, lease)
    archive.succeeded(lease, NOW, NOW + HOUR, served_by="api", notes=["row 3: no id"])
    for hour in (1, 2):
        late = NOW + hour * HOUR
        again = late + HOUR
        lease = taken(archive)
        archive.failed(lease, late, again, "503 \0\ud800", left_alone=again, failures=hour)
    assert archive.states()["hf"] == SourceState(
        name="hf",
        last_success=NOW,
        last_attempt=NOW + 2 * HOUR,
        next_attempt=NOW + 3 * HOUR,
        left_alone=NOW + 3 * HOUR,
        last_news=NOW,
        failures=2,
        error="503 \N{REPLACEMENT CHARACTER}?",
        served_by="api",
        notes=("row 3: no id",),
        records=1,
        parts={"2026-11-20": NOW},
    )
    version = archive.versions().states
    archive.succeeded(taken(archive), NOW + DAY, NOW + DAY)
    assert archive.versions().states > version
    state = archive.states()["hf"]
    assert (state.failures, state.error, state.last_news) == (0, "", NOW)
    assert state.left_alone is None


def test_many_threads_get_one_lease(archive: Archive) -> None:
    with ThreadPoolExecutor(16) as threads:
        got = threads.map(lambda n: archive.take("hf", f"{n}", 60, SourceState("hf")), range(48))
    assert sum(lease is not None for lease in got) == 1


def test_s_9_processes_hold_a_source_one_after_another(url: str, opened: Opened) -> None:
    opened(url).close()
    workers = [start("contend", url, f"worker {n}", "20") for n in range(3)]
    held = []
    for worker in workers:
        said, _ = worker.communicate(timeout=30)
        held.append([tuple(map(int, line.split())) for line in said.splitlines()])
        assert worker.returncode == 0
    assert [len(periods) for periods in held] == [20, 20, 20]
    in_order = sorted(period for worker in held for period in worker)
    assert len({token for token, _, _ in in_order}) == len(in_order)
    for (_, _, end), (_, began, _) in pairwise(in_order):
        assert end <= began


def test_s_1_a_killed_holder_is_replaced_when_its_lease_ends(archive: Archive, url: str) -> None:
    holder = start("hold", url, "0.5")
    assert holder.stdout
    token = int(holder.stdout.readline())
    holder.send_signal(signal.SIGKILL)
    holder.communicate()
    while (lease := archive.take("hf", "next", 60, SourceState("hf"))) is None:
        pass
    assert lease.token == token + 1
