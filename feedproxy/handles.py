"""What an index of terms is looked up by: words, pairs of neighbouring words, and compounds.

A text that holds a term has a handle of it: its words, two neighbours as `neural network`,
a compound as `-realworld`. As a compound has neighbours, too, these are among the pairs; but
where it stands is not kept, so that some of them may be pairs that the text has not.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from itertools import accumulate, islice, pairwise
from typing import NamedTuple

from feedproxy.text import Text
from feedproxy.words import Word

PAIR = 2
"""Words, or parts of them, that one handle tells of."""
MOST_COMPOUNDS = 500
"""In one text; abstracts have some ten, but who chains words by hyphens can make thousands."""
MOST_PLACES = 2000
"""Of compounds, wherever words are spelt like them."""


class Handles(NamedTuple):
    """Of a text, or several."""

    words: set[str]
    keys: set[str]
    """Words and compounds."""
    sure: set[str]
    """The words among them, and the compounds as `-compound`."""
    likely: set[str]
    """Pairs of which one is a compound, or looks like it."""
    is_odd: bool
    """Compounds are too many to tell their neighbours: of those there may be any."""

    @classmethod
    def of(cls, texts: Iterable[Text]) -> Handles:
        words: set[str] = set()
        pairs: set[str] = set()
        compounds: set[str] = set()
        likely: set[str] = set()
        is_odd = False
        for text in texts:
            row, joined = text.words(), text.joined()
            words.update(row)
            pairs.update(map(" ".join, pairwise(row)))
            if joined:
                compounds.update(joined)
                beside = _beside(row, joined)
                is_odd = is_odd or beside is None
                likely.update(beside or ())
        sure = words.union(pairs, map("-".__add__, compounds))
        return cls(words, words | compounds, sure, likely, is_odd)

    def may_hold(self, words: Sequence[Word]) -> bool:
        """Whether any two words of a term that follow on one another may be neighbours here."""
        for one, other in () if self.is_odd else pairwise(words):
            pairs = () if one.prefix or other.prefix else of_neighbours(one, other)
            if pairs and self.sure.isdisjoint(pairs) and self.likely.isdisjoint(pairs):
                return False
        return True


def of_parts(words: Sequence[Word]) -> Iterator[set[str]]:
    """A text that holds a term has one of each of these."""
    for word in words:
        if len(word.parts) > 1 or len(words) == 1:
            yield from _of_word(word)
    yield from (of_neighbours(one, other) for one, other in pairwise(words))


def _of_word(word: Word) -> Iterator[set[str]]:
    keys = of_keys(word.whole)
    if len(word.parts) == 1:
        yield keys
    for one, other in pairwise(word.parts):
        yield keys | {f"{a} {b}" for a in one for b in other}


def of_keys(keys: Iterable[str]) -> set[str]:
    """A text has one of these where it has one of `keys`, as a word or a compound."""
    return {handle for key in keys for handle in (key, f"-{key}")}


def of_neighbours(one: Word, other: Word) -> set[str]:
    """A text has one of these where it has two words of a term, one after the other."""
    ends, starts = one.whole | one.parts[-1], other.whole | other.parts[0]
    return {f"{end} {start}" for end in ends for start in starts}


def _beside(words: Sequence[str], joined: Sequence[str]) -> Iterator[str] | None:
    """Each compound with its neighbours, wherever words in a row are spelt like it.

    None: that would take longer than splitting the text did.
    """
    if len(joined) > MOST_COMPOUNDS:
        return None
    places = list(islice(_places(words, set(joined)), MOST_PLACES + 1))
    return _pairs(words, places) if len(places) <= MOST_PLACES else None


def _places(words: Sequence[str], compounds: Iterable[str]) -> Iterator[tuple[int, int, str]]:
    """The position of its first word, that behind its last, and the compound."""
    spelt = "".join(words)
    place_of = {offset: place for place, offset in enumerate(accumulate(map(len, words)), 1)}
    place_of[0] = 0
    for compound in compounds:
        at = spelt.find(compound)
        while at >= 0:
            first, stop = place_of.get(at), place_of.get(at + len(compound))
            if first is not None and stop is not None:
                yield first, stop, compound
            at = spelt.find(compound, at + 1)


def _pairs(words: Sequence[str], places: Iterable[tuple[int, int, str]]) -> Iterator[str]:
    beginning = defaultdict(list)
    ending = defaultdict(list)
    for first, stop, compound in places:
        beginning[first].append(compound)
        ending[stop].append(compound)
    for place in beginning.keys() | ending.keys():
        before = [*ending[place], *words[max(0, place - 1) : place]]
        behind = [*beginning[place], *words[place : place + 1]]
        yield from (f"{one} {other}" for one in before for other in behind)
