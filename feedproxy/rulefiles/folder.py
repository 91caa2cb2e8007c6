"""The rules folder: files that changed are read once they have settled; the last good version of
each stays in force.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from types import MappingProxyType
from typing import NamedTuple

from feedproxy.errors import Problem
from feedproxy.rulefiles.definition import Kinds
from feedproxy.rulefiles.drafts import NAME, Draft
from feedproxy.rulefiles.excerpt import excerpt
from feedproxy.rulefiles.merge import FailingTests, Merger, Settled
from feedproxy.rulefiles.reading import Unreadable, decoded, read
from feedproxy.rulefiles.versions import Version
from feedproxy.rules.conditions import Rules

QUIET = 0.2
"""How many seconds a file must have been unchanged: an editor may still be writing it."""
ENDINGS = (".yaml", ".yml")
EDITORS_OWN = (".", "~", "#")


Problems = tuple[Problem, ...]


class Stamp(NamedTuple):
    """What changes whenever a file does."""

    device: int
    inode: int
    size: int
    modified: int
    changed: int
    """The file system's own time of the last change, in nanoseconds."""


ABSENT = Stamp(0, 0, 0, 0, 0)
OUT_OF_REACH = Stamp(-1, 0, 0, 0, 0)
"""Of a file that is there, in a folder that may be listed but not entered."""


@dataclass(frozen=True, slots=True)
class _Sight:
    stamp: Stamp
    since: float


class RulesFolder:
    """Rules that follow their folder; a bad file never changes what is in force.

    `kept` holds the last good text of each file, from `good_texts()` of an earlier run.
    `monotonic` and `wall` are clocks in seconds.
    """

    def __init__(
        self,
        folder: Path | str,
        kinds: Kinds,
        kept: Mapping[str, str] = MappingProxyType({}),
        *,
        failing_tests: FailingTests | None = None,
        min_refresh: timedelta = timedelta(minutes=1),
        monotonic: Callable[[], float] = time.monotonic,
        wall: Callable[[], float] = time.time,
    ) -> None:
        self._shown = os.fspath(folder)
        self._folder = Path(folder)
        self._monotonic = monotonic
        self._wall = wall
        self._merger = Merger(kinds, min_refresh)
        self._failing_tests = failing_tests
        self._lock = threading.Lock()
        self._sights: dict[str, _Sight] = {}
        self._started = False
        self._taken: dict[str, Stamp] = {}
        """The stamp of each file when it was last read."""
        self._read: dict[str, Version | Problems] = {}
        """What each file says now, good or not."""
        self._good: Mapping[str, Version] = {}
        self._offered: Mapping[str, str] = {}
        """What `adopt` last tried in place of refused texts, so that it is tried only once."""
        self._folder_problem: Problems = ()
        self._file_problems: Problems = ()
        self._rules = Rules()
        self._restore(kept)
        self._taken = dict.fromkeys(self._good, ABSENT)

    def current(self) -> Rules:
        """The rules as of now. Reads only files that have changed and settled."""
        with self._lock:
            try:
                seen, touched = self._look()
            except OSError as e:
                self._folder_problem = (self._without_folder(e),)
            else:
                self._folder_problem = ()
                self._follow(seen, touched)
            problems = self._folder_problem + self._file_problems or self._emptiness()
            if problems != self._rules.problems:
                self._rules = replace(self._rules, problems=problems)
            return self._rules

    def good_texts(self) -> Mapping[str, str]:
        """The last good text of each file, by name, to be kept for the next start."""
        return {name: version.text for name, version in self._good.items()}

    def refused(self) -> Sequence[str]:
        """The files whose present text is not in force."""
        read = tuple(self._read.items())  # a copy, since another thread may be reading files
        return [name for name, found in read if found is not self._good.get(name)]

    def adopt(self, kept: Mapping[str, str]) -> None:
        """Puts in force, for each refused file, the text that was kept as its last good one.

        Another process may have seen that text, and this one may not.
        """
        with self._lock:
            mine, refused = self.good_texts(), kept.keys() & self.refused()
            offered = {name: kept[name] for name in refused if kept[name] != mine.get(name)}
            if offered != self._offered:
                self._offered = offered
                self._restore(offered)
                self._settle()

    def draft(self, text: str) -> Draft:
        """What `text` would say in place of what is in force under the same names."""
        try:
            text = decoded(text.encode(errors="replace"))
        except Unreadable as e:
            return Draft(problems=(Problem(NAME, e.line, e.column, e.message),))
        return self._merger.draft(text, self._good)

    def excerpt(self, topic: str) -> str:
        """What the files say of the topic, as a text that can be read alone."""
        return excerpt(self.good_texts(), topic)

    def file_of(self, topic: str) -> str:
        """The file that defines the topic; empty if none does."""
        files = (v.shown for v in self._good.values() if v.defines("topics", topic))
        return next(files, "")

    def _restore(self, kept: Mapping[str, str]) -> None:
        understood = {name: self._understand(name, text) for name, text in kept.items()}
        versions = {name: v for name, v in understood.items() if isinstance(v, Version)}
        self._put_in_force(self._merger.settle(self._good, {**self._good, **versions}))

    def _look(self) -> tuple[dict[str, Stamp], int]:
        """The stamp of each rules file, and when the folder itself last changed."""
        with os.scandir(self._folder) as entries:
            names = [each.name for each in entries if _is_rules_file(each.name)]
        stamps = {name: _stamp(self._folder / name) for name in names}
        seen = {name: stamp for name, stamp in stamps.items() if stamp != ABSENT}
        return seen, self._folder.stat().st_ctime_ns

    def _follow(self, seen: Mapping[str, Stamp], touched: int) -> None:
        changed = {
            name: seen.get(name, ABSENT)
            for name in self._taken.keys() | seen.keys()
            if seen.get(name) != self._taken.get(name)
        }
        self._sights = {name: self._sight(name, stamp) for name, stamp in changed.items()}
        settled = {
            name: sight.stamp
            for name, sight in self._sights.items()
            if not self._started or self._is_quiet(sight, touched)
        }
        self._started = True
        if settled:
            self._take(settled)

    def _sight(self, name: str, stamp: Stamp) -> _Sight:
        last = self._sights.get(name)
        if last is not None and last.stamp == stamp:
            return last
        return _Sight(stamp, self._monotonic())

    def _is_quiet(self, sight: _Sight, touched: int) -> bool:
        changed = touched if sight.stamp == ABSENT else sight.stamp.changed
        return self._monotonic() - sight.since >= QUIET or self._wall() - changed / 1e9 >= QUIET

    def _take(self, settled: Mapping[str, Stamp]) -> None:
        for name, stamp in settled.items():
            if stamp == ABSENT:
                self._read.pop(name, None)
                self._taken.pop(name)
                continue
            found = self._understand(name)
            if _stamp(self._folder / name) == stamp:
                self._read[name], self._taken[name] = found, stamp
        self._offered = {}
        self._settle()

    def _settle(self) -> None:
        wanted = {name: self._wanted(name, found) for name, found in self._read.items()}
        versions = {name: version for name, version in wanted.items() if version is not None}
        before = self._rules.topics
        settled_versions = self._merger.settle(self._good, versions, before, self._failing_tests)
        self._put_in_force(settled_versions)

    def _wanted(self, name: str, found: Version | Problems) -> Version | None:
        return found if isinstance(found, Version) else self._good.get(name)

    def _understand(self, name: str, text: str | None = None) -> Version | Problems:
        printable = _printable(name)
        shown = f"{self._shown.rstrip('/')}/{printable}"
        if printable != name:
            return (Problem(shown, 1, 1, "its name is no UTF-8: rename the file"),)
        try:
            text = read(self._folder / name) if text is None else text
        except Unreadable as e:
            return (Problem(shown, e.line, e.column, e.message),)
        for known in (self._good.get(name), self._read.get(name)):
            if isinstance(known, Version) and known.is_whole and known.text == text:
                return known
        return self._merger.understand(name, shown, text)

    def _put_in_force(self, settled: Settled) -> None:
        before, combined = self._rules.topics, settled.combined
        topics = {
            # The same object while nothing changed, so that what was made from it stays valid.
            name: before[name] if before.get(name) == topic else topic
            for name, topic in combined.topics.items()
        }
        bad = [found for found in self._read.values() if not isinstance(found, Version)]
        refused = settled.refused.values()
        self._good = settled.versions
        self._file_problems = tuple(sorted({each for some in (*bad, *refused) for each in some}))
        self._rules = Rules(
            topics=topics,
            sources=combined.sources,
            problems=self._file_problems,
            warnings=combined.warnings,
        )

    def _emptiness(self) -> Problems:
        """An empty folder is a problem: perhaps its files are on a volume that is not mounted."""
        if self._taken:
            return ()
        hint = "bring them back, or run feedproxy init for a start"
        return (Problem(self._shown, 1, 1, f"there are no rules files in it: {hint}"),)

    def _without_folder(self, error: OSError) -> Problem:
        message = f"the rules folder cannot be read: {error.strerror}"
        kept = "what was read of it before stays in force"
        start = "run feedproxy init for a start"
        if isinstance(error, PermissionError):
            start = "open it, and the folders above it, to the user that feedproxy runs as"
        elif isinstance(error, NotADirectoryError) and self._folder.is_file():
            start = f"FEEDPROXY_RULES must name the folder of this file, {self._folder.parent}"
        then = kept if self._good else start
        return Problem(self._shown, 1, 1, f"{message}; {then}")


def _is_rules_file(name: str) -> bool:
    return name.endswith(ENDINGS) and not name.startswith(EDITORS_OWN)


def _stamp(path: Path) -> Stamp:
    """The stamp of a file, or of a link that leads nowhere; ABSENT if there is neither."""
    stamp = ABSENT
    for follow in (True, False):
        try:
            found = path.stat(follow_symlinks=follow)
        except FileNotFoundError:
            stamp = ABSENT
        except OSError:
            stamp = OUT_OF_REACH
        else:
            return Stamp(
                found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns
            )
    return stamp


def _printable(name: str) -> str:
    return os.fsencode(name).decode(errors="replace")
