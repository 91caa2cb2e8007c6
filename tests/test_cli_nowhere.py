"""Commands in a folder that is none of feedproxy's."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.commands import command, read
from tests.conftest import Installation


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
