"""Where the words of a text stand, and at which of them a word of a term is found."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import islice, product
from typing import NamedTuple
from weakref import WeakValueDictionary

from feedproxy.text import Span, Text, spelling, words_of
from feedproxy.text.chains import inner_runs

NO_WORDS: frozenset[str] = frozenset()
MOST_WAYS = 16
"""Of writing one word: with more, locating the words of the text is faster."""


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


@lru_cache(maxsize=16)
def located_words(text: Text) -> LocatedWords:
    """Takes as long as splitting the text; the results for the last few texts are kept."""
    found = words_of(text.readable)
    compounds = (
        (first, Compound(stop, "".join(found.words[first:stop]), whole))
        for runs, whole in ((found.chains, True), (inner_runs(found.chains), False))
        for first, stop in runs
    )
    return LocatedWords(found.words, compounds, found.bounds())


@dataclass(frozen=True, slots=True, weakref_slot=True)
class Word:
    """One word of a term, or several joined by hyphens; made by `of`.

    A text has it either as its `parts` in sequence, or as `whole`: one word or one compound.
    """

    parts: tuple[frozenset[str], ...]
    """For each part, every form of it."""
    whole: frozenset[str]
    spellings: frozenset[str] = NO_WORDS
    """If not empty, the text must have it in one of these spellings, case included."""
    is_open: bool = False
    """Whether it was written with a `*`: the last part, and the whole, are beginnings of words."""
    probes: tuple[tuple[str, ...], ...] = field(default=(), compare=False, repr=False)
    """`text.line` of a text with the word holds one string of each tuple."""
    ways: tuple[str, ...] = field(default=(), compare=False, repr=False)
    """How `text.line` may write it, between spaces (behind one, if it is open), except that the
    text may have it as a compound; empty if there are too many."""

    @classmethod
    def of(
        cls,
        parts: Sequence[frozenset[str]],
        whole: frozenset[str],
        spellings: frozenset[str] = NO_WORDS,
        *,
        is_open: bool = False,
    ) -> Word:
        """The same object for the same word: many terms share their words."""
        said = (tuple(parts), whole, spellings, is_open)
        if (known := _WORDS.get(said)) is not None:
            return known
        probes = tuple(_probe(part, whole) for part in parts)
        ways = _ways(parts, whole, "" if is_open else " ")
        return _WORDS.setdefault(said, cls(*said, probes, ways))

    def compounds(self) -> Iterable[str]:
        """How `text.line` writes the compounds that are the word."""
        return _between_spaces(self.whole, "" if self.is_open else " ")

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


_WORDS: WeakValueDictionary[tuple[object, ...], Word] = WeakValueDictionary()
"""By what they are made of: a word that were its own key would never be forgotten."""


def _probe(part: frozenset[str], whole: frozenset[str]) -> tuple[str, ...]:
    return tuple(sorted({f" {_beginning(forms)}" for forms in (part, whole)}))


def _beginning(forms: frozenset[str]) -> str:
    """What all forms begin with: what the first and the last of them, sorted, have in common."""
    start, last = min(forms), max(forms)
    while not last.startswith(start):
        start = start[:-1]
    return start


def _ways(parts: Sequence[frozenset[str]], whole: frozenset[str], end: str) -> tuple[str, ...]:
    sequences = {" ".join(forms) for forms in islice(product(*parts), MOST_WAYS + 1)}
    written = sorted(whole | sequences)
    return tuple(_between_spaces(written, end)) if len(written) <= MOST_WAYS else ()


def _between_spaces(written: Iterable[str], end: str) -> Iterable[str]:
    return (f" {each}{end}" for each in written)
