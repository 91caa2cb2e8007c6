"""What a mail told is told no more, whatever becomes of its topic, its source and its votes."""

from __future__ import annotations

import re
from collections.abc import Callable
from contextlib import closing
from datetime import date, datetime, timedelta

import pytest

from feedproxy.archive import Archive
from feedproxy.assemble import rules_folder
from feedproxy.library import Library
from feedproxy.library.choosing import Chosen
from feedproxy.mailing import Mailing
from feedproxy.mailserver import mail_server as parsed
from feedproxy.rules.conditions import RuleSet
from feedproxy.smtp import Postman
from feedproxy.view import View
from tests.archive_programs import listing, record
from tests.conftest import Installation
from tests.invented import Paper
from tests.mailbox import Mailbox, mail_server

FRIDAY = date(2026, 11, 20)
RULES = """
sources:
  hf-daily: {kind: huggingface, listing: daily, lookback: 7d}
  renamed-source: {kind: huggingface, listing: daily, lookback: 7d}
topics:
"""
ANOTHER = "  another: {from: [hf-daily], include: [rain], digest: daily}\n"
"""So that a mail is due whatever the topic in question says."""

Change = Callable[[Paper], None]


def votes(number: int) -> Change:
    def change(paper: Paper) -> None:
        paper.upvotes = number

    return change


def abstract(text: str) -> Change:
    def change(paper: Paper) -> None:
        paper.summary = text

    return change


def nothing(_: Paper) -> None:
    pass


def told(installation: Installation, *days: tuple[str, Change]) -> list[list[str]]:
    """The papers in the mail of each day, which begins with an edit and a change of the first."""
    installation.site.papers = [
        Paper("2611.00001", "Spiking one", FRIDAY, upvotes=7),
        *(Paper(f"2611.0000{n}", f"Spiking {n}", FRIDAY + timedelta(n - 1)) for n in (2, 3)),
    ]
    found = []
    with mail_server() as box:
        for topic, change in days:
            installation.rules.write_text(f"{RULES}  {topic}\n{ANOTHER}")
            change(installation.site.papers[0])
            found.append(list(mailed(installation, box)))
            installation.time.pass_by(days=1)
    return found


def mailed(installation: Installation, box: Mailbox) -> list[str]:
    before, smtp = len(box.mails), parsed(f"smtp://127.0.0.1:{box.port}")
    pipeline = installation.start(smtp=smtp, digest_to=("ada@x.test",))
    for name in pipeline.due():
        pipeline.refresh(name)
    installation.time.pass_by(minutes=6)
    pipeline.mailing.send_if_due()
    bodies = (mail.get_body(("plain",)) for mail in box.mails[before:])
    texts = "".join(str(body.get_content()) for body in bodies if body)
    return sorted(re.findall(r"/why/2611\.0000(\d)", texts.split("Near misses")[0]))


AT_MOST_TEN = "s: {include: [one], where: {upvotes: {max: 10}}, digest: daily}"
AT_LEAST = "s: {include: [one], where: {upvotes: {min: %d}}, digest: %s}"
FROM = "s: {from: [%s], include: [spiking], digest: daily}"
DAILY = "s: {include: [spiking], digest: daily}"
RENAMED = "t: {renamed: [s], include: [spiking], digest: %s}"


@pytest.mark.parametrize(
    ("days", "mails"),
    [
        (
            [(AT_MOST_TEN, nothing), *((AT_MOST_TEN, votes(n)) for n in (11, 10, 11, 10))],
            [["1"], [], [], [], []],
        ),
        (
            [
                (AT_LEAST % (5, "daily"), nothing),
                (AT_LEAST % (10, "daily"), nothing),
                (AT_LEAST % (10, "daily"), votes(12)),
            ],
            [["1"], [], []],
        ),
        (
            [(FROM % "hf-daily", nothing)] * 2 + [(FROM % "renamed-source", nothing)] * 2,
            [["1"], ["2"], ["3"], []],
        ),
        (
            [(DAILY, nothing)] * 2 + [(RENAMED % "weekly", nothing)] * 3,
            [["1"], ["2"], ["3"], [], []],
        ),
        (
            [
                ("s: {include: [pulses], digest: daily}", nothing),
                ("t: {renamed: [s], include: [pulses], digest: daily}", abstract("Of pulses.")),
                ("t: {renamed: [s], include: [pulses], digest: daily}", nothing),
            ],
            [[], ["1"], []],
        ),
    ],
    ids=["a maximum", "a threshold", "another source", "another name", "another name, late"],
)
def test_an_entry_is_told_once(
    installation: Installation, days: list[tuple[str, Change]], mails: list[list[str]]
) -> None:
    assert told(installation, *days) == mails


def test_what_is_written_between_the_last_look_and_the_mail_is_left_for_the_next(
    installation: Installation,
) -> None:
    installation.rules.write_text(f"{RULES}  {DAILY}\n")
    with mail_server() as box, closing(Archive(installation.config().database)) as archive:
        pipeline = installation.start(smtp=parsed(f"smtp://127.0.0.1:{box.port}"))
        for number in (1, 2):
            pipeline.rules()
            installation.time.pass_by(seconds=0.5)
            now = installation.time.moment
            shown = record(number, title=f"Spiking {number}", published=now)
            archive.remember("hf-daily", listing(shown), now)
            pipeline.mailing.send(["ada@x.test"])
            installation.time.pass_by(days=1)
        pipeline.mailing.send(["ada@x.test"])
    assert [mail["Subject"] for mail in box.mails] == ["1 new: s (1)"] * 2


class Large(Library):
    """Is always still judging: those who do not wait get what was chosen last."""

    last: Chosen | None = None

    def chosen(self, rule_set: RuleSet, now: datetime, *, wait: bool = False) -> Chosen:
        if wait or self.last is None:
            self.last = super().chosen(rule_set, now)
        return self.last


def test_in_a_large_archive_the_mail_waits_until_all_is_judged(installation: Installation) -> None:
    installation.rules.write_text(f"{RULES}  {DAILY}\n")
    config, clock, library = installation.config(), installation.time.clock, Large()
    with mail_server() as box, closing(Archive(config.database)) as archive:
        mailing = Mailing(
            archive=archive,
            view=View(archive, library, rules_folder(config, {}, library, clock), clock, {}),
            clock=clock,
            base_url="https://papers.example",
            postman=Postman(parsed(f"smtp://127.0.0.1:{box.port}"), {}),
            to=["ada@x.test"],
        )
        for number in (1, 2, 3):
            now = installation.time.moment
            shown = record(number, title="Spiking", published=now)
            archive.remember("hf-daily", listing(shown), now)
            mailing.send()
            installation.time.pass_by(days=1)
    assert [mail["Subject"] for mail in box.mails] == ["1 new: s (1)"] * 3
