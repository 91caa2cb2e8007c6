"""`feedproxy check`: what is wrong, what looks odd, what an edit would change."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from feedproxy.checking import FEW, doubts
from feedproxy.rules.conditions import RuleSet, TermTest
from feedproxy.rules.subjects import Subject
from feedproxy.terms import parse_term
from tests.commands import as_json, command, read
from tests.conftest import RULES, Installation
from tests.invented import Paper
from tests.test_library import record


@pytest.fixture
def edited(installation: Installation) -> Callable[[str], str]:
    """What `check` says of an edit of the rules in force, without the warnings."""
    read(installation)

    def check(rules: str) -> str:
        installation.rules.write_text(rules)
        shown = command(installation.folder, "check").stdout
        return "".join(line for line in shown.splitlines(True) if ": warning: " not in line)

    return check


def test_sound_rules_are_ok_and_no_database_is_made(installation: Installation) -> None:
    found = command(installation.folder, "check")
    assert found.exit_code == 0
    assert found.stdout == "ok: 2 topics, no records yet\n"
    assert list(installation.folder.iterdir()) == [installation.folder / "rules"]


@pytest.mark.parametrize(
    ("rules", "said"),
    [
        (
            "topics:\n  spiking:\n    inclde: [SNN]\n",
            '3:5: topics.spiking: unknown key "inclde" (did you mean "include"?)',
        ),
        ("topics: {a: [}", "1:14: "),
        ("topics: {a: {include: [$b]}}", '1:24: topics.a.include: no list "$b" is defined'),
        ("topics: {a: {include: [/a(?=b)/]}}", "1:24: topics.a.include: "),
        # `:100:` is a name of an emoji, too
        ("\n" * 99 + "topics: {a: {from: [b]}}", '100:21: topics.a.from: unknown source "b"'),
    ],
)
def test_every_problem_stands_at_its_place(
    installation: Installation, rules: str, said: str
) -> None:
    installation.rules.write_text(rules)
    found = command(installation.folder, "check")
    assert found.exit_code == 1
    assert found.stdout.startswith(f"{installation.rules}:{said}")
    (row,) = as_json(installation.folder, "check")["errors"]
    assert found.stdout == "{file}:{line}:{column}: {message}\n".format(**row)


def test_a_failing_test_says_which_condition_decided(installation: Installation) -> None:
    rules = """
topics:
  spiking:
    include: [SNN]
    exclude: [title: survey]
    where: {upvotes: {min: 1000}}
    tests:
      match: [An SNN Survey, A New SNN]
      reject: ["SNN: a Story"]
"""
    installation.rules.write_text(rules)
    found = command(installation.folder, "check")
    assert found.exit_code == 1
    left_out, taken = found.stdout.splitlines()
    assert left_out == (
        f"{installation.rules}:8:15: topics.spiking.tests.match: "
        '"An SNN Survey" is left out: excluded by `survey` in the title'
    )
    assert taken.startswith(
        f"{installation.rules}:9:16: topics.spiking.tests.reject: "
        '"SNN: a Story" is taken: `SNN` in the title'
    )


def test_a_test_by_id_is_judged_by_the_archive(edited: Callable[[str], str]) -> None:
    tests = "    tests: {reject: [2611.00001], match: [2611.77777]}\n"
    shown = edited(RULES.replace("  popular:", tests + "  popular:"))
    assert '"2611.00001" is taken: `spiking neural network` in the title' in shown
    assert "2611.77777" not in shown


def test_rules_in_force_are_tested_again_by_what_has_been_read_since(
    installation: Installation,
) -> None:
    tests = "    tests: {reject: [2611.00001]}\n"
    installation.rules.write_text(RULES.replace("  popular:", tests + "  popular:"))
    read(installation)
    found = command(installation.folder, "check")
    assert found.exit_code == 1
    assert ' topics.spiking.tests.reject: "2611.00001" is taken: ' in found.stdout


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("", "", "ok"),
        (
            "exclude: [title: survey]",
            "exclude: [title: scale]",
            "spiking: +1 -1\n"
            "  + A Survey of Spiking Neural Networks\n"
            "  - Spiking Neural Networks at Scale\n",
        ),
        ("title: Spiking papers", "title: Spikes", "spiking: +0 -0\n"),
        ("  popular:", "  liked:", "liked: +2 -0 (new topic)\n"),
        ("  popular:\n", "  liked:\n    renamed: [popular]\n", "liked: +0 -0 (was popular)\n"),
        ("  popular:\n    where: {upvotes: {min: 10}}\n", "", "popular: +0 -2 (topic removed)\n"),
    ],
)
def test_an_edit_shows_what_each_topic_gains_and_loses(
    edited: Callable[[str], str], old: str, new: str, said: str
) -> None:
    assert edited(RULES.replace(old, new)).startswith(said)


def test_looking_does_not_make_the_change(edited: Callable[[str], str]) -> None:
    rules = RULES.replace("min: 10", "min: 20")
    assert edited(rules) == edited(rules)
    assert "popular: +0 -1\n  - Spiking Neural Networks at Scale\n" in edited(rules)


def test_a_bad_edit_changes_nothing(edited: Callable[[str], str]) -> None:
    shown = edited(RULES.replace("title: survey", "titel: survey"))
    assert shown.count("\n") == 1
    assert 'unknown field "titel"' in shown


def test_a_change_for_programs(edited: Callable[[str], str], installation: Installation) -> None:
    edited(RULES.replace("min: 10", "min: 20"))
    found = as_json(installation.folder, "check")
    assert found["errors"] == []
    assert found["topics"] == ["popular", "spiking"]
    assert found["changes"] == [
        {
            "topic": "popular",
            "how": "",
            "added": [],
            "removed": [{"id": "2611.00001", "title": "Spiking Neural Networks at Scale"}],
        }
    ]


WARNED = """
lists:
  brains: [neuron*, cortex]
defaults:
  exclude: [title: training]
topics:
  spiking:
    include: [spiking neural network, $brains, author: Ada, SNN]
    exclude: [title: [snail, spiking, SNN]]
    tests: {match: [2611.77777]}
  rain:
    include: [rain, $brains, SNN, source: hf-daily]
    inherit: false
    score: [{title: snow, add: 1}]
  all: {inherit: false}
"""


def test_odd_terms_and_unknown_tests_are_warned_about_where_they_stand(
    installation: Installation,
) -> None:
    installation.rules.write_text(WARNED)
    read(installation)
    found = command(installation.folder, "check")
    assert found.exit_code == 0
    none = "not found in any of the archive's 3 records, which are few yet"
    most = "found in more than half of the archive's 3 records"
    assert [
        line.removeprefix(f"{installation.rules}:").replace(" warning:", "")
        for line in found.stdout.splitlines()
    ] == [
        f"3:12: lists.brains: {none}: `neuron*`, `cortex`",
        f"8:15: topics.spiking: {most}: `spiking neural network` (2), author: `Ada` (3), "
        "title: `spiking` (2)",
        f"8:61: topics.spiking: {none}: `SNN`, title: `snail`, title: `SNN`",
        "10:21: topics.spiking.tests.match: tests that test nothing, as the archive does not have "
        'these records: "2611.77777"',
        f"12:30: topics.rain: {none}: `SNN`, title: `snow`",
        '15:3: topics: the topic "all" has no condition: it takes everything',
        "ok: 3 topics, beside 3 records",
    ]


def test_one_odd_term_alone_is_told_with_all_keys_that_lead_to_it(
    installation: Installation,
) -> None:
    installation.rules.write_text("topics: {rain: {include: [title: rain, all: [title: snail]]}}")
    read(installation)
    (warning,) = as_json(installation.folder, "check")["warnings"]
    assert warning["message"].startswith("topics.rain.include.all.title: not found in any of ")


def test_a_term_of_a_list_is_odd_only_where_no_use_of_it_finds_anything(
    installation: Installation,
) -> None:
    lists = "lists: {words: [scale, snail]}\n"
    uses = "{a: {include: [link: $words]}, b: {include: [title: $words, author: $words]}}"
    installation.rules.write_text(f"{lists}topics: {uses}")
    read(installation)
    (warning,) = as_json(installation.folder, "check")["warnings"]
    assert (warning["line"], warning["column"]) == (1, 24)
    assert warning["message"].endswith(": link: `snail`")


@pytest.mark.parametrize(("records", "few"), [(FEW - 1, True), (FEW, False)])
def test_of_a_young_archive_it_says_that_its_records_are_few(records: int, few: bool) -> None:
    include = (TermTest("title", parse_term("snail"), "snail"),)
    rule_set = RuleSet(topic="t", title="", sources=("s",), include=include)
    (doubt,) = doubts({"t": rule_set}, [Subject(record(0, 1))] * records, lambda _: None)
    assert doubt.what.endswith("which are few yet") is few


def test_a_long_list_of_odd_terms_is_cut(installation: Installation) -> None:
    terms = ", ".join(f"nonsense{number}" for number in range(25))
    installation.rules.write_text(f"topics: {{a: {{include: [rain, {terms}]}}}}")
    read(installation)
    assert "`nonsense19` and 5 more\n" in command(installation.folder, "check").stdout


def test_warnings_of_a_refused_file_wait_for_its_errors(installation: Installation) -> None:
    installation.rules.write_text(WARNED)
    read(installation)
    installation.rules.write_text(WARNED.replace("inherit", "inherits"))
    found = as_json(installation.folder, "check")
    assert found["errors"]
    assert found["warnings"] == []


def test_the_newest_of_what_changes_comes_first(installation: Installation) -> None:
    day = installation.time.moment.date()
    installation.site.papers = [
        Paper("2611.00009", "Older Rain", day.replace(day=19)),
        Paper("2611.00001", "Newer Rain", day),
    ]
    read(installation)
    installation.rules.write_text(RULES.replace("SNN", "rain"))
    shown = command(installation.folder, "check").stdout
    assert "spiking: +2 -0\n  + Newer Rain\n  + Older Rain\n" in shown


def test_rules_can_be_checked_beside_a_broken_archive(tmp_path: Path) -> None:
    (tmp_path / "rules").mkdir()
    (tmp_path / "rules" / "topics.yaml").write_text(RULES)
    (tmp_path / "archive.db").write_text("This is no database. " * 50)
    found = command(tmp_path, "check")
    assert found.exit_code == 0
    assert "checked without the archive: " in found.stderr
    assert "it is not a database" in found.stderr
    assert found.stdout == "ok: 2 topics, no records yet\n"
    assert (tmp_path / "archive.db").read_text() == "This is no database. " * 50


def test_of_terms_that_a_comma_parts_it_says_how_several_are_written(
    installation: Installation,
) -> None:
    installation.rules.write_text("topics: {rain: {include: 'rain, snow', exclude: snail}}")
    read(installation)
    shown = command(installation.folder, "check").stdout
    assert "`rain, snow` (several terms stand in brackets: [a, b]), `snail`\n" in shown


@pytest.mark.parametrize("name", ["Invented, Ada B.", "Ada Invented-Quill"])
def test_of_an_author_who_is_not_found_it_says_how_names_are_written(
    installation: Installation, name: str
) -> None:
    installation.rules.write_text(f"topics: {{hers: {{include: [author: '{name}']}}}}")
    read(installation)
    shown = command(installation.folder, "check").stdout
    hint = "names are found as the listing writes them, First M. Last: try the last alone"
    assert f"`{name}` ({hint})\n" in shown
    installation.rules.write_text("topics: {hers: {include: [author: invented]}}")
    assert hint not in command(installation.folder, "check").stdout
