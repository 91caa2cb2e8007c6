"""A plot as SVG: both axes logarithmic, so that what grows with its size is a straight line."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from math import ceil, floor, log10

WIDTH, HEIGHT = 560, 320
LEFT, RIGHT, TOP, BOTTOM = 70, 180, 40, 50
COLOURS = ("#1f6feb", "#bf3989", "#1a7f37", "#9a6700")

Points = Sequence[tuple[float, float]]


def svg(title: str, x: str, lines: Mapping[str, Points]) -> str:
    """`lines` by name; every number must be positive."""
    axes = _Axes(
        [a for points in lines.values() for a, _ in points],
        [b for points in lines.values() for _, b in points],
    )
    parts = [_text(LEFT, 22, title, "font-weight='bold'"), *axes.drawn()]
    parts.append(_text((LEFT + WIDTH - RIGHT) / 2, HEIGHT - 10, x, "text-anchor='middle'"))
    for place, (name, points) in enumerate(lines.items()):
        colour = COLOURS[place % len(COLOURS)]
        at = [axes.at(*point) for point in points]
        path = " ".join(f"{a:.1f},{b:.1f}" for a, b in at)
        parts.append(f"<polyline points='{path}' fill='none' stroke='{colour}' stroke-width='2'/>")
        parts += [f"<circle cx='{a:.1f}' cy='{b:.1f}' r='3' fill='{colour}'/>" for a, b in at]
        parts.append(_text(WIDTH - RIGHT + 12, TOP + 14 + 20 * place, name, f"fill='{colour}'"))
    size = f"width='{WIDTH}' height='{HEIGHT}' viewBox='0 0 {WIDTH} {HEIGHT}'"
    style = "font-family='sans-serif' font-size='12'"
    ground = "<rect width='100%' height='100%' fill='white'/>"
    return "\n".join(
        [f"<svg xmlns='http://www.w3.org/2000/svg' {size} {style}>", ground, *parts, "</svg>\n"]
    )


class _Axes:
    """Whole decades around all points."""

    def __init__(self, xs: Sequence[float], ys: Sequence[float]) -> None:
        self._x, self._y = _decades(xs), _decades(ys)

    def at(self, x: float, y: float) -> tuple[float, float]:
        (x0, x1), (y0, y1) = self._x, self._y
        return (
            LEFT + (log10(x) - x0) / (x1 - x0) * (WIDTH - LEFT - RIGHT),
            HEIGHT - BOTTOM - (log10(y) - y0) / (y1 - y0) * (HEIGHT - TOP - BOTTOM),
        )

    def drawn(self) -> list[str]:
        parts = []
        for power in range(self._x[0], self._x[1] + 1):
            a, b = self.at(10**power, 10 ** self._y[0])
            parts.append(
                _line(a, TOP, a, b) + _text(a, b + 16, _short(power), "text-anchor='middle'")
            )
        for power in range(self._y[0], self._y[1] + 1):
            a, b = self.at(10 ** self._x[0], 10**power)
            parts.append(_line(a, b, WIDTH - RIGHT, b))
            parts.append(_text(a - 6, b + 4, _short(power), "text-anchor='end'"))
        return parts


def _decades(values: Sequence[float]) -> tuple[int, int]:
    low, high = floor(log10(min(values))), ceil(log10(max(values)))
    return low, max(high, low + 1)


def _short(power: int) -> str:
    return f"{10**power:,}" if power >= 0 else f"{10.0**power:g}"


def _line(x1: float, y1: float, x2: float, y2: float) -> str:
    return f"<path d='M{x1:.1f} {y1:.1f}L{x2:.1f} {y2:.1f}' stroke='#d0d7de'/>"


def _text(x: float, y: float, text: str, more: str) -> str:
    return f"<text x='{x:.1f}' y='{y:.1f}' {more}>{escape(text)}</text>"
