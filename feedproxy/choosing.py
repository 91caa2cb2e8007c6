"""Which records one topic chose, kept up to date by judging what may have changed. No I/O."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from feedproxy.conditions import RuleSet
from feedproxy.decisions import Decision, Verdict, in_order
from feedproxy.subjects import Subject

CLOCK_JUMP = timedelta(minutes=1)
"""A clock set back by more makes what was judged by it count no more."""
BREATH, STRETCH = 0.0005, 100
"""Seconds of rest after so many verdicts: whoever else wants the interpreter gets it then."""


@dataclass(frozen=True, slots=True)
class Chosen:
    """The records of a topic's feed, in its order; the same object until one changes."""

    rule_set: RuleSet
    decisions: tuple[Decision, ...]


class Choosing:
    """By one version of a topic's rules."""

    def __init__(self, rule_set: RuleSet, now: datetime, before: Chosen | None) -> None:
        self.rule_set = rule_set
        self.chosen = before
        """The last good one, at first that of the rules as they were before an edit."""
        self.lock = threading.Lock()
        """Of whoever judges."""
        self.waiting: dict[str, Verdict | None] | None = None
        """By id, what is known of the records that changed and may be chosen, or were; None: all
        are to be judged."""
        self._judged = now
        self._counts = False
        """Whether `chosen` is of these rules, so that a part of it may be judged anew."""
        self._flips: dict[str, datetime] = {}
        """When the verdict on a record, in or out, may next change by time alone."""
        self._next_flip: datetime | None = None

    def is_behind(self, now: datetime) -> bool:
        due = self._next_flip is not None and now >= self._next_flip
        return due or self.waiting is None or bool(self.waiting) or self.is_ahead(now)

    def is_ahead(self, now: datetime) -> bool:
        """The clock was set back: nothing of what was judged counts."""
        return now < self._judged - CLOCK_JUMP

    def tell(self, name: str, verdict: Verdict | None) -> None:
        """Of a record that changed; None: it is still to be judged."""
        if self.waiting is not None:
            self.waiting[name] = verdict

    def due(self, now: datetime) -> set[str]:
        """Whose verdict is to be looked at again."""
        if self._next_flip is None or now < self._next_flip:
            return set()
        return {name for name, moment in self._flips.items() if moment <= now}

    def begin_anew(self) -> None:
        self._counts, self._flips = False, {}

    def judge(
        self,
        subjects: Iterable[Subject],
        known: Mapping[str, Verdict | None],
        decide: Callable[[RuleSet, Subject, datetime], Decision],
        now: datetime,
    ) -> Chosen:
        """`subjects`: all of which it is not sure what was decided on them."""
        kept = self.chosen.decisions if self.chosen and self._counts else ()
        decisions, flips = {each.record.id: each for each in kept}, dict(self._flips)
        for count, each in enumerate(subjects, start=1):
            name = each.record.id
            decisions.pop(name, None)
            flips.pop(name, None)
            verdict = known.get(name)
            if verdict and verdict.holds_at(now):
                decision = Decision(self.rule_set, each, verdict)
            else:
                decision = decide(self.rule_set, each, now)
            if decision.included:
                decisions[name] = decision
            if decision.valid_until is not None:
                flips[name] = decision.valid_until
            if count % STRETCH == 0:
                time.sleep(BREATH)
        ordered = tuple(in_order(decisions.values(), self.rule_set.sort))
        chosen = self._named(ordered)
        self._counts, self._flips = True, flips
        self._next_flip = min(flips.values(), default=None)
        self._judged, self.chosen = now, chosen
        return chosen

    def _named(self, ordered: tuple[Decision, ...]) -> Chosen:
        last = self.chosen
        if last is None or last.rule_set is not self.rule_set or last.decisions != ordered:
            return Chosen(self.rule_set, ordered)
        return last
