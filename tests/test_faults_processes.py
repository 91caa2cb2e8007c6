"""Crashes and pauses of real processes: gunicorn with several workers over one archive."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path

import pytest

from feedproxy.archive import Archive
from tests.faults import (
    FEED,
    NEW,
    OLD,
    HeldSite,
    asking,
    connections,
    invented,
    served,
    started,
    warm,
    workers,
)
from tests.running import Answer, Server, eventually

REFRESH = 1.0
"""Seconds between two readings of the source, as its rules say."""


@pytest.fixture
def site() -> HeldSite:
    return invented()


@pytest.fixture
def url(site: HeldSite) -> Iterator[str]:
    with served(site) as url:
        yield url


def test_s_1_a_killed_worker_is_replaced_at_the_site_when_its_lease_ends(
    tmp_path: Path, site: HeldSite, url: str
) -> None:
    with warm(tmp_path, url, "--workers", "4") as server:
        site.hold()
        os.kill(asking(server, url), signal.SIGKILL)
        before, answers = len(site.times), list[int]()

        def taken_over() -> bool:
            answers.append(server.get(FEED).status)
            return len(site.times) > before

        eventually("another worker asks", taken_over)
        assert set(answers) == {200}
        site.open.set()
        site.let_pass()
        site.papers[0].title = NEW
        eventually("the site is read again", lambda: NEW in text(server.get(FEED)))


def test_s_16_a_worker_that_was_stopped_overwrites_nothing_when_it_goes_on(
    tmp_path: Path, site: HeldSite, url: str
) -> None:
    with warm(tmp_path, url, "--workers", "2") as server:
        held = site.hold()
        stopped = asking(server, url)
        os.kill(stopped, signal.SIGSTOP)
        try:
            site.let_pass()
            site.papers[0].title = NEW
            eventually("the other takes over", lambda: NEW in text(server.get(FEED)))
        finally:
            os.kill(stopped, signal.SIGCONT)
        held.set()
        eventually("the late answer is read", lambda: not connections(stopped, port(url)))
        later = len(site.times) + 2
        eventually("two more refreshes", lambda: len(site.times) >= later)
        assert NEW in text(server.get(FEED))
        assert OLD not in text(server.get(FEED))
        assert server.health()["sources"]["hf-daily"]["error"] is None


def test_s_2_after_a_killed_master_the_last_good_feed_is_served_before_any_fetch(
    tmp_path: Path, site: HeldSite, url: str
) -> None:
    with warm(tmp_path, url, "--workers", "2") as server:
        before = server.get(FEED)
        server.stop(signal.SIGKILL)
        held = site.hold()
        with started(tmp_path, url, "--workers", "2") as again:
            after = again.get(FEED)
        assert not held.is_set()
    assert (after.status, after.body) == (200, before.body)
    assert after.headers["ETag"] == before.headers["ETag"]
    assert after.headers["Last-Modified"] == before.headers["Last-Modified"]


def test_s_14_a_reload_under_load_fails_no_request(
    tmp_path: Path, site: HeldSite, url: str
) -> None:
    with warm(tmp_path, url, "--workers", "2") as server, load(server) as answers:
        old = set(workers(server))
        server.process.send_signal(signal.SIGHUP)
        eventually("new workers", lambda: not old & set(workers(server)))
        enough = len(answers) + 50
        eventually("they answer", lambda: len(answers) >= enough)
    assert set(answers) == {200}


def test_s_14_a_stop_lets_every_request_that_was_begun_be_answered(
    tmp_path: Path, site: HeldSite, url: str
) -> None:
    site.hold()
    clients = 8
    with ThreadPoolExecutor(clients) as pool, started(tmp_path, url, "--workers", "2") as server:
        waiting = [pool.submit(server.get, FEED) for _ in range(clients)]
        eventually(
            "all were accepted",
            lambda: sum(connections(pid, port(server.url)) for pid in workers(server)) == clients,
        )
        server.stop(signal.SIGTERM)
        assert {answer.result().status for answer in waiting} == {503}
        assert server.process.returncode == 0


def test_s_8_with_the_file_deleted_no_new_worker_begins_another_and_the_old_ones_go_on(
    tmp_path: Path, site: HeldSite, url: str
) -> None:
    file, saved = tmp_path / "feedproxy.db", tmp_path / "saved.db"
    with warm(tmp_path, url, "--workers", "2") as server:
        refreshes = len(site.times) + 4
        eventually("every worker knows it", lambda: len(site.times) >= refreshes)
        before = server.get(FEED).body
        Archive(f"sqlite:///{file}").backup(saved)
        file.unlink()
        killed, left = workers(server)
        os.kill(killed, signal.SIGKILL)
        tried = {killed, left}

        def two_in_vain() -> bool:
            tried.update(workers(server))
            return len(tried) > 3

        eventually("two new workers in vain", two_in_vain)
        assert {server.get(FEED).body for _ in range(10)} == {before}
        assert server.health()["status"] == "degraded"
        assert not file.exists()
        saved.rename(file)
        eventually("it is well again", lambda: server.health()["status"] == "ok")
        eventually("there are two again", lambda: len(workers(server)) == 2)


def test_s_9_two_hosts_on_one_postgresql_ask_once_and_outlive_it(
    tmp_path: Path, site: HeldSite, url: str
) -> None:
    from tests.postgres import server as postgresql

    database = postgresql().new_database()
    with (
        warm(tmp_path / "one", url, "--workers", "2", DATABASE_URL=database) as one,
        warm(tmp_path / "two", url, "--workers", "2", DATABASE_URL=database) as two,
    ):
        enough = len(site.times) + 4
        eventually("four refreshes", lambda: len(site.times) >= enough)
        assert min(later - earlier for earlier, later in pairwise(site.times)) >= REFRESH
        before = {host.get(FEED).body for host in (one, two)}
        assert len(before) == 1

        postgresql().stop()
        try:
            assert {host.get(FEED).body for host in (one, two) for _ in range(10)} == before
            eventually(
                "both say so",
                lambda: all(host.health()["archive"]["error"] for host in (one, two)),
            )
        finally:
            postgresql().start()
        site.papers[0].title = NEW
        eventually("both recover", lambda: all(NEW in text(h.get(FEED)) for h in (one, two)))


def test_u_1_a_crowd_at_a_cold_feed_asks_the_site_once(
    tmp_path: Path, site: HeldSite, url: str
) -> None:
    site.hold()
    clients = 100
    with (
        ThreadPoolExecutor(clients) as pool,
        started(tmp_path, url, "--workers", "4", FEEDPROXY_FETCH_DEADLINE="10s") as server,
    ):
        waiting = [pool.submit(server.get, FEED) for _ in range(clients)]
        eventually("the site is asked", lambda: len(site.times) > 0)
        site.open.set()
        first = [answer.result() for answer in waiting]
        # On a machine that is too busy for this crowd, some may be told to ask again after 3 s.
        answers = [each if each.status != 503 else server.get(FEED) for each in first]
    assert {answer.status for answer in answers} == {200}
    assert len({answer.body for answer in answers}) == 1
    assert len(site.times) == 1


@contextmanager
def load(server: Server, clients: int = 4) -> Iterator[list[int]]:
    """Clients that ask for the feed again and again; yields what they got: 0 is no answer."""
    answers: list[int] = []
    over = threading.Event()

    def ask() -> None:
        while not over.is_set():
            try:
                answers.append(server.get(FEED).status)
            except OSError:
                answers.append(0)

    threads = [threading.Thread(target=ask) for _ in range(clients)]
    for thread in threads:
        thread.start()
    try:
        yield answers
    finally:
        over.set()
        for thread in threads:
            thread.join()


def text(answer: Answer) -> str:
    return answer.body.decode()


def port(url: str) -> int:
    return int(url.rpartition(":")[2])
