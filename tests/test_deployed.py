"""`gunicorn feedproxy.wsgi:app`, as the Procfile has it: what it says, hides, and outlives."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

from tests.faults import workers
from tests.raw import exchange
from tests.running import BOUND, Server, eventually, run
from tests.test_stopping import gunicorn, said

CONF = Path(__file__).resolve().parents[1] / "gunicorn.conf.py"
LATER = r"(this worker begins later: .+)"


def listening(process: subprocess.Popen[str]) -> Server:
    return Server(process, said(process, r"Listening at: (http://\S+)"))


def rest(process: subprocess.Popen[str]) -> str:
    """What it still says until it has ended."""
    assert process.stdout is not None
    process.send_signal(signal.SIGTERM)
    return process.stdout.read()


def test_a_worker_that_finds_the_archive_gone_waits_for_it(tmp_path: Path) -> None:
    """Neither does the server stop, nor does a new and empty archive hide the loss."""
    archive, aside = tmp_path / "feedproxy.db", tmp_path / "aside.db"
    with gunicorn(tmp_path, "") as process:
        server = listening(process)
        assert server.get("/healthz").status == 200
        archive.rename(aside)
        os.kill(workers(server)[0], signal.SIGKILL)
        for _ in range(2):
            assert "feedproxy.db" in said(process, LATER)
        assert not archive.exists()
        aside.rename(archive)
        eventually("it is served again", lambda: server.get("/healthz").status == 200)


def test_a_server_that_begins_with_a_damaged_archive_refuses(tmp_path: Path) -> None:
    (tmp_path / "feedproxy.db").write_bytes(b"no database, and long enough to be one" * 1000)
    with gunicorn(tmp_path, "") as process:
        assert "restore a backup" in said(process, "cannot begin: (.+)")
        assert process.wait(BOUND) == 3
        assert process.stdout
        assert "Traceback" not in process.stdout.read()


def test_a_server_with_a_wrong_setting_says_which(tmp_path: Path) -> None:
    with gunicorn(tmp_path, "", FEEDPROXY_MIN_REFRESH="soon") as process:
        assert "FEEDPROXY_MIN_REFRESH" in said(process, "cannot begin: (.+)")
        assert process.wait(BOUND) == 3


def test_a_server_of_no_workers_is_refused(tmp_path: Path) -> None:
    check = (sys.executable, "-m", "gunicorn", "-c", str(CONF), "--check-config")
    refused = run(tmp_path, *check, "feedproxy.wsgi:app", WEB_CONCURRENCY="0")
    assert refused.returncode == 1
    assert refused.stderr.startswith("WEB_CONCURRENCY is 0, which should be ")


def test_it_says_that_it_runs_as_root(tmp_path: Path) -> None:
    with gunicorn(tmp_path, "") as process:
        assert (said(process, "(as root|Listening)") == "as root") == (os.geteuid() == 0)


TELLING = (
    b"GET /feeds/spiking.atom?token=S3CRET HTTP/9.9\r\n\r\n",
    b"GET /feeds/spiking.atom?token=S3CRET\x1b[2J HTTP/1.1\r\nHost: a\r\n\r\n",
    b"GET /\x9b2J?S3CRET HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n",
    b"GET / HTTP/1.1\r\nAuthorization Basic S3CRET\r\n\r\n",
    b"GET / HTTP/1.1\r\nAuthorization: Basic S3CRET\x1b\r\n\r\n",
    b"S3CRET\x1b[31m\rCRITICAL all is lost\n\r\n\r\n",
    b"GET /nothing?token=S3CRET HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n",
)
"""Requests that hold what no log may show."""


def test_h_14_no_log_shows_a_secret_or_what_speaks_to_a_terminal(tmp_path: Path) -> None:
    with gunicorn(tmp_path, "", FEEDPROXY_ACCESS_KEY="the key: S3CRET") as process:
        server = listening(process)
        for request in TELLING:
            exchange(server, request)
        log = rest(process)
    assert log.count("Invalid request") >= 4
    assert "S3CRET" not in log
    assert "".join(log.splitlines()).isprintable()
    assert "\nCRITICAL" not in log
