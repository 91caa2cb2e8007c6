"""Which items of which sources are one paper, by what they say of themselves. Pure.

An item names its paper by *identities*: its arXiv id (in id, DOI, link or PDF), its DOI, its
link, and its *home*, the entry that it has by itself: the id it came with, for as long as it
does not say that this is another paper's. Items of one home are one paper, and so are those
that share an identity, unless

    arXiv id   the home of one of them has several arXiv ids
    DOI        that would join different arXiv ids
    link       that would join different arXiv ids, different DOIs, or two items of one source

A DOI or link of more than `SHARED` papers, and a site's front page, names none of them. Where
identities that are each good lead in a chain to what cannot be, none of the chain joins. So
the outcome rests on what was said, never on the order in which it was heard; and when a
source corrects itself, what was joined by its mistake falls apart.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from feedproxy.archive.keys import key
from feedproxy.models import ARXIV_ABS, DOI_ORG, arxiv_id, doi_of

SHARED = 8
ARXIV, DOI, LINK = LEVELS = range(3)
"""The strongest first."""


@dataclass(frozen=True, slots=True)
class Item:
    """What one source said of which paper its item `key` is."""

    source: str
    key: str
    home: str
    identities: frozenset[str]


@dataclass(frozen=True, slots=True)
class _Group:
    """Homes that are known to be one paper."""

    homes: frozenset[str]
    identities: frozenset[str]
    sources: frozenset[str]

    def of(self, level: int) -> set[str]:
        return {each for each in self.identities if level_of(each) == level}


def item(source: str, own: str, id_: str, fields: Mapping[str, Any], known: Item | None) -> Item:
    """The item `own` of `source`, whose record has the id `id_`; `known`: what it was so far."""
    doi, link, pdf = (fields.get(name, "") for name in ("doi", "link", "pdf"))
    paper = next(filter(None, map(arxiv_id, (id_, doi, link, pdf))), None)
    number = next(filter(None, map(doi_of, (id_, doi, link))), None)
    named = {
        paper and ARXIV_ABS + paper,
        number,
        None if arxiv_id(link) or doi_of(link) else _page(link),
    }
    home = known.home if known and not _contradicted(known.home, named) else id_
    return Item(source, own, home, frozenset({home, *(key(each) for each in named if each)}))


def level_of(identity: str) -> int:
    if identity.startswith(ARXIV_ABS):
        return ARXIV
    return DOI if identity.startswith(DOI_ORG) else LINK


def papers(items: Iterable[Item]) -> list[frozenset[str]]:
    """The homes that are one paper, for each paper."""
    groups = _by_home(items)
    for level in LEVELS:
        groups = list(_joined(groups, level))
    return [group.homes for group in groups]


def _contradicted(home: str, named: set[str | None]) -> bool:
    """Whether `named` has an arXiv id or DOI that differs from the one that is `home`."""
    level = level_of(home)
    same = {key(each) for each in named if each and level_of(each) == level}
    return level != LINK and bool(same) and home not in same


def _page(link: str) -> str | None:
    """A page's address in one spelling, without scheme, `www.` and the like; None: a front page."""
    try:
        parts = urlsplit(link)
        host = parts.netloc.lower().removeprefix("www.")
    except ValueError:
        return None
    place = parts.path.rstrip("/") + (f"?{parts.query}" if parts.query else "")
    return f"https://{host}{place}" if host and place else None


def _by_home(items: Iterable[Item]) -> list[_Group]:
    """One group for each home, without the identities that too many homes share."""
    said: dict[str, set[str]] = defaultdict(set)
    sources: dict[str, set[str]] = defaultdict(set)
    carriers: dict[str, set[str]] = defaultdict(set)
    for each in items:
        said[each.home] |= each.identities
        sources[each.home].add(each.source)
        for identity in each.identities:
            carriers[identity].add(each.home)
    vague = {i for i, homes in carriers.items() if len(homes) > SHARED and level_of(i) != ARXIV}
    return [
        _Group(frozenset({home}), frozenset(said[home] - vague), frozenset(sources[home]))
        for home in sorted(said)
    ]


def _joined(groups: Sequence[_Group], level: int) -> Iterator[_Group]:
    """The groups, with those that share identities of `level` joined."""
    sharing: dict[str, list[int]] = defaultdict(list)
    for place, group in enumerate(groups):
        for identity in group.of(level):
            sharing[identity].append(place)
    good = (p for p in sharing.values() if _may_be_one([groups[place] for place in p], level))
    for places in _connected(len(groups), good):
        some = [groups[place] for place in places]
        yield from [_one(some)] if _may_be_one(some, level) else some


def _may_be_one(groups: Sequence[_Group], level: int) -> bool:
    if len(set[str]().union(*(group.of(ARXIV) for group in groups))) > 1:
        return len(groups) == 1
    if level != LINK:
        return True
    shown = sum(len(group.sources) for group in groups)
    alone = shown == len(frozenset[str]().union(*(group.sources for group in groups)))
    return alone and sum(bool(group.of(DOI)) for group in groups) <= 1


def _one(groups: Sequence[_Group]) -> _Group:
    return _Group(
        frozenset().union(*(group.homes for group in groups)),
        frozenset().union(*(group.identities for group in groups)),
        frozenset().union(*(group.sources for group in groups)),
    )


def _connected(count: int, edges: Iterable[Sequence[int]]) -> list[list[int]]:
    """The places below `count`, in groups that are connected by edges."""
    root = list(range(count))

    def find(place: int) -> int:
        while root[place] != place:
            root[place] = place = root[root[place]]
        return place

    for first, *others in edges:
        for other in others:
            root[find(other)] = find(first)
    together: dict[int, list[int]] = defaultdict(list)
    for place in range(count):
        together[find(place)].append(place)
    return list(together.values())
