"""The JSON Schema of rules files: what an editor takes or underlines, the program does, too."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft202012Validator

from feedproxy.rulefiles import Definition, RulesFolder, model
from tests.rulebook import KINDS

DATA = Path(__file__).parent / "data" / "rulefiles"


def test_the_schema_knows_every_key_and_no_other() -> None:
    made = Definition(KINDS).schema()
    assert made["title"] == "feedproxy rules"
    assert set(made["properties"]) == {"sources", "lists", "defaults", "topics"}
    for name, definition in made["$defs"].items():
        assert definition["additionalProperties"] is False, name
    topic = made["$defs"]["Topic"]["properties"]
    assert {"from", "include", "renamed", "digest"} <= set(topic)
    assert topic["include"]["description"] == "Any of these must hold."
    assert topic["title"]["type"] == ["string", "number", "boolean", "null"]
    assert made["$defs"]["huggingface"]["properties"]["kind"] == {"const": "huggingface"}


def test_all_folders_of_a_process_share_one_model(tmp_path: Path) -> None:
    RulesFolder(tmp_path, KINDS)
    made = len(model.File.__subclasses__())
    RulesFolder(tmp_path, dict(KINDS))
    Definition(KINDS).schema()
    assert len(model.File.__subclasses__()) == made


STRUCTURE = (
    "choices empty-sections empty-values numbers phrase-with-colon topic-names unknown-field "
    "unknown-key unknown-section wrong-types"
)
"""The refused files whose faults a schema can know."""


def as_an_editor_reads(text: str) -> Any:
    """Typed as YAML types it; days are text in an editor."""
    return json.loads(json.dumps(yaml.safe_load(text) or {}, default=str))


def test_the_schema_agrees_with_the_reader() -> None:
    validator = Draft202012Validator(Definition(KINDS).schema())
    for case in [*DATA.glob("taken/*.yaml"), *DATA.glob("warned/*.yaml")]:
        assert validator.is_valid(as_an_editor_reads(case.read_text())), case
    for name in STRUCTURE.split():
        text = (DATA / "refused" / f"{name}.yaml").read_text()
        assert not validator.is_valid(as_an_editor_reads(text)), name


UNDER_A_NAME = {"topics": "{include: [tide]}", "lists": "[tide]", "sources": "{kind: huggingface}"}
NAMES = yaml.safe_load((DATA / "names.yaml").read_text("utf-8"))


def is_taken(text: str, folder: Path) -> bool:
    (folder / "a.yaml").write_text(text, "utf-8")
    return not RulesFolder(folder, KINDS).current().problems


def is_valid(text: str) -> bool:
    return Draft202012Validator(Definition(KINDS).schema()).is_valid(as_an_editor_reads(text))


@pytest.mark.parametrize("section", UNDER_A_NAME)
@pytest.mark.parametrize("name", [each for some in NAMES.values() for each in some])
def test_a_name_is_taken_or_refused_by_both(name: str, section: str, tmp_path: Path) -> None:
    allowed = NAMES["anywhere"] + (NAMES["not of topics"] if section != "topics" else [])
    text = f"{section}: {{{json.dumps(name, ensure_ascii=False)}: {UNDER_A_NAME[section]}}}"
    taken = name in allowed
    assert is_taken(text, tmp_path) is taken
    assert is_valid(text) is taken


@pytest.mark.parametrize("name", ["2026", "[2026]", "007", "[true]", "2026-11-21", "null"])
def test_a_former_name_is_the_text_that_was_written(name: str, tmp_path: Path) -> None:
    text = f"topics: {{a: {{include: [tide], renamed: {name}}}}}"
    assert is_taken(text, tmp_path)
    assert is_valid(text)


WITHOUT_KEYS = [
    "sources: {}",
    "lists: {}",
    "defaults: {}",
    "topics: {}",
    "topics: {a: {tests: {}}}",
    "sources: {a: {kind: feed, url: 'https://lab.example/rss', headers: {}}}",
]


@pytest.mark.parametrize("text", WITHOUT_KEYS)
def test_what_holds_no_key_is_refused_by_both(text: str, tmp_path: Path) -> None:
    assert not is_taken(text, tmp_path)
    assert not is_valid(text)


@pytest.mark.parametrize("text", ["# later", "topics: {a: {}}"])
def test_what_may_hold_no_key_is_taken_by_both(text: str, tmp_path: Path) -> None:
    assert is_taken(text, tmp_path)
    assert is_valid(text)


@pytest.mark.parametrize(("limit", "taken"), [(0, False), (1, True), (1000, True), (1001, False)])
def test_a_limit_is_at_most_a_thousand_for_both(limit: int, taken: bool, tmp_path: Path) -> None:
    text = f"topics: {{a: {{include: [tide], limit: {limit}}}}}"
    assert is_taken(text, tmp_path) is taken
    assert is_valid(text) is taken


@pytest.mark.parametrize(("length", "taken"), [(250, True), (251, False)])
def test_a_query_is_as_long_as_the_site_takes_it_for_both(
    length: int, taken: bool, tmp_path: Path
) -> None:
    text = f"sources: {{a: {{kind: huggingface, listing: search, query: {length * 'q'}}}}}"
    assert is_taken(text, tmp_path) is taken
    assert is_valid(text) is taken


TRUTHS = {**dict.fromkeys(["true", "Yes", "ON", "oN", "fAlSe", "Off"], True), "o\ufb00": False}


@pytest.mark.parametrize(("word", "taken"), TRUTHS.items())
def test_a_truth_is_taken_in_any_case_by_both(word: str, taken: bool, tmp_path: Path) -> None:
    text = f"topics: {{a: {{include: [tide], inherit: {json.dumps(word)}}}}}"
    assert is_taken(text, tmp_path) is taken
    assert is_valid(text) is taken
