"""What `feedproxy check` finds: the rules folder beside the archive, which it only reads.

The folder is judged as a running server would judge it. `served` is what that server has in
force, the last good version of each file; a bad file changes nothing of that.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path

from feedproxy.checking import Doubt, TopicChange, changes, doubts, failures
from feedproxy.errors import Problem
from feedproxy.library import Library
from feedproxy.rulefiles import RulesFolder
from feedproxy.rulefiles.nodes import Place
from feedproxy.rulefiles.places import Places
from feedproxy.rules.conditions import Rules, RuleSet

MOST_LISTED = 20
"""How many terms one warning names."""


@dataclass(frozen=True, slots=True)
class Checkup:
    topics: tuple[str, ...]
    errors: tuple[Problem, ...]
    warnings: tuple[Problem, ...]
    changes: tuple[TopicChange, ...]
    """Compared with what is served; empty if nothing is served yet."""
    records: int
    """How many the archive has."""
    trouble: str = ""
    """Why the archive could not be asked."""


def check_up(
    path: Path,
    folder: RulesFolder,
    served: Mapping[str, RuleSet],
    library: Library,
    now: datetime,
    trouble: str = "",
) -> Checkup:
    """`folder` reads `path`; `library` holds all that the archive has."""
    rules, included = folder.current(), partial(library.included, now=now)
    places = Places(path, folder.good_texts())
    failed = failures(rules.topics, library.find, places)
    odd = _together(doubts(rules.topics, library.subjects(), library.find), places)
    refused = {problem.file for problem in rules.problems}
    return Checkup(
        topics=tuple(rules.topics),
        errors=tuple(
            sorted({*rules.problems, *_of_others(failed, refused), *_emptiness(path, rules)})
        ),
        warnings=tuple(sorted(_of_others({*rules.warnings, *odd}, refused))),
        changes=tuple(changes(served, rules.topics, included)) if served else (),
        records=len(library),
        trouble=trouble,
    )


def _together(found: Iterable[Doubt], places: Places) -> list[Problem]:
    """One problem for all doubts of one topic, one list or the defaults that say the same.

    A list's term may be looked for in several fields: the field where it is found most counts.
    """
    most: dict[Place, Doubt] = {}
    for each in found:
        place = places.find(each.topic, each.key, each.written)
        if place not in most or each.found > most[place].found:
            most[place] = each
    together: defaultdict[tuple[str, str, str], dict[Place, str]] = defaultdict(dict)
    for place, each in most.items():
        if each.what:
            together[place.file, places.part(place), each.what][place] = each.name
    return [
        _first(names, part).problem(f"{what}: {_listed(list(names.values()))}")
        for (_, part, what), names in together.items()
    ]


def _first(found: Collection[Place], part: str) -> Place:
    """The first of the places; if there are several, with the path of the part they stand in."""
    return min(found) if len(found) == 1 else min(found)._replace(path=part)


def _listed(words: Sequence[str]) -> str:
    rest = len(words) - MOST_LISTED
    return ", ".join(words[:MOST_LISTED]) + (f" and {rest:,} more" if rest > 0 else "")


def _of_others(problems: Iterable[Problem], refused: set[str]) -> set[Problem]:
    """The problems of files that are not refused: of a refused one only its errors are shown,
    since all else would be about its last good text.
    """
    return {problem for problem in problems if problem.file not in refused}


def _emptiness(path: Path, rules: Rules) -> Iterator[Problem]:
    if not rules.topics and not rules.problems:
        yield Problem(str(path), 1, 1, "there are no topics in it: run feedproxy init for a start")
