"""A record prepared for judging: its fields split into words, once; nothing here judges."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import NamedTuple

from feedproxy.models import Record
from feedproxy.terms import Term
from feedproxy.text import Text, split


class Mark(NamedTuple):
    """Where a term was found: `place` is which author, keyword or source of the record, else 0."""

    field: str
    place: int
    start: int
    end: int


class Value(NamedTuple):
    """One text of a record, and its place in `field`."""

    field: str
    place: int
    text: Text


Found = Mapping[tuple[str, str], tuple[Mark, ...]]
"""What was found, by field and by the term as written."""

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


class Subject:
    """Worth keeping as long as its record: splitting costs more than judging."""

    __slots__ = ("_found", "_values", "record")

    def __init__(self, record: Record) -> None:
        self.record = record
        self._values: dict[str, tuple[Value, ...]] = {}
        self._found: Found | None = None

    def __repr__(self) -> str:
        return f"Subject({self.record.id!r})"

    def values(self, name: str) -> tuple[Value, ...]:
        """The texts of a field of `conditions.TEXT_FIELDS`, split when first asked for."""
        known = self._values.get(name)
        if known is None:
            known = self._values[name] = self._split(name)
        return known

    def find(self, name: str, term: Term) -> tuple[Mark, ...]:
        """Where `term` is found in field `name`, in order."""
        if self._found is not None:
            return self._found.get((name, term.written), ())
        return tuple(
            Mark(value.field, value.place, *span)
            for value in self.values(name)
            for span in term.find(value.text)
        )

    def knowing(self, found: Found) -> Subject:
        """The same record for many topics at once: what is not in `found` is not to be found.

        Not to be kept: thousands of records stay in memory, and topics have thousands of terms.
        """
        known = Subject(self.record)
        known._values = self._values
        known._found = found
        return known

    def _split(self, name: str) -> tuple[Value, ...]:
        if name == "text":
            return self.values("title") + self.values("abstract")
        texts = _READ[name](self.record)
        return tuple(Value(name, place, split(text)) for place, text in enumerate(texts) if text)


def subject(record: Record) -> Subject:
    return Subject(record)
