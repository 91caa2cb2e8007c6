"""Which version of each file is in force, so that all of them fit together.

A file that changed is refused if it does not fit the others; its last good version then stays.
No file is read here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from itertools import chain
from types import MappingProxyType

from feedproxy.errors import BadTerm, Problem
from feedproxy.models import Source
from feedproxy.rulefiles import model
from feedproxy.rulefiles.definition import Definition, Kinds
from feedproxy.rulefiles.drafts import NAME, Draft, crowd_of_regexes
from feedproxy.rulefiles.faults import Fault, blamed, defined_twice
from feedproxy.rulefiles.slips import slip
from feedproxy.rulefiles.topics import Built, FileBuilder, Scope
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
MOST_TERMS = 200_000
"""How many terms are remembered, so that after an edit only new ones are parsed."""

FailingTests = Callable[[RuleSet], Iterable[tuple[int, str]]]
"""The failing tests of a topic: each one's index in `match + reject`, and what happened instead."""


@dataclass(frozen=True)
class Combined:
    topics: Mapping[str, RuleSet]
    sources: Mapping[str, Source]
    warnings: tuple[Problem, ...]
    faults: tuple[Fault, ...]


@dataclass(frozen=True)
class Settled:
    """The versions that fit together, what they say together, and why others are refused."""

    versions: Mapping[str, Version]
    combined: Combined
    refused: Mapping[str, Sequence[Problem]]


class Merger:
    def __init__(self, kinds: Kinds, min_refresh: timedelta) -> None:
        self._definition = Definition(kinds)
        self._min_refresh = min_refresh
        self._built: dict[Version, tuple[Scope, Built]] = {}
        self._terms: dict[str, Term | BadTerm] = {}
        self._built_in = _built_in(self._definition)

    def understand(self, name: str, shown: str, text: str) -> Version | tuple[Problem, ...]:
        """The file's version, or everything that is wrong with it alone."""
        try:
            return understood(self._definition, name, shown, text)
        except Exception as e:
            return (slip(shown, e),)

    def settle(
        self,
        good: Mapping[str, Version],
        wanted: Mapping[str, Version],
        before: Mapping[str, RuleSet] = MappingProxyType({}),
        failing_tests: FailingTests | None = None,
    ) -> Settled:
        """The `wanted` versions as far as they fit together, and the `good` ones for the rest.

        A file that is good but not wanted was deleted. `before` are the topics in force, whose
        tests have passed already.
        """
        versions = dict(wanted)
        fallback = {**_deleted(good, wanted), **{n: v for n, v in good.items() if n in wanted}}
        suspects = {
            name for name in fallback | versions if versions.get(name) is not good.get(name)
        }
        refused: dict[str, list[Problem]] = {}
        while True:
            combined = self.combine(versions)
            faults = combined.faults
            if failing_tests and suspects and not faults:
                changed = {n: t for n, t in combined.topics.items() if t != before.get(n)}
                faults = _test_faults(changed, versions, suspects, failing_tests)
            if not faults:
                self._forget(versions)
                told = {name: limited(problems) for name, problems in refused.items()}
                return Settled(versions, combined, told)
            for name, problems in blamed(faults, {**good, **versions}, good, suspects).items():
                refused.setdefault(name, []).extend(problems)
                versions.pop(name, None)
                if name in suspects and name in fallback:
                    versions[name] = fallback[name]
                suspects.discard(name)

    def combine(self, versions: Mapping[str, Version]) -> Combined:
        """What the versions say together; if there are faults, nothing else of it counts."""
        ordered = [versions[name] for name in sorted(versions)]
        scope = self._scope(ordered)
        builder = FileBuilder(scope, self._terms)
        built = [self._build(version, scope, builder) for version in ordered]
        return Combined(
            topics=dict(pair for each in built for pair in each.topics.items()),
            sources=self._built_in | dict(pair for each in built for pair in each.sources.items()),
            warnings=tuple(
                warning
                for version, each in zip(ordered, built, strict=True)
                for warning in (*version.warnings, *each.warnings)
            ),
            faults=(
                *(fault for each in built for fault in each.faults),
                *defined_twice(ordered),
            ),
        )

    def draft(self, text: str, good: Mapping[str, Version]) -> Draft:
        """What `text` would say beside the good versions; nothing of it is remembered."""
        version = self.understand(NAME, NAME, text)
        problems = crowd_of_regexes(text) if isinstance(version, Version) else version
        if problems or not isinstance(version, Version):
            return Draft(problems=problems)
        scope = self._scope([*good.values(), version])
        built = FileBuilder(scope, dict(self._terms)).build(version.file, version.top)
        if built.faults:
            found = chain.from_iterable(fault.problems for fault in built.faults)
            return Draft(problems=limited(found))
        warnings = limited([*version.warnings, *built.warnings])
        return Draft(built.topics, (), warnings, text)

    def _scope(self, versions: Sequence[Version]) -> Scope:
        defined = [str(name) for version in versions for name in version.file.sources]
        return Scope(
            lists={str(n): each for v in versions for n, each in v.file.lists.items()},
            sources=frozenset({*defined, *self._built_in}),
            default_from=tuple(dict.fromkeys(defined)) or (FALLBACK,),
            min_refresh=self._min_refresh,
        )

    def _build(self, version: Version, scope: Scope, builder: FileBuilder) -> Built:
        known = self._built.get(version)
        if known is None or known[0] != scope:
            known = self._built[version] = scope, builder.build(version.file, version.top)
        return known[1]

    def _forget(self, versions: Mapping[str, Version]) -> None:
        self._built = {each: self._built[each] for each in versions.values()}
        if len(self._terms) > MOST_TERMS:
            self._terms.clear()


def _built_in(definition: Definition) -> dict[str, Source]:
    version = understood(definition, "", "built in", BUILT_IN)
    assert isinstance(version, Version)  # noqa: S101  # a test reads it
    scope = Scope({}, frozenset(), (), timedelta())
    return dict(FileBuilder(scope, {}).build(version.file, version.top).sources)


def _test_faults(
    topics: Mapping[str, RuleSet],
    versions: Mapping[str, Version],
    suspects: set[str],
    failing_tests: FailingTests,
) -> tuple[Fault, ...]:
    """A fault for each test that fails, be it through its own file or through a list in another."""
    lists = tuple(("lists", str(name)) for each in versions.values() for name in each.file.lists)
    return tuple(
        Fault((problem,), () if version.name in suspects else lists)
        for version in versions.values()
        for name, topic in version.file.topics.items()
        if topic.tests and name in topics
        for problem in _failures(topic.tests, failing_tests(topics[name]))
    )


def _failures(tests: model.Tests, failing: Iterable[tuple[int, str]]) -> Iterator[Problem]:
    written = (*tests.match, *tests.reject)
    for index, message in failing:
        yield written[index].place.problem(message)


def _deleted(good: Mapping[str, Version], wanted: Mapping[str, Version]) -> dict[str, Version]:
    return {name: each.without_topics() for name, each in good.items() if name not in wanted}
