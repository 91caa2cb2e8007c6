"""What the commands print: words and colour for people, JSON for programs."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import datetime
from typing import Any

import click
from rich.console import Console
from rich.status import Status
from rich.text import Text

from feedproxy.errors import printable
from feedproxy.explain import Segment
from feedproxy.models import Record

# Only Text is printed on them: nothing is taken for markup, nor `:100:` for an emoji.
out = Console(highlight=False, soft_wrap=True)
err = Console(stderr=True, highlight=False, soft_wrap=True)

json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON for a program.")


EARLIEST = 1900
"""The first year that an option may have."""


class DayParam(click.DateTime):
    """A day as an option's value: its midnight."""

    def __init__(self) -> None:
        super().__init__(["%Y-%m-%d"])

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> datetime:
        try:
            day = super().convert(value, param, ctx)
        except click.BadParameter:
            day = None
        if day is None or day.year < EARLIEST:
            self.fail(f"{value!r} is no day: write a day such as 2026-11-21", param, ctx)
        return day


AT_MOST = 50
"""How many lines of one kind people are shown; JSON has all."""

GATE_COLOURS = {"include": "green", "where": "cyan", "score": "blue", "exclude": "red"}


def print_json(value: object) -> None:
    click.echo(visible(json.dumps(value, indent=2, ensure_ascii=False)))


def working(on: str) -> Status:
    """Shows on a terminal, while it is entered, what one waits for."""
    return err.status(Text(visible(on)))


def say(console: Console, *parts: str | tuple[str, str]) -> None:
    """Prints texts and (text, style) pairs as one line."""
    pairs = ((each, "") if isinstance(each, str) else each for each in parts)
    console.print(Text.assemble(*((visible(text), style) for text, style in pairs)))


def visible(text: str) -> str:
    """The same lines, with what a terminal would obey escaped, in a way that JSON understands."""
    return "\n".join(map(printable, text.split("\n")))


def tell_rest(count: int) -> None:
    if count > AT_MOST:
        say(out, (f"  ... and {count - AT_MOST:,} more: --json shows all", "dim"))


def counted(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def highlighted(segments: Iterable[Segment]) -> Text:
    """The text with finds in colour; without colours, in [brackets]."""
    colour = out.color_system is not None
    text = Text()
    for each in segments:
        found = visible(each.text)
        shown = found if colour or not each.marked else f"[{found}]"
        text.append(shown, f"bold {GATE_COLOURS[each.gate]}" if each.marked else "")
    return text


def record_row(record: Record) -> dict[str, Any]:
    return {"id": record.short_id, "title": record.title}
