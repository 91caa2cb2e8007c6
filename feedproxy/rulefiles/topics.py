"""A file's topics and sources, made with what all files share."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from feedproxy.errors import BadTerm, Problem
from feedproxy.models import Source
from feedproxy.rulefiles import model
from feedproxy.rulefiles.conditions import LARGEST, TOO_LARGE, ConditionBuilder, mentions_score
from feedproxy.rulefiles.definition import KindKeys
from feedproxy.rulefiles.faults import Fault, Names
from feedproxy.rulefiles.messages import listed, quoted
from feedproxy.rulefiles.nodes import Place, Scalar
from feedproxy.rulefiles.slips import slip
from feedproxy.rules.conditions import Condition, RuleSet, Score, TermTest
from feedproxy.terms import Term

FEW = 10
"""So many sources are named to somebody who wrote another."""
NOTHING = model.Defaults.model_construct()


@dataclass(frozen=True, slots=True)
class Scope:
    """What all files share."""

    lists: Mapping[str, tuple[model.Condition, ...]]
    sources: frozenset[str]
    default_from: tuple[str, ...]
    min_refresh: timedelta


@dataclass(frozen=True, slots=True)
class Built:
    """What a file says; it is refused if there are `faults`."""

    topics: Mapping[str, RuleSet]
    sources: Mapping[str, Source]
    faults: tuple[Fault, ...]
    warnings: tuple[Problem, ...]


@dataclass(frozen=True, slots=True)
class _Gates:
    include: tuple[Condition, ...] = ()
    exclude: tuple[Condition, ...] = ()
    where: Mapping[str, Condition] = field(default_factory=dict)
    score: tuple[Score, ...] = ()


class FileBuilder:
    """Builds files within one scope. Lists are made once for all of them; `terms` live longer."""

    def __init__(self, scope: Scope, terms: dict[str, Term | BadTerm]) -> None:
        self._scope = scope
        self._conditions = ConditionBuilder(scope.lists, terms)

    def build(self, file: model.File, top: Place) -> Built:
        """`top` is the place where the file begins."""
        self._conditions.begin()
        try:
            return self._built(file)
        except Exception as e:
            return Built({}, {}, (Fault((slip(top.file, e),)),), ())

    def _built(self, file: model.File) -> Built:
        for entries in file.lists.values():
            self._conditions.each(entries)
        inherited = self._gates(file.defaults or NOTHING)
        self._sources_of(file.defaults or NOTHING)
        topics = {
            str(name): self._rule_set(name, topic, file.defaults or NOTHING, inherited)
            for name, topic in file.topics.items()
        }
        return Built(
            topics=topics,
            sources={str(name): self._source(name, keys) for name, keys in file.sources.items()},
            faults=tuple(dict.fromkeys(self._conditions.faults)),
            warnings=(
                *dict.fromkeys(self._conditions.warnings),
                *_idle(file),
                *(
                    name.place.problem(f'the topic "{name}" {doubt}')
                    for name in file.topics
                    for doubt in _doubts(topics[name])
                ),
            ),
        )

    def _rule_set(
        self, name: Scalar, topic: model.Topic, defaults: model.Defaults, inherited: _Gates
    ) -> RuleSet:
        if not topic.inherit:
            defaults, inherited = NOTHING, _Gates()
        own = self._gates(topic)
        include = inherited.include + own.include
        tests = topic.tests or model.Tests.model_construct()
        return RuleSet(
            topic=str(name),
            title=str(topic.title or name),
            sources=(
                self._sources_of(topic) or self._sources_of(defaults) or self._scope.default_from
            ),
            include=include or None,
            exclude=inherited.exclude + own.exclude,
            where=tuple({**inherited.where, **own.where}.values()),
            score=inherited.score + own.score,
            match=tuple(map(str, tests.match)),
            reject=tuple(map(str, tests.reject)),
            renamed=tuple(map(str, topic.renamed)),
            **{"description": str(name), **_chosen(topic, defaults)},
        )

    def _gates(self, keys: model.Defaults) -> _Gates:
        made = self._conditions
        gates = _Gates(
            include=made.each(keys.include),
            exclude=made.each(keys.exclude),
            where=made.by_key(keys.where) if keys.where else {},
            score=tuple(Score(made.all_of(each), each.add) for each in keys.score),
        )
        for each, score in zip(keys.score, gates.score, strict=True):
            if mentions_score([score.condition]):
                self._report(each.place_of(), "what adds to the score cannot ask for it")
        self._check_size(keys, gates)
        return gates

    def _check_size(self, keys: model.Defaults, gates: _Gates) -> None:
        """Reports gates that are too large together, at the largest of them."""
        gate = {"include": gates.include, "exclude": gates.exclude, "where": gates.where.values()}
        size = {key: sum(self._conditions.extent(c)[0] for c in gate[key]) for key in gate}
        if sum(size.values()) > LARGEST:
            self._report(keys.place_of(max(size, key=size.__getitem__)), TOO_LARGE)

    def _sources_of(self, keys: model.Defaults) -> tuple[str, ...]:
        known = self._scope.sources
        for name in keys.from_:
            if name not in known:
                guess = self._conditions.guess(name, sorted(known))
                message = f"unknown source {quoted(name)}{guess or _known(name, known)}"
                self._report(name.place, message, (("sources", str(name)),))
        return tuple(dict.fromkeys(map(str, keys.from_)))

    def _source(self, name: Scalar, keys: model.SourceKeys) -> Source:
        assert isinstance(keys, KindKeys)  # noqa: S101  # what `definition` reads
        least = self._scope.min_refresh
        if keys.refresh is not None and keys.refresh < least:
            seconds = round(least.total_seconds())
            message = f"{seconds} s is the least that FEEDPROXY_MIN_REFRESH allows"
            self._report(keys.place_of("refresh"), message)
        return _source(name, keys)

    def _report(self, place: Place, message: str, names: Names = ()) -> None:
        self._conditions.faults.append(Fault((place.problem(message),), names))


def _known(name: str, sources: Collection[str]) -> str:
    if "," in name:
        return f": several stand in brackets: [{name}]"
    return f": write {listed(sorted(sources))}" if len(sources) <= FEW else ""


def _idle(file: model.File) -> Iterator[Problem]:
    """Defaults without effect."""
    if file.defaults and not any(topic.inherit for topic in file.topics.values()):
        message = "holds for no topic: defaults hold for the topics of their own file only"
        yield file.defaults.place_of().problem(message)


def _doubts(topic: RuleSet) -> Iterator[str]:
    """What the topic says but can hardly mean."""
    if not topic.include and not topic.exclude and not topic.where:
        yield "has no condition: it takes everything"
    if topic.include and all(_is_term_of(each, topic.exclude) for each in topic.include):
        yield "excludes all that it includes: it takes nothing"
    if not topic.score and (topic.sort == "score" or mentions_score(topic.where)):
        yield "asks for the score but has no score entries: it is 0 for every paper"


def _is_term_of(condition: Condition, others: Iterable[Condition]) -> bool:
    """Only of terms: lists of lists would take for ever to compare."""
    terms = (each for each in others if isinstance(each, TermTest))
    return isinstance(condition, TermTest) and condition in terms


def _source(name: Scalar, keys: KindKeys) -> Source:
    timing = {} if keys.refresh is None else {"refresh": keys.refresh}
    return Source(
        name=str(name),
        kind=keys.kind_name,
        options=keys.options(),
        title=str(keys.title or ""),
        keep=keys.keep,
        headers={str(header): str(value) for header, value in keys.headers.items()},
        **timing,
    )


_OVERRIDDEN = ("description", "sort", "limit", "ids", "digest")


def _chosen(topic: model.Topic, defaults: model.Defaults) -> dict[str, Any]:
    """What the topic says, else what the defaults say; keys that neither has are left out."""
    chosen: dict[str, Any] = {}
    for key in _OVERRIDDEN:
        value = getattr(topic, key)
        value = getattr(defaults, key) if value is None else value
        if value is not None:
            chosen[key] = str(value) if isinstance(value, Scalar) else value
    return chosen
