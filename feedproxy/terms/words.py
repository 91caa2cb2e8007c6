"""The words of a text at their places, and a word of a term, which is found at some of them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

from feedproxy.text import Span, Text, parts, spelling
from feedproxy.text.chains import inside

NONE: frozenset[str] = frozenset()


class Compound(NamedTuple):
    """Several hyphen-joined words as one; `stop` is the position behind its last."""

    stop: int
    key: str
    whole: bool
    """It is not a part of a longer compound."""


class Opened:
    """A text's words and where they stand."""

    __slots__ = ("_bounds", "compounds", "places", "words")

    def __init__(
        self, words: list[str], compounds: Iterable[tuple[int, Compound]], bounds: Sequence[int]
    ) -> None:
        self.words = words
        """With the breaks between them, in order."""
        self.compounds: dict[int, list[Compound]] = {}
        """By the position of its first word, each compound."""
        self.places: dict[str, list[int]] = {}
        """The positions at which a word, or a compound, begins."""
        self._bounds = bounds
        for at, word in enumerate(words):
            self.places.setdefault(word, []).append(at)
        for at, compound in compounds:
            self.compounds.setdefault(at, []).append(compound)
            self.places.setdefault(compound.key, []).append(at)

    def span(self, first: int, stop: int) -> Span:
        """Where the words at the positions from `first` up to `stop` stand."""
        return Span(self._bounds[2 * first], self._bounds[2 * stop - 1])


@lru_cache(maxsize=64)
def opened(text: Text) -> Opened:
    """Takes as long as splitting it, but for the few texts that were looked at last."""
    found = parts(text.readable)
    compounds = (
        (first, Compound(stop, "".join(found.words[first:stop]), whole))
        for runs, whole in ((found.chains, True), (inside(found.chains), False))
        for first, stop in runs
    )
    return Opened(found.words, compounds, found.spans())


@dataclass(frozen=True, slots=True)
class Word:
    """One word of a term, or several that hyphens join.

    It is found as its `parts` in sequence, or as `whole`: one word or one compound.
    """

    parts: tuple[frozenset[str], ...]
    """For each part, every form of it."""
    whole: frozenset[str]
    spellings: frozenset[str] = NONE
    """If not empty, the text must have it in one of these, case and all."""
    prefix: bool = False
    """The last part, and the whole, may go on."""

    def keys(self, part: frozenset[str]) -> frozenset[str]:
        """Of which a text has one where it has this of the word's parts, or the whole."""
        return self.whole if part <= self.whole else part | self.whole

    def starts(self, text: Opened) -> list[int]:
        """The positions at which it may be found, in order."""
        heads: Iterable[str] = self.whole | self.parts[0]
        if self.prefix:
            begun = tuple(self.whole)
            heads = {*heads, *(key for key in text.places if key.startswith(begun))}
        return sorted({at for head in heads for at in text.places.get(head, ())})

    def ends(self, text: Opened, at: int, readable: str) -> set[int]:
        """The positions behind it where it is found at position `at`."""
        found = {
            compound.stop
            for compound in text.compounds.get(at, ())
            if self._is(compound.key) and (compound.whole or not self.prefix)
        }
        if self._is(text.words[at]):
            found.add(at + 1)
        if len(self.parts) > 1 and self._in_sequence(text.words[at : at + len(self.parts)]):
            found.add(at + len(self.parts))
        if self.spellings:
            found = {stop for stop in found if self._is_spelt(readable, text.span(at, stop))}
        return found

    def _is(self, key: str) -> bool:
        return key in self.whole or (self.prefix and key.startswith(tuple(self.whole)))

    def _in_sequence(self, words: list[str]) -> bool:
        *first, last = self.parts
        return (
            len(words) == len(self.parts)
            and all(word in forms for word, forms in zip(words, first, strict=False))
            and (words[-1] in last or (self.prefix and words[-1].startswith(tuple(last))))
        )

    def _is_spelt(self, readable: str, span: Span) -> bool:
        return spelling(readable[span.start : span.end]).replace("-", "") in self.spellings
