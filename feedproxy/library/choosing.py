"""Which records one topic chose, kept up to date by judging only what may have changed.

No I/O, but for pauses in which other threads get a turn.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Container, Iterable, Sequence
from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from operator import attrgetter
from weakref import WeakValueDictionary

from feedproxy.rules.conditions import RuleSet
from feedproxy.rules.decisions import DatedVerdict, Decision, Verdict, in_order
from feedproxy.rules.flips import Flips
from feedproxy.rules.subjects import Subject

SET_BACK = timedelta(minutes=1)
"""If the clock was set back by more than this, nothing that was judged by it counts any more."""
BREATH, STRETCH = 0.0005, 100
"""Sleep for BREATH seconds after every STRETCH verdicts, so that other threads get a turn."""


@dataclass(frozen=True, slots=True, eq=False, weakref_slot=True)
class Chosen:
    """The records of a topic's feed, in its order; the same object until they or the rules change.

    It equals no other object: after an edit and its undoing, what was made before them may be
    older than what was served in between.

    Stored in columns, and equal verdicts only once: as decisions it takes six times the memory.
    """

    rule_set: RuleSet
    subjects: tuple[Subject, ...]
    verdicts: tuple[Verdict, ...]
    moments: tuple[datetime, ...]
    """For which the verdicts were made; only one, if it is the same for all."""

    @classmethod
    def of(cls, rule_set: RuleSet, decisions: Sequence[Decision]) -> Chosen:
        moments = tuple(each.at for each in decisions)
        return cls(
            rule_set,
            tuple(each.subject for each in decisions),
            tuple(_VERDICTS.setdefault(_said(each.verdict), each.verdict) for each in decisions),
            moments[:1] if len(set(moments)) == 1 else moments,
        )

    @property
    def decisions(self) -> tuple[Decision, ...]:
        moments = self.moments * len(self.subjects) if len(self.moments) == 1 else self.moments
        rows = zip(self.subjects, self.verdicts, moments, strict=True)
        return tuple(Decision(self.rule_set, *row) for row in rows)


_said = attrgetter(*(each.name for each in fields(Verdict)))
_VERDICTS: WeakValueDictionary[tuple[object, ...], Verdict] = WeakValueDictionary()
"""By what they say: a verdict that were its own key would never be forgotten."""


class Choosing:
    """What one version of a topic's rules has chosen, and which records it must judge again."""

    def __init__(self, rule_set: RuleSet, now: datetime, before: Chosen | None) -> None:
        self.rule_set = rule_set
        self.chosen = before
        """What was chosen last: at first, what the rules before an edit had chosen."""
        self.lock = threading.Lock()
        """Held by the thread that is judging."""
        self.pending: dict[str, DatedVerdict | None] | None = None
        """The records that changed since, by id, each with its new verdict if that is known.
        None: every record is to be judged."""
        self._judged = now
        self._flips = Flips()

    def is_behind(self, now: datetime) -> bool:
        """Whether any record is to be judged again."""
        is_due = self._flips.is_due(now)
        return is_due or self.pending is None or bool(self.pending) or self.is_ahead(now)

    def is_ahead(self, now: datetime) -> bool:
        """Whether the clock was set back since: nothing that was judged counts then."""
        return now < self._judged - SET_BACK

    def put(self, id_: str, verdict: DatedVerdict | None) -> None:
        """The record has changed; None: its verdict is not known yet."""
        if self.pending is not None:
            self.pending[id_] = verdict

    def due(self, now: datetime) -> set[str]:
        """The records whose verdicts time alone may have changed."""
        return self._flips.due(now)

    def judge(
        self, decided: Iterable[Decision], now: datetime, again: Container[str] | None
    ) -> Chosen:
        """`again` are the ids of the records whose last decision may not hold any more; None: all.

        `decided` has the decisions on those of them that are still there and may be included.
        """
        decisions: dict[str, Decision] = {}
        flips: dict[str, datetime] = {}
        if again is not None:
            kept, due = self.chosen.decisions if self.chosen else (), self._flips.moments
            decisions = {each.record.id: each for each in kept if each.record.id not in again}
            flips = {id_: moment for id_, moment in due.items() if id_ not in again}
        for count, decision in enumerate(decided, start=1):
            id_ = decision.record.id
            if decision.included:
                decisions[id_] = decision
            if decision.valid_until is not None:
                flips[id_] = decision.valid_until
            if count % STRETCH == 0:
                time.sleep(BREATH)
        ordered = in_order(decisions.values(), self.rule_set.sort)
        self._judged, self._flips = now, Flips.at(flips)
        self.chosen = self._same(Chosen.of(self.rule_set, ordered))
        return self.chosen

    def _same(self, chosen: Chosen) -> Chosen:
        """The last object again if its content is the same."""
        last = self.chosen
        if last is None or last.rule_set is not chosen.rule_set:
            return chosen
        same = (last.subjects, last.verdicts) == (chosen.subjects, chosen.verdicts)
        return last if same else chosen
