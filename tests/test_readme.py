"""The README is true: what it names is there, what is there it names, its recipes work."""

from __future__ import annotations

import json
import re
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

import click
import pytest
import yaml
from jsonschema import Draft202012Validator

from feedproxy.assemble import failing_tests
from feedproxy.cli import main
from feedproxy.config import SETTINGS
from feedproxy.formats import FORMATS
from feedproxy.library import Library
from feedproxy.models import Appearance, Record
from feedproxy.rulefiles import Definition, RulesFolder
from feedproxy.rules import decide
from feedproxy.sources import SOURCES
from feedproxy.states import STATES
from tests.clocks import NOON
from tests.commands import command as ran

ROOT = Path(__file__).resolve().parents[1]
README = (ROOT / "README.md").read_text("utf-8")
KINDS = {name: kind.keys for name, kind in SOURCES.items()}
CASES = {path.stem: path for path in (ROOT / "tests/data/recipes").glob("*.yaml")}


def slug(title: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", title.lower()).strip("-")


def anchor(title: str) -> str:
    """What a link within the page calls a heading; `slug` names a file."""
    return re.sub(r"[^\w -]", "", title.lower()).replace(" ", "-")


def recipes() -> dict[str, str]:
    """The rules under each heading of the section "Recipes"."""
    section = README.split("\n## Recipes\n")[1].split("\n## ")[0]
    found = re.findall(r"^### (.+?)\n\n```yaml\n(.+?)^```", section, re.DOTALL | re.MULTILINE)
    return {slug(title): rules for title, rules in found}


HEADINGS = re.findall(r"^(##+) (.+)$", re.sub(r"^```.+?^```", "", README, flags=re.S | re.M), re.M)
YAML_BLOCKS = re.findall(r"^```yaml\n(.+?)^```", README, re.DOTALL | re.MULTILINE)


def test_its_contents_lead_to_every_part_and_no_link_within_it_to_nothing() -> None:
    contents = README.split("\nOn this page: ")[1].split("\n\n")[0]
    _, *parts = [title for depth, title in HEADINGS if depth == "##"]
    named = re.findall(r"\[(.+?)\]", contents)
    assert [each for each in named if each != "upgrading"] == list(map(str.lower, parts))
    anchors = re.findall(r"\]\(#(.+?)\)", README)
    assert len(anchors) > len(named)
    assert set(anchors) <= {anchor(title) for _, title in HEADINGS}


def test_there_are_ten_recipes_at_least_and_each_has_its_cases() -> None:
    assert len(recipes()) >= 10
    assert set(recipes()) == set(CASES)


@pytest.mark.parametrize("name", sorted(CASES))
def test_a_recipe_does_what_it_says(tmp_path: Path, name: str) -> None:
    (tmp_path / "recipe.yaml").write_text(recipes()[name])
    judge = partial(failing_tests, Library())
    rules = RulesFolder(tmp_path, KINDS, failing_tests=judge).current()
    assert rules.problems == ()
    assert rules.warnings == ()
    cases = yaml.safe_load(CASES[name].read_text())
    assert {case["topic"] for case in cases} == set(rules.topics)
    assert {case["takes"] for case in cases} == {True, False}
    for case in cases:
        rule_set = rules.topics[case["topic"]]
        shown = record(case, case.get("source", rule_set.sources[0]))
        assert decide(rule_set, shown, NOON).included == case["takes"], case


@pytest.mark.parametrize("name", sorted(CASES))
def test_a_recipe_reads_the_same_beside_the_shipped_rules(tmp_path: Path, name: str) -> None:
    (tmp_path / "recipe.yaml").write_text(recipes()[name])
    alone = RulesFolder(tmp_path, KINDS).current().topics
    (tmp_path / "topics.yaml").write_text((ROOT / "rules/topics.yaml").read_text("utf-8"))
    beside = RulesFolder(tmp_path, KINDS).current()
    assert beside.problems == ()
    assert {topic: beside.topics[topic].sources for topic in alone} == {
        topic: rule_set.sources for topic, rule_set in alone.items()
    }


def record(case: dict[str, Any], source: str) -> Record:
    listed = NOON - timedelta(days=case.get("days", 0))
    return Record(
        id="https://arxiv.org/abs/2611.00001",
        link="https://arxiv.org/abs/2611.00001",
        title=case["title"],
        summary=case.get("abstract", ""),
        authors=tuple(case.get("authors", ())),
        tags=tuple(case.get("keywords", ())),
        organization=case.get("organization", ""),
        code=case.get("code", ""),
        numbers={name: case[name] for name in ("upvotes", "stars") if name in case},
        published=listed,
        appearances=(Appearance(source, listed, listed),),
    )


def as_an_editor_reads(rules: str) -> Any:
    """YAML 1.2: dates are text there."""
    return json.loads(json.dumps(yaml.safe_load(rules), default=str))


@pytest.mark.parametrize("block", YAML_BLOCKS)
def test_every_example_is_accepted_by_the_program_and_by_its_schema(
    tmp_path: Path, block: str
) -> None:
    (tmp_path / "example.yaml").write_text(block)
    assert RulesFolder(tmp_path, KINDS).current().problems == ()
    Draft202012Validator(Definition(KINDS).schema()).validate(as_an_editor_reads(block))


@pytest.mark.parametrize("path", ["rules/topics.yaml", "feedproxy/demo/rules/demo.yaml"])
def test_shipped_rules_are_accepted_by_the_schema(path: str) -> None:
    rules = as_an_editor_reads((ROOT / path).read_text("utf-8"))
    Draft202012Validator(Definition(KINDS).schema()).validate(rules)
    rules["topics"]["x"] = {"inclde": ["a"]}
    assert not Draft202012Validator(Definition(KINDS).schema()).is_valid(rules)


def test_what_it_says_of_newsboat_can_be_done_with_the_shipped_rules(tmp_path: Path) -> None:
    told = re.search(r"newsboat shows .+? write `(.+?)` under `(.+?)` in", README, re.DOTALL)
    assert told
    shipped = (ROOT / "rules/topics.yaml").read_text("utf-8")
    defaults = shipped.split(f"\n{told[2]}")[1].split("\ntopics:")[0]
    assert defaults.count(f"  # {told[1]} ") == 1
    (tmp_path / "topics.yaml").write_text(shipped.replace(f"# {told[1]}", told[1]))
    rules = RulesFolder(tmp_path, KINDS).current()
    assert rules.problems == ()
    assert {rule_set.ids for rule_set in rules.topics.values()} == {"per-topic"}


def test_the_schema_is_kept_beside_the_rules_as_it_says(tmp_path: Path) -> None:
    told = re.search(r"`feedproxy (schema) > (rules/\S+)`, .+? `\$schema=(\S+)`", README, re.DOTALL)
    assert told
    shipped = (ROOT / "rules/topics.yaml").read_text("utf-8")
    first, _, rest = shipped.partition("\n")
    line = first.partition("$")[0] + f"$schema={told[3]}"
    folder = tmp_path / "rules"
    folder.mkdir()
    (folder / "topics.yaml").write_text(f"{line}\n{rest}")
    (tmp_path / told[2]).write_text(ran(tmp_path, told[1]).stdout)
    Draft202012Validator(json.loads((folder / told[3]).read_text())).validate(
        as_an_editor_reads(shipped)
    )
    rules = RulesFolder(folder, KINDS).current()
    assert rules.problems == ()
    assert len(rules.topics) == 6


def test_the_error_that_it_quotes_is_what_one_gets_for_its_ten_lines(tmp_path: Path) -> None:
    quoted = re.search(r"(rules/topics\.yaml:\d+:\d+: .+)", README)
    assert quoted
    ten_lines = README.partition("## Ten lines of rules")[2].split("```")[1].removeprefix("yaml\n")
    folder = tmp_path / "rules"
    folder.mkdir()
    (folder / "topics.yaml").write_text(ten_lines.replace("include:", "inclde:"))
    [problem] = RulesFolder(folder, KINDS).current().problems
    assert str(problem) == quoted[1].replace("rules", str(folder), 1)


def test_it_names_every_command_setting_source_kind_format_and_state() -> None:
    assert isinstance(main, click.Group)
    for command in main.commands:
        assert f"`feedproxy {command}" in README, command
    for setting in SETTINGS:
        for name in setting.names:
            assert f"`{name}`" in README, name
    for kind, about in SOURCES.items():
        assert f"`{kind}`" in README, kind
        for key in about.keys:
            assert f"`{key}`" in README, key
    for name in FORMATS:
        assert f"`.{name}`" in README or f".{name}`" in README, name
    for state in STATES:
        assert f"`{state}`" in README, state


def test_it_names_the_commands_that_print_json() -> None:
    assert isinstance(main, click.Group)
    told = re.search(r"`--json` prints for programs, with (.+?)\.\n", README, re.DOTALL)
    assert told
    assert set(re.findall(r"`([a-z-]+)`", told[1])) == {
        name
        for name, command in main.commands.items()
        if any("--json" in option.opts for option in command.params)
    }


@pytest.mark.parametrize("style", ["[{}]", "\n      - {}"])
def test_the_regular_expression_that_it_shows_stands_in_any_list(
    tmp_path: Path, style: str
) -> None:
    [shown] = re.findall(r"^\| `('/.+?/')` \| a regular", README, re.MULTILINE)
    (tmp_path / "a.yaml").write_text(f"topics:\n  a:\n    include: {style.format(shown)}\n")
    assert RulesFolder(tmp_path, KINDS).current().problems == ()


def test_the_settings_that_it_shows_are_those_that_there_are() -> None:
    shown = re.findall(r"^\| (`[A-Z_`, or]+`) \| (.+?) \| (.+?) \|$", README, re.MULTILINE)
    rows = [(re.findall(r"`(\w+)`", names), default, meaning) for names, default, meaning in shown]
    wanted = [(list(s.names), s.default, s.meaning) for s in SETTINGS]
    assert rows == wanted


@pytest.mark.parametrize("file", ["README.md", "Dockerfile"])
def test_a_container_is_told_the_address_that_readers_have(file: str) -> None:
    text = (ROOT / file).read_text("utf-8").replace("\\\n#", "")
    served = re.findall(r"docker run .*-p .+", text)
    assert served
    for line in served:
        assert re.search(r" -e FEEDPROXY_PUBLIC_URL=https?://\S+ ", line)
