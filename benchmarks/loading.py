"""A folder of rules files read for the first time, and again after one of them was edited."""

from __future__ import annotations

import json
import re
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter

from benchmarks.common import Result, options, papers, report
from benchmarks.topics import Topics
from feedproxy.rulefiles import RulesFolder
from feedproxy.rules.conditions import AnyOf, Rules, RuleSet, TermTest
from feedproxy.sources import sources

TOPICS_PER_FILE = 10


def written(rule_set: RuleSet) -> dict[str, object]:
    terms = [
        test.written
        for condition in rule_set.include or ()
        for test in (condition.children if isinstance(condition, AnyOf) else (condition,))
        if isinstance(test, TermTest)
    ]
    return {"title": rule_set.topic, "include": terms, "where": {"upvotes": {"min": 3}}}


def write(folder: Path, topics: int) -> None:
    rules = list(Topics(list(papers(7000)))(topics))
    for start in range(0, topics, TOPICS_PER_FILE):
        part = {each.topic: written(each) for each in rules[start : start + TOPICS_PER_FILE]}
        (folder / f"{start}.yaml").write_text(as_yaml(part))


def as_yaml(topics: dict[str, dict[str, object]]) -> str:
    """In blocks, as people write it; each value as JSON, which is YAML."""
    lines = ["topics:"]
    for name, keys in topics.items():
        lines.append(f"  {name}:")
        for key, value in keys.items():
            if isinstance(value, list):
                lines += [f"    {key}:", *(f"    - {json.dumps(each)}" for each in value)]
            else:
                lines.append(f"    {key}: {json.dumps(value)}")
    return "\n".join(lines) + "\n"


def timed(folder: RulesFolder) -> tuple[float, Rules]:
    begun = perf_counter()
    rules = folder.current()
    return perf_counter() - begun, rules


def after_edit(folder: RulesFolder, before: Rules) -> float:
    """The look at the folder that takes the edit: the file has to be quiet for a moment."""
    while True:
        took, rules = timed(folder)
        if rules is not before:
            return took


def measure(path: Path, topics: int) -> tuple[Result, Result]:
    write(path, topics)
    kinds = {name: kind.keys for name, kind in sources("", "").items()}
    whole = edited = float("inf")
    for number in range(3):
        folder = RulesFolder(path, kinds)
        took, rules = timed(folder)
        assert len(rules.topics) == topics, rules.problems[:3]
        first = path / "0.yaml"
        first.write_text(re.sub(r'"min": \d+', f'"min": {4 + number}', first.read_text()))
        whole = min(whole, took)
        edited = min(edited, after_edit(folder, rules))
    name = f"{topics:,} topics in {len(list(path.iterdir()))} files"
    return (
        Result(f"loading {name}", whole, "s", 1, "itself", "1 s for 1,000"),
        Result(f"one file edited of {name}", edited * 1e3, "ms", whole / edited, "all files"),
    )


if __name__ == "__main__":
    given = options(topics=1000)
    with TemporaryDirectory() as folder_name:
        for result in measure(Path(folder_name), given.topics):
            report(result, as_json=given.json)
