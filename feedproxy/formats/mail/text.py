"""A letter as plain text, in lines of at most 78 columns; links are never broken."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from textwrap import wrap

from feedproxy.explain import Segments
from feedproxy.formats.clean import line
from feedproxy.formats.mail.letter import Item, Letter, Part

COLUMNS = 78


def text(letter: Letter) -> str:
    return "\n".join(_lines(letter)) + "\n"


def _lines(letter: Letter) -> Iterator[str]:
    yield from (letter.title, *_wrapped(letter.covers))
    yield from _parts(letter.parts)
    if letter.near:
        yield from _headed("Near misses", "=")
        yield from _wrapped("One number or one exclusion keeps each of these out.")
        yield from _parts(letter.near)
    yield from ("", f"All topics: {letter.home}")


def _parts(parts: Iterable[Part]) -> Iterator[str]:
    for part in parts:
        yield from _headed(f"{part.title} ({part.count})", "-")
        yield part.page
        for item in part.items:
            yield from _item(item)
        if part.more:
            yield from ("", f"and {part.more} more: {part.page}")


def _item(item: Item) -> Iterator[str]:
    yield ""
    yield from _wrapped(_marked(item.title), "* ", "  ")
    yield from _indented(item.about)
    yield from _indented(_marked(item.excerpt))
    yield from _indented(item.verdict)
    if item.link:
        yield f"  {item.link}"
    yield f"  Why: {item.why}"


def _marked(segments: Segments) -> str:
    """The text on one line, with finds between asterisks."""
    return line("".join(f"*{each.text}*" if each.marked else each.text for each in segments))


def _headed(title: str, rule: str) -> Iterator[str]:
    lines = _wrapped(title)
    yield from ("", "", *lines, rule * max(map(len, lines)))


def _indented(words: str) -> list[str]:
    return _wrapped(words, "  ", "  ")


def _wrapped(words: str, first: str = "", rest: str = "") -> list[str]:
    return wrap(
        words,
        COLUMNS,
        initial_indent=first,
        subsequent_indent=rest,
        break_long_words=False,
        break_on_hyphens=False,
    )
