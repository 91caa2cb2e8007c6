"""One file of rules: what it comes to, or what is wrong with it, and where."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from feedproxy.rulefiles import RulesFolder
from feedproxy.rules.conditions import Rules
from tests.rulebook import KINDS, told

DATA = Path(__file__).parent / "data" / "rulefiles"


def cases(kind: str) -> list[Path]:
    """Every file of a folder; each needs its expected text beside it."""
    found = sorted((DATA / kind).glob("*.yaml"))
    assert found, f"no cases in {DATA / kind}"
    lonely = [path for path in found if not path.with_suffix(".txt").is_file()]
    assert not lonely, f"no expected text beside {lonely}"
    return found


def named(path: Path) -> str:
    return path.stem


@pytest.fixture
def rules_of(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Loads one file, which is shown as `rules/NAME`."""
    monkeypatch.chdir(tmp_path)
    Path("rules").mkdir()

    def load_one(text: str | bytes, name: str = "a.yaml") -> Rules:
        body = text.encode() if isinstance(text, str) else text
        (Path("rules") / name).write_bytes(body)
        return RulesFolder("rules", KINDS).current()

    return load_one


@pytest.mark.parametrize("case", cases("refused"), ids=named)
def test_a_refused_file_says_where_what_and_what_to_write(case: Path, rules_of: Any) -> None:
    rules = rules_of(case.read_bytes(), case.name)
    assert "\n".join(map(str, rules.problems)) == case.with_suffix(".txt").read_text().rstrip()
    assert not rules.topics


@pytest.mark.parametrize("case", cases("warned"), ids=named)
def test_a_warning_does_not_keep_a_file_out(case: Path, rules_of: Any) -> None:
    rules = rules_of(case.read_bytes(), case.name)
    assert "\n".join(map(str, rules.warnings)) == case.with_suffix(".txt").read_text().rstrip()
    assert rules.topics
    assert not rules.problems


@pytest.mark.parametrize("case", cases("taken"), ids=named)
def test_a_file_means_what_is_expected_beside_it(case: Path, rules_of: Any) -> None:
    rules = rules_of(case.read_bytes(), case.name)
    assert not rules.problems
    assert told(rules) == case.with_suffix(".txt").read_text()


@pytest.mark.parametrize("start", ["\ufeff", ""])
def test_bom_and_crlf_change_nothing(start: str, rules_of: Any) -> None:
    text = (DATA / "taken" / "example.yaml").read_text()
    plain = rules_of(text)
    assert rules_of(start + text.replace("\n", "\r\n")) == plain


def test_a_bad_term_is_told_where_it_stands(rules_of: Any) -> None:
    text = "topics:\n  tides:\n    include: [tide, '/(?=tide)/']\n    exclude: [{title: '!?'}]\n"
    problems = rules_of(text).problems
    places = [(problem.line, problem.column, problem.path) for problem in problems]
    assert places == [(3, 21, "topics.tides.include"), (4, 23, "topics.tides.exclude.title")]
    assert "(?=" in problems[0].message


@pytest.mark.parametrize("bracket", ["[", "{a: ", "- ", "? "])
def test_endless_nesting_is_refused_before_it_grows(bracket: str, rules_of: Any) -> None:
    (problem,) = rules_of(bracket * 200_000).problems
    assert "nested more than 64 deep" in problem.message


def test_sixty_four_levels_are_not_too_deep(rules_of: Any) -> None:
    def nested(groups: int) -> str:
        return "topics: {tides: {include: " + "{any: [" * groups + "tide" + "]}" * groups + "}}"

    assert not rules_of(nested(30)).problems
    assert rules_of(nested(31)).problems


def test_a_mebibyte_is_read_and_a_byte_more_is_not(rules_of: Any) -> None:
    text = "topics: {tides: {include: [tide]}}\n"
    full = text + "#" * ((1 << 20) - len(text))
    assert rules_of(full).topics
    (problem,) = rules_of(full + "#", "b.yaml").problems
    assert str(problem).startswith("rules/b.yaml:1:1: larger than 1 MiB")


def test_a_thousand_problems_do_not_drown_the_reader(rules_of: Any) -> None:
    topics = "".join(f"  t{i}: {{inclde: [tide]}}\n" for i in range(1000))
    problems = rules_of(f"topics:\n{topics}").problems
    assert len(problems) == 100
    assert problems[-1].message == "and 901 more problems in this file"


def test_lists_cannot_grow_without_end(rules_of: Any) -> None:
    lists = ["  n0: [" + ", ".join(f"w{i}" for i in range(9)) + "]"]
    for i in range(1, 40):
        parts = ", ".join(f"{{{group}: [$n{i - 1}]}}" for group in ("any", "all", "none"))
        lists.append(f"  n{i}: [{parts}]")
    topic = "topics: {tides: {include: [$n39]}}"
    problems = rules_of("lists:\n" + "\n".join(lists) + f"\n{topic}\n").problems
    assert any("50,000" in problem.message for problem in problems)


def test_every_source_of_the_files_is_the_default(rules_of: Any) -> None:
    topic = "topics: {tides: {include: [tide]}}\n"
    assert rules_of(topic).topics["tides"].sources == ("hf-daily",)
    both = "sources: {b: {kind: huggingface}, a: {kind: huggingface}}\n" + topic
    assert rules_of(both).topics["tides"].sources == ("b", "a")


def test_built_in_sources_need_no_definition_and_can_be_redefined(rules_of: Any) -> None:
    built_in = rules_of("").sources
    assert sorted(built_in) == ["hf-daily", "hf-monthly", "hf-trending", "hf-weekly"]
    assert built_in["hf-daily"].options["lookback"].days == 7
    own = rules_of("sources: {hf-daily: {kind: huggingface, lookback: 3d}}").sources
    assert own["hf-daily"].options["lookback"].days == 3


def test_a_search_is_for_at_most_250_characters(rules_of: Any) -> None:
    searched = "sources: {s: {kind: huggingface, listing: search, query: %s}}"
    assert not rules_of(searched % ("x" * 250)).problems
    assert rules_of(searched % ("x" * 251)).problems


def test_a_source_of_ones_own_reads_a_week_again(rules_of: Any) -> None:
    own = rules_of("sources: {own: {kind: huggingface}}").sources["own"]
    assert own.options["lookback"].days == 7


NAMES = st.sampled_from(["title", "include", "any", "upvotes", "min", "tests", "match", "x", ""])
TEXTS = st.sampled_from(["tide", "$sea", "10", ">= 3", "7d", "/a(/", "*", "hf-daily", "", "\b"])
TREES = st.recursive(
    TEXTS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=3)
)


@settings(deadline=None, max_examples=60, derandomize=True)
@given(body=st.binary(max_size=60) | TREES.map(json.dumps).map(str.encode))
def test_whatever_a_file_holds_it_is_taken_or_refused(
    body: bytes, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("rules")
    (folder / "a.yaml").write_bytes(body)
    rules = RulesFolder(folder, KINDS).current()
    assert isinstance(rules, Rules)
    assert all(problem.line > 0 and problem.column > 0 for problem in rules.problems)


@settings(deadline=None, max_examples=60, derandomize=True)
@given(include=TREES, where=TREES, score=TREES, tests=TREES, source=TREES)
def test_whatever_stands_behind_a_key_it_is_taken_or_refused(
    tmp_path_factory: pytest.TempPathFactory, source: Any, **keys: Any
) -> None:
    folder = tmp_path_factory.mktemp("rules")
    document = {"sources": {"s": source}, "lists": {"sea": ["tide"]}, "topics": {"t": keys}}
    (folder / "a.yaml").write_text(json.dumps(document))
    rules = RulesFolder(folder, KINDS).current()
    assert bool(rules.topics) != bool(rules.problems)


TERMS = st.sampled_from(
    ["tide", "low tide", "SNN", "no", "3.10", "07", "C++", "it's", "a: b", "$sea"]
)
CONDITIONS = st.recursive(
    TERMS,
    lambda inner: st.fixed_dictionaries(
        {}, optional={"any": st.lists(inner, min_size=1, max_size=3), "title": TERMS, "all": inner}
    ).filter(bool),
    max_leaves=6,
)


@settings(deadline=None, max_examples=20, derandomize=True)
@given(include=st.lists(CONDITIONS, min_size=1, max_size=4))
def test_how_it_is_printed_changes_nothing(
    include: list[Any], tmp_path_factory: pytest.TempPathFactory
) -> None:
    document = {"lists": {"sea": ["wave", {"title": "sea"}]}, "topics": {"t": {"include": include}}}
    printed = [
        json.dumps(document),
        yaml.safe_dump(document, sort_keys=False),
        yaml.safe_dump(document, sort_keys=False, default_style='"', width=20),
        yaml.safe_dump(document, sort_keys=False, default_flow_style=True, explicit_start=True),
    ]
    loaded = []
    for text in printed:
        folder = tmp_path_factory.mktemp("rules")
        (folder / "a.yaml").write_text(text)
        loaded.append(RulesFolder(folder, KINDS).current())
    assert loaded[0].topics
    assert not loaded[0].problems
    assert all(rules == loaded[0] for rules in loaded)


def test_lists_that_lead_to_lists_without_end_are_refused_however_many(rules_of: Any) -> None:
    """From the first on, so that all of them are open at once."""
    chain = "".join(f"  n{number}: [$n{number + 1}]\n" for number in range(3000))
    text = f"lists:\n{chain}  n3000: [tide]\ntopics: {{a: {{include: [$n0]}}}}\n"
    rules = rules_of(text)
    assert not rules.topics
    assert any(
        problem.message.endswith("nested more than 64 deep through lists")
        for problem in rules.problems
    )
    assert not any("report this" in problem.message for problem in rules.problems)
