"""Commands in a folder that is none of feedproxy's."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.commands import command, read
from tests.conftest import Installation
from tests.running import shut, without_rights


@pytest.mark.parametrize(
    "arguments",
    [
        ["refresh"],
        ["opml"],
        ["preview", "spiking"],
        ["explain", "spiking", "2611.00001"],
        ["backfill", "hf-daily", "--since", "2026-11-01"],
        ["digest", "--print"],
        ["build", "public"],
    ],
    ids=lambda arguments: arguments[0],
)
def test_without_a_rules_folder_a_command_says_so_and_leaves_nothing_behind(
    tmp_path: Path, arguments: list[str]
) -> None:
    found = command(tmp_path, *arguments, FEEDPROXY_PUBLIC_URL="https://papers.example")
    assert (found.exit_code, found.stdout) == (1, "")
    assert found.stderr == (
        f"feedproxy: there is no folder {tmp_path}/rules with rules: "
        "run feedproxy init for a start, or set FEEDPROXY_RULES\n"
    )
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", ["check", "init", "opml", "refresh", "serve"])
def test_a_command_in_a_folder_that_was_deleted_says_so(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "gone").mkdir()
    monkeypatch.chdir(tmp_path / "gone")
    (tmp_path / "gone").rmdir()
    found = command(tmp_path, name, FEEDPROXY_RULES="rules", FEEDPROXY_DATABASE="sqlite:///a.db")
    assert (found.exit_code, found.stdout) == (1, "")
    assert found.stderr == "feedproxy: the current folder was deleted: change to another one (cd)\n"


def test_the_missing_rules_folder_is_named_in_full(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert (
        f"no folder {tmp_path}/mine with"
        in command(tmp_path, "opml", FEEDPROXY_RULES="mine").stderr
    )


def test_without_its_rules_folder_a_command_goes_by_what_was_kept(
    installation: Installation,
) -> None:
    read(installation)
    installation.rules.unlink()
    installation.rules.parent.rmdir()
    found = command(installation.folder, "preview", "spiking")
    assert found.exit_code == 0
    assert "what was read of it before stays in force" in found.stderr


@pytest.mark.parametrize(
    ("closed", "mode"),
    [("home/rules/topics.yaml", 0), ("home/rules", 0o600), ("home/rules", 0), ("home", 0)],
)
def test_with_rules_that_may_not_be_read_a_command_goes_by_what_was_kept(
    installation: Installation, closed: str, mode: int
) -> None:
    read(installation)
    home = installation.folder / "home"
    home.mkdir()
    installation.rules.parent.rename(home / "rules")
    with shut(installation.folder / closed, mode):
        found = without_rights(
            installation.folder,
            "preview",
            "spiking",
            FEEDPROXY_RULES="home/rules",
            FEEDPROXY_DATABASE="sqlite:///archive.db",
        )
    assert found.stdout.startswith("included (1)")
    assert "ermission denied" in found.stderr


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["preview", "spiking"], "the rules folder {rules} cannot be read: Permission denied"),
        (["init"], "cannot write {rules}/topics.yaml: Permission denied"),
    ],
)
def test_where_the_rules_may_not_be_read_a_command_says_so_and_leaves_nothing_behind(
    tmp_path: Path, arguments: list[str], said: str
) -> None:
    home, here = tmp_path / "home", tmp_path / "here"
    (home / "rules").mkdir(parents=True)
    here.mkdir()
    with shut(home):
        found = without_rights(here, *arguments, FEEDPROXY_RULES=str(home / "rules"))
    assert (found.returncode, found.stdout) == (1, "")
    assert found.stderr.startswith(f"feedproxy: {said.format(rules=home / 'rules')}")
    assert list(here.iterdir()) == []
