"""What is wrong once files are put together, and which of them to blame: the one that changed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from feedproxy.errors import Problem
from feedproxy.rulefiles import model
from feedproxy.rulefiles.nodes import Scalar
from feedproxy.rulefiles.versions import Version

Names = tuple[tuple[str, str], ...]
"""What files define, as (`lists` or `sources`, name)."""


class Fault(NamedTuple):
    """One thing that is wrong, told at each place where it shows."""

    problems: tuple[Problem, ...]
    names: Names = ()
    """What it depends on: a file that defines one of these may be to blame instead."""


def blamed(
    faults: Iterable[Fault],
    known: Mapping[str, Version],
    good: Mapping[str, Version],
    suspects: set[str],
) -> dict[str, list[Problem]]:
    """The files to refuse now, and why.

    `suspects` are the files that changed and are not refused yet. A fault that also shows in a
    file which is refused here anyway can wait: it may be gone then.
    """
    names = {version.shown: name for name, version in known.items()}
    found: dict[str, list[Problem]] = {}
    for fault in faults:
        files = [names[problem.file] for problem in fault.problems]
        culprit = _culprit(fault, files, known, good, suspects)
        if culprit not in found and found.keys() & set(files):
            continue
        told = [problem for problem in fault.problems if names[problem.file] == culprit]
        found.setdefault(culprit, []).append(
            told[-1] if told else _elsewhere(known[culprit], fault.problems[0])
        )
    return found


def _culprit(
    fault: Fault,
    files: Sequence[str],
    known: Mapping[str, Version],
    good: Mapping[str, Version],
    suspects: set[str],
) -> str:
    """The file that changed; of several, the one whose name comes last."""
    definers = [
        name
        for name in suspects
        for section, defined in fault.names
        if any(v.defines(section, defined) for v in (known[name], good.get(name)) if v)
    ]
    return max(definers or suspects.intersection(files) or suspects or files)


def _elsewhere(version: Version, problem: Problem) -> Problem:
    return version.top.problem(f"no longer fits with the other files: {problem}")


def defined_twice(versions: Iterable[Version]) -> Iterator[Fault]:
    """A fault for each name that is defined twice."""
    for section in ("sources", "lists", "topics"):
        first: dict[str, Scalar] = {}
        for version in versions:
            for name in _names(version.file, section):
                other = first.setdefault(name, name)
                if other is not name:
                    yield Fault((_also(other, name), _also(name, other)))


def _names(file: model.File, section: str) -> Iterator[Scalar]:
    yield from getattr(file, section)
    if section == "topics":
        for topic in file.topics.values():
            yield from topic.renamed


def _also(name: Scalar, other: Scalar) -> Problem:
    message = f'"{name}" is defined twice: here and at {other.place.position}'
    return name.place.problem(message)
