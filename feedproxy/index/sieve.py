"""One topic over many records. If it has many terms, an index finds all of a record's at once.

The verdicts are those of `rules.decide`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from feedproxy.index import Index
from feedproxy.rules.conditions import RuleSet, extent
from feedproxy.rules.decisions import Decision
from feedproxy.rules.subjects import Subject

MANY_TERMS = 60
"""With fewer terms, looking for each of them is faster."""


class Sieve:
    def __init__(
        self,
        rule_set: RuleSet,
        decide: Callable[[RuleSet, Subject], Decision],
        many: int = MANY_TERMS,
    ) -> None:
        self._rule_set = rule_set
        self._beside = replace(rule_set, include=None, exclude=())
        """What the topic asks of a record beside words."""
        self._decide = decide
        self._index = Index([rule_set]) if extent(rule_set) > many else None

    def decision(self, subject: Subject) -> Decision:
        return self.included(subject) or self._decided(subject)

    def included(self, subject: Subject) -> Decision | None:
        """None if the record is never included, as long as its texts stay the same."""
        if self._index is None:
            return self._decide(self._rule_set, subject)
        topic, told = self._rule_set.topic, self._index.judge(subject, self._decide)
        if found := told.get(topic):
            return Decision(self._rule_set, subject, *found)
        return self._decided(subject) if topic in told else None

    def nearly(self, subject: Subject) -> Decision | None:
        """The decision, only for `near_miss`: do not keep or explain it.

        None if the record is never included nor a near miss, as long as its texts stay the same.
        """
        looked_at = subject.remembering()
        if self._index is None:
            return self._decide(self._rule_set, looked_at)
        topic, told = self._rule_set.topic, self._index.judge(looked_at, self._decide)
        if found := told.get(topic):
            return Decision(self._beside, looked_at, *found)
        if topic in told or topic in self._index.candidates(looked_at):
            return self._decide(self._rule_set, looked_at)
        return None

    def _decided(self, subject: Subject) -> Decision:
        made = self._decide(self._rule_set, subject.remembering())
        return Decision(self._rule_set, subject, made.verdict, made.at)
