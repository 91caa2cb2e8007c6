"""A topic's part of its file: as it was written, whole enough to mean the same alone."""

from __future__ import annotations

from pathlib import Path

import pytest

from feedproxy.rulefiles import RulesFolder
from feedproxy.rulefiles.excerpt import excerpt
from tests.rulebook import KINDS, Book

CASES = sorted((Path(__file__).parent / "data" / "excerpts").glob("*.yaml"))
SHIPPED = sorted((Path(__file__).parents[1] / "rules").glob("*.yaml"))
assert len(CASES) >= 3
assert SHIPPED


@pytest.mark.parametrize("case", CASES, ids=lambda path: path.stem)
def test_the_lines_of_a_topic_and_of_what_it_uses_are_cut_out(case: Path) -> None:
    cut = excerpt({"other": "topics: {other: }\n", case.name: case.read_text()}, "spikes")
    assert cut == case.with_suffix(".out").read_text()


@pytest.mark.parametrize("case", [*CASES, *SHIPPED], ids=lambda path: path.stem)
def test_an_excerpt_comes_to_the_same_topic(case: Path, tmp_path: Path) -> None:
    book = Book(tmp_path / "rules").write(own=case.read_text())
    folder = book.open()
    topics = folder.current().topics
    for name, rule_set in topics.items():
        draft = folder.draft(folder.excerpt(name))
        assert draft.problems == ()
        assert draft.topics == {name: rule_set}


def test_an_unknown_topic_has_no_text(tmp_path: Path) -> None:
    assert RulesFolder(tmp_path, KINDS).excerpt("nothing") == ""
