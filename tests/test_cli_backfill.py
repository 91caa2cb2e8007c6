"""`feedproxy backfill` as one calls it, stops it, kills it and calls it again."""

from __future__ import annotations

import json
import os
import pty
import re
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import pytest

from feedproxy.clock import utc_now
from tests.commands import as_json, command
from tests.conftest import RULES
from tests.invented import Paper, Site, served
from tests.running import BOUND, environment, eventually
from tests.running import feedproxy as run

DAY = timedelta(days=1)


def ago(days: int) -> date:
    return utc_now().date() - days * DAY


class Hanging(Site):
    """Eight papers of the last eight days; the requests for `hangs` wait until it is `free`, and
    who asks for `elsewhere` is shown another day."""

    def __init__(self) -> None:
        super().__init__(*(Paper(f"2611.0000{n}", f"SNN {n}", ago(n)) for n in range(1, 9)))
        self.hangs: date | None = None
        self.free = threading.Event()
        self.elsewhere: date | None = None

    def answer(self, url: str) -> tuple[int, bytes]:
        if self.hangs and f"date={self.hangs}&" in url:
            self.free.wait(BOUND)
        return super().answer(url.replace(f"date={self.elsewhere}&", f"date={ago(8)}&"))

    def asked_for(self) -> list[date]:
        """Which days, since one last looked."""
        asked = [date.fromisoformat(url.split("date=")[1][:10]) for url in self.requests]
        self.requests.clear()
        return asked


@pytest.fixture
def site() -> Iterator[Hanging]:
    site = Hanging()
    yield site
    site.free.set()


@pytest.fixture
def settings(site: Hanging, tmp_path: Path) -> Iterator[dict[str, str]]:
    (tmp_path / "rules").mkdir()
    (tmp_path / "rules" / "topics.yaml").write_text(RULES)
    with served(site) as url:
        yield {
            "FEEDPROXY_HF_URL": url,
            "FEEDPROXY_ALLOW_PRIVATE": "127.0.0.0/8",
            "FEEDPROXY_FETCH_DEADLINE": "2s",
        }


def since(days: int, *options: str) -> list[str]:
    return ["backfill", "hf-daily", "--since", ago(days).isoformat(), "--pause", "0", *options]


def start(folder: Path, settings: dict[str, str], *arguments: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "feedproxy", *arguments],
        cwd=folder,
        env=environment(settings),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        stdin=subprocess.DEVNULL,
        text=True,
    )


def test_it_tells_each_day_and_what_came_of_it(
    tmp_path: Path, site: Hanging, settings: dict[str, str]
) -> None:
    site.elsewhere = ago(4)
    done = run(tmp_path, *since(4), **settings)
    assert done.returncode == 1
    *each, missed, told = done.stderr.splitlines()
    assert each[:3] == [f"{ago(n)}: 1 new" for n in (1, 2, 3)]
    assert missed.startswith(f"{ago(4)}: http")
    assert "every paper is of another day" in missed
    assert told == "not read: 1 day; the same command tries again"
    assert done.stdout == "hf-daily: 3 new, 0 changed, of 3 days\n"

    site.elsewhere = None
    stdout, shown = on_a_terminal(tmp_path, settings, *since(5))
    assert "4/4 days" in shown
    assert f"{ago(5)}: 1 new" in shown
    assert stdout == "hf-daily: 2 new, 0 changed, of 4 days; 1 filled before\n"


def on_a_terminal(folder: Path, settings: dict[str, str], *arguments: str) -> tuple[str, str]:
    """Standard output, a file, and the text on the terminal that is standard error."""
    ours, theirs = pty.openpty()
    with (folder / "told").open("w+") as told:
        subprocess.run(
            [sys.executable, "-m", "feedproxy", *arguments],
            cwd=folder,
            env={**environment(settings), "TERM": "xterm", "COLUMNS": "100"},
            stdin=subprocess.DEVNULL,
            stdout=told,
            stderr=theirs,
            timeout=BOUND,
            check=True,
        )
        os.close(theirs)
        shown = os.read(ours, 100_000).decode()
        os.close(ours)
        told.seek(0)
        return told.read(), re.sub(r"\x1b\[[?0-9;]*[A-Za-z]", "", shown)


@pytest.mark.parametrize(
    ("wrong", "status", "said"),
    [
        (["hf-daily"], 2, "--since"),
        (["hf-daily", "--since", "June"], 2, "'June' is no day: write a day such as 2026-11-21"),
        (["hf-daily", "--since", "0001-01-01"], 2, "'0001-01-01' is no day: write a day such as"),
        (["hf-daily", "--since", "2999-01-01"], 2, "a day before today"),
        (["hf-daly", "--since", "2024-06-01"], 1, 'did you mean "hf-daily"?'),
        (["hf-weekly", "--since", "2024-06-01"], 1, "no days to go back to"),
    ],
)
def test_a_wrong_call_is_told(
    tmp_path: Path,
    site: Hanging,
    settings: dict[str, str],
    wrong: list[str],
    status: int,
    said: str,
) -> None:
    done = command(tmp_path, "backfill", *wrong, **settings)
    assert done.exit_code == status
    assert said in done.stderr
    assert site.requests == []


def test_what_is_not_kept_is_not_read_and_said(
    tmp_path: Path, site: Hanging, settings: dict[str, str]
) -> None:
    kept = RULES.replace("lookback: 2d", "lookback: 2d, keep: 1h")
    (tmp_path / "rules" / "topics.yaml").write_text(kept)
    done = command(tmp_path, *since(8), **settings)
    assert done.exit_code == 0
    assert "`keep` would forget it at once" in done.stderr
    assert site.requests == []


def test_where_it_is_no_use_to_go_on_it_says_why_and_is_status_1(
    tmp_path: Path, site: Hanging, settings: dict[str, str]
) -> None:
    secret = RULES.replace("lookback: 2d", "headers: {Authorization: '${NOT_SET}'}")
    (tmp_path / "rules" / "topics.yaml").write_text(secret)
    done = command(tmp_path, *since(3), **settings)
    assert done.exit_code == 1
    assert "NOT_SET" in done.stderr
    done = command(tmp_path, *since(3, "--json"), **settings)
    assert done.exit_code == 1
    assert "NOT_SET" in json.loads(done.stdout)["error"]
    assert site.requests == []


def test_interrupted_and_killed_it_goes_on_where_it_was(
    tmp_path: Path, site: Hanging, settings: dict[str, str]
) -> None:
    site.hangs = ago(5)
    first = start(tmp_path, settings, *since(8))
    eventually("it asks for the fifth day", lambda: len(site.requests) == 5)
    first.send_signal(signal.SIGINT)
    told, said = first.communicate(timeout=BOUND)
    assert first.returncode == 1
    assert told == "hf-daily: 4 new, 0 changed, of 4 days\n"
    assert said.splitlines()[-1].endswith("stopped: the same command goes on where it was")
    assert site.asked_for() == [ago(n) for n in (1, 2, 3, 4, 5)]

    site.hangs = ago(7)
    second = start(tmp_path, settings, *since(8))
    eventually("it asks for the seventh day", lambda: len(site.requests) == 5)
    second.kill()
    second.communicate(timeout=BOUND)
    assert site.asked_for() == [ago(n) for n in (1, 2, 5, 6, 7)]

    site.hangs = None
    last = run(tmp_path, *since(8, "--json"), **settings)
    assert last.returncode == 0, last.stderr
    assert site.asked_for() == [ago(n) for n in (1, 2, 7, 8)]
    assert json.loads(last.stdout) == {
        "source": "hf-daily",
        "since": ago(8).isoformat(),
        "filled_before": 4,
        "read": [ago(n).isoformat() for n in (1, 2, 7, 8)],
        "not_read": [],
        "new": 2,
        "changed": 0,
        "error": None,
    }
    preview = as_json(
        tmp_path, "preview", "spiking", FEEDPROXY_DATABASE=f"sqlite:///{tmp_path}/feedproxy.db"
    )
    assert [row["id"] for row in preview["included"]] == [paper.id for paper in site.papers]
