"""A small bar chart as one SVG path, without scripts and styles, which the CSP forbids."""

from __future__ import annotations

from collections.abc import Sequence

BAR, GAP, HEIGHT = 5, 2, 32
LEAST = 3
"""The least height of a bar, however few entries it stands for."""


def width(values: Sequence[int]) -> int:
    return len(values) * (BAR + GAP) - GAP


def bars(values: Sequence[int]) -> str:
    """The path's data. The highest bar is HEIGHT high; a 0 has no bar."""
    highest = max(values, default=0)
    heights = [max(LEAST, round(HEIGHT * value / highest)) if value else 0 for value in values]
    return "".join(
        f"M{place * (BAR + GAP)} {HEIGHT}v-{height}h{BAR}v{height}z"
        for place, height in enumerate(heights)
        if height
    )


def in_words(values: Sequence[int]) -> str:
    """The chart in words, for those who cannot see it."""
    if not any(values):
        return f"none in the last {len(values)} days"
    ago = len(values) - 1 - max(range(len(values)), key=lambda place: (values[place], place))
    when = {0: "today", 1: "yesterday"}.get(ago, f"{ago} days ago")
    return f"{sum(values)} in the last {len(values)} days, at most {max(values)} a day ({when})"
