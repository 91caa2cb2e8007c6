"""What stands between words: hyphens, which join them into compounds, and breaks.

A chain is a row of words joined by hyphens. The whole chain counts as one word, and so does
every run of two or more words inside it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

BREAKS = frozenset((",", ";", ":", ".", "!", "?", "-", "--", "---"))
"""Ends of sentences and clauses. They stand among a text's words: no phrase reaches across one."""
PARTED = ","
"""Stands for any punctuation directly before or behind a word written without spaces."""
LONGEST_CHAIN = 16
"""In words. In a longer chain only the whole counts as one word."""

Run = tuple[int, int]
"""Several words in a row: the position of the first, and the one behind the last."""


def chains_of(words: Sequence[str], gaps: Sequence[str]) -> Iterator[Run]:
    """The chains among `words`; `gaps[i]` is what stands between words i and i+1."""
    first = stop = -1
    hyphens = [at for at, gap in enumerate(gaps) if gap == "-"]
    for at in (at for at in hyphens if words[at + 1] not in BREAKS):
        if at != stop:
            if stop > 0:
                yield first, stop + 1
            first = at
        stop = at + 1
    if stop > 0:
        yield first, stop + 1


def compound_ends(chain: Run, start: int) -> Iterator[int]:
    """The ends of the runs that begin at `start` in this chain and count as one word."""
    first, stop = chain
    if stop - first <= LONGEST_CHAIN:
        yield from range(start + 2, stop + 1)
    elif start == first:
        yield stop


def inner_runs(chains: Iterable[Run]) -> list[Run]:
    """The runs inside these chains that count as one word, without the chains themselves."""
    return [
        (start, stop)
        for run in chains
        for start in range(*run)
        for stop in compound_ends(run, start)
        if (start, stop) != run
    ]
