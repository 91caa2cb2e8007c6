"""Where the words of a text stand, and at which of them a word of a term is found."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

from feedproxy.text import Span, Text, spelling, words_of
from feedproxy.text.chains import inner_runs

NO_WORDS: frozenset[str] = frozenset()


class Compound(NamedTuple):
    """Several hyphen-joined words as one; `stop` is the position behind the last."""

    stop: int
    key: str
    whole: bool
    """Whether it is not part of a longer compound."""


class LocatedWords:
    """A text's words and where they stand."""

    __slots__ = ("_bounds", "compounds", "places", "words")

    def __init__(
        self, words: list[str], compounds: Iterable[tuple[int, Compound]], bounds: Sequence[int]
    ) -> None:
        self.words = words
        """In order, with the breaks between them."""
        self.compounds: dict[int, list[Compound]] = {}
        """By the position of their first word."""
        self.places: dict[str, list[int]] = {}
        """The positions at which each word or compound begins."""
        self._bounds = bounds
        for at, word in enumerate(words):
            self.places.setdefault(word, []).append(at)
        for at, compound in compounds:
            self.compounds.setdefault(at, []).append(compound)
            self.places.setdefault(compound.key, []).append(at)

    def span(self, first: int, stop: int) -> Span:
        """Where the words from position `first` up to `stop` stand in the text."""
        return Span(self._bounds[2 * first], self._bounds[2 * stop - 1])


@lru_cache(maxsize=64)
def located_words(text: Text) -> LocatedWords:
    """Takes as long as splitting the text; the results for the last few texts are kept."""
    found = words_of(text.readable)
    compounds = (
        (first, Compound(stop, "".join(found.words[first:stop]), whole))
        for runs, whole in ((found.chains, True), (inner_runs(found.chains), False))
        for first, stop in runs
    )
    return LocatedWords(found.words, compounds, found.bounds())


@dataclass(frozen=True, slots=True)
class Word:
    """One word of a term, or several joined by hyphens.

    A text has it either as its `parts` in sequence, or as `whole`: one word or one compound.
    """

    parts: tuple[frozenset[str], ...]
    """For each part, every form of it."""
    whole: frozenset[str]
    spellings: frozenset[str] = NO_WORDS
    """If not empty, the text must have it in one of these spellings, case included."""
    is_open: bool = False
    """Whether it was written with a `*`: the last part, and the whole, are beginnings of words."""

    def keys(self, part: frozenset[str]) -> frozenset[str]:
        """The forms of `part` and of the whole: a text with this word has one of them."""
        return self.whole if part <= self.whole else part | self.whole

    def starts(self, text: LocatedWords) -> list[int]:
        """The positions at which it may begin, in order."""
        heads: Iterable[str] = self.whole | self.parts[0]
        if self.is_open:
            begun = tuple(self.whole)
            heads = {*heads, *(key for key in text.places if key.startswith(begun))}
        return sorted({at for head in heads for at in text.places.get(head, ())})

    def ends(self, text: LocatedWords, at: int, readable: str) -> set[int]:
        """The positions right behind it, for each way in which it is found at position `at`."""
        found = {
            compound.stop
            for compound in text.compounds.get(at, ())
            if self._is(compound.key) and (compound.whole or not self.is_open)
        }
        if self._is(text.words[at]):
            found.add(at + 1)
        if len(self.parts) > 1 and self._in_sequence(text.words[at : at + len(self.parts)]):
            found.add(at + len(self.parts))
        if self.spellings:
            found = {stop for stop in found if self._is_spelt(readable, text.span(at, stop))}
        return found

    def _is(self, key: str) -> bool:
        return key in self.whole or (self.is_open and key.startswith(tuple(self.whole)))

    def _in_sequence(self, words: list[str]) -> bool:
        *first, last = self.parts
        return (
            len(words) == len(self.parts)
            and all(word in forms for word, forms in zip(words, first, strict=False))
            and (words[-1] in last or (self.is_open and words[-1].startswith(tuple(last))))
        )

    def _is_spelt(self, readable: str, span: Span) -> bool:
        return spelling(readable[span.start : span.end]).replace("-", "") in self.spellings
