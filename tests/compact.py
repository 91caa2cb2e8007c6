"""Records and topics in the few lines of a case file, for the tests of judging.

Only what those need: reading real rules files is `rulefiles`, which refuses and explains.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar

import yaml

from feedproxy.models import Appearance, Reading, Record
from feedproxy.rules.conditions import (
    NUMBER_FIELDS,
    AgeTest,
    AllOf,
    AnyOf,
    Condition,
    DateTest,
    HasTest,
    NoneOf,
    NumberTest,
    RuleSet,
    Score,
    TermTest,
)
from feedproxy.terms import parse_term

V = TypeVar("V")
DATA = Path(__file__).parent / "data" / "rules"
UNITS = {"m": "minutes", "h": "hours", "d": "days", "w": "weeks"}
GROUPS: dict[str, Callable[[tuple[Condition, ...]], Condition]] = {
    "any": AnyOf,
    "all": AllOf,
    "none": NoneOf,
}


def cases(name: str, *needed: str) -> list[dict[str, Any]]:
    """The cases of every tests/data/rules/<name>*.yaml, each with its file's `given` merged in."""
    found = []
    for path in sorted(DATA.glob(f"{name}*.yaml")):
        document = yaml.load(path.read_text(), yaml.BaseLoader)
        for case in document["cases"]:
            whole = document.get("given", {}) | case
            missing = {"name", *needed} - whole.keys()
            assert not missing, f"{path.name}: {case.get('name')}: no {missing}"
            found.append(whole)
    assert found, f"no cases {name}*.yaml in {DATA}"
    return found


def moment(written: str) -> datetime:
    """`2026-11-03` is its noon."""
    if len(written) == 10:
        written += "T12:00"
    return datetime.fromisoformat(written).replace(tzinfo=UTC)


def record(written: Mapping[str, Any]) -> Record:
    """`listed` and `readings` by source; `readings: {hf: {upvotes: {2026-11-01: 3}}}`."""
    plain = dict(written)
    listed = {name: moment(day) for name, day in plain.pop("listed", {}).items()}
    readings = [
        Reading(source, name, int(value), moment(seen))
        for source, numbers in plain.pop("readings", {}).items()
        for name, values in numbers.items()
        for seen, value in values.items()
    ]
    numbers = {name: int(value) for name, value in plain.pop("numbers", {}).items()}
    published = moment(plain.pop("published", "2026-11-01"))
    known: dict[str, Any] = {"id": "x", "link": "https://x.example/1", "title": "A title"}
    return Record(
        **known | plain,
        published=min(listed.values(), default=published),
        numbers=numbers,
        readings=tuple(sorted(readings, key=lambda reading: reading.seen)),
        appearances=tuple(Appearance(name, at, at) for name, at in sorted(listed.items())),
    )


def topic(written: Mapping[str, Any]) -> RuleSet:
    lists = written.get("lists", {})

    def conditions(key: str) -> tuple[Condition, ...]:
        return tuple(condition(each, lists) for each in written.get(key, ()))

    return RuleSet(
        topic=written.get("topic", "t"),
        title="T",
        sources=tuple(written.get("from", ["hf"])),
        include=conditions("include") if "include" in written else None,
        exclude=conditions("exclude"),
        where=tuple(
            condition({key: value}, lists) for key, value in written.get("where", {}).items()
        ),
        score=tuple(
            Score(
                condition({k: v for k, v in each.items() if k != "add"}, lists), float(each["add"])
            )
            for each in written.get("score", ())
        ),
        sort=written.get("sort", "newest"),
        match=tuple(written.get("match", ())),
        reject=tuple(written.get("reject", ())),
    )


def condition(written: Any, lists: Mapping[str, Any], field: str = "text") -> Condition:
    if isinstance(written, str) and written.startswith("$"):
        return AnyOf(tuple(condition(each, lists, field) for each in lists[written[1:]]), written)
    if isinstance(written, str):
        return TermTest(field, parse_term(written), written)
    if isinstance(written, list):
        return AnyOf(tuple(condition(each, lists, field) for each in written))
    parts = tuple(_named(key, value, lists) for key, value in written.items())
    return parts[0] if len(parts) == 1 else AllOf(parts)


def _named(key: str, value: Any, lists: Mapping[str, Any]) -> Condition:
    if key in GROUPS:
        return GROUPS[key](tuple(condition(each, lists) for each in value))
    if key in NUMBER_FIELDS:
        return NumberTest(key, _maybe(float, value, "min"), _maybe(float, value, "max"), key)
    if key == "age":
        return AgeTest(_maybe(_span, value, "min"), _maybe(_span, value, "max"), key)
    if key == "published":
        day = date.fromisoformat
        return DateTest(_maybe(day, value, "after"), _maybe(day, value, "before"), key)
    if key == "has":
        return HasTest(value, value)
    return condition(value, lists, key)


def _maybe(read: Callable[[str], V], value: Mapping[str, str], key: str) -> V | None:
    return read(value[key]) if key in value else None


def _span(written: str) -> timedelta:
    return timedelta(**{UNITS[written[-1]]: float(written[:-1])})
