"""Slow clients and floods against the real server: others are served, and memory is bounded."""

from __future__ import annotations

import os
import re
import resource
import shutil
import socket
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

import pytest

from feedproxy.clock import utc_now
from tests.faults import FEED, HeldSite, invented, served, warm, workers
from tests.invented import Paper
from tests.raw import connect, exchange, held, unwilling
from tests.running import Server, eventually
from tests.test_stopping import gunicorn, said

ROOT = Path(__file__).resolve().parents[1]
HEAD = b"GET /readyz HTTP/1.1\r\nHost: a\r\n"
FORM = (
    b"POST /try HTTP/1.1\r\nHost: a\r\nConnection: close\r\n"
    b"Content-Type: application/x-www-form-urlencoded\r\n"
)
A_FORM = FORM + b"Content-Length: 5\r\n\r\ntext="
SLOWLY = {
    "a head": b"GET / HTTP/1.1\r\nHost: a\r\nX: ",
    "the first byte": b"",
    "a body": b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\nx",
    "a form": FORM + b"Content-Length: 1000\r\n\r\ntext=",
    "chunks": b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhe",
    "no end": HEAD + b"Connection: close\r\n\r\n",
    "nonsense": b"nonsense\r\n\r\n",
}
NGINX = """
daemon off;
user root;
pid {folder}/nginx.pid;
events {{ worker_connections 1024; }}
http {{
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    include {folder}/feedproxy.conf;
}}
"""
MOST_MEMORY = 250 * 1024
"""kB that a worker may have."""


needs_nginx = pytest.mark.skipif(
    not shutil.which("nginx") and not os.environ.get("CI"), reason="nginx is not here"
)


@contextmanager
def open_files(most: int) -> Iterator[None]:
    """In this process, and in those that it starts."""
    usual, limit = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(most, limit), limit))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (usual, limit))


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """The default profile: two workers with 64 threads each, and 1,024 files, as is usual."""
    folder = tmp_path_factory.mktemp("crowd")
    with ExitStack() as stack:
        url = stack.enter_context(served(many_papers()))
        with open_files(1024):
            server = stack.enter_context(warm(folder, url, "--workers", "2"))
        stack.enter_context(open_files(4096))
        yield server


def many_papers() -> HeldSite:
    """Enough for a feed of 200 kB."""
    title = "A Spiking Neural Network" + 200 * " and More"
    today = utc_now().date()
    return HeldSite(*(Paper(f"2611.{n:05}", f"{title} {n}", today) for n in range(100)))


def memory(pid: int) -> int:
    found = re.search(r"VmRSS:\s+(\d+) kB", Path(f"/proc/{pid}/status").read_text())
    assert found
    return int(found[1])


@pytest.mark.parametrize("what", SLOWLY)
def test_h_5_fifty_clients_that_send_slowly_hold_up_nobody(server: Server, what: str) -> None:
    before = workers(server)
    with held(server, 50, SLOWLY[what]) as clients:
        for client in clients:
            with suppress(OSError):  # some have had their answer, and were hung up on
                client.sendall(b"x")
            assert server.get(FEED).status == 200
    assert workers(server) == before


def test_h_5_fifty_clients_that_read_nothing_hold_up_nobody(server: Server) -> None:
    before = workers(server)
    with ExitStack() as stack:
        for _ in range(50):
            client = stack.enter_context(unwilling(server))
            client.sendall(30 * f"GET {FEED} HTTP/1.1\r\nHost: a\r\n\r\n".encode())
        for _ in range(20):
            assert server.get(FEED).status == 200
    assert workers(server) == before
    assert max(map(memory, before)) < MOST_MEMORY


def test_h_6_a_crowd_that_keeps_its_connections_is_got_rid_of(server: Server) -> None:
    """Though it is larger than what both workers have room for."""
    before = workers(server)
    with held(server, 2000, HEAD + b"\r\n"):
        pass
    eventually("somebody else is served", lambda: server.get(FEED).status == 200)
    assert workers(server) == before
    assert max(map(memory, before)) < MOST_MEMORY


def test_h_6_a_flood_of_whatever_leaves_the_workers_as_they_were(server: Server) -> None:
    before = workers(server)
    with ExitStack() as stack:
        for _ in range(60):
            for beginning in SLOWLY.values():
                client = stack.enter_context(connect(server))
                client.sendall(beginning + 20_000 * b"x")
    paths = [f"/feeds/{'x' * length}.atom?token={length}" for length in range(0, 3000, 10)]
    assert {server.get(path).status for path in paths} == {404}
    assert server.get(FEED).status == 200
    assert workers(server) == before
    assert max(map(memory, before)) < MOST_MEMORY


def test_h_5_three_hundred_hold_up_nobody_under_granian(tmp_path: Path) -> None:
    """All of them at one worker: the kernel might give a second one hardly any."""
    pytest.importorskip("granian")
    with (
        served(invented()) as url,
        warm(tmp_path, url, "--workers", "1", "--server", "granian") as server,
    ):
        with three_hundred(server):
            for path in (FEED, "/", "/healthz", "/try") * 5:
                assert server.get(path).status == 200
            assert exchange(server, A_FORM).statuses == [503]
        eventually("forms are taken", lambda: exchange(server, A_FORM).statuses == [200])


@contextmanager
def three_hundred(server: Server) -> Iterator[None]:
    """A hundred in the head, in a body, and in the one that is read."""
    with ExitStack() as stack:
        for what in ("a head", "a body", "a form"):
            stack.enter_context(held(server, 100, SLOWLY[what]))
        yield


def test_h_5_who_takes_too_long_is_cut_off(tmp_path: Path) -> None:
    """However many bytes still drip in; the one thread there is then serves others."""
    impatient = "threads = 1\nfrom feedproxy import gunicorn_server\ngunicorn_server.PATIENCE = 1\n"
    with gunicorn(tmp_path, impatient) as process:
        server = Server(process, said(process, r"Listening at: (http://\S+)"))
        with connect(server) as slow:
            slow.sendall(HEAD + b"X: ")

            def cut_off() -> bool:
                try:
                    slow.sendall(b"x")
                except OSError:
                    return True
                return False

            eventually("it is cut off", cut_off)
            assert server.get("/healthz").status == 200


@contextmanager
def nginx(folder: Path, behind: Server) -> Iterator[Server]:
    """As `deploy/nginx.conf` says, on a free port, with all its files in `folder`."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    ours = (ROOT / "deploy" / "nginx.conf").read_text("utf-8")
    for written, here in {
        "127.0.0.1:8000": behind.url.removeprefix("http://"),
        "listen 80": f"listen 127.0.0.1:{port}",
        "/var/log/nginx": str(folder),
    }.items():
        assert written in ours
        ours = ours.replace(written, here)
    (folder / "feedproxy.conf").write_text(ours)
    (folder / "nginx.conf").write_text(NGINX.format(folder=folder))
    process = subprocess.Popen(
        ["nginx", "-p", str(folder), "-e", "error.log", "-c", "nginx.conf"], text=True
    )
    server = Server(process, f"http://127.0.0.1:{port}")
    try:
        eventually("nginx answers", lambda: process.poll() is not None or answers(server))
        yield server
    finally:
        server.stop()


def answers(server: Server) -> bool:
    with suppress(OSError), connect(server):
        return True
    return False


@needs_nginx
def test_h_5_three_hundred_behind_nginx_hold_up_nobody(server: Server, tmp_path: Path) -> None:
    with nginx(tmp_path, server) as front, three_hundred(front):
        for _ in range(20):
            assert front.get(FEED).status == 200
        token = front.get(f"{FEED}?token=S3CRET")
        assert token.status == 200
        assert token.headers["ETag"] == server.get(FEED).headers["ETag"]
    assert "/feeds/spiking.atom 200" in (log := (tmp_path / "feedproxy.log").read_text())
    assert "S3CRET" not in log
