"""`feedproxy digest`: shown, sent, and what it says where it cannot; and that `serve` sends it."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from feedproxy.clock import utc_now
from tests.commands import command, read
from tests.conftest import Installation
from tests.invented import Paper, served
from tests.mailbox import mail_server
from tests.running import eventually, serving

RULES = """
sources:
  hf-daily: {kind: huggingface, listing: daily, lookback: 3d}
topics:
  spiking: {title: Spiking papers, include: [spiking], digest: daily}
  rain: {include: [rain], digest: weekly}
"""

NOT_DUE = (
    "no mail is due: the last was sent already, or had nothing new; "
    "--since DATE sends what is new since then\n"
)


@pytest.fixture
def written(installation: Installation) -> Installation:
    """Papers of today and of two days before; the commands' clock is the real one."""
    installation.time.moment = now = utc_now()
    installation.rules.write_text(RULES)
    before = now.date() - timedelta(days=2)
    installation.site.papers = [
        Paper("2611.00001", "Spiking one", now.date()),
        Paper("2611.00002", "Spiking two", before),
        Paper("2611.00003", "Rain", before),
    ]
    installation.site.now = utc_now
    return installation


@pytest.fixture
def folder(written: Installation) -> Path:
    """Read once."""
    read(written)
    return written.folder


def test_print_shows_the_last_day_and_week_and_sends_nothing(folder: Path) -> None:
    shown = command(folder, "digest", "--print", FEEDPROXY_PUBLIC_URL="https://p.example")
    assert shown.exit_code == 0
    assert shown.stdout.startswith("2 new\nDaily topics since ")
    assert "Why: https://p.example/topics/spiking/why/2611.00001" in shown.stdout
    assert "2611.00003" in shown.stdout
    assert "2611.00002" not in shown.stdout


def test_since_begins_with_that_day(folder: Path) -> None:
    today = utc_now().date()
    for days, told in ((0, 1), (1, 1), (2, 3)):
        since = f"{today - timedelta(days=days)}"
        assert command(folder, "digest", "--print", "--since", since).stdout.startswith(
            f"{told} new"
        )


def test_what_is_shown_since_a_day_names_that_day(folder: Path) -> None:
    day = f"{utc_now().date() - timedelta(days=2)}"
    shown = command(folder, "digest", "--print", "--since", day).stdout
    assert shown.splitlines()[1] == f"Daily topics since {day} and weekly topics since {day} UTC"


def test_it_is_sent_once_to_each_and_again_only_when_asked(folder: Path) -> None:
    with mail_server() as box:
        settings = {"FEEDPROXY_SMTP_URL": f"smtp://127.0.0.1:{box.port}"}
        to = ("--to", "ada@x.test, bo@x.test", "--to", "cy@x.test")
        sent = command(folder, "digest", *to, **settings)
        assert (sent.exit_code, sent.stdout) == (
            0,
            "2 new: sent to ada@x.test, bo@x.test, cy@x.test\n",
        )
        assert box.envelopes[0].rcpt_tos == ["ada@x.test", "bo@x.test", "cy@x.test"]
        again = command(folder, "digest", *to, **settings)
        assert (again.exit_code, len(box.mails)) == (0, 1)
        assert again.stdout == NOT_DUE
        forced = command(folder, "digest", *to, "--since", f"{utc_now():%Y-%m-%d}", **settings)
        assert (forced.exit_code, len(box.mails)) == (0, 2)
        other = command(folder, "digest", FEEDPROXY_DIGEST_TO="di@x.test", **settings)
        assert (other.exit_code, len(box.mails)) == (0, 3)


def test_other_recipients_have_their_own_mail_and_no_one_has_it_twice(folder: Path) -> None:
    """Whoever else has it, and in whatever order and letters they are named."""
    with mail_server() as box:
        settings = {"FEEDPROXY_SMTP_URL": f"smtp://127.0.0.1:{box.port}"}
        lists = ("ada@x.test,bo@x.test", "cy@x.test", "Bo@x.test,ADA@x.test", "cy@x.test")
        told = [command(folder, "digest", "--to", to, **settings).stdout for to in lists]
    assert [each.rcpt_tos for each in box.envelopes] == [["ada@x.test", "bo@x.test"], ["cy@x.test"]]
    assert told[2:] == [NOT_DUE] * 2


def test_the_mail_names_who_sends_it_and_who_has_it(folder: Path) -> None:
    with mail_server() as box:
        url = f"smtp://127.0.0.1:{box.port}?from=papers@x.test"
        command(folder, "digest", "--to", "ada@x.test,bo@x.test", FEEDPROXY_SMTP_URL=url)
    [mail] = box.mails
    assert (mail["From"], mail["To"]) == ("feedproxy <papers@x.test>", "ada@x.test, bo@x.test")


def test_what_had_nothing_new_is_not_said_to_have_been_sent(written: Installation) -> None:
    written.site.papers = []
    read(written)
    with mail_server() as box:
        settings = {"FEEDPROXY_SMTP_URL": f"smtp://127.0.0.1:{box.port}"}
        told = [
            command(written.folder, "digest", "--to", "ada@x.test", **settings) for _ in range(2)
        ]
    assert [each.exit_code for each in told] == [0, 0]
    assert [each.stdout for each in told] == ["nothing is new: no mail was sent\n", NOT_DUE]
    assert not box.mails


def test_a_recipient_that_is_refused_is_a_failure_though_the_others_have_it(folder: Path) -> None:
    with mail_server() as box:
        box.refuses = {"ada@x.test"}
        settings = {"FEEDPROXY_SMTP_URL": f"smtp://127.0.0.1:{box.port}"}
        sent = command(folder, "digest", "--to", "ada@x.test,bo@x.test", **settings)
    assert (sent.exit_code, len(box.mails)) == (1, 1)
    assert "refused ada@x.test (550" in sent.stderr
    assert sent.stdout.endswith("sent to bo@x.test\n")


def test_what_failed_can_be_sent_at_once(folder: Path) -> None:
    with mail_server() as box:
        settings = {"FEEDPROXY_SMTP_URL": f"smtp://127.0.0.1:{box.port}"}
        box.answer = "451 later"
        failed = command(folder, "digest", "--to", "ada@x.test", **settings)
        assert failed.exit_code == 1
        assert f"127.0.0.1:{box.port}: it answered 451 later" in failed.stderr
        box.answer = "250 taken"
        assert command(folder, "digest", "--to", "ada@x.test", **settings).exit_code == 0
    assert len(box.mails) == 1


@pytest.mark.parametrize(
    ("arguments", "status", "told"),
    [
        ((), 2, "--to ADDRESS, or show it by --print"),
        (("--to", "ada"), 2, "such as ada@example.org"),
        (("--print", "--since", "yesterday"), 2, "write a day such as 2026-11-21"),
        (("--print", "--since", "9999-01-01"), 2, "still to come"),
        (("--to", "ada@x.test"), 1, "set FEEDPROXY_SMTP_URL, such as smtp://user"),
    ],
)
def test_what_is_missing_is_named(
    folder: Path, arguments: tuple[str, ...], status: int, told: str
) -> None:
    found = command(folder, "digest", *arguments)
    assert (found.exit_code, told in found.stderr) == (status, True)


def test_without_a_topic_that_asks_for_it_it_says_what_to_write(
    installation: Installation,
) -> None:
    read(installation)
    found = command(installation.folder, "digest", "--print")
    assert (found.exit_code, found.stdout) == (1, "")
    assert "write digest: daily, or weekly" in found.stderr


def test_serve_sends_it_by_itself(written: Installation) -> None:
    with mail_server() as box, served(written.site) as site:
        settings = {
            "FEEDPROXY_SMTP_URL": f"smtp://127.0.0.1:{box.port}",
            "FEEDPROXY_DIGEST_TO": "ada@x.test",
            "FEEDPROXY_HF_URL": site,
            "FEEDPROXY_ALLOW_PRIVATE": "127.0.0.0/8",
        }
        with serving(written.folder, "--workers", "2", **settings):
            eventually("the mail came", lambda: bool(box.mails))
    assert [mail["Subject"] for mail in box.mails] == ["2 new: Spiking papers (1), rain (1)"]
