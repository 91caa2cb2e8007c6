"""`serve --server granian`: the same program as under gunicorn, whatever happens to a worker."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path

import pytest

from tests.faults import FEED, HeldSite, asking, invented, served, started, warm, workers
from tests.raw import exchange, held
from tests.running import BOUND, Answer, Server, environment, eventually, run
from tests.test_metrics import CLIENTS, EACH, ask_from_many_threads, requests
from tests.test_stopping import said

GRANIAN = ("--server", "granian", "--workers", "2")
OF_THE_SERVER = {"date", "server", "connection"}
NOWHERE = "http://127.0.0.1:9"
HEAD = f"HEAD {FEED} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n".encode()
PROMPTLY = BOUND / 2


def without_server(answer: Answer) -> tuple[int, dict[str, str], bytes]:
    headers = {name.lower(): value for name, value in answer.headers.items()}
    return (
        answer.status,
        {name: value for name, value in headers.items() if name not in OF_THE_SERVER},
        answer.body,
    )


def answers(server: Server) -> list[tuple[int, dict[str, str], bytes]]:
    """To what readers and browsers ask, and to what nobody should."""
    etag = server.get(FEED).headers["ETag"]
    asked: list[tuple[str, dict[str, str]]] = [
        (FEED, {}),
        (FEED, {"Accept-Encoding": "gzip"}),
        (FEED, {"If-None-Match": etag}),
        (FEED + "?page=1&token=x", {}),
        ("/feeds/spikin.atom", {}),
        ("/topics/%E2%82%AC", {}),
        ("/topics/%ff", {}),
        ("/opml", {}),
        ("/metrics/", {}),
    ]
    return [without_server(server.get(path, **headers)) for path, headers in asked]


def test_it_answers_as_gunicorn_does(tmp_path: Path) -> None:
    with served(invented()) as url:
        with warm(tmp_path, url, "--workers", "1") as server:
            wanted = answers(server)
        # granian hands the environment to the app, where such a name would be a header
        with warm(tmp_path, url, *GRANIAN, HTTP_IF_NONE_MATCH="*") as server:
            assert answers(server) == wanted
            head = exchange(server, HEAD).received
            length = wanted[0][1]["content-length"].encode()
            assert b"content-length: " + length in head.lower()
            assert head.endswith(b"\r\n\r\n")
    assert [answer[0] for answer in wanted] == [200, 200, 304, 200, 404, 404, 404, 200, 404]


def test_any_of_two_workers_counts_the_requests_of_both_and_of_a_killed_one(
    tmp_path: Path,
) -> None:
    with served(invented()) as url, started(tmp_path, url, *GRANIAN) as server:
        eventually("two workers", lambda: len(workers(server)) == 2)
        ask_from_many_threads(server)
        for before in range(10):
            assert requests(server, 404) == EACH * CLIENTS
            assert requests(server) == 2 * before + 1
        killed = workers(server)[0]
        os.kill(killed, signal.SIGKILL)
        eventually("a new worker", lambda: len({*workers(server)} - {killed}) == 2)
        ask_from_many_threads(server)
        for _ in range(10):
            assert requests(server, 404) == 2 * EACH * CLIENTS


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGQUIT])
def test_a_stop_waits_for_no_fetch_and_no_idle_client(tmp_path: Path, how: signal.Signals) -> None:
    site = invented()
    with (
        served(site) as url,
        warm(tmp_path, url, *GRANIAN, FEEDPROXY_FETCH_DEADLINE=f"{BOUND:.0f}s") as server,
    ):
        under_way = site.hold()
        asking(server, url)
        with held(server, 1, b"GET / HTTP/1.1\r\nHost: a\r\n\r\n") as [idle]:
            assert idle.recv(100).startswith(b"HTTP/1.1 200")
            server.process.send_signal(how)
            assert server.process.wait(PROMPTLY) == 0
        assert not under_way.is_set()
        under_way.set()


def terminated(server: Server) -> None:
    server.process.send_signal(signal.SIGTERM)


def interrupted_again_and_again(server: Server) -> None:
    """Ctrl-C reaches all processes of a terminal."""
    for _ in range(4):
        for pid in (*workers(server), server.process.pid):
            os.kill(pid, signal.SIGINT)
            eventually("it is heard", partial(has_taken, pid, signal.SIGINT))


def has_taken(pid: int, which: signal.Signals) -> bool:
    """Whether the process has noticed the signal, or will not."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    masks = {name: mask for name, _, mask in (line.partition(":") for line in lines)}
    return not int(masks["ShdPnd"], 16) & ~int(masks["SigBlk"], 16) & 1 << which - 1


@pytest.mark.parametrize("stop", [terminated, interrupted_again_and_again])
def test_a_request_that_was_begun_is_answered_before_it_stops(
    tmp_path: Path, stop: Callable[[Server], None]
) -> None:
    site = invented()
    with cold(tmp_path, site) as server, ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(server.get, FEED)
        eventually("it waits for the site", lambda: bool(site.times))
        stop(server)
        assert waiting.result(BOUND).status == 503
        assert server.process.wait(PROMPTLY) == 0


MISSES_THE_SIGNAL = """
import signal
from feedproxy.granian_server import Server
from feedproxy.server import listen

def load():
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM})
    return lambda environ, start_response: []

with listen("127.0.0.1", 0) as listener:
    Server(listener, 1, load).run()
"""


def test_a_signal_that_does_not_wake_the_worker_is_obeyed(tmp_path: Path) -> None:
    """As when it comes just before the main thread begins to wait: another thread takes it here."""
    with ended(
        subprocess.Popen(
            [sys.executable, "-c", MISSES_THE_SIGNAL],
            cwd=tmp_path,
            env=environment({}),
            stderr=subprocess.PIPE,
            text=True,
        )
    ) as process:
        assert process.stderr is not None
        assert any("Started worker-1" in line for line in process.stderr)
        process.terminate()
        assert process.wait(PROMPTLY) == 0


@contextmanager
def ended(process: subprocess.Popen[str]) -> Iterator[subprocess.Popen[str]]:
    """Whatever happens in the block: its workers end with it."""
    with process:
        try:
            yield process
        finally:
            process.kill()


@contextmanager
def cold(folder: Path, site: HeldSite) -> Iterator[Server]:
    """A server that has read nothing, whose site does not answer: who asks for a feed waits."""
    under_way = site.hold()
    with served(site) as url, started(folder, url, *GRANIAN, "--workers", "1") as server:
        yield server
        under_way.set()


def test_workers_end_with_their_parent(tmp_path: Path) -> None:
    with served(invented()) as url, warm(tmp_path, url, *GRANIAN) as server:
        orphans = workers(server)
        server.process.send_signal(signal.SIGKILL)
        eventually("both have ended", lambda: not any(map(alive, orphans)))


def alive(pid: int) -> bool:
    with suppress(ProcessLookupError):
        os.kill(pid, 0)
        return "\nState:\tZ" not in Path(f"/proc/{pid}/status").read_text()
    return False


def test_no_log_shows_a_token_or_the_key(tmp_path: Path) -> None:
    with subprocess.Popen(
        [sys.executable, "-m", "feedproxy", "serve", "--port", "0", *GRANIAN],
        cwd=tmp_path,
        env=environment({"FEEDPROXY_ACCESS_KEY": "SECRET", "FEEDPROXY_HF_URL": NOWHERE}),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as process:
        try:
            ask_what_may_tell(Server(process, said(process, r"is at (http://\S+?)/ ")))
        finally:
            process.terminate()
        assert process.stdout is not None
        log = process.stdout.read()
    assert "Stopped worker-2" in log
    assert ("as root" in log) == (os.geteuid() == 0)
    assert "SECRET" not in log
    assert "/feeds/x.atom" not in log
    assert "[WARNING]" not in log
    assert "[ERROR]" not in log


def ask_what_may_tell(server: Server) -> None:
    assert server.get("/feeds/x.atom?token=SECRET").status == 401
    for bad in (b"GET /?token=SECRET\r\n\r\n", b"GET / HTTP/1.1\r\nSECRET\r\n\r\n"):
        assert exchange(server, bad).statuses == [400]


def test_where_it_is_not_installed_it_says_how(tmp_path: Path) -> None:
    without = "import sys; sys.modules['granian'] = None; from feedproxy.cli import main; main()"
    serve = ("serve", "--port", "0", "--server", "granian")
    refused = run(tmp_path, sys.executable, "-c", without, *serve)
    assert refused.returncode == 1
    assert "run pip install -c constraints.txt granian" in refused.stderr
    assert "Traceback" not in refused.stderr
