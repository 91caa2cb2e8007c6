"""The archive's records in this process's memory, and which of them each topic chose. No I/O.

held       the records of one moment: never changed, only replaced
choosing   which of them one topic chose: judged again where something changed
"""

from __future__ import annotations

import threading
from collections.abc import Container, Iterable, Iterator, Set
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from itertools import chain

from feedproxy.explain.leftout import LeftOut
from feedproxy.index import Index
from feedproxy.index.concordance import Concordance
from feedproxy.library.choosing import SET_BACK, Choosing, Chosen
from feedproxy.library.held import Held
from feedproxy.models import ARXIV_ABS, Record, arxiv_id, doi_of
from feedproxy.pasted import goes_by
from feedproxy.rules import Decision
from feedproxy.rules.conditions import RuleSet
from feedproxy.rules.subjects import Subject

MANY = 20_000
"""With more records than this, no request waits until an edited topic has judged them all."""
LEFT_OUT = 32
"""For so many topics, those looked at last, it is remembered which records they leave out."""


@dataclass(slots=True)
class _Unchosen:
    """What a topic does not choose, as of the last look at its page."""

    rule_set: RuleSet
    serial: int
    judged: datetime
    left_out: LeftOut
    lock: threading.Lock = field(default_factory=threading.Lock)


class Library:
    def __init__(self, many: int = MANY) -> None:
        self._many = many
        self._lock = threading.Lock()
        """Held while `_held` is replaced, and while a topic joins or leaves those told of it."""
        self._held = Held({}, {}, 0, datetime.min.replace(tzinfo=UTC), Concordance())
        self._choosings: dict[str, Choosing] = {}
        self._index = Index()
        self._unchosen: dict[str, _Unchosen] = {}
        self._unchosen_lock = threading.Lock()

    def replace(self, records: Iterable[Record]) -> None:
        """These are all the records there are."""
        subjects = self._held.subjects_of(records)
        with self._lock:
            nothing = self._held._replace(subjects={}, changed={}, concordance=Concordance())
            self._held = nothing.joined_by(subjects)
            for choosing in self._choosings.values():
                choosing.pending = None
        with self._unchosen_lock:
            self._unchosen = {}

    def update(
        self, records: Iterable[Record], now: datetime, kept: Set[str] | None = None
    ) -> None:
        """These are new, or changed. `kept`: the ids of the others that are there; None: all."""
        subjects = self._held.subjects_of(records)
        with self._lock:
            before = self._held
            gone = set() if kept is None else before.subjects.keys() - subjects.keys() - kept
            held = (before.without(gone) if gone else before).joined_by(subjects)
            for id_, each in subjects.items():
                verdicts = self._index.judge(each, partial(held.decide, now=now))
                known = before.subjects.get(id_)
                if known is not None and not known.reads_as(each):
                    verdicts = dict.fromkeys(self._index.candidates(known)) | verdicts
                for topic, verdict in verdicts.items():
                    self._choosings[topic].put(id_, verdict)
            for id_ in gone:
                for topic in self._index.candidates(before.subjects[id_]):
                    self._choosings[topic].put(id_, None)
            self._held = held
        held.concordance.drop(gone)

    def __len__(self) -> int:
        return len(self._held.subjects)

    def find(self, *named: str) -> Record | None:
        """By its id (or a former one), any form of arXiv id or DOI, a link, or its short id."""
        subjects = self._held.subjects
        ids = dict.fromkeys(chain.from_iterable(map(_ids, named)))
        for id_ in ids:
            if found := subjects.get(id_):
                return found.record
        records = (each.record for each in subjects.values())
        return next((record for record in records if goes_by(record, ids)), None)

    def subjects(self) -> tuple[Subject, ...]:
        return tuple(self._held.subjects.values())

    def having(self, ids: Iterable[str]) -> tuple[Subject, ...]:
        """Those of `ids` that are still here."""
        return tuple(self._held.having(ids))

    def decide(self, rule_set: RuleSet, each: Subject, now: datetime) -> Decision:
        """The decision on one record, which is then to be explained or shown."""
        return self._held.decide(rule_set, each.remembering(), now)

    def decisions(self, rule_set: RuleSet, now: datetime) -> Iterator[Decision]:
        """One for every record, included or not."""
        held = self._held
        return map(held.sieve(rule_set, now).decision, held.subjects.values())

    def included(self, rule_set: RuleSet, now: datetime) -> tuple[Record, ...]:
        """What the topic would choose if `rule_set` were in force, in no particular order."""
        decided = self._held.included(rule_set, now)
        return tuple(decision.record for decision in decided if decision.included)

    def chosen(self, rule_set: RuleSet, now: datetime, *, wait: bool = False) -> Chosen:
        """What the topic's feed holds at `now`; only what may have changed is judged again.

        In an archive so large that judging takes seconds, it is the last good choice meanwhile,
        unless the caller can `wait`.
        """
        choosing = self._choosings.get(rule_set.topic)
        if choosing is None or choosing.rule_set is not rule_set:
            choosing = self._enrol(rule_set, now)
        if wait or choosing.chosen is None or len(self) <= self._many:
            with choosing.lock:
                return self._choose(choosing, now)
        if choosing.is_behind(now) and choosing.lock.acquire(blocking=False):
            self._choose_beside(choosing, now)
        return choosing.chosen

    def _enrol(self, rule_set: RuleSet, now: datetime) -> Choosing:
        with self._lock:
            last = self._choosings.get(rule_set.topic)
            if last is not None and last.rule_set is rule_set:  # by who had the lock before
                return last
            # From other sources it would be no good feed any more: those may be gone.
            is_good = last is not None and last.rule_set.sources == rule_set.sources
            choosing = Choosing(rule_set, now, last.chosen if last and is_good else None)
            self._choosings[rule_set.topic] = choosing
            self._index.put(rule_set)
        return choosing

    def keep_only(self, topics: Container[str]) -> None:
        """All other topics are gone: nothing is judged for them any more."""
        with self._lock:
            for name in [name for name in self._choosings if name not in topics]:
                del self._choosings[name]
                self._index.drop(name)

    def _choose_beside(self, choosing: Choosing, now: datetime) -> None:
        """In another thread, unless it is little work. Its lock is held already; released here."""

        def choose() -> None:
            try:
                self._choose(choosing, now)
            finally:
                choosing.lock.release()

        pending = choosing.pending  # read once: `replace` may take it away at any moment
        if pending is not None and len(pending) <= self._many:
            choose()
            return
        try:
            threading.Thread(target=choose, name="choose", daemon=True).start()
        except BaseException:
            choosing.lock.release()
            raise

    def _choose(self, choosing: Choosing, now: datetime) -> Chosen:
        if choosing.chosen is not None and not choosing.is_behind(now):
            return choosing.chosen
        with self._lock:
            held, pending, choosing.pending = self._held, choosing.pending, {}
        try:
            if pending is None or choosing.is_ahead(now):
                return choosing.judge(held.included(choosing.rule_set, now), now, None)
            ids = pending.keys() | choosing.due(now)
            decided = held.decided(choosing.rule_set, ids, pending, now)
            return choosing.judge(decided, now, ids)
        except BaseException:
            choosing.pending = None
            raise

    def left_out(self, rule_set: RuleSet, now: datetime) -> LeftOut:
        """The other records of its sources; only what may have changed is judged again."""
        unchosen = self._unchosen_of(rule_set, now)
        with unchosen.lock:
            held = self._held
            if now < unchosen.judged - SET_BACK:
                unchosen.serial, unchosen.left_out = -1, LeftOut()
            known = unchosen.left_out
            ids = known.flips.due(now)
            if held.serial != unchosen.serial:
                ids |= {id_ for id_ in held.subjects if held.changed[id_] > unchosen.serial}
                ids |= {*known.ids, *known.flips.moments} - held.subjects.keys()
            if ids:
                decided = held.nearly(rule_set, ids, now)
                unchosen.left_out = known.updated(rule_set.sources, ids, decided)
            unchosen.serial, unchosen.judged = held.serial, now
            return unchosen.left_out

    def _unchosen_of(self, rule_set: RuleSet, now: datetime) -> _Unchosen:
        with self._unchosen_lock:
            unchosen = self._unchosen.pop(rule_set.topic, None)
            if unchosen is None or unchosen.rule_set != rule_set:
                unchosen = _Unchosen(rule_set, -1, now, LeftOut())
            self._unchosen[rule_set.topic] = unchosen
            for topic in list(self._unchosen)[:-LEFT_OUT]:
                del self._unchosen[topic]
            return unchosen


def _ids(named: str) -> tuple[str, ...]:
    paper = arxiv_id(named, bare=True)
    return named, ARXIV_ABS + (paper or named), doi_of(named) or named
