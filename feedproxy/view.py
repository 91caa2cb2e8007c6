"""What this process knows of the rules, the records and the sources, at most a second old.

While the database or the rules folder cannot be read, everything stays as it last was, and
`trouble` says why. A *look* for news runs in a thread of its own, so that nobody who can be
answered from memory waits for a database that hangs.
"""

from __future__ import annotations

import difflib
import logging
import os
import threading
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import UTC, datetime
from math import inf
from time import monotonic

from feedproxy.archive import Archive, Refreshes, Versions
from feedproxy.clock import Clock
from feedproxy.errors import ArchiveError, Problem, UnknownTopic, unforeseen
from feedproxy.healthfeed import TOPIC as HEALTH
from feedproxy.library import Library
from feedproxy.models import SourceState
from feedproxy.prepared import keys_of
from feedproxy.rulefiles import RulesFolder
from feedproxy.rules.conditions import Rules, RuleSet
from feedproxy.states import StateChange

log = logging.getLogger(__name__)

LOOK_EVERY = 1.0
"""Seconds between two looks, at least."""
TOO_OLD = 2.0
"""Seconds. If the last look is older than this, a request waits for the next one."""
PATIENCE = 1.0
"""Seconds of a look for which requests wait; they do not wait at all while there is trouble.
It is real time that counts: the database that takes it knows no other."""
CALM = 600.0
"""Seconds without a failure after which the same one is worth telling again."""
NO_ANSWER = "the archive does not answer: it is waited for; see whether its database hangs"


class View:
    def __init__(
        self,
        archive: Archive,
        library: Library,
        folder: RulesFolder,
        clock: Clock,
        kept: Mapping[str, str],
        *,
        in_force: bool = True,
    ) -> None:
        """`kept`: the last good rules that the archive had, with which `folder` began.

        `in_force`: what the folder says from now on is kept in the archive as the last good rules.
        """
        self._archive = archive
        self._clock = clock
        self._in_force = in_force
        self._lock = threading.Lock()
        self._pool: ThreadPoolExecutor | None = None
        self._pid = 0
        self._newest: Future[None] = Future()
        self._looked: float | None = None
        self._looks = 0
        self._began: float | None = None
        """When the running look began, in real time; None while none is running."""
        self._asking = False
        """Whether the archive is being asked right now whether anything is new."""
        self._versions: Versions | None = None
        self._kept = kept
        self._untold = ""
        """Why it could not be told last since when a feed is served."""
        self._calm_from = 0.0
        """When that will be worth telling again."""
        self.library = library
        self.folder = folder
        self.as_of = datetime.fromtimestamp(0, UTC)
        """Whatever the archive held then is known here."""
        self.rules = Rules()
        self.states: Mapping[str, SourceState] = {}
        self.refreshes: Mapping[str, Refreshes] = {}
        self.changes: tuple[StateChange, ...] = ()
        """The newest first; the same object until there is a new one."""
        self.trouble = ""
        """Why the archive, or the rules in it, cannot be read or kept; empty if they can."""
        self.unwritten = ""
        """Why the last refresh could not be written; empty once any process has written one."""

    def note_unwritten(self, why: str) -> None:
        """What this process read could not be kept."""
        self.unwritten = why

    def state(self, name: str) -> SourceState:
        return self.states.get(name) or SourceState(name)

    def look(self) -> None:
        """See what other processes and the user's editor changed, unless the last look is young."""
        now = self._clock.monotonic()
        age = inf if self._looked is None else now - self._looked
        if age >= LOOK_EVERY:
            look = self._begin(join_running=True)
            if age >= TOO_OLD:
                self._wait_for(look)

    def moment(self) -> tuple[int, int]:
        """While it stays equal, so does everything that is known here; it changes every second."""
        self.look()
        return self._looks, int(self._clock.monotonic())

    def current_rules(self) -> Rules:
        self.look()
        return self.rules

    def rules_with(self, topic: str) -> Rules:
        """The rules in force, which have the topic. Raises UnknownTopic with the nearest name.

        Readers give up a feed that is gone: so it is looked again before anybody is told that, as
        another process may have served the topic under rules that are younger than those here.
        """
        rules, was_served = self.current_rules(), False
        if topic not in rules.topics and topic != HEALTH:
            was_served = self.ever_served(keys_of(topic))
        if was_served:
            self.look_again()
            rules = self.rules
        if topic not in rules.topics:
            nearest = difflib.get_close_matches(topic.lower(), rules.topics, 1, cutoff=0.5)
            all_known = not self.folder.refused()  # a refused file may define it
            gone = was_served and all_known and not rules.new_name(topic)
            raise UnknownTopic(topic, nearest[0] if nearest else None, gone=gone)
        return rules

    def rule_set(self, topic: str) -> RuleSet:
        """Raises UnknownTopic with the nearest name."""
        return self.rules_with(topic).topics[topic]

    def look_again(self) -> None:
        """Look now, however young the last look is: something is known to have changed."""
        self._wait_for(self._begin(join_running=False))

    def _begin(self, *, join_running: bool) -> Future[None]:
        """A look that waits to begin, or a running one if `join_running`, or else a new one."""
        with self._lock:
            if self._pool is None or self._pid != os.getpid():  # no thread survives a fork
                self._pool, self._pid = ThreadPoolExecutor(1, "look"), os.getpid()
                self._newest = self._submit(self._pool)
            elif self._newest.done() or (self._newest.running() and not join_running):
                self._newest = self._submit(self._pool)
            return self._newest

    def _submit(self, pool: ThreadPoolExecutor) -> Future[None]:
        try:
            return pool.submit(self._look)
        except RuntimeError:  # the process is ending: nothing it still does needs a look
            nothing: Future[None] = Future()
            nothing.set_result(None)
            return nothing

    def _wait_for(self, look: Future[None]) -> None:
        began = self._began
        left = PATIENCE if began is None else max(0.0, began + PATIENCE - monotonic())
        patience = 0 if self.trouble else left
        try:
            look.result(None if self._versions is None else patience)
        except TimeoutError:
            if self._asking and not self.trouble:  # noted, or every request would wait as long
                self._note(NO_ANSWER)

    def _look(self) -> None:
        self._began = monotonic()
        try:
            self._note(self._follow_all())
        finally:
            self._began = None
        self._looked = self._clock.monotonic()
        self._looks += 1

    def _follow_all(self) -> str:
        """Why it could not be followed; empty if it could."""
        trouble = self._trouble_with(self._follow)
        self._follow_rules()
        if self._in_force:
            trouble = trouble or self._trouble_with(self._share_rules)
        return trouble

    def _note(self, trouble: str) -> None:
        if trouble and trouble != self.trouble:
            log.warning("answering from memory: %s", trouble)
        elif self.trouble and not trouble:
            log.warning("the archive can be asked again")
        self.trouble = trouble

    def _trouble_with(self, ask: Callable[[], None]) -> str:
        try:
            ask()
        except ArchiveError as error:
            return str(error)
        except Exception as bug:
            if (told := unforeseen(bug)) != self.trouble:
                log.exception("looking for news failed in an unexpected way")
            return told
        return ""

    def first_served(self, feed: str, etag: str, now: datetime) -> datetime | None:
        """None while the archive cannot tell: a feed must not fail for its date."""
        if self.trouble:
            return None
        try:
            since = self._archive.kept.first_served(feed, etag, now)
        except ArchiveError as error:
            why, moment = str(error), self._clock.monotonic()
            if why != self._untold or moment >= self._calm_from:  # each feed asks, again and again
                log.warning("cannot tell since when feeds such as %s are served: %s", feed, why)
            self._untold, self._calm_from = why, moment + CALM
            return None
        return since

    def ever_served(self, feeds: str) -> bool:
        """Whether any feed whose name begins so was ever served; False if it cannot be told."""
        if self.trouble:
            return False
        try:
            return self._archive.kept.ever_served(feeds)
        except ArchiveError:
            return False

    def _follow(self) -> None:
        now = self._clock.now()
        known, found = self._versions, self._ask_for_versions()
        if known is None or found.content < known.content:  # the first look, or a restored backup
            self.library.replace(self._archive.records())
        elif found.content != known.content:
            # Asked for before the records: what comes meanwhile is among these.
            kept = self._archive.ids() if known.content < found.epoch else None
            self.library.update(self._archive.records(known.content), now, kept)
        if known is None or found.states != known.states:
            self._follow_states()
        self._versions, self.as_of = found, now

    def _ask_for_versions(self) -> Versions:
        """Unlike all other reading this takes no time, unless the database hangs."""
        self._asking = True
        try:
            return self._archive.versions()
        finally:
            self._asking = False

    def _follow_states(self) -> None:
        self.states, self.unwritten = self._archive.states(), ""
        self.refreshes, changes = self._archive.refreshes(), self._archive.changes()
        if changes != self.changes:
            self.changes = changes

    def _follow_rules(self) -> None:
        rules = self.folder.current()
        if rules is not self.rules:
            if self._in_force:
                self._tell_new(rules.problems)
            self.rules = rules
            self.library.keep_only(rules.topics)

    def _tell_new(self, problems: Iterable[Problem]) -> None:
        for problem in problems:
            if problem not in self.rules.problems:
                log.warning("the rules have a mistake: %s", problem)

    def _share_rules(self) -> None:
        """See to it that the last good version of each file holds in all processes and restarts."""
        self._keep_rules()
        if self.folder.refused():
            self.folder.adopt(self._archive.kept.rules())
            self._kept = self.folder.good_texts()
            self._follow_rules()

    def _keep_rules(self) -> None:
        """Keep only what is new here: of the other files, another process may know better."""
        good, before = self.folder.good_texts(), self._kept
        if good != before:
            names = good.keys() | before.keys()
            news = {name: good.get(name) for name in names if good.get(name) != before.get(name)}
            self._archive.kept.keep_rules(news)
            self._kept = good
