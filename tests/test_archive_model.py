"""The archive beside a plain dictionary: figure 5, no id and no date ever changes."""

from __future__ import annotations

from datetime import datetime, timedelta

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import invariant, rule

from feedproxy.archive import Lease
from feedproxy.errors import LeaseLost
from feedproxy.models import Appearance, Record
from tests.archive_machine import ArchiveMachine
from tests.archive_programs import NOON, listing, record, state

sources = st.sampled_from(["hf", "lab"])
numbers = st.integers(0, 3)
shown = st.builds(
    lambda number, title, votes, days: record(
        number, title=title, numbers={"upvotes": votes}, published=NOON - timedelta(days)
    ),
    numbers,
    st.sampled_from(["", "One", "Two"]),
    st.integers(0, 3),
    st.integers(-2, 5),
)


class Beside(ArchiveMachine):
    def __init__(self) -> None:
        super().__init__()
        self.published: dict[str, datetime] = {}
        self.titles: dict[tuple[str, str], str] = {}
        self.votes: dict[tuple[str, str], list[int]] = {}
        self.leases: list[Lease] = []
        self.kept_since: dict[str, datetime] = {}

    @rule(source=sources, records=st.lists(shown, max_size=4, unique_by=lambda r: r.id))
    def remember(self, source: str, records: list[Record]) -> None:
        before = self.archive.versions().content
        new = sum((source, r.id) not in self.votes for r in records)
        remembered = self.archive.remember(source, listing(*records), self.now)
        assert remembered.new == new
        version = self.archive.versions().content
        assert (version > before) == bool(remembered.new + remembered.changed)
        for r in records:
            self.note(source, r)

    def note(self, source: str, shown: Record) -> None:
        key = source, shown.id
        self.published.setdefault(shown.id, min(shown.published, self.now))
        self.titles[key] = shown.title or self.titles.get(key, "")
        history = self.votes.setdefault(key, [])
        if history[-1:] != [shown.numbers["upvotes"]]:
            history.append(shown.numbers["upvotes"])

    @rule(source=sources)
    def take(self, source: str) -> None:
        if lease := self.archive.take(source, "me", -1, state(self.archive, source)):
            self.leases = [held for held in self.leases if held.source != source] + [lease]

    @rule(data=st.data(), records=st.lists(shown, max_size=2, unique_by=lambda r: r.id))
    def write_under_a_lease(self, data: st.DataObject, records: list[Record]) -> None:
        if not self.leases:
            return
        lease = data.draw(st.sampled_from(self.leases))
        self.archive.remember(lease.source, listing(*records), self.now, lease)
        for r in records:
            self.note(lease.source, r)
        stale = Lease(lease.source, lease.owner, lease.token - 1)
        try:
            self.archive.remember(lease.source, listing(record(99)), self.now, stale)
        except LeaseLost:
            return
        raise AssertionError("a stale lease wrote")

    @rule(source=sources, days=st.integers(0, 6))
    def forget(self, source: str, days: int) -> None:
        before = self.kept_since[source] = NOON - timedelta(days)
        gone = [
            (a.source, found.id)
            for found in self.archive.records()
            if any(a.source == source and a.listed < before for a in found.appearances)
            and all(self.is_too_old(a) for a in found.appearances)
            for a in found.appearances
        ]
        assert self.archive.forget(source, before) == len(gone)
        for key in gone:
            del self.votes[key], self.titles[key]

    def is_too_old(self, shown: Appearance) -> bool:
        since = self.kept_since.get(shown.source)
        return since is not None and shown.listed < since

    @invariant()
    def everything_is_as_it_was_noted(self) -> None:
        found = {r.id: r for r in self.archive.records()}
        assert found.keys() == {identity for _, identity in self.votes}
        for identity, r in found.items():
            assert r.published == self.published[identity]
            assert {a.source for a in r.appearances} == {s for s, i in self.votes if i == identity}
            for source in {a.source for a in r.appearances}:
                seen = [x.value for x in r.readings if x.source == source]
                assert seen == self.votes[source, identity]
            titles = {t for (_, i), t in self.titles.items() if i == identity and t}
            assert r.title in (titles or {identity})


TestBeside = Beside.TestCase
TestBeside.settings = settings(
    deadline=None, derandomize=True, max_examples=15, stateful_step_count=15
)
