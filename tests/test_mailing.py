"""The digest through the whole program: what is told, when, to whom, and that it is told once."""

from __future__ import annotations

import itertools
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import UTC, date, datetime, timedelta

import pytest

from feedproxy.archive import Archive
from feedproxy.digest import JOB, Marks, Span, Turn
from feedproxy.errors import MailError, MailUnsure
from feedproxy.mailing import LOOK_EVERY
from feedproxy.mailserver import mail_server as parsed
from feedproxy.pipeline import Pipeline
from tests.archive_programs import listing, record
from tests.clocks import NOON
from tests.conftest import Installation
from tests.invented import Paper
from tests.mailbox import ENVELOPE, Mailbox, Script, mail_server, script

FRIDAY = date(2026, 11, 20)
RULES = """
sources:
  hf-daily: {kind: huggingface, listing: daily, lookback: 3d}
topics:
  spiking: {title: Spiking papers, include: [spiking], exclude: [survey], digest: daily}
  popular: {where: {upvotes: {min: 10}}, digest: weekly}
  silent: {include: [rain]}
"""


@pytest.fixture
def mailed(installation: Installation) -> Installation:
    installation.rules.write_text(RULES)
    installation.site.papers = [
        Paper("2611.00001", "Spiking one", FRIDAY, upvotes=3),
        Paper("2611.00002", "A survey of spiking", FRIDAY),
        Paper("2611.00003", "Rain", FRIDAY, upvotes=12),
        Paper("2611.00004", "Spiking of two days before", FRIDAY - timedelta(days=2), upvotes=10),
    ]
    return installation


def server(installation: Installation, box: Mailbox | Script) -> Pipeline:
    """One of the processes that send by themselves."""
    smtp = parsed(f"smtp://127.0.0.1:{box.port}")
    return installation.start(smtp=smtp, digest_to=("ada@x.test", "bo@x.test"))


def read(*pipelines: Pipeline) -> None:
    for pipeline in pipelines:
        for name in pipeline.due():
            pipeline.refresh(name)


def begun(installation: Installation, box: Mailbox) -> Pipeline:
    """One that has read everything and sent its first mail."""
    pipeline = server(installation, box)
    read(pipeline)
    pipeline.mailing.send_if_due()
    return pipeline


def later(installation: Installation, pipeline: Pipeline, **span: float) -> None:
    """Time passes, everything is read, and it is time to look again."""
    installation.time.pass_by(**span)
    read(pipeline)
    installation.time.pass_by(minutes=6)
    pipeline.mailing.send_if_due()


def look(pipeline: Pipeline) -> None:
    """As the server's loop does."""
    for _ in pipeline.mailing.due():
        pipeline.mailing.send_if_due()


def health(installation: Installation, pipeline: Pipeline) -> str:
    installation.time.pass_by(minutes=1)
    pipeline.rules()
    return pipeline.health_feed("atom")[0].body.decode()


def text(box: Mailbox, place: int = -1) -> str:
    body = box.mails[place].get_body(("plain",))
    assert body
    return str(body.get_content())


def test_the_first_mail_tells_the_last_day_and_week(mailed: Installation) -> None:
    with mail_server() as box:
        begun(mailed, box)
    [mail] = box.mails
    assert mail["Subject"] == "3 new: Spiking papers (1), popular (2)"
    told, near = text(box).split("Near misses")
    assert [told.count(f"abs/2611.0000{n}") for n in (1, 2, 3, 4)] == [1, 0, 1, 1]
    assert "But: excluded by `survey` in the title" in near
    assert "Why: https://papers.example/topics/spiking/why/2611.00001" in told


def test_every_mail_begins_where_the_last_one_ended(mailed: Installation) -> None:
    with mail_server() as box:
        pipeline = begun(mailed, box)
        for n in (5, 6):
            day = FRIDAY + timedelta(days=n - 4)
            mailed.site.papers.append(Paper(f"2611.0000{n}", f"Spiking {n}", day))
            later(mailed, pipeline, days=1)
    assert [mail["Subject"] for mail in box.mails[1:]] == ["1 new: Spiking papers (1)"] * 2
    assert [f"Spiking* {n}" in text(box, n - 4) for n in (5, 6)] == [True, True]


def test_a_late_entry_and_a_threshold_reached_late_are_told_then_and_once(
    mailed: Installation,
) -> None:
    """The listing of a day that was told already grows, and votes rise."""
    with mail_server() as box:
        pipeline = begun(mailed, box)
        mailed.site.papers.append(Paper("2611.00009", "Spiking late", FRIDAY))
        mailed.site.papers[0].upvotes = 11
        later(mailed, pipeline, days=1)
        later(mailed, pipeline, days=2)
        later(mailed, pipeline, days=1)
    assert [mail["Subject"] for mail in box.mails[1:]] == [
        "1 new: Spiking papers (1)",
        "1 new: popular (1)",
    ]
    assert "2611.00009" in text(box, 1)
    assert "2611.00001" in text(box, 2)


def test_what_comes_to_match_by_a_later_abstract_is_told_then_and_once(
    mailed: Installation,
) -> None:
    """And nothing is told again because its abstract was revised."""
    told, matching, title = mailed.site.papers[0], Paper("2611.00008", "Pulses", FRIDAY), "Pulses"
    mailed.site.papers.append(matching)
    with mail_server() as box:
        pipeline = begun(mailed, box)
        for word in ("One", "Another"):
            matching.summary, told.summary = f"{word} spiking network.", f"{word} revision."
            later(mailed, pipeline, days=1)
            pipeline = server(mailed, box)
    assert [mail["Subject"] for mail in box.mails[1:]] == ["1 new: Spiking papers (1)"]
    assert title in text(box)
    assert "2611.00001" not in text(box)


def test_what_a_later_title_rules_out_and_in_again_is_not_told_again(
    mailed: Installation,
) -> None:
    told = mailed.site.papers[0]
    with mail_server() as box:
        pipeline = begun(mailed, box)
        for title in ("A survey", "Spiking again"):
            told.title = title
            later(mailed, pipeline, days=1)
    assert len(box.mails) == 1


def test_a_backfill_is_no_news(mailed: Installation) -> None:
    with mail_server() as box:
        pipeline = begun(mailed, box)
        past = [
            record(age, title=f"Spiking {age}", published=NOON - timedelta(days=age))
            for age in (5, 30)
        ]
        mailed.time.pass_by(hours=1)
        with closing(Archive(mailed.config().database)) as other:
            other.remember("hf-daily", listing(*past), mailed.time.moment)
        later(mailed, pipeline, days=1)
    assert ["2611.00005" in text(box), "2611.00030" in text(box)] == [True, False]


def test_what_another_worker_was_writing_while_it_was_sent_is_told_by_the_next(
    mailed: Installation,
) -> None:
    with mail_server() as box, closing(Archive(mailed.config().database)) as other:
        pipeline = server(mailed, box)
        for number in (5, 6, 7):
            read(pipeline)
            learnt = mailed.time.moment - timedelta(minutes=4)
            pipeline.mailing.send_if_due()
            late = record(number, title=f"Spiking {number}", published=learnt)
            other.remember("hf-daily", listing(late), learnt)
            mailed.time.pass_by(days=1)
        read(pipeline)
        pipeline.mailing.send_if_due()
    new = [text(box, at).partition("Near misses")[0] for at in range(4)]
    told = [[n for n in (5, 6, 7) if f"2611.0000{n}" in each] for each in new]
    assert told == [[], [5], [6], [7]]


def test_what_was_just_read_is_told_at_once(mailed: Installation) -> None:
    """As where the server is off at six: it reads the sources, and then there is the mail."""
    with mail_server() as box:
        for number in (5, 6):
            pipeline = server(mailed, box)
            mailed.site.papers.append(Paper(f"2611.0000{number}", f"Spiking {number}", FRIDAY))
            for _ in range(3):
                for job in pipeline.look_for_work():
                    pipeline.do_if_due(job)
                mailed.time.pass_by(seconds=2)
            assert f"2611.0000{number}" in text(box)
            mailed.time.pass_by(days=1)
    assert [mail["Subject"] for mail in box.mails[1:]] == ["1 new: Spiking papers (1)"]


def test_a_restart_sends_nothing_again(mailed: Installation) -> None:
    with mail_server() as box:
        for _ in range(3):
            begun(mailed, box)
            mailed.time.pass_by(hours=1)
    assert len(box.mails) == 1


def test_who_is_added_to_it_has_the_next_and_nobody_is_told_twice(mailed: Installation) -> None:
    with mail_server() as box:
        pipeline = server(mailed, box)
        later(mailed, pipeline)
        assert len(box.mails) == 1
        smtp = parsed(f"smtp://127.0.0.1:{box.port}")
        restarted = mailed.start(smtp=smtp, digest_to=("ada@x.test", "bo@x.test", "cy@x.test"))
        later(mailed, restarted, minutes=5)
        assert len(box.mails) == 1
        mailed.site.papers.append(Paper("2611.00009", "Spiking, later", FRIDAY))
        later(mailed, restarted, days=1)
    assert "2611.00009" in text(box)
    assert "2611.00001" not in text(box)


def test_it_is_due_from_six_on_and_late_where_nobody_served(mailed: Installation) -> None:
    with mail_server() as box:
        pipeline = begun(mailed, box)
        mailed.site.papers.append(Paper("2611.00005", "Spiking 5", FRIDAY))
        later(mailed, pipeline, hours=17)
        assert len(box.mails) == 1
        later(mailed, pipeline, hours=1)
        assert len(box.mails) == 2
        mailed.site.papers.append(Paper("2611.00006", "Spiking 6", FRIDAY + timedelta(days=3)))
        later(mailed, pipeline, days=3, hours=5)
    assert len(box.mails) == 3


def test_of_several_hosts_and_workers_one_sends_it(mailed: Installation) -> None:
    with mail_server() as box:
        hosts = [server(mailed, box) for _ in range(4)]
        read(hosts[0])
        for host in hosts:
            host.rules()
        with ThreadPoolExecutor(4) as pool:
            for each in [pool.submit(host.mailing.send_if_due) for host in hosts]:
                each.result()
    assert len(box.mails) == 1


def test_it_waits_until_the_sources_are_read(mailed: Installation) -> None:
    with mail_server() as box:
        pipeline = server(mailed, box)
        look(pipeline)
        assert box.mails == []
        read(pipeline)
        look(pipeline)
        assert len(box.mails) == 1
        mailed.site.papers.append(Paper("2611.00005", "Spiking 5", FRIDAY + timedelta(days=1)))
        mailed.time.pass_by(days=2)
        fresh = server(mailed, box)
        assert fresh.mailing.due() == []
        read(fresh)
        assert fresh.mailing.due() == [JOB]


def test_a_source_that_fails_holds_up_no_mail(mailed: Installation) -> None:
    with mail_server() as box:
        pipeline = begun(mailed, box)
        mailed.site.papers.append(Paper("2611.00005", "Spiking 5", FRIDAY))
        mailed.time.pass_by(hours=1)
        read(pipeline)
        mailed.site.broken = 500
        mailed.time.pass_by(days=1)
        read(pipeline)
        look(pipeline)
    assert len(box.mails) == 2


def test_what_failed_is_tried_again_ever_less_often_and_told_in_the_health_feed(
    mailed: Installation,
) -> None:
    tries: list[datetime] = []
    with mail_server() as box:
        pipeline = server(mailed, box)
        read(pipeline)
        mailed.time.moment = datetime(2026, 11, 21, 6, 6, tzinfo=UTC)
        read(pipeline)
        box.answer = "451 try later"
        for _ in range(60):
            mailed.time.pass_by(seconds=LOOK_EVERY)
            try:
                pipeline.mailing.send_if_due()
            except MailError:
                tries.append(mailed.time.moment)
        pauses = [after - before for before, after in itertools.pairwise(tries)]
        assert len(pauses) == 3
        assert pauses == sorted(pauses)
        assert pauses[0] == timedelta(minutes=7)
        pipeline.rules()
        box.answer = "250 taken"
        mailed.time.pass_by(hours=1)
        pipeline.rules()
        pipeline.mailing.send_if_due()
    assert len(box.mails) == 1
    mailed.time.pass_by(minutes=1)
    pipeline.rules()
    feed = pipeline.health_feed("atom")[0].body.decode()
    assert f"{JOB} is broken: 127.0.0.1:{box.port}: it answered 451 try later" in feed
    assert f"{JOB} is fresh again" in feed


def test_the_health_feed_says_that_some_were_refused_and_when_nobody_is_any_more(
    mailed: Installation, caplog: pytest.LogCaptureFixture
) -> None:
    with mail_server() as box:
        pipeline = server(mailed, box)
        box.refuses = {"bo@x.test"}
        later(mailed, pipeline, hours=18)
        pipeline.rules()
        box.refuses = set()
        mailed.site.papers.append(Paper("2611.00005", "Spiking 5", FRIDAY))
        later(mailed, pipeline, days=1)
    mailed.time.pass_by(minutes=1)
    pipeline.rules()
    feed = pipeline.health_feed("atom")[0].body.decode()
    assert f"{JOB} is broken: the server refused 1 of 2 recipients, whom the log names" in feed
    assert "bo@x.test" not in feed, "anybody may read it"
    assert "refused for bo@x.test (550 nobody of that name)" in caplog.text
    assert f"{JOB} is fresh again" in feed


def test_the_health_feed_tells_once_that_it_fails_and_nothing_of_a_mail_that_never_did(
    mailed: Installation,
) -> None:
    with mail_server() as box:
        pipeline = server(mailed, box)

        def next_day() -> None:
            day = (mailed.time.moment + timedelta(days=1)).date()
            mailed.site.papers.append(Paper(f"2611.001{day:%d}", f"Spiking {day}", day))
            later(mailed, pipeline, days=1)

        for _ in range(2):
            next_day()
            assert JOB not in health(mailed, pipeline)
        box.answer = "451 try later"
        for _ in range(2):
            with pytest.raises(MailError):
                next_day()
            assert health(mailed, pipeline).count(f"{JOB} is broken: ") == 1
        box.answer = "250 taken"
        for _ in range(2):
            next_day()
            assert health(mailed, pipeline).count(f"{JOB} is fresh again") == 1
    assert len(box.mails) == 4


def test_a_mail_that_may_have_arrived_is_not_sent_again_and_the_next_tells_it_all(
    mailed: Installation,
) -> None:
    with script(*ENVELOPE, b"354 go on\r\n") as hangs_up:
        pipeline = server(mailed, hangs_up)
        read(pipeline)
        with pytest.raises(MailUnsure):
            pipeline.mailing.send_if_due()
    with mail_server() as box:
        pipeline = server(mailed, box)
        later(mailed, pipeline, hours=2)
        assert box.mails == []
        later(mailed, pipeline, hours=42)
    assert "2611.00001" in text(box)


def test_what_was_mailed_while_the_clock_was_ahead_is_not_told_again(mailed: Installation) -> None:
    with mail_server() as box:
        pipeline = server(mailed, box)
        read(pipeline)
        mailed.time.pass_by(days=1)
        pipeline.mailing.send_if_due()
        mailed.site.papers.append(Paper("2611.00005", "Spiking five", FRIDAY))
        later(mailed, pipeline, days=-1, hours=2)
    assert ["abs/2611.00001" in text(box, place) for place in (0, 1)] == [True, False]
    assert "abs/2611.00005" in text(box, 1)


def test_nothing_new_is_no_mail(mailed: Installation) -> None:
    mailed.site.papers = []
    with mail_server() as box:
        pipeline = begun(mailed, box)
        later(mailed, pipeline, days=1)
    assert box.mails == []


def test_near_misses_alone_are_no_mail(mailed: Installation) -> None:
    mailed.site.papers = [mailed.site.papers[1]]
    with mail_server() as box:
        begun(mailed, box)
    assert box.mails == []


def test_the_server_looks_at_most_once_a_minute_and_only_with_recipients(
    mailed: Installation,
) -> None:
    with mail_server() as box:
        pipeline = server(mailed, box)
        assert pipeline.look_for_work() == ["hf-daily"]
        read(pipeline)
        assert pipeline.look_for_work() == [JOB]
        pipeline.mailing.send_if_due()
        assert pipeline.look_for_work() == []
        mailed.time.pass_by(seconds=LOOK_EVERY)
        assert pipeline.look_for_work() == [JOB]
        assert mailed.start().look_for_work() == []


# The archive's part


def test_a_mail_is_begun_by_one_and_given_back_or_done(archive: Archive) -> None:
    day = timedelta(days=1)
    due, now = datetime(2026, 11, 20, 6, tzinfo=UTC), datetime(2026, 11, 20, 7, tzinfo=UTC)
    turns = [Turn(name, due, Marks(), Span(now - day, now)) for name in ("a", "b")]
    with ThreadPoolExecutor(4) as pool:
        won = [each.result() for each in [pool.submit(archive.mails.begin, turns) for _ in "1234"]]
    assert won.count(True) == 1
    archive.mails.give_back(turns, now)
    assert archive.mails.marks("a") == Marks(failed=now, first=now - day)
    again = [Turn("b", due, archive.mails.marks("b"), Span(now - day, now))]
    assert archive.mails.begin(again)
    assert not archive.mails.begin([turns[0], *again])
    assert archive.mails.marks("a") == Marks(failed=now, first=now - day)
    archive.mails.sent(again, "mine", {"one": now, "one x": now})
    archive.mails.sent([], "mine too", {"two": now})
    assert archive.mails.marks("b") == Marks(now, due, now, now - day)
    assert archive.mails.noted("mine") == {"one": now, "one x": now}
    for days, left in ((13, {"one": now, "one x": now}), (14, {})):
        end = now + days * day
        archive.mails.sent([], "mine", {"two": end})
        assert archive.mails.noted("mine") == left | {"two": end}
    assert archive.mails.noted("mine too") == {"two": now}


def test_the_server_that_reads_its_sources_sends_it_too(mailed: Installation) -> None:
    with mail_server() as box:
        pipeline = server(mailed, box)
        assert pipeline.look_for_work() == ["hf-daily"]
        for _ in range(2):
            for job in pipeline.look_for_work():
                pipeline.do_if_due(job)
    assert len(box.mails) == 1
