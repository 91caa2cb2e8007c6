"""A stop always ends, and at once, at whatever moment it comes."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from feedproxy.signals import STOPS
from tests.faults import FEED, asking, invented, served, started, warm, workers
from tests.running import BOUND, Server, environment, eventually

PROMPTLY = BOUND / 2
"""Seconds. Long before gunicorn kills who does not obey, and before any fetch here ends."""
NO_NEED_TO_WAIT = {"FEEDPROXY_FETCH_DEADLINE": f"{BOUND:.0f}s"}

CONF = """
from feedproxy.gunicorn_conf import *
from feedproxy import gunicorn_conf

bind = "127.0.0.1:0"
workers = 1
timeout = 0

"""
BETWEEN_FORK_AND_HANDLERS = """
from time import sleep

def post_fork(server, worker):
    print("a worker is born", flush=True)
    while server.SIG_QUEUE.empty():
        sleep(0.01)
    gunicorn_conf.post_fork(server, worker)
"""
WHILE_IT_LOADS = """
import threading

def post_worker_init(worker):
    print("a worker is born", flush=True)
    threading.Event().wait()
"""
OVER_A_FORK = """
import os, signal
from feedproxy.signals import STOPS, keep_over_forks

def blocked():
    return signal.pthread_sigmask(signal.SIG_BLOCK, ())

def just_forked():
    assert blocked() == set(STOPS)
    os.kill(os.getpid(), signal.SIGTERM)

os.register_at_fork(after_in_child=just_forked)
keep_over_forks()
signal.signal(signal.SIGTERM, lambda *_: os._exit(7))
if child := os.fork():
    assert not blocked()
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 7
"""
WHILE_A_THREAD_STARTS = """
import sys, threading

def post_fork(server, worker):
    gunicorn_conf.post_fork(server, worker)
    if worker.age == 1:
        threading.setprofile(stop_if_it_is_the_one)

def stop_if_it_is_the_one(*_):
    sys.setprofile(None)
    if threading.current_thread().name.startswith({pool!r}):
        os.kill(os.getpid(), signal.SIGQUIT)
"""


@contextmanager
def gunicorn(folder: Path, conf: str, **more: str) -> Iterator[subprocess.Popen[str]]:
    """As it is deployed, with one worker and a hook in `conf` that finds the awkward moment."""
    (folder / "awkward.py").write_text(CONF + conf)
    process = subprocess.Popen(
        [sys.executable, "-m", "gunicorn", "-c", "awkward.py", "feedproxy.wsgi:app"],
        cwd=folder,
        env=environment(more),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )
    try:
        yield process
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.communicate()


def said(process: subprocess.Popen[str], pattern: str) -> str:
    """The first group of `pattern` in a line of its output, once there is one."""
    assert process.stdout is not None
    for line in process.stdout:
        if found := re.search(pattern, line):
            return found[1]
    raise AssertionError(f"it never said {pattern}")


def test_a_signal_is_kept_until_a_new_process_can_hear_it() -> None:
    subprocess.run([sys.executable, "-c", OVER_A_FORK], timeout=BOUND, check=True)


@pytest.mark.parametrize("how", STOPS)
@pytest.mark.parametrize("moment", [BETWEEN_FORK_AND_HANDLERS, WHILE_IT_LOADS])
def test_a_worker_that_is_still_beginning_obeys(
    tmp_path: Path, moment: str, how: signal.Signals
) -> None:
    with gunicorn(tmp_path, moment) as process:
        said(process, "(is born)")
        process.send_signal(how)
        assert process.wait(PROMPTLY) == 0


@pytest.mark.parametrize("pool", ["look", "ThreadPoolExecutor"])
def test_a_stop_that_finds_a_worker_starting_a_thread_ends_it(tmp_path: Path, pool: str) -> None:
    with gunicorn(tmp_path, WHILE_A_THREAD_STARTS.format(pool=pool)) as process:
        server = Server(process, said(process, r"Listening at: (http://\S+)"))
        first = int(said(process, r"Booting worker with pid: (\d+)"))
        with suppress(OSError):  # it may come too late for the first worker, and be closed
            server.get("/healthz")
        eventually("the first worker has ended", lambda: first not in workers(server))
        assert server.get("/healthz").status == 200


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGQUIT])
def test_a_fetch_under_way_holds_up_no_stop(tmp_path: Path, how: signal.Signals) -> None:
    site = invented()
    with (
        served(site) as url,
        warm(tmp_path, url, "--workers", "2", **NO_NEED_TO_WAIT) as server,
    ):
        held = site.hold()
        asking(server, url)
        server.process.send_signal(how)
        assert server.process.wait(PROMPTLY) == 0
        assert not held.is_set()
        held.set()


def test_a_stop_right_after_the_first_answer_ends_every_worker(tmp_path: Path) -> None:
    site = invented()
    with served(site) as url:
        with warm(tmp_path, url):
            pass
        with started(tmp_path, url, "--workers", "2", **NO_NEED_TO_WAIT) as server:
            held = site.hold()
            assert server.get(FEED).status == 200
            server.process.send_signal(signal.SIGQUIT)
            assert server.process.wait(PROMPTLY) == 0
            held.set()
