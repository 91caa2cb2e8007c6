"""How a source is doing, in one word. Pure: state and time in, a word out.

fresh   read on time, and something new within the last day
quiet   read on time, but nothing new, as on a weekend
stale   not read when it should have been, not even tried yet, or failed again and again: what was
        good is served
broken  failing, and never read or more than a day late
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from feedproxy.backoff import LONGEST_WISH
from feedproxy.models import Source, SourceState

STATES = ("fresh", "quiet", "stale", "broken")
GRADES = {"fresh": 0, "quiet": 0, "stale": 1, "broken": 2}
"""How bad each state is."""
DAY = timedelta(days=1)
SLACK = timedelta(minutes=2)
"""What a refresh may take, and a worker may sleep, before a source counts as late."""
MANY = 10
"""So many failures in a row, in some two hours, count before the source is late: a source that is
read weekly may have been edited, and fail, on the first day.
"""
CLOCK_JUMP = timedelta(minutes=5)
"""The clocks of hosts differ by less: what is dated further ahead, a wrong clock has dated."""


@dataclass(frozen=True, slots=True)
class StateChange:
    """A source got worse, or is well again: what the health feed tells."""

    source: str
    at: datetime
    word: str
    why: str = ""


def state_of(source: Source, state: SourceState, now: datetime) -> str:
    """What was noted while the clock was far ahead of `now` is of no known age."""
    if state.last_success is None:
        return "broken" if state.error else "stale"
    is_ahead = state.last_success > now + CLOCK_JUMP
    age = timedelta.max if is_ahead else now - state.last_success
    late = age - source.refresh
    if state.failures and late > DAY:
        return "broken"
    if late > source.refresh + SLACK or state.failures >= MANY:
        return "stale"
    if state.last_news is None or now - state.last_news > DAY:
        return "quiet"
    return "fresh"


def change(
    source: Source, state: SourceState, last: StateChange | None, now: datetime
) -> StateChange | None:
    """The change that is worth telling since the `last` one, if there is any.

    Half a recovery is not worth telling, nor that a source is late if nobody has tried to read it.
    """
    word = state_of(source, state, now)
    before = GRADES[last.word] if last else 0
    if GRADES[word] == 0 < before:
        return StateChange(source.name, now, word)
    if GRADES[word] <= before or state.last_attempt == state.last_success:
        return None
    return StateChange(source.name, now, word, state.error or next(iter(state.notes), ""))


def definition(source: Source) -> str:
    """A short hash of what is read, and how: it changes if the user edits any of that."""
    headers, options = sorted(source.headers.items()), sorted(source.options.items())
    read_as = repr((source.kind, options, headers, source.keep))
    return hashlib.sha256(read_as.encode()).hexdigest()[:16]


def was_edited(source: Source, state: SourceState) -> bool:
    """Whether it was something else that was read last."""
    return state.read_as[:1] not in ((), (definition(source),))


def never_read_so(source: Source, state: SourceState) -> bool:
    """Whether it was edited into what nobody has tried to read.

    Not so if an edit was undone, or where two servers with rules of their own share an archive:
    each would find the other's reading an edit, and read it again.
    """
    return bool(state.read_as) and definition(source) not in state.read_as


def worst(states: Iterable[str]) -> str:
    return max(states, key=STATES.index, default="quiet")


def due_at(source: Source, state: SourceState, now: datetime) -> datetime:
    """When the source is to be read next; `now` if it never was.

    An edit, of `refresh` too, counts at once, unless the site asked to be left alone. A source
    that was last tried in the future, since the clock was set back, is due now.
    """
    tried = state.last_attempt or state.last_success
    if state.next_attempt is None or (tried and tried > now + CLOCK_JUMP):
        return now
    if never_read_so(source, state):
        return left_alone_until(state, now) or now
    if state.failures or not tried:
        return state.next_attempt
    due = min(state.next_attempt, tried + source.refresh)
    return max(due, left_alone_until(state, now) or tried)


def left_alone_until(state: SourceState, now: datetime) -> datetime | None:
    """Until when its site asked not to be read; None: it may be.

    A time too far ahead was noted by a wrong clock, and does not count.
    """
    until, latest = state.left_alone, now + timedelta(seconds=LONGEST_WISH) + CLOCK_JUMP
    return until if until and now < until <= latest else None


def max_age(due: Iterable[datetime], now: datetime) -> int:
    """Seconds until the next expected refresh, from 5 to 60 minutes: for `Cache-Control`."""
    return int(min(max((min(due) - now).total_seconds(), 300), 3600))
