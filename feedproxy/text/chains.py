"""What stands between words: hyphens, which join them to compounds, and breaks, which part them.

A chain of hyphen-joined words counts as one word, and so does any run of words in it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

BREAKS = frozenset((",", ";", ":", ".", "!", "?", "-", "--", "---"))
"""What ends a sentence, or a part of it; among the words of a text, as no phrase reaches across."""
PARTED = ","
"""The break that any punctuation is, at once before or behind a word written without spaces."""
LONGEST_CHAIN = 16
"""Words; of a longer one only the whole counts as one word."""

Run = tuple[int, int]
"""The positions of the first of several words, and behind the last."""


def chains_of(words: Sequence[str], gaps: Sequence[str]) -> Iterator[Run]:
    """The whole chains; `gaps` are what stands between each two of the words."""
    first = stop = -1
    hyphens = (at for at, gap in enumerate(gaps) if gap == "-")
    for at in (at for at in hyphens if words[at + 1] not in BREAKS):
        if at != stop:
            if stop > 0:
                yield first, stop + 1
            first = at
        stop = at + 1
    if stop > 0:
        yield first, stop + 1


def compounds(chain: Run, start: int) -> Iterator[int]:
    """Where the runs end that begin at a position in a chain, and count as one word."""
    first, stop = chain
    if stop - first <= LONGEST_CHAIN:
        yield from range(start + 2, stop + 1)
    elif start == first:
        yield stop


def inside(chains: Iterable[Run]) -> list[Run]:
    """The runs that count as one word and are no whole chain."""
    return [
        (start, stop)
        for run in chains
        for start in range(*run)
        for stop in compounds(run, start)
        if (start, stop) != run
    ]
