"""A short run of `python -m tests.fuzz`: the same few examples of each kind, every time."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import strategies as st

from tests.fuzz.__main__ import fuzzed, main, tried
from tests.fuzz.parsers import PARSERS, Trial


@pytest.mark.filterwarnings("ignore:deprecated string literal:PendingDeprecationWarning")
@pytest.mark.parametrize("parser", PARSERS)
def test_nothing_is_found_and_much_of_it_is_read(parser: str) -> None:
    """Were all of it refused, nothing behind the first check would be tried at all."""
    count: Counter[str] = Counter()
    for trial in PARSERS[parser]:
        tried(trial, 25, count, again=True)
    assert count["read"] > count["examples"] / 10


def test_what_is_found_is_shown_and_counted(capsys: pytest.CaptureFixture[str]) -> None:
    def small(number: int) -> int:
        assert number < 10
        return number

    trials = (Trial(st.integers(), small), Trial(st.booleans(), int))
    assert fuzzed("numbers", trials, 0.1) == 1
    said = capsys.readouterr()
    assert "drawn=10," in said.err
    assert said.out.endswith(" s: 1 findings\n")


def test_a_parser_that_there_is_not_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["feeds", "teapots"])
    assert "no parser teapots: there are listings, feeds" in capsys.readouterr().err
