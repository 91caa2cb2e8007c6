"""How the sources are doing now, for pages and headers; and noting how that changes."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from feedproxy import states
from feedproxy.archive import Archive, Refreshes
from feedproxy.errors import ArchiveError, Problem
from feedproxy.models import Source, SourceState
from feedproxy.view import View

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Status:
    """How a feed's sources are doing, for its headers."""

    state: str
    max_age: int
    """Seconds until there may be news."""
    last_success: Mapping[str, datetime | None]


@dataclass(frozen=True, slots=True)
class SourceHealth:
    source: Source
    state: SourceState
    word: str
    due: datetime
    left_alone_until: datetime | None
    refreshes: Refreshes
    changes: tuple[states.StateChange, ...]
    """The newest first."""


@dataclass(frozen=True, slots=True)
class Health:
    problems: tuple[Problem, ...]
    sources: tuple[SourceHealth, ...]
    records: int
    trouble: str
    """Why the archive cannot be read or written; empty if it can."""

    @property
    def ok(self) -> bool:
        words = {each.word for each in self.sources}
        return not self.problems and not self.trouble and words <= {"fresh", "quiet"}


class Watch:
    def __init__(self, archive: Archive, view: View) -> None:
        self._archive = archive
        self._view = view

    def due_times(self, names: Iterable[str], now: datetime) -> dict[str, datetime]:
        return {source.name: due for source, _, due in self._known(names, now)}

    def status(self, names: Iterable[str], now: datetime) -> Status:
        known = self._known(names, now)
        return Status(
            states.worst(states.state_of(source, state, now) for source, state, _ in known),
            states.max_age([due for _, _, due in known] or [now], now),
            {source.name: state.last_success for source, state, _ in known},
        )

    def health(self, names: Iterable[str], now: datetime) -> Health:
        view = self._view
        sources = [
            SourceHealth(
                source,
                state,
                states.state_of(source, state, now),
                due,
                states.left_alone_until(state, now),
                view.refreshes.get(source.name, Refreshes(0, 0, 0)),
                tuple(each for each in view.changes if each.source == source.name),
            )
            for source, state, due in self._known(names, now)
        ]
        trouble = view.trouble or view.unwritten
        return Health(view.rules.problems, tuple(sources), len(view.library), trouble)

    def _known(
        self, names: Iterable[str], now: datetime
    ) -> list[tuple[Source, SourceState, datetime]]:
        """Each source with its state, and when it is due; without those that an edit removed."""
        sources = self._view.rules.sources
        known = [(sources[name], self._view.state(name)) for name in names if name in sources]
        return [(source, state, states.due_at(source, state, now)) for source, state in known]

    def note_changes(self, names: Iterable[str], now: datetime) -> None:
        """Note the changes that are worth telling; all workers see them, and one notes each."""
        if self._view.trouble or self._view.unwritten:
            return
        last = {change.source: change for change in reversed(self._view.changes)}
        for source, state, _ in self._known(names, now):
            if change := states.change(source, state, last.get(source.name), now):
                self._note(change, state)

    def _note(self, change: states.StateChange, state: SourceState) -> None:
        try:
            noted = self._archive.note_change(change, state)
        except ArchiveError as error:
            log.warning("that %s is %s is not noted yet: %s", change.source, change.word, error)
            self._view.note_unwritten(str(error))
        else:
            if noted:
                log.warning("%s is %s now: /healthz tells more", change.source, change.word)
            self._view.look_again()
