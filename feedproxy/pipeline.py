"""THE MAIN FLOW.

    a request   rules -> rule set -> records in memory -> decide -> sort, limit
                      -> Feed -> write -> prepared bytes, ETag           feed()
    beside it   lease -> fetch -> Page -> parse -> Listing -> remember   refresh()

A feed is always filter(archive), never filter(last listing). Whoever asks gets the last
good state at once; a request waits for a site only where none of its topic's sources has
ever been read, and then for 3 s at most.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from time import monotonic
from typing import Any

from feedproxy import entries, healthfeed
from feedproxy.catalogue import Catalogue
from feedproxy.checking.trial import Trials
from feedproxy.clock import Clock
from feedproxy.digest import JOB
from feedproxy.errors import ArchiveError, LeaseLost, NoSuchPage, NotReadYet
from feedproxy.formats import FORMATS
from feedproxy.formats.bibtex import CONTENT_TYPE as BIBTEX
from feedproxy.formats.bibtex import bibtex
from feedproxy.formats.opml import Subscription, opml
from feedproxy.library.choosing import Chosen
from feedproxy.mailing import Mailing
from feedproxy.models import SourceState
from feedproxy.prepared import Prepared, Shelf, Version, key_of
from feedproxy.refresh.backfill import Backfill
from feedproxy.refresh.reading import Reader, Report
from feedproxy.refresh.refresher import Refresher
from feedproxy.rules.conditions import Rules, RuleSet
from feedproxy.splicing import Splicer
from feedproxy.states import left_alone_until
from feedproxy.view import View
from feedproxy.watch import Health, SourceHealth, Status, Watch

FIRST_WAIT = 3.0
"""Seconds that a request waits for the very first refresh of its topic's sources."""
FIRST_PAUSE = 0.1
"""Seconds between two looks whether another process has refreshed them."""


class Pipeline:
    def __init__(
        self,
        *,
        view: View,
        reader: Reader,
        backfill: Backfill,
        mailing: Mailing,
        shelf: Shelf,
        watch: Watch,
        clock: Clock,
        base_url: str,
        feed_query: Callable[[str], str],
        schema: Callable[[], dict[str, Any]],
        paged: bool,
    ) -> None:
        """`paged`: feeds name their further pages, since there is somebody to serve them."""
        self._view = view
        self._reader = reader
        self._shelf = shelf
        self._splicer = Splicer()
        self._watch = watch
        self._clock = clock
        self.catalogue = Catalogue(view, clock)
        self.trials = Trials(view, clock)
        self.backfill = backfill
        self.mailing = mailing
        self._base_url = base_url
        self._feed_query = feed_query
        self.schema = schema
        """Makes the JSON Schema of a rules file."""
        self._paged = paged
        self._refreshed = threading.Condition()
        self.refresher = Refresher(self.look_for_work, self.do_if_due, clock.monotonic)

    # --- from the archive to a feed

    def feed(self, topic: str, format_name: str, page: int = 1) -> Prepared:
        """Raises UnknownTopic and NotReadYet; nothing that a site does makes it fail."""
        rules = self._view.rules_with(topic)
        rule_set = rules.topics[topic]
        self._wait_for_first_refresh(rule_set)
        now = self._clock.now()
        chosen = self._view.library.chosen(rule_set, now)
        if page > (last := entries.page_count(len(chosen.subjects), rule_set.limit)):
            raise NoSuchPage(f"{topic} has no page {page}: the last is {last}")

        def write() -> tuple[bytes, str]:
            home, base = f"{self._base_url}/topics/{topic}", self._address(topic)
            feed = entries.compose(
                rule_set, chosen.decisions, rules.sources, home, base, page, self._splicer.entry
            )
            feed = feed if self._paged else replace(feed, pages=1)
            format_ = FORMATS[format_name]
            return self._splicer.write(feed, format_), format_.content_type

        key, made_of = key_of(topic, format_name, page), _made_of(chosen, rules)
        return self._shelf.get(key, made_of, write, now)

    def moment(self) -> object:
        """While it stays equal, so do the answers of `at_hand`; it changes every second."""
        return self._view.moment()

    def at_hand(self, topic: str, format_name: str) -> tuple[Prepared | Version, Status] | None:
        """The feed's first page and how its sources are; None if it is not prepared, or outdated.

        Where the page's bytes had to make room for others, only its version.
        """
        rules, now = self.rules(), self._clock.now()
        rule_set = rules.topics.get(topic)
        if rule_set is None:
            return None
        chosen = self._view.library.chosen(rule_set, now)
        key, made_of = key_of(topic, format_name, 1), _made_of(chosen, rules)
        found = self._shelf.peek(key, made_of) or self._shelf.version(key, made_of)
        return (found, self._watch.status(rule_set.sources, now)) if found else None

    def bibliography(self, topic: str) -> Prepared:
        """Every paper of the topic, in its feed's order, as BibTeX.

        Raises UnknownTopic and NotReadYet.
        """
        rule_set, now = self.rule_set(topic), self._clock.now()
        if not self._is_read(rule_set):
            raise self._not_read_yet(rule_set)
        chosen = self._view.library.chosen(rule_set, now)

        def write() -> tuple[bytes, str]:
            return bibtex(each.record for each in chosen.subjects), BIBTEX

        return self._shelf.get(key_of(topic, "bib"), chosen, write, now)

    def rules(self) -> Rules:
        return self._view.current_rules()

    def rule_set(self, topic: str) -> RuleSet:
        """Raises UnknownTopic."""
        return self._view.rule_set(topic)

    def new_name(self, topic: str) -> str | None:
        """See `Rules.new_name`."""
        return self.rules().new_name(topic)

    def opml(self, base_url: str | None = None) -> bytes:
        """All topics; links begin with `base_url`, else as in the feeds."""
        base = base_url or self._base_url
        return opml(
            [
                Subscription(
                    each.title,
                    f"{base}/feeds/{name}.atom{self._feed_query(name)}",
                    f"{base}/topics/{name}",
                    each.description,
                )
                for name, each in self.rules().topics.items()
            ],
            "feedproxy",
        )

    def _wait_for_first_refresh(self, rule_set: RuleSet) -> None:
        """Wait while none of its sources was ever read whole and not all of them have failed.

        Nobody waits once nothing is read any more, as in `build`. If the time runs out in the
        middle of a reading, what was read so far is served. It is real time that counts: in
        tests our own clock may stand still.
        """
        patience_ends = monotonic() + FIRST_WAIT
        while monotonic() < patience_ends and not self.refresher.is_stopping:
            tried = self._states_of(rule_set)
            if any(state.last_success for state in tried) or all(state.error for state in tried):
                break
            self.refresher.wake()
            with self._refreshed:
                self._refreshed.wait(FIRST_PAUSE)
            self._view.look_again()
        if not self._is_read(rule_set):
            raise self._not_read_yet(rule_set)

    def _is_read(self, rule_set: RuleSet) -> bool:
        return any(map(_was_read, self._states_of(rule_set)))

    def _not_read_yet(self, rule_set: RuleSet) -> NotReadYet:
        now, tried = self._clock.now(), self._states_of(rule_set)
        # An edit may have removed its sources meanwhile.
        due = self._watch.due_times(rule_set.sources, now).values()
        wait = min(due, default=now) - now
        nobody = self.refresher.is_stopping
        unread = "was never read: run feedproxy refresh first" if nobody else "is being read"
        reasons = [f"{state.name}: {state.error or unread}" for state in tried]
        return NotReadYet(rule_set.topic, reasons, wait.total_seconds())

    def _states_of(self, rule_set: RuleSet) -> list[SourceState]:
        return [self._view.state(name) for name in rule_set.sources]

    # --- from a site to the archive

    def refresh(self, name: str) -> Report | None:
        """Read one source now; None if another worker is at it, or just was."""
        sources, state = self.rules().sources, self._view.state(name)
        try:
            report = self._reader.read(sources[name], state, sources)
        except LeaseLost:
            raise
        except ArchiveError as error:
            self._view.note_unwritten(str(error))
            raise
        self._view.look_again()
        if report:  # else it is another worker that somebody waits for
            with self._refreshed:
                self._refreshed.notify_all()
        self._watch.note_changes(self.used_sources(), self._clock.now())
        return report

    def left_alone_until(self, name: str) -> datetime | None:
        """Until when the source's site asked not to be read; None: it may be."""
        return left_alone_until(self._view.state(name), self._clock.now())

    def do_if_due(self, name: str) -> None:
        """Read a source, or send the mail: by now an edit or another worker may have seen to it."""
        if name == JOB:
            self.mailing.send_if_due()
        elif name in self.due():
            self.refresh(name)

    def used_sources(self) -> list[str]:
        """The sources that topics read from: no other is ever read."""
        return sorted({name for each in self.rules().topics.values() for name in each.sources})

    def look_for_work(self) -> list[str]:
        """Note how the sources changed with time, and name what is due: sources, and the mail.

        Nothing is due while the archive cannot be asked: a failed try would delay the next one.
        """
        self._watch.note_changes(self.used_sources(), self._clock.now())
        return [] if self._view.trouble else [*self.due(), *self.mailing.due()]

    def due(self) -> list[str]:
        """The used sources that should be read now, the longest waiting first."""
        now = self._clock.now()
        times = self._watch.due_times(self.used_sources(), now)
        return sorted((name for name in times if times[name] <= now), key=times.__getitem__)

    # --- how it is doing

    def status(self, rule_set: RuleSet) -> Status:
        return self._watch.status(rule_set.sources, self._clock.now())

    def health(self) -> Health:
        return self._watch.health(self.used_sources(), self._clock.now())

    def unread(self, rule_set: RuleSet) -> list[SourceHealth]:
        """Those of its sources that are in force, but of which nothing has been read yet."""
        mine = [name for name in self.used_sources() if name in rule_set.sources]
        known = self._watch.health(mine, self._clock.now()).sources
        return [each for each in known if not _was_read(each.state)]

    def health_feed(self, format_name: str) -> tuple[Prepared, Status]:
        """The feed of how the sources change, and how all of them are now."""
        changes, now, format_ = self._view.changes, self._clock.now(), FORMATS[format_name]

        def write() -> tuple[bytes, str]:
            base = self._address(healthfeed.TOPIC)
            feed = healthfeed.compose(changes, f"{self._base_url}/", base)
            return format_.write(feed), format_.content_type

        prepared = self._shelf.get(key_of(healthfeed.TOPIC, format_name), changes, write, now)
        return prepared, self._watch.status(self.used_sources(), now)

    def _address(self, topic: str) -> str:
        """Of its feed, without the format's ending."""
        return f"{self._base_url}/feeds/{topic}{self._feed_query(topic)}"

    def is_ready(self) -> bool:
        """Whether any topic can be answered, if from memory. Not all of them: one source that
        cannot be read would take every host out of service.
        """
        topics = self.rules().topics.values()
        return not topics or any(map(self._is_read, topics))


def _was_read(state: SourceState) -> bool:
    return bool(state.last_success or state.records)


def _made_of(chosen: Chosen, rules: Rules) -> object:
    """All that the bytes of a topic's feed depend on: while it stays equal, so do they."""
    return chosen, [rules.sources[name].refresh for name in chosen.rule_set.sources]
