"""What happened to a source, the latest first: its next attempt, its last ones, its changes."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import NamedTuple

from feedproxy.states import GRADES
from feedproxy.watch import SourceHealth
from feedproxy.web.outline import shortened

CHANGES = 10
"""How many changes of a source's state are told."""
LONGEST = 300
"""Characters of an error."""


class Event(NamedTuple):
    at: datetime
    kind: str
    """How the page marks it: `due`, `good`, `bad` or `news`."""
    what: str
    why: str = ""


def events(health: SourceHealth) -> list[Event]:
    """The latest first."""
    return sorted(_events(health), reverse=True)


def _events(health: SourceHealth) -> Iterator[Event]:
    state = health.state
    yield Event(health.due, "due", "next attempt")
    if state.last_attempt and state.error:
        times = "" if state.failures < 2 else f", {state.failures} times in a row"
        error = shortened(state.error, LONGEST)
        yield Event(state.last_attempt, "bad", f"last attempt failed{times}", error)
    elif state.last_attempt and state.last_attempt != state.last_success:
        yield Event(state.last_attempt, "bad", "last attempt brought suspiciously little")
    if state.last_success:
        by = f" by way of {state.served_by}" if state.served_by else ""
        yield Event(state.last_success, "good", f"last read whole{by}")
    if state.last_news:
        yield Event(state.last_news, "news", "last record that was new")
    for change in health.changes[:CHANGES]:
        if GRADES[change.word]:
            yield Event(change.at, "bad", f"became {change.word}", shortened(change.why, LONGEST))
        else:
            yield Event(change.at, "good", f"{change.word} again")
