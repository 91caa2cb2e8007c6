"""A record prepared for judging: its fields, split into words once. Nothing is judged here."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import NamedTuple

from feedproxy.models import Record
from feedproxy.rules.history import Showing
from feedproxy.terms import Term
from feedproxy.text import Text, split

Sources = tuple[str, ...]


class Mark(NamedTuple):
    """Where a term was found; `place` is the number of the author, keyword or source, else 0."""

    field: str
    place: int
    start: int
    end: int


_READ: Mapping[str, Callable[[Record], tuple[str, ...]]] = MappingProxyType(
    {
        "title": lambda record: (record.title,),
        "abstract": lambda record: (record.summary,),
        "author": lambda record: record.authors,
        "organization": lambda record: (record.organization,),
        "submitter": lambda record: (record.submitter,),
        "keyword": lambda record: record.tags,
        "source": lambda record: tuple(seen.source for seen in record.appearances),
        "link": lambda record: (record.link,),
        "id": lambda record: (record.id,),
    }
)
_NOTHING = split("")


class Subject:
    """A record and its texts, kept as long as the record: splitting costs more than judging.

    Threads share it without a lock: if two split the same text, both get the same result.
    """

    __slots__ = ("_abstract", "_others", "_title", "record")

    def __init__(self, record: Record) -> None:
        self.record = record
        self._title: Text | None = None
        self._abstract: Text | None = None
        self._others: dict[str, tuple[Text, ...]] | None = None
        """By field; few topics look at any of these."""

    def __repr__(self) -> str:
        return f"Subject({self.record.id!r})"

    def texts(self, name: str) -> tuple[Text, ...]:
        """The texts of a field of `conditions.TEXT_FIELDS`, split when first asked for."""
        match name:
            case "text":
                return (*self.texts("title"), *self.texts("abstract"))
            case "title":
                title = self._title = self._title or _split(self.record.title)
                return (title,)
            case "abstract":
                abstract = self._abstract = self._abstract or _split(self.record.summary)
                return (abstract,)
        others = self._others
        if others is None:
            others = self._others = {}
        known = others.get(name)
        if known is None:
            known = others[name] = tuple(map(_split, _READ[name](self.record)))
        return known

    def keys(self, name: str) -> frozenset[str]:
        """Every word and compound of a field, folded. Computed at each call."""
        return frozenset().union(*(text.keys for text in self.texts(name)))

    def find(self, name: str, term: Term) -> tuple[Mark, ...]:
        """Where `term` is found in field `name`, in order."""
        if name == "text":
            return self.find("title", term) + self.find("abstract", term)
        return tuple(
            Mark(name, place, *span)
            for place, text in enumerate(self.texts(name))
            for span in term.find(text)
        )

    def has(self, name: str, term: Term) -> bool:
        """Whether `term` is found in field `name` at all, which is faster than `find`."""
        return any(map(term.is_in, self.texts(name)))

    def seen_by(self, sources: Sources) -> Showing:
        """The record as these sources show it."""
        return Showing(self.record, sources)

    def remembering(self) -> Subject:
        """The same record, which remembers what was found, for judging it several times.

        Do not keep it: thousands of records stay in memory, and topics have thousands of terms.
        """
        return _Remembering(self)

    def followed_by(self, record: Record) -> Subject:
        """The changed `record`; only texts that changed are split again."""
        later = Subject(record)
        if record.title == self.record.title:
            later._title = self._title
        if record.summary == self.record.summary:
            later._abstract = self._abstract
        later._others = {
            name: texts
            for name, texts in tuple((self._others or {}).items())
            if _READ[name](record) == _READ[name](self.record)
        } or None
        return later

    def reads_as(self, other: Subject) -> bool:
        """Whether both records have the same texts in all fields."""
        return all(read(self.record) == read(other.record) for read in _READ.values())


def _split(text: str) -> Text:
    return split(text) if text else _NOTHING


class _Remembering(Subject):
    __slots__ = ("_had", "_keys", "_known", "_remembered", "_showings")

    def __init__(self, known: Subject) -> None:
        super().__init__(known.record)
        self._known = known
        self._remembered: dict[tuple[str, str], tuple[Mark, ...]] = {}
        self._had: dict[tuple[str, str], bool] = {}
        self._keys: dict[str, frozenset[str]] = {}
        self._showings: dict[Sources, Showing] = {}

    def remembering(self) -> Subject:
        return self

    def texts(self, name: str) -> tuple[Text, ...]:
        return self._known.texts(name)

    def find(self, name: str, term: Term) -> tuple[Mark, ...]:
        place = (name, term.written)
        if place not in self._remembered:
            self._remembered[place] = super().find(name, term)
        return self._remembered[place]

    def has(self, name: str, term: Term) -> bool:
        place = (name, term.written)
        had = self._had.get(place)
        if had is None:
            had = self._had[place] = self._may_have(name, term) and super().has(name, term)
        return had

    def followed_by(self, record: Record) -> Subject:
        return self._known.followed_by(record)

    def _may_have(self, name: str, term: Term) -> bool:
        return bool(term.prefixes) or not (term.keys and term.keys.isdisjoint(self.keys(name)))

    def seen_by(self, sources: Sources) -> Showing:
        showing = self._showings.get(sources)
        if showing is None:
            showing = self._showings[sources] = super().seen_by(sources)
        return showing

    def keys(self, name: str) -> frozenset[str]:
        keys = self._keys.get(name)
        if keys is None:
            keys = self._keys[name] = super().keys(name)
        return keys
