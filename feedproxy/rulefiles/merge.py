"""Which version of each file is in force, so that all of them fit together.

A file that changed is refused when it does not fit; its last good version stays. No
file is read here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from types import MappingProxyType

from feedproxy.errors import BadTerm, Problem
from feedproxy.models import Source
from feedproxy.rulefiles import model
from feedproxy.rulefiles.clashes import Clash, blamed, twice
from feedproxy.rulefiles.definition import Definition, Kinds
from feedproxy.rulefiles.drafts import NAME, Draft, crowd_of_regexes
from feedproxy.rulefiles.slips import slip
from feedproxy.rulefiles.topics import Builder, Built, Scope
from feedproxy.rulefiles.versions import Version, limited, understood
from feedproxy.rules.conditions import RuleSet
from feedproxy.terms import Term

BUILT_IN = """
sources:
  hf-daily: {kind: huggingface, listing: daily, lookback: 7d}
  hf-weekly: {kind: huggingface, listing: weekly}
  hf-monthly: {kind: huggingface, listing: monthly}
  hf-trending: {kind: huggingface, listing: trending}
"""
FALLBACK = "hf-daily"
NOTHING = Built({}, {}, (), ())

MOST_TERMS = 200_000
"""Remembered, so that an edit parses only what is new in it."""

Judge = Callable[[RuleSet], Iterable[tuple[int, str]]]
"""The failing tests of a topic: the index among `match`, then `reject`, and what came instead."""


@dataclass(frozen=True)
class Combined:
    topics: Mapping[str, RuleSet]
    sources: Mapping[str, Source]
    warnings: tuple[Problem, ...]
    clashes: tuple[Clash, ...]


@dataclass(frozen=True)
class Settled:
    """The versions that fit together, what they come to, and why others are refused."""

    versions: Mapping[str, Version]
    combined: Combined
    refused: Mapping[str, Sequence[Problem]]


class Merger:
    def __init__(self, kinds: Kinds, min_refresh: timedelta) -> None:
        self._definition = Definition(kinds)
        self.schema = self._definition.schema
        self._min_refresh = min_refresh
        self._built: dict[Version, tuple[Scope, Built]] = {}
        self._terms: dict[str, Term | BadTerm] = {}
        self._defaults = NOTHING
        if "huggingface" in kinds:
            self._defaults = self._built_in()

    def understand(self, name: str, shown: str, text: str) -> Version | tuple[Problem, ...]:
        """The file's version, or everything that is wrong with it by itself."""
        try:
            return understood(self._definition, name, shown, text)
        except Exception as e:
            return (slip(shown, e),)

    def settle(
        self,
        good: Mapping[str, Version],
        wanted: Mapping[str, Version],
        before: Mapping[str, RuleSet] = MappingProxyType({}),
        judge: Judge | None = None,
    ) -> Settled:
        """`wanted` as far as it fits together, `good` for what does not.

        What is good and not wanted was deleted. `before` are the topics in force, which
        `judge` has passed already.
        """
        versions = dict(wanted)
        fallback = {**_deleted(good, wanted), **{n: v for n, v in good.items() if n in wanted}}
        open_ = {name for name in fallback | versions if versions.get(name) is not good.get(name)}
        refused: dict[str, list[Problem]] = {}
        while True:
            combined = self.combine(versions)
            clashes = combined.clashes
            if judge and open_ and not clashes:
                changed = {n: t for n, t in combined.topics.items() if t != before.get(n)}
                clashes = _failing(changed, versions, open_, judge)
            if not clashes:
                self._forget(versions)
                told = {name: limited(problems) for name, problems in refused.items()}
                return Settled(versions, combined, told)
            for name, problems in blamed(clashes, {**good, **versions}, good, open_).items():
                refused.setdefault(name, []).extend(problems)
                versions.pop(name, None)
                if name in open_ and name in fallback:
                    versions[name] = fallback[name]
                open_.discard(name)

    def combine(self, versions: Mapping[str, Version]) -> Combined:
        """What the versions come to; anything but the clashes counts only without clashes."""
        ordered = [versions[name] for name in sorted(versions)]
        scope = self._scope(ordered)
        builder = Builder(scope, self._terms)
        built = [self._build(version, scope, builder) for version in ordered]
        return Combined(
            topics=dict(pair for each in built for pair in each.topics.items()),
            sources=dict(
                pair for each in (self._defaults, *built) for pair in each.sources.items()
            ),
            warnings=tuple(
                warning
                for version, each in zip(ordered, built, strict=True)
                for warning in (*version.warnings, *each.warnings)
            ),
            clashes=(
                *(Clash((problem,), names) for each in built for problem, names in each.findings),
                *twice(ordered),
            ),
        )

    def draft(self, text: str, good: Mapping[str, Version]) -> Draft:
        """What `text` would come to beside the good versions; nothing of it is remembered."""
        version = self.understand(NAME, NAME, text)
        problems = crowd_of_regexes(text) if isinstance(version, Version) else version
        if problems or not isinstance(version, Version):
            return Draft(problems=problems)
        scope = self._scope([*good.values(), version])
        built = Builder(scope, dict(self._terms)).build(version.file, version.top)
        if built.findings:
            return Draft(problems=limited([finding.problem for finding in built.findings]))
        warnings = limited([*version.warnings, *built.warnings])
        return Draft(built.topics, (), warnings, text)

    def _scope(self, versions: Sequence[Version]) -> Scope:
        defined = [str(name) for version in versions for name in version.file.sources]
        return Scope(
            lists={str(n): each for v in versions for n, each in v.file.lists.items()},
            sources=frozenset({*defined, *self._defaults.sources}),
            default_from=tuple(dict.fromkeys(defined)) or (FALLBACK,),
            min_refresh=self._min_refresh,
        )

    def _build(self, version: Version, scope: Scope, builder: Builder) -> Built:
        known = self._built.get(version)
        if known is None or known[0] != scope:
            known = self._built[version] = scope, builder.build(version.file, version.top)
        return known[1]

    def _forget(self, versions: Mapping[str, Version]) -> None:
        self._built = {each: self._built[each] for each in versions.values()}
        if len(self._terms) > MOST_TERMS:
            self._terms.clear()

    def _built_in(self) -> Built:
        version = understood(self._definition, "", "built in", BUILT_IN)
        assert isinstance(version, Version)  # noqa: S101  # a test reads it
        return Builder(self._scope([]), {}).build(version.file, version.top)


def _failing(
    topics: Mapping[str, RuleSet], versions: Mapping[str, Version], open_: set[str], judge: Judge
) -> tuple[Clash, ...]:
    """The tests that fail, through the topic's own file or through a list in another."""
    lists = tuple(("lists", str(name)) for each in versions.values() for name in each.file.lists)
    return tuple(
        Clash((problem,), () if version.name in open_ else lists)
        for version in versions.values()
        for name, topic in version.file.topics.items()
        if topic.tests and name in topics
        for problem in _failures(topic.tests, judge(topics[name]))
    )


def _failures(tests: model.Tests, failing: Iterable[tuple[int, str]]) -> Iterator[Problem]:
    written = (*tests.match, *tests.reject)
    for index, message in failing:
        yield written[index].place.problem(message)


def _deleted(good: Mapping[str, Version], wanted: Mapping[str, Version]) -> dict[str, Version]:
    return {name: each.without_topics() for name, each in good.items() if name not in wanted}
