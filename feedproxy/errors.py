"""Every expected failure, one small tree.

    FeedproxyError
    ├── FetchError            a request to a site did not bring a page
    │   ├── Unreachable       no connection, no name, connection lost in the middle
    │   ├── DeadlineExceeded  the whole request took longer than allowed
    │   ├── TooLarge          more bytes than the caps allow
    │   ├── Refused           an address, scheme or redirect that is not allowed
    │   └── BadStatus         an answer other than 200 or 304
    │       ├── RateLimited   429, or a quota used up
    │       └── Blocked       403, a captcha or a challenge instead of the page
    ├── SourceError           a page came, but it is not the listing
    │   ├── NothingFound      the records' place is missing or empty where it must not be
    │   ├── Damaged           cut off, not decodable, not of the expected shape
    │   └── WrongDay          the listing of another day than the one asked for
    ├── ArchiveError          the database cannot do what was asked
    │   ├── ArchiveBusy       locked by another process for too long
    │   ├── ArchiveUnwritable read-only, full disk, no permission
    │   ├── ArchiveDamaged    not a database, or a broken one
    │   ├── ArchiveNewer      written by a newer feedproxy
    │   └── LeaseLost         another worker has taken over the source
    ├── MailError             the mail server did not take the digest
    │   └── MailUnsure        it broke off before it said whether it did
    ├── BadTerm               a term or regular expression that cannot be understood
    ├── RulesError            a rules file is refused: file, line, column, what to write
    ├── ConfigError           a setting is wrong
    ├── UnknownTopic          no topic of that name
    ├── UnknownRecord         no record of that id in the archive
    ├── NoSuchPage            a page beyond a feed's last
    ├── TooManyTrials         so many edits are being tried that another would slow down the feeds
    └── NotReadYet            none of the topic's sources has ever been read

A message says what happened, where, and what to do next. It is wrapped once, at
the edge, with the cause chained.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from feedproxy.addresses import masked, shown


class FeedproxyError(Exception):
    """An expected failure; its text is fit to be shown to the user."""


_UNSEEN = re.compile("[\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ud800-\udfff\ufffe\uffff]")


def printable(text: str) -> str:
    """`text` on one line; what a terminal would obey, or turns the line, as an escape."""
    return _UNSEEN.sub(lambda found: f"\\u{ord(found[0]):04x}", text)


def unforeseen(bug: Exception) -> str:
    """What is told of an exception that nobody expected."""
    return printable(f"unexpected {type(bug).__name__}: {bug}; please report this")


class FetchError(FeedproxyError):
    """`url` did not bring a page; `retry_after` seconds is the site's own wish, if it said one."""

    def __init__(self, url: str, message: str, *, retry_after: float | None = None) -> None:
        self.url, self.message = printable(url), printable(message)
        super().__init__(f"{self.url}: {self.message}")
        self.retry_after = retry_after


class Unreachable(FetchError):
    pass


class DeadlineExceeded(FetchError):
    pass


class TooLarge(FetchError):
    pass


class Refused(FetchError):
    pass


class BadStatus(FetchError):
    """The site answered, with `status`."""

    def __init__(
        self, url: str, message: str, *, status: int, retry_after: float | None = None
    ) -> None:
        super().__init__(url, message, retry_after=retry_after)
        self.status = status


class RateLimited(BadStatus):
    pass


class Blocked(BadStatus):
    pass


class SourceError(FeedproxyError):
    """The page at `url` is not the listing that was asked for."""

    def __init__(self, url: str, message: str) -> None:
        self.url, self.message = printable(shown(url)), printable(masked(message))
        super().__init__(f"{self.url}: {self.message}")


class NothingFound(SourceError):
    pass


class Damaged(SourceError):
    pass


class WrongDay(SourceError):
    pass


class ArchiveError(FeedproxyError):
    pass


class ArchiveBusy(ArchiveError):
    pass


class ArchiveUnwritable(ArchiveError):
    pass


class ArchiveDamaged(ArchiveError):
    pass


class ArchiveNewer(ArchiveError):
    pass


class LeaseLost(ArchiveError):
    pass


class MailError(FeedproxyError):
    pass


class MailUnsure(MailError):
    """Sending it again might send it twice."""


class BadTerm(FeedproxyError):
    """Says what is wrong with the term and what to write instead."""

    def __init__(self, message: str) -> None:
        super().__init__(printable(message))


@dataclass(frozen=True, slots=True, order=True)
class Problem:
    """One thing wrong in a rules file; lines and columns count from 1."""

    file: str
    line: int
    column: int
    message: str
    path: str = ""

    def __post_init__(self) -> None:
        object.__setattr__(self, "message", printable(masked(self.message)))  # it quotes the file

    @property
    def text(self) -> str:
        """The message behind the path of keys that it is about."""
        return f"{self.path}: {self.message}" if self.path else self.message

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}: {self.text}"

    def row(self) -> dict[str, str | int]:
        """As programs get it."""
        return {
            "file": self.file,
            "line": self.line,
            "column": self.column,
            "message": self.text,
        }


class RulesError(FeedproxyError):
    def __init__(self, problems: Sequence[Problem]) -> None:
        super().__init__("\n".join(map(str, problems)))
        self.problems = tuple(problems)


class ConfigError(FeedproxyError):
    pass


class UnknownTopic(FeedproxyError):
    """`nearest` is the best guess at what was meant; `gone` says the topic was removed."""

    def __init__(self, topic: str, nearest: str | None, *, gone: bool = False) -> None:
        hint = f'; did you mean "{nearest}"?' if nearest else ""
        super().__init__(
            f"the topic {topic!r} was removed" if gone else f"no topic {topic!r}{hint}"
        )
        self.topic = topic
        self.nearest = nearest
        self.gone = gone


class UnknownRecord(FeedproxyError):
    """`advice` names a command; pages have their own."""

    def __init__(self, told: str, advice: str) -> None:
        super().__init__(f"{told}: {advice}")
        self.told = told


class NoSuchPage(FeedproxyError):
    pass


class TooManyTrials(FeedproxyError):
    def __init__(self) -> None:
        super().__init__("other edits are being tried just now: try again in a second")


class NotReadYet(FeedproxyError):
    """Nothing to show yet; `reasons` holds a line per source, `retry_after` is in seconds."""

    def __init__(self, topic: str, reasons: Sequence[str], retry_after: float) -> None:
        super().__init__("\n  ".join((f"{topic}: no source has been read yet", *reasons)))
        self.topic = topic
        self.reasons = tuple(reasons)
        self.retry_after = retry_after
