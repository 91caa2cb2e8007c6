"""`feedproxy serve` and `demo` as real processes: from their start to their end."""

from __future__ import annotations

import os
import pty
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.running import BOUND, environment, eventually, serving

NOWHERE = {"FEEDPROXY_HF_URL": "http://127.0.0.1:9"}
"""No test asks the real site: this address is private, and refused."""


def ended(
    folder: Path, how: signal.Signals, after: str, *arguments: str, **settings: str
) -> tuple[int, str]:
    """Exit status and output of a server that gets a signal once it has printed `after`."""
    process = subprocess.Popen(
        [sys.executable, "-m", "feedproxy", *arguments, "--port", "0"],
        cwd=folder,
        env=environment({**NOWHERE, "WEB_CONCURRENCY": "1", **settings}),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )
    assert process.stdout is not None
    lines = []
    for line in process.stdout:
        lines.append(line)
        if after in line:
            break
    os.killpg(process.pid, how)
    rest, _ = process.communicate(timeout=BOUND)
    return process.returncode, "".join(lines) + rest


@pytest.mark.parametrize(
    ("how", "after"), [(signal.SIGTERM, " is at http://"), (signal.SIGINT, "Booting worker")]
)
def test_the_demo_ends_quietly_and_leaves_nothing(
    tmp_path: Path, how: signal.Signals, after: str
) -> None:
    status, shown = ended(tmp_path, how, after, "demo", TMPDIR=str(tmp_path))
    assert status == 0, shown
    assert "Traceback" not in shown
    assert list(tmp_path.iterdir()) == []


def test_each_line_of_a_servers_log_says_when_and_by_which_process(tmp_path: Path) -> None:
    (tmp_path / "rules").mkdir()
    (tmp_path / "rules" / "a.yaml").write_text("topics: [")
    _, shown = ended(tmp_path, signal.SIGTERM, "a.yaml:1:", "serve")
    assert re.search(r"(?m)^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,\d+ \[\d+\] \w+ feedproxy\.", shown), (
        shown
    )


def test_serve_says_that_it_runs_as_root(tmp_path: Path) -> None:
    _, shown = ended(tmp_path, signal.SIGTERM, "Listening at", "serve")
    assert ("runs as root" in shown) == (os.geteuid() == 0)


def test_serve_ends_quietly(tmp_path: Path) -> None:
    status, shown = ended(tmp_path, signal.SIGTERM, " is at http://", "serve")
    assert status == 0, shown
    assert "Traceback" not in shown


def test_serve_starts_although_its_first_line_cannot_be_written(tmp_path: Path) -> None:
    with (
        Path("/dev/full").open("w") as full,
        subprocess.Popen(
            [sys.executable, "-m", "feedproxy", "serve", "--port", "0"],
            cwd=tmp_path,
            env=environment({**NOWHERE, "WEB_CONCURRENCY": "1"}),
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
        ) as process,
    ):
        assert process.stderr is not None
        said = ""
        for line in process.stderr:
            said += line
            if "Booting worker" in line:
                break
        process.terminate()
        said += process.communicate(timeout=BOUND)[1]
    assert process.returncode == 0, said
    assert "No space left" not in said


def test_an_empty_host_is_not_every_address(tmp_path: Path) -> None:
    _, shown = ended(tmp_path, signal.SIGTERM, "Listening at", "serve", "--host", "")
    assert "Listening at: http://127.0.0.1:" in shown


def test_serve_begins_in_an_empty_folder_and_follows_rules_as_they_come(tmp_path: Path) -> None:
    with serving(tmp_path, "--workers", "1", **NOWHERE) as server:
        page = server.get("/")
        assert page.status == 200
        assert b"feedproxy init" in page.body
        (tmp_path / "rules").mkdir()
        (tmp_path / "rules" / "mine.yaml").write_text("topics: {rain: {include: [rain]}}")
        eventually("the topic is there", lambda: server.get("/topics/rain").status == 200)
        assert server.health()["rules"]["errors"] == []


def test_serve_on_a_terminal_offers_the_starter_rules(tmp_path: Path) -> None:
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", "feedproxy", "serve", "--port", "0"],
        cwd=tmp_path,
        env=environment(NOWHERE),
        stdin=theirs,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    os.close(theirs)
    os.write(ours, b"y\n")
    assert process.stdout is not None
    shown = ""
    for line in process.stdout:
        shown += line
        if " is at http://" in line:
            break
    process.terminate()
    process.communicate(timeout=BOUND)
    os.close(ours)
    assert "Write the starter rules there? [Y/n]" in shown
    assert "wrote rules/topics.yaml" in shown
    assert (tmp_path / "rules" / "topics.yaml").exists()


def test_as_many_workers_as_the_platform_says(tmp_path: Path) -> None:
    with serving(tmp_path, WEB_CONCURRENCY="3", **NOWHERE) as server:
        children = Path(f"/proc/{server.process.pid}/task/{server.process.pid}/children")
        if not children.exists():
            pytest.skip("this system does not list a process's children")
        eventually("three workers", lambda: len(children.read_text().split()) == 3)


@pytest.mark.parametrize("command", ["serve", "demo"])
def test_an_empty_number_of_workers_is_none_given(tmp_path: Path, command: str) -> None:
    status, shown = ended(tmp_path, signal.SIGTERM, "Booting worker", command, WEB_CONCURRENCY="")
    assert status == 0, shown


@pytest.mark.parametrize("command", ["serve", "demo"])
def test_a_wrong_number_of_workers_is_told_in_words(tmp_path: Path, command: str) -> None:
    status, shown = ended(tmp_path, signal.SIGTERM, "never", command, WEB_CONCURRENCY="many")
    assert status in (1, 2)
    assert "Traceback" not in shown
    assert "many" in shown
