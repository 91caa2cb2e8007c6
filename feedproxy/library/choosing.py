"""Which records one topic chose, kept up to date by judging what may have changed.

No I/O, but for pauses in which other threads get the interpreter.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from weakref import WeakValueDictionary

from feedproxy.rules.conditions import RuleSet
from feedproxy.rules.decisions import DatedVerdict, Decision, Verdict, in_order
from feedproxy.rules.flips import Flips
from feedproxy.rules.subjects import Subject

SET_BACK = timedelta(minutes=1)
"""A clock set back by more makes what was judged by it count no more."""
BREATH, STRETCH = 0.0005, 100
"""Seconds of rest after so many verdicts: whoever else wants the interpreter gets it then."""


@dataclass(frozen=True, slots=True, eq=False)
class Chosen:
    """The records of a topic's feed, in its order; the same object until one, or the rules, change.

    It equals no other: what was made before an edit was undone may be older than what was served.

    Kept in columns, and equal verdicts once: as decisions they take six times the memory.
    """

    rule_set: RuleSet
    subjects: tuple[Subject, ...]
    verdicts: tuple[Verdict, ...]
    moments: tuple[datetime, ...]

    @classmethod
    def of(cls, rule_set: RuleSet, decisions: Sequence[Decision]) -> Chosen:
        return cls(
            rule_set,
            tuple(each.subject for each in decisions),
            tuple(_VERDICTS.setdefault(each.verdict, each.verdict) for each in decisions),
            tuple(each.at for each in decisions),
        )

    @property
    def decisions(self) -> tuple[Decision, ...]:
        rows = zip(self.subjects, self.verdicts, self.moments, strict=True)
        return tuple(Decision(self.rule_set, *row) for row in rows)


_VERDICTS: WeakValueDictionary[Verdict, Verdict] = WeakValueDictionary()


class Choosing:
    """What one version of a topic's rules chose, and what must be judged again."""

    def __init__(self, rule_set: RuleSet, now: datetime, before: Chosen | None) -> None:
        self.rule_set = rule_set
        self.chosen = before
        """The last good one, at first that of the rules as they were before an edit."""
        self.lock = threading.Lock()
        """Of whoever judges."""
        self.waiting: dict[str, DatedVerdict | None] | None = None
        """By id, what is known of the records that changed and may be chosen, or were; None: all
        are to be judged."""
        self._judged = now
        self._counts = False
        """Whether `chosen` is of these rules, so that a part of it may be judged anew."""
        self._flips = Flips()

    def is_behind(self, now: datetime) -> bool:
        due = self._flips.is_due(now)
        return due or self.waiting is None or bool(self.waiting) or self.is_ahead(now)

    def is_ahead(self, now: datetime) -> bool:
        """The clock was set back: nothing of what was judged counts."""
        return now < self._judged - SET_BACK

    def tell(self, name: str, told: DatedVerdict | None) -> None:
        """Of a record that changed; None: it is still to be judged."""
        if self.waiting is not None:
            self.waiting[name] = told

    def due(self, now: datetime) -> set[str]:
        """Whose verdict is to be looked at again."""
        return self._flips.due(now)

    def begin_anew(self) -> None:
        self._counts, self._flips = False, Flips()

    def judge(self, decided: Iterable[Decision], now: datetime) -> Chosen:
        """`decided`: on every record whose last decision may not hold any more."""
        kept = self.chosen.decisions if self.chosen and self._counts else ()
        decisions, flips = {each.record.id: each for each in kept}, dict(self._flips.moments)
        for count, decision in enumerate(decided, start=1):
            name = decision.record.id
            decisions.pop(name, None)
            flips.pop(name, None)
            if decision.included:
                decisions[name] = decision
            if decision.valid_until is not None:
                flips[name] = decision.valid_until
            if count % STRETCH == 0:
                time.sleep(BREATH)
        ordered = in_order(decisions.values(), self.rule_set.sort)
        chosen = self._same(Chosen.of(self.rule_set, ordered))
        self._counts, self._flips = True, Flips.at(flips)
        self._judged, self.chosen = now, chosen
        return chosen

    def _same(self, chosen: Chosen) -> Chosen:
        last = self.chosen
        if last is None or last.rule_set is not chosen.rule_set:
            return chosen
        same = (last.subjects, last.verdicts) == (chosen.subjects, chosen.verdicts)
        return last if same else chosen
