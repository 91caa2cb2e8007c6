"""The commands as a user or a program calls them; `check` has its own file."""

from __future__ import annotations

import json
import subprocess
import sys
from datetime import timedelta
from pathlib import Path
from xml.etree import ElementTree

import pytest

from feedproxy.archive import Archive
from feedproxy.cli import main
from tests.commands import as_json, command, read
from tests.conftest import RULES, Installation
from tests.faults import files_no_longer_than
from tests.invented import Paper
from tests.running import environment, feedproxy


@pytest.fixture
def folder(installation: Installation) -> Path:
    """An installation that has read its sources."""
    read(installation)
    return installation.folder


@pytest.mark.parametrize("name", ["", *main.commands])
def test_every_command_explains_itself(tmp_path: Path, name: str) -> None:
    found = command(tmp_path, *filter(None, [name]), "--help")
    assert found.exit_code == 0
    assert found.stdout.startswith("Usage: ")
    assert max(map(len, found.stdout.splitlines())) <= 80
    assert "..." not in found.stdout.replace("[SOURCE]...", "").replace("[ARGS]...", "")


@pytest.mark.parametrize(
    "wrong", [["nonsense"], ["preview"], ["explain", "spiking"], ["serve", "--port", "x"]]
)
def test_a_wrong_call_is_status_2(tmp_path: Path, wrong: list[str]) -> None:
    found = command(tmp_path, *wrong)
    assert found.exit_code == 2
    assert "Usage: " in found.stderr


@pytest.mark.parametrize(
    "arguments", [["schema"], ["check"], ["preview", "spiking"], ["opml"], ["opml", "--help"]]
)
def test_what_cannot_be_written_is_told_in_words(folder: Path, arguments: list[str]) -> None:
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            [sys.executable, "-m", "feedproxy", *arguments],
            env=environment({"FEEDPROXY_DATABASE": f"sqlite:///{folder}/archive.db"}),
            cwd=folder,
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )
    assert done.returncode == 1
    assert done.stderr == "feedproxy: cannot write the output: No space left on device\n"


def test_a_wrong_setting_is_named(tmp_path: Path) -> None:
    found = command(tmp_path, "opml", FEEDPROXY_PUBLIC_URL="papers.example")
    assert found.exit_code == 1
    assert found.stderr.startswith("feedproxy: FEEDPROXY_PUBLIC_URL is 'papers.example', which")


@pytest.mark.parametrize("wrong", ["zero", "0", "65"])
def test_a_wrong_number_of_workers_is_named_where_it_was_set(tmp_path: Path, wrong: str) -> None:
    found = command(tmp_path, "serve", WEB_CONCURRENCY=wrong)
    assert found.exit_code == 1
    assert found.stderr == (
        f"feedproxy: WEB_CONCURRENCY is '{wrong}', which should be a number of processes, 1 to 64\n"
    )


def test_preview_shows_what_is_in_and_out_and_why(folder: Path) -> None:
    shown = command(folder, "preview", "spiking").stdout.splitlines()
    assert shown[:3] == [
        "included (1)",
        "  2026-11-20  2611.00001  Spiking Neural Networks at Scale",
        "              included since 2026-11-20; `spiking neural network` in the title",
    ]
    assert "near (1)" in shown
    assert "excluded (2)" in shown


def test_preview_for_programs(folder: Path) -> None:
    found = as_json(folder, "preview", "popular")
    assert found["topic"] == "popular"
    assert [row["id"] for row in found["included"]] == ["2611.00001", "2611.00003"]
    assert found["near"] == [
        {
            "id": "2611.00002",
            "title": "A Survey of Spiking Neural Networks",
            "reasons": ["3 upvotes, 10 needed"],
        }
    ]
    assert found["excluded"] == found["near"]


def test_preview_includes_in_the_feeds_order(installation: Installation) -> None:
    installation.rules.write_text(f"{RULES}  all: {{sort: title}}\n")
    read(installation)
    found = as_json(installation.folder, "preview", "all")["included"]
    assert [row["title"].split()[0] for row in found] == ["A", "Rain", "Spiking"]


def test_preview_is_cut_for_people_and_whole_for_programs(installation: Installation) -> None:
    day = installation.time.moment.date()
    installation.site.papers = [
        Paper(f"2611.{number:05}", f"Paper {number}", day) for number in range(60)
    ]
    read(installation)
    shown = command(installation.folder, "preview", "spiking").stdout
    assert shown.count("  2026-11-20  ") == 50
    assert "... and 10 more: --json shows all" in shown
    assert len(as_json(installation.folder, "preview", "spiking")["excluded"]) == 60


def test_of_near_misses_the_newest_fifty_are_shown(installation: Installation) -> None:
    day = installation.time.moment.date()
    installation.site.papers = [
        Paper(f"2611.{number:05}", f"Paper {number}", day - timedelta(days=number > 0))
        for number in range(51)
    ]
    read(installation)
    near = [row["id"] for row in as_json(installation.folder, "preview", "popular")["near"]]
    assert len(near) == 50
    assert near[0] == "2611.00000"


def test_a_preview_of_nothing_says_what_to_do(installation: Installation) -> None:
    found = command(installation.folder, "preview", "spiking")
    assert found.exit_code == 0
    assert "run feedproxy refresh" in found.stderr


@pytest.mark.parametrize("arguments", [["preview", "spikin"], ["explain", "spikin", "2611.00001"]])
def test_an_unknown_topic_names_the_nearest(folder: Path, arguments: list[str]) -> None:
    found = command(folder, *arguments)
    assert found.exit_code == 1
    assert found.stderr == "feedproxy: no topic 'spikin'; did you mean \"spiking\"?\n"


@pytest.mark.parametrize("arguments", [["preview"], ["explain", "2611.00001"]])
def test_a_former_name_of_a_topic_is_taken_for_the_new_one(
    folder: Path, installation: Installation, arguments: list[str]
) -> None:
    installation.rules.write_text(RULES.replace("title: Spiking papers", "renamed: spikes"))
    name, *others = arguments
    found = command(folder, name, "spikes", *others, "--json")
    assert found.stderr == "the topic 'spikes' is called 'spiking' now\n"
    assert json.loads(found.stdout) == as_json(folder, name, "spiking", *others)


@pytest.mark.parametrize(
    "named",
    [
        "2611.00001",
        "2611.00001v2",
        "arXiv:2611.00001",
        "https://arxiv.org/abs/2611.00001",
        "https://arxiv.org/pdf/2611.00001v1.pdf",
        "https://huggingface.co/papers/2611.00001",
    ],
)
def test_explain_takes_an_id_in_any_form(folder: Path, named: str) -> None:
    assert as_json(folder, "explain", "spiking", named)["id"] == "2611.00001"


def test_explain_tells_every_condition(folder: Path) -> None:
    assert command(folder, "explain", "spiking", "2611.00002").stdout.splitlines() == [
        "A [Survey] of [Spiking Neural Networks]",
        "2611.00002  https://arxiv.org/abs/2611.00002  listed 2026-11-20",
        "",
        "✗ spiking  excluded by `survey` in the title",
        "  ✓ include any of",
        "    ✓ `spiking neural network` in the title",
        "    ✗ `SNN` not in the title or the abstract",
        "  ✗ exclude all of",
        "    ✓ `survey` in the title",
        "",
        "An invented abstract about nothing in particular.",
    ]


def test_explain_for_programs(folder: Path) -> None:
    found = as_json(folder, "explain", "spiking", "2611.00001")
    assert found["included"] is True
    assert found["since"] == "2026-11-20T12:00:00Z"
    assert found["reasons"][-1] == "`spiking neural network` in the title"
    assert found["found"]["title"] == [
        {"start": 0, "end": 23, "what": "spiking neural network", "gate": "include"}
    ]
    assert found["tree"]["children"][0]["children"][1]["held"] is False


def test_explain_has_colour_on_a_terminal_and_no_brackets(folder: Path) -> None:
    settings = {
        "FEEDPROXY_DATABASE": f"sqlite:///{folder}/archive.db",
        "FORCE_COLOR": "1",
        "TERM": "xterm",
    }
    found = feedproxy(folder, "explain", "spiking", "2611.00002", **settings)
    assert found.stdout.startswith("A \x1b[1;31mSurvey\x1b[0m of \x1b[1;32mSpiking Neural Networks")


def test_an_unknown_paper_is_a_clear_error(folder: Path) -> None:
    found = command(folder, "explain", "spiking", "2611.77777")
    assert found.exit_code == 1
    assert "no record '2611.77777' in the archive (none of its 3 records" in found.stderr
    assert "feedproxy preview spiking --json" in found.stderr


def test_a_terminal_without_unicode_still_gets_its_answer(folder: Path) -> None:
    found = command(folder, "explain", "spiking", "2611.00001", charset="ascii")
    assert found.exit_code == 0
    assert "? spiking  included since 2026-11-20" in found.stdout


def test_a_command_says_that_it_goes_by_the_last_good_rules(
    folder: Path, installation: Installation
) -> None:
    installation.rules.write_text(RULES.replace("include:", "inclde:"))
    found = command(folder, "preview", "spiking")
    assert found.exit_code == 0
    assert "included (1)" in found.stdout
    assert f'{installation.rules}:7:5: topics.spiking: unknown key "inclde"' in found.stderr


@pytest.mark.parametrize("arguments", [["preview", "spiking"], ["opml"], ["check"]])
def test_looking_at_a_draft_does_not_bring_it_into_force(
    folder: Path, arguments: list[str]
) -> None:
    draft = folder / "draft"
    draft.mkdir()
    (draft / "topics.yaml").write_text("topics: {spiking: {include: [rain]}}")
    assert command(folder, *arguments, FEEDPROXY_RULES=str(draft)).exit_code == 0
    archive = Archive(f"sqlite:///{folder}/archive.db")
    assert archive.kept.rules() == {"topics.yaml": RULES}
    archive.close()


def test_opml_lists_the_feeds(installation: Installation) -> None:
    found = command(installation.folder, "opml", FEEDPROXY_PUBLIC_URL="https://papers.example")
    outlines = ElementTree.fromstring(found.stdout.encode()).findall(".//outline")
    assert [outline.get("xmlUrl") for outline in outlines] == [
        "https://papers.example/feeds/spiking.atom",
        "https://papers.example/feeds/popular.atom",
    ]


def test_schema_is_the_json_schema_of_the_rules(tmp_path: Path) -> None:
    found = json.loads(command(tmp_path, "schema").stdout)
    assert found["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert {"sources", "lists", "defaults", "topics"} <= found["properties"].keys()
    assert list(tmp_path.iterdir()) == []


def test_init_writes_rules_that_check_finds_sound(tmp_path: Path) -> None:
    found = command(tmp_path, "init")
    assert found.exit_code == 0
    assert found.stdout.startswith(f"wrote {tmp_path}/rules/topics.yaml")
    assert command(tmp_path, "check").stdout == "ok: 6 topics, no records yet\n"


def test_a_file_in_place_of_the_rules_folder_leads_to_its_folder(
    installation: Installation,
) -> None:
    rules, folder = installation.rules, installation.rules.parent
    found = command(installation.folder, "check", FEEDPROXY_RULES=str(rules))
    assert found.exit_code == 1
    assert found.stdout == (
        f"{rules}:1:1: the rules folder cannot be read: Not a directory; "
        f"FEEDPROXY_RULES must name the folder of this file, {folder}\n"
    )
    found = command(installation.folder, "init", FEEDPROXY_RULES=str(rules))
    assert found.exit_code == 1
    assert found.stderr == (
        f"feedproxy: {rules} is a file: FEEDPROXY_RULES must name a folder, such as {folder}\n"
    )
    assert rules.read_text() == RULES


def test_init_leaves_no_rules_that_it_could_not_write_whole(tmp_path: Path) -> None:
    with files_no_longer_than(100):
        found = command(tmp_path, "init")
    assert found.exit_code == 1
    assert found.stderr == f"feedproxy: cannot write {tmp_path}/rules/topics.yaml: File too large\n"
    assert list((tmp_path / "rules").iterdir()) == []


def test_init_overwrites_nothing(installation: Installation) -> None:
    found = command(installation.folder, "init")
    assert found.exit_code == 1
    assert "is there already" in found.stderr
    assert installation.rules.read_text() == RULES
