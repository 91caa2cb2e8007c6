"""What a guess is: how an address might be read, what records that gives, and how sure it is;
and what is found on a page.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from feedproxy.errors import SourceError
from feedproxy.models import Page, Record
from feedproxy.sources.items import MOST_ITEMS
from feedproxy.sources.paging import ReadItems

MOST, MANY = 0.9, 0.5
"""The share of the items in which a required field, and any other field, must be found."""
LOWEST, HIGHEST = 0.05, 0.95
SURE, FAIRLY_SURE, FITS = 0.8, 0.6, 0.3


@dataclass(frozen=True, slots=True)
class Guess:
    """A source's kind and options, as they would come from the rules."""

    kind: str
    options: Mapping[str, Any]
    confidence: float
    """From 0 to 1."""
    grounds: tuple[str, ...]
    """What speaks for it, and what against it."""
    records: tuple[Record, ...] = ()
    """What the kind reads with these options."""

    @property
    def fits(self) -> bool:
        return self.confidence >= FITS

    @property
    def certainty(self) -> str:
        """The confidence in words."""
        if self.confidence >= SURE:
            return "sure"
        return "fairly sure" if self.confidence >= FAIRLY_SURE else "not sure"


@dataclass(frozen=True, slots=True)
class Found:
    """What can be said about a page; the likeliest guess first."""

    guesses: tuple[Guess, ...]
    feeds: tuple[str, ...] = ()
    """The feeds that the page names."""
    otherwise: str = ""
    """What the page is, to be told if no guess fits."""

    @property
    def best(self) -> Guess | None:
        return next((each for each in self.guesses if each.fits), None)


Evidence = tuple[float, str]
"""(how much likelier it makes a guess, or less likely if negative; the reason in words)"""


NO_DATES: Evidence = (
    -0.05,
    "no dates were found: an item's date will be the day it is first seen",
)


def confirmed(
    kind: str,
    options: Mapping[str, Any],
    page: Page,
    read_items: ReadItems,
    seen: int,
    evidence: Iterable[Evidence],
) -> Guess | None:
    """The guess, with what its kind reads; None if that is not the items that were `seen`."""
    try:
        shown = read_items(page, options)
    except SourceError:
        return None
    if shown.trouble or len(shown.records) < MOST * min(seen, MOST_ITEMS):
        return None
    confidence, grounds = _weigh(evidence)
    return Guess(kind, options, confidence, grounds, shown.records)


def _weigh(evidence: Iterable[Evidence]) -> tuple[float, tuple[str, ...]]:
    """Confidence and grounds. Without evidence the confidence is one half."""
    evidence = tuple(evidence)
    confidence = 0.5 + sum(weight for weight, _ in evidence)
    return round(min(max(confidence, LOWEST), HIGHEST), 2), tuple(words for _, words in evidence)
