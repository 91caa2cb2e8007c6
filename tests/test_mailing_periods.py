"""A topic whose digest comes more or less often from some day on, through the whole program."""

from __future__ import annotations

import re
from collections.abc import Iterable
from contextlib import closing
from itertools import count, islice, repeat

import pytest

from feedproxy.archive import Archive
from feedproxy.mailserver import mail_server as parsed
from tests.archive_programs import listing, record
from tests.conftest import Installation
from tests.mailbox import Mailbox, mail_server

RULES = """
sources:
  hf-daily: {kind: huggingface, listing: daily, lookback: 3d}
topics:
  rain: {include: [rain], digest: daily}
  snow: {include: [snow], digest: weekly}
  %s: {include: [spiking]%s}
"""
"""So that a mail of either kind is due whatever the topic in question says."""

NONE, DAILY, WEEKLY = "", ", digest: daily", ", digest: weekly"


def told(
    installation: Installation,
    *phases: tuple[int, str],
    topics: Iterable[str] = repeat("spiking"),
) -> list[int]:
    """The papers of which mails told, one each day, after so many days with each kind of digest."""
    with mail_server() as box:
        numbers = count(1)
        for (days, digest), topic in zip(phases, topics, strict=False):
            installation.rules.write_text(RULES % (topic, digest))
            live(installation, box, islice(numbers, days))
    bodies = (mail.get_body(("plain",)) for mail in box.mails)
    texts = "".join(str(body.get_content()) for body in bodies if body)
    return sorted(map(int, re.findall(r"/why/2611\.(\d{5})", texts)))


def live(installation: Installation, box: Mailbox, numbers: Iterable[int]) -> None:
    """A server starts and, from the Saturday on, sends what is due each day after noon."""
    smtp = parsed(f"smtp://127.0.0.1:{box.port}")
    pipeline = installation.start(smtp=smtp, digest_to=("ada@x.test",))
    with closing(Archive(installation.config().database)) as archive:
        for number in numbers:
            installation.time.pass_by(days=1)
            now = installation.time.moment
            shown = record(number, title=f"Spiking {number}", published=now)
            archive.remember("hf-daily", listing(shown), now)
            installation.time.pass_by(minutes=6)
            pipeline.mailing.send_if_due()


@pytest.mark.parametrize(
    ("phases", "papers"),
    [
        ([(6, DAILY), (14, WEEKLY)], 17),
        ([(6, WEEKLY), (9, DAILY)], 15),
        ([(3, DAILY), (2, WEEKLY), (3, DAILY)], 8),
        ([(4, WEEKLY), (2, DAILY), (13, WEEKLY)], 17),
        ([(3, DAILY), (3, NONE), (3, DAILY)], 9),
        ([(5, WEEKLY), (2, NONE), (2, DAILY)], 9),
    ],
    ids=str,
)
def test_everything_is_told_once_however_often_the_mail_comes(
    installation: Installation, phases: list[tuple[int, str]], papers: int
) -> None:
    assert told(installation, *phases) == list(range(1, papers + 1))


def test_a_topic_that_is_new_tells_nothing_of_before(installation: Installation) -> None:
    assert told(installation, (3, NONE), (3, DAILY)) == [4, 5, 6]


def test_a_topic_that_is_renamed_goes_on(installation: Installation) -> None:
    assert told(installation, (3, DAILY), (3, DAILY), topics=("spiking", "other")) == [
        1,
        2,
        3,
        4,
        5,
        6,
    ]
