"""What nobody foresaw in one file stays with that file: no other is held up."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from feedproxy.errors import BadTerm
from feedproxy.kinds import Key
from feedproxy.rulefiles import RulesFolder
from feedproxy.rulefiles.definition import Definition
from feedproxy.rulefiles.nodes import Place, parse
from feedproxy.rulefiles.topics import FileBuilder, Scope
from feedproxy.rules.conditions import Rules
from feedproxy.terms import Term
from tests.rulebook import KINDS

GOOD = "topics: {tides: {include: [tide]}}\n"
SOURCE = "sources: {sea: {kind: page, url: %s}}\n"


def length(text: str) -> str | None:
    return None if 100 // (len(text) - 3) else "too long"


SLIPPING = {**KINDS, "page": {"url": Key("text", "For tests.", check=length)}}


def loaded(folder: Path, kept: dict[str, str] | None = None) -> Rules:
    return RulesFolder(folder, SLIPPING, kept or {}).current()


def test_its_last_good_version_stays_and_other_files_take_effect(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "a.yaml").write_text(SOURCE % "abc")
    (tmp_path / "b.yaml").write_text(GOOD)
    rules = loaded(tmp_path, {"a.yaml": SOURCE % "abcd"})
    assert list(rules.topics) == ["tides"]
    assert rules.sources["sea"].options == {"url": "abcd"}
    (problem,) = rules.problems
    assert str(problem).startswith(f"{tmp_path}/a.yaml:1:1: feedproxy could not read this file: ")
    assert problem.message.endswith(
        "ZeroDivisionError: integer division or modulo by zero; please report this"
    )
    assert "in length" in caplog.text


class Forgetful(dict[str, Term | BadTerm]):
    def __missing__(self, key: str) -> Term:
        raise ZeroDivisionError(key)

    def get(self, key: str, default: object = None) -> Term | BadTerm:
        return self[key]


def test_nor_do_its_terms_spoil_the_next_file() -> None:
    file, _ = Definition(KINDS).read(parse("lists: {sea: [tide]}", "a.yaml").root)
    assert file is not None
    lists = {str(name): each for name, each in file.lists.items()}
    scope = Scope(lists, frozenset(), ("hf-daily",), timedelta(0))
    builder = FileBuilder(scope, Forgetful())
    for name in ("a.yaml", "b.yaml"):
        [[problem]] = [fault.problems for fault in builder.build(file, Place(name, 1, 1)).faults]
        assert str(problem).startswith(f"{name}:1:1: feedproxy could not read this file")
