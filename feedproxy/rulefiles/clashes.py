"""Where files do not fit together, and which of them is to blame: the one that changed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from feedproxy.errors import Problem
from feedproxy.rulefiles import model
from feedproxy.rulefiles.build import Names
from feedproxy.rulefiles.nodes import Scalar
from feedproxy.rulefiles.versions import Version


class Clash(NamedTuple):
    """Why versions do not fit, told at each of the places; `names` is what it hangs on."""

    problems: tuple[Problem, ...]
    names: Names = ()


def blamed(
    clashes: Iterable[Clash],
    known: Mapping[str, Version],
    good: Mapping[str, Version],
    open_: set[str],
) -> dict[str, list[Problem]]:
    """The files to refuse now, and why; a clash with one that is refused anyway can wait."""
    names = {version.shown: name for name, version in known.items()}
    found: dict[str, list[Problem]] = {}
    for clash in clashes:
        files = [names[problem.file] for problem in clash.problems]
        culprit = _culprit(clash, files, known, good, open_)
        if culprit not in found and found.keys() & set(files):
            continue
        told = [problem for problem in clash.problems if names[problem.file] == culprit]
        found.setdefault(culprit, []).append(
            told[-1] if told else _elsewhere(known[culprit], clash.problems[0])
        )
    return found


def _culprit(
    clash: Clash,
    files: Sequence[str],
    known: Mapping[str, Version],
    good: Mapping[str, Version],
    open_: set[str],
) -> str:
    """The file that changed; of several the latest name."""
    definers = [
        name
        for name in open_
        for section, defined in clash.names
        if any(v.defines(section, defined) for v in (known[name], good.get(name)) if v)
    ]
    return max(definers or open_.intersection(files) or open_ or files)


def _elsewhere(version: Version, problem: Problem) -> Problem:
    return version.top.problem(f"no longer fits with the other files: {problem}")


def twice(versions: Iterable[Version]) -> Iterator[Clash]:
    """Names that two files define."""
    for section in ("sources", "lists", "topics"):
        first: dict[str, Scalar] = {}
        for version in versions:
            for name in _names(version.file, section):
                other = first.setdefault(name, name)
                if other is not name:
                    yield Clash((_also(other, name), _also(name, other)))


def _names(file: model.File, section: str) -> Iterator[Scalar]:
    yield from getattr(file, section)
    if section == "topics":
        for topic in file.topics.values():
            yield from topic.renamed


def _also(name: Scalar, other: Scalar) -> Problem:
    message = f'"{name}" is defined twice: here and at {other.place.position}'
    return name.place.problem(message)
