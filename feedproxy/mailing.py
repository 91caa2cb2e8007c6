"""The digest mail: when it goes out, to whom, what it covers; and that it goes out only once.

    due, sources read, not begun -> what is new -> begin -> send -> told up to here

The marks in the archive decide, for all workers and hosts and across restarts. At most one mail
is sent for each day or week: if the process dies in the middle, or the server does not say
whether it took the mail, the next mail tells everything again. If the server certainly did not
take it, it is tried again, ever less often.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from email.message import EmailMessage
from hashlib import sha256

from feedproxy import digest as digests
from feedproxy.archive import Archive
from feedproxy.clock import Clock
from feedproxy.digest import JOB, Digest, Span, Turn
from feedproxy.errors import ArchiveError, ConfigError, MailError, MailUnsure
from feedproxy.formats.mail import mail, shown
from feedproxy.models import Source, SourceState
from feedproxy.rules.conditions import RuleSet
from feedproxy.smtp import Postman
from feedproxy.states import GRADES, StateChange, due_at
from feedproxy.view import View

log = logging.getLogger(__name__)

LOOK_EVERY = 60.0
"""How often one process looks whether the mail is due, in seconds."""


@dataclass(frozen=True, slots=True)
class Sent:
    """A digest that is done with; one without anything new was not sent."""

    digest: Digest
    refused: Mapping[str, str]
    """Recipients that the server refused, each with the reason; the others have it."""


class Mailing:
    def __init__(
        self,
        *,
        archive: Archive,
        view: View,
        clock: Clock,
        base_url: str,
        postman: Postman | None,
        to: Sequence[str],
    ) -> None:
        """`to`: who gets the mail unless a command says otherwise."""
        self._archive = archive
        self._view = view
        self._clock = clock
        self._base_url = base_url
        self._postman = postman
        self._to = to
        self._next_look = 0.0

    # For a command

    def text(self, since: datetime | None) -> str:
        """What is new since then, or in the last day or week, whatever mails have told."""
        self._check_topics()
        return shown(self._since(since), self._base_url)

    def send(self, to: Sequence[str] = (), since: datetime | None = None) -> Sent | None:
        """Send what is due, or whatever is new since then; None: nothing is due.

        Raises ConfigError, MailError and ArchiveError.
        """
        self._check_topics()
        to = to or self._to
        if since is None:
            return self._send_due(to)
        digest = self._since(since)
        return Sent(digest, self._post(self._mail(digest, to), to))

    # For the server

    def due(self) -> list[str]:
        """JOB, if it is time to look again and the sources are read."""
        rested = self._clock.monotonic() >= self._next_look
        return [JOB] if self._to and rested and not self._unread() else []

    def send_if_due(self) -> None:
        """Send what is due, unless it failed not long ago.

        Raises MailError, ConfigError and ArchiveError.
        """
        self._next_look = self._clock.monotonic() + LOOK_EVERY
        try:
            sent = self._send_due(self._to, patient=True)
        except MailError as error:
            self._note("broken", str(error))
            raise
        if sent and sent.refused:
            some = f"{len(sent.refused)} of {len(self._to)} recipients, whom the log names"
            self._note("broken", f"the server refused {some}; the others have the mail")
            log.warning("%s was refused for %s", JOB, ", ".join(sent.refused.values()))
        elif sent:
            self._note("fresh")

    # Either way

    def _send_due(self, to: Sequence[str], *, patient: bool = False) -> Sent | None:
        self._view.look()
        now, mails = self._view.as_of, self._archive.mails
        turns = dict(self._turns(to, now, patient=patient))
        if not turns:
            return None
        notes = self._name("topics", to)
        digest = self._digest(list(self._spans(turns, mails.noted(notes), now)))
        message = self._mail(digest, to)
        if not mails.begin(turns.values()):
            return None
        try:
            refused = self._post(message, to)
        except MailUnsure:
            raise
        except MailError:
            mails.give_back(turns.values(), self._clock.now())
            raise
        mails.sent(turns.values(), notes, digest.noted())
        return Sent(digest, refused)

    def _turns(
        self, to: Sequence[str], now: datetime, *, patient: bool
    ) -> Iterator[tuple[str, Turn]]:
        for often in self._topics():
            name, due = self._name(often, to), digests.last_due(often, now)
            marks = self._archive.mails.marks(name)
            judged = marks if patient else marks._replace(failed=None)
            if digests.may_begin(judged, due, now):
                yield often, Turn(name, due, marks, digests.span_of(often, marks, now))

    def _spans(
        self, turns: Mapping[str, Turn], noted: Mapping[str, datetime], now: datetime
    ) -> Iterator[tuple[RuleSet, Span]]:
        """Of each topic, which goes on from where a digest of either kind last told of it."""
        held_of = digests.held_of(noted)
        for often, turn in turns.items():
            for rule_set in self._topics().get(often, ()):
                names = (rule_set.topic, *rule_set.renamed)
                told = max((noted[name] for name in names if name in noted), default=None)
                held = frozenset[str]().union(*(held_of.get(name, ()) for name in names))
                own = digests.span(often, told, now, held) if told else turn.span
                yield rule_set, own

    def _name(self, what: str, to: Sequence[str]) -> str:
        """What the archive calls this mail, or what it notes of its topics.

        The server's own keeps its name when its recipients change, so that nobody is told twice.
        """
        if _everybody(to) == _everybody(self._to):
            return f"digest {what}"
        return f"digest {what} {_everybody(to)}"

    def _unread(self) -> bool:
        """Whether a source should have been read before the mail was due, but was not tried."""
        rules, now = self._view.current_rules(), self._clock.now()
        return any(
            self._is_unread(rules.sources[name], digests.last_due(rule_set.digest, now), now)
            for rule_set in rules.topics.values()
            if rule_set.digest
            for name in rule_set.sources
        )

    def _is_unread(self, source: Source, due: datetime, now: datetime) -> bool:
        state = self._view.state(source.name)
        return state.last_attempt is None or due_at(source, state, now) <= due

    def _since(self, since: datetime | None) -> Digest:
        now = self._clock.now()
        return self._digest(
            (rule_set, Span(since, now) if since else digests.last(often, now))
            for often, topics in self._topics().items()
            for rule_set in topics
        )

    def _digest(self, spans: Iterable[tuple[RuleSet, Span]]) -> Digest:
        library, now = self._view.library, self._clock.now()
        return digests.bounded(
            digests.section(
                rule_set,
                library.chosen(rule_set, now, wait=True).decisions,
                library.subjects(),
                span,
            )
            for rule_set, span in spans
        )

    def _topics(self) -> dict[str, list[RuleSet]]:
        """The topics that have a digest, by how often."""
        found: dict[str, list[RuleSet]] = {}
        for rule_set in self._view.current_rules().topics.values():
            if rule_set.digest:
                found.setdefault(rule_set.digest, []).append(rule_set)
        return found

    def _check_topics(self) -> None:
        if not self._topics():
            raise ConfigError(
                "no topic is in the digest: write digest: daily, or weekly, in one of them"
            )

    def _mail(self, digest: Digest, to: Sequence[str]) -> EmailMessage | None:
        """None if there is nothing to tell. Raises ConfigError."""
        if not self._postman:
            raise ConfigError(
                "set FEEDPROXY_SMTP_URL, such as smtp://user:password@mail.example.org:587"
            )
        if not digest.count:
            return None
        return mail(digest, self._base_url, self._postman.sender, to, self._clock.now())

    def _post(self, message: EmailMessage | None, to: Sequence[str]) -> Mapping[str, str]:
        return self._postman.send(message, to) if self._postman and message else {}

    def _note(self, word: str, why: str = "") -> None:
        """Tell the health feed that the mail fails, or works again."""
        last = next((each for each in self._view.changes if each.source == JOB), None)
        if GRADES[word] == (GRADES[last.word] if last else 0):
            return
        change = StateChange(JOB, self._clock.now(), word, why)
        try:
            self._archive.note_change(change, SourceState(JOB))
        except ArchiveError as error:
            log.warning("that %s is %s is not noted: %s", JOB, word, error)


def _everybody(to: Sequence[str]) -> str:
    """A name for these recipients that does not say who they are."""
    everybody = ",".join(sorted(each.lower() for each in to))
    return sha256(everybody.encode()).hexdigest()[:12]
