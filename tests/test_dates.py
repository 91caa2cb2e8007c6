"""Dates as pages write them -> days in UTC."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from feedproxy.sources.dates import day_in, day_of, problem_of_format

SEEN = datetime(2026, 11, 21, 10, tzinfo=UTC)
CASES = yaml.load((Path(__file__).parent / "data/html/dates.yaml").read_text(), yaml.BaseLoader)


@pytest.mark.parametrize(("written", "day"), CASES["found"].items())
def test_a_day_is_found_as_people_and_programs_write_it(written: str, day: str) -> None:
    assert str(day_of(written, SEEN)) == day


@pytest.mark.parametrize("written", CASES["refused"])
def test_what_is_no_day_or_could_be_two_is_none(written: str) -> None:
    assert day_of(written, SEEN) is None


@pytest.mark.parametrize(("written", "form", "day"), CASES["formats"])
def test_a_format_reads_what_it_says(written: str, form: str, day: str) -> None:
    assert problem_of_format(form) is None
    assert str(day_in(written, form, SEEN)) == day


@pytest.mark.parametrize("form", CASES["no formats"])
def test_a_format_of_no_day_is_told(form: str) -> None:
    assert "write one such as" in str(problem_of_format(form))


@given(st.text() | st.text("0123456789-/.:, +TZagoNv", max_size=30))
def test_no_text_at_all_breaks_it(written: str) -> None:
    assert isinstance(day_of(written, SEEN), date | None)
    assert isinstance(day_in(written, "%d %B", SEEN), date | None)
