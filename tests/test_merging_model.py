"""The archive of several sources beside a plain list of what they said.

Every settlement looks at a neighbourhood only; here the whole is judged anew each time.
"""

from __future__ import annotations

from datetime import datetime

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import invariant, rule

from feedproxy.archive import derive, identities
from feedproxy.archive.identities import Item
from feedproxy.models import Record, identity
from tests.archive_machine import ArchiveMachine
from tests.archive_programs import DAY, NOON, listing

sources = st.sampled_from(["hf", "index", "lab"])
papers = st.sampled_from(["", *(f"https://arxiv.org/abs/2611.{n:05}" for n in range(2))])
dois = st.sampled_from(["", "10.1234/a", "10.1234/b"])
links = st.sampled_from([f"https://lab.example/{n}" for n in range(3)])


def said(own: str, pdf: str, doi: str, link: str, listed: int) -> Record:
    return Record(
        id=identity(own, doi, (link, pdf)),
        own_id=own,
        link=link,
        doi=doi,
        pdf=pdf,
        title="",
        published=NOON - listed * DAY,
    )


owns = st.sampled_from(["tag:x.example,2026:1", "tag:x.example,2026:2"])
shown = st.builds(said, owns, papers, dois, links, st.integers(0, 3))


class BesideAList(ArchiveMachine):
    def __init__(self) -> None:
        super().__init__()
        self.items: dict[tuple[str, str], Item] = {}
        self.fields: dict[tuple[str, str], dict[str, object]] = {}
        self.listed: dict[tuple[str, str], datetime] = {}
        self.kept_since: dict[str, datetime] = {}
        self.made: dict[str, tuple[int, datetime, str]] = {}

    @rule(source=sources, records=st.lists(shown, max_size=2, unique_by=lambda r: r.own_id))
    def remember(self, source: str, records: list[Record]) -> None:
        self.archive.remember(source, listing(*records), self.now)
        version = self.archive.versions().content
        for r in records:
            name = source, r.own_id
            fields = {**self.fields.get(name, {}), **derive.fields(r)}
            known = self.items.get(name)
            item = identities.item(source, r.own_id, r.id, fields, known)
            self.items[name], self.fields[name] = item, fields
            self.listed.setdefault(name, min(r.published, self.now))
            made = (version, self.listed[name], item.home)
            self.made[item.home] = min(made, self.made.get(item.home, made))

    @rule(source=sources, days=st.integers(0, 3))
    def forget(self, source: str, days: int) -> None:
        before = self.kept_since[source] = NOON - days * DAY
        gone = [
            name
            for homes in identities.papers(self.items.values())
            if (names := [each for each in self.listed if self.items[each].home in homes])
            and any(each[0] == source and self.listed[each] < before for each in names)
            and all(map(self.is_too_old, names))
            for name in names
        ]
        assert self.archive.forget(source, before) == len(gone)
        for name in gone:
            del self.fields[name], self.listed[name]

    def is_too_old(self, name: tuple[str, str]) -> bool:
        since = self.kept_since.get(name[0])
        return since is not None and self.listed[name] < since

    @invariant()
    def every_paper_is_one_entry_the_oldest_of_its_own(self) -> None:
        alive = {self.items[name].home for name in self.listed}
        expected = {}
        for homes in identities.papers(self.items.values()):
            if homes & alive:
                leader = min(homes, key=self.made.__getitem__)
                expected[leader] = (self.made[leader][1], tuple(sorted(homes - {leader})))
        found = {r.id: (r.published, r.aliases) for r in self.archive.records()}
        assert found == expected

    @invariant()
    def every_sighting_is_at_its_paper(self) -> None:
        for r in self.archive.records():
            homes = {r.id, *r.aliases}
            names = [name for name in self.listed if self.items[name].home in homes]
            assert {a.source for a in r.appearances} == {source for source, _ in names}


TestBesideAList = BesideAList.TestCase
TestBesideAList.settings = settings(
    deadline=None, derandomize=True, max_examples=20, stateful_step_count=15
)
