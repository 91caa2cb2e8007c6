"""A digest as a mail: whole in both forms, and nothing that a listing says can get out of it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from email import message_from_bytes
from email.header import decode_header, make_header
from email.message import EmailMessage
from email.policy import SMTP, default
from typing import Any

import pytest
from lxml import html as lxml_html
from lxml.html import HtmlElement

from feedproxy.digest import Digest, Section, Span
from feedproxy.explain import Segment
from feedproxy.formats.mail import mail, shown
from feedproxy.formats.mail.letter import EXCERPT, excerpt, letter
from feedproxy.rules import decide
from tests.clocks import NOON
from tests.compact import record, topic

HOME = "https://papers.example"
SPAN = Span(NOON - timedelta(days=1), NOON)
RULES = replace(
    topic({"topic": "spiking", "include": ["spiking", "zebra"], "exclude": ["survey"]}),
    title="Spiking & «Brains»",
    digest="daily",
)


def digest(*papers: dict[str, Any], title: str = RULES.title, more: int = 0) -> Digest:
    rules = replace(RULES, title=title)
    known = [record({"published": "2026-11-20", "id": f"x{n}"} | p) for n, p in enumerate(papers)]
    decisions = [decide(rules, each, NOON) for each in known]
    new = tuple(each for each in decisions if each.included)
    near = tuple(each for each in decisions if not each.included)
    return Digest((Section(rules, SPAN, new, near, more_new=more),))


def written(found: Digest) -> EmailMessage:
    """As it goes over the wire and is read again."""
    made = mail(found, HOME, "papers@x.test", ["ada@x.test", "bo@x.test"], NOON)
    return message_from_bytes(made.as_bytes(policy=SMTP), policy=default)


def part(message: EmailMessage, kind: str) -> str:
    body = message.get_body((kind,))
    assert body
    return str(body.get_content())


def page_of(message: EmailMessage) -> HtmlElement:
    page: HtmlElement = lxml_html.document_fromstring(part(message, "html"))
    return page


PAPER = {
    "id": "https://arxiv.org/abs/2611.00001",
    "link": "https://arxiv.org/abs/2611.00001",
    "title": "Spiking Größe in Zebras",
    "summary": "We count. " * 60 + "Then comes a spiking network. " + "We go on. " * 60,
    "authors": ("Ada", "Bo", "Cy", "Di", "Ed"),
    "numbers": {"upvotes": "1"},
}


def test_both_forms_tell_the_same() -> None:
    message = written(digest(PAPER, {"title": "A survey of spiking"}, more=2))
    assert message["Subject"] == "3 new: Spiking & «Brains» (3)"
    assert message["From"] == "feedproxy <papers@x.test>"
    assert message["To"] == "ada@x.test, bo@x.test"
    assert message["Auto-Submitted"] == "auto-generated"
    assert message["Date"].datetime == NOON
    assert message["Message-ID"].endswith("@x.test>")
    page = page_of(message)
    text = " ".join(part(message, "plain").split())
    for told in (
        "3 new",
        "Daily topics since 2026-11-19 12:00 UTC",
        "Ada, Bo, Cy and 2 others · 1 upvote · 2026-11-20",
        "Because: spiking",
        "But: excluded by `survey` in the title",
        "and 2 more",
    ):
        assert told in " ".join(page.text_content().split())
        assert told in text
    links = {
        "https://arxiv.org/abs/2611.00001",
        f"{HOME}/topics/spiking",
        f"{HOME}/topics/spiking/why/2611.00001",
        f"{HOME}/topics/spiking?view=near",
        f"{HOME}/",
    }
    assert links <= {link for *_, link, _ in page.iterlinks()}
    assert links <= set(text.split())


def test_what_matched_is_marked_in_title_and_abstract() -> None:
    message = written(digest(PAPER))
    marks = [mark.text for mark in page_of(message).iter("mark")]
    assert marks == ["Spiking", "Zebras", "spiking"]
    assert "*Spiking* Größe in *Zebras*" in part(message, "plain")


def test_a_title_and_an_abstract_run_in_the_direction_of_their_script() -> None:
    hebrew = {"title": "רשתות spiking", "summary": "אנו סופרים zebra"}
    page = page_of(written(digest(hebrew)))
    own = {each.text_content() for each in page.iter("p") if each.get("dir") == "auto"}
    assert own == set(hebrew.values())


@pytest.mark.parametrize("unmarked", [0, 1000])
@pytest.mark.parametrize("words", ["", "Then comes a spiking network. "])
@pytest.mark.parametrize("rest", [0, 1000])
def test_the_html_shows_every_word_of_the_letter(unmarked: int, words: str, rest: int) -> None:
    """Abstracts cut at neither, one or both of their ends, with and without a mark."""
    summary = "We count. " * (unmarked // 10) + words + "We go on. " * (rest // 10)
    found = digest(PAPER | {"summary": summary})
    [item] = letter(found, HOME).parts[0].items
    shown = [each.text_content() for each in page_of(written(found)).iter("p")]
    for segments in filter(None, (item.title, item.excerpt)):
        assert "".join(each.text for each in segments) in shown


def test_no_line_is_too_long_for_the_wire_and_text_keeps_to_78_columns() -> None:
    message = mail(digest(PAPER), HOME, "papers@x.test", ["a@x.test"], NOON)
    assert max(map(len, message.as_bytes(policy=SMTP).split(b"\r\n"))) <= 78
    assert message.as_bytes().isascii()
    assert max(map(len, shown(digest(PAPER), HOME).splitlines())) <= 78


HOSTILE = (
    "<script>alert(1)</script>",
    '"><img src=https://evil.test/x>',
    "line\r\nBcc: eve@evil.test",
    "\x00\x1b[31m\u202e\ud800 end",
    "&lt;b&gt;",
)


@pytest.mark.parametrize("text", HOSTILE)
def test_what_a_listing_says_stays_text(text: str) -> None:
    paper = {
        "title": f"spiking {text}",
        "summary": text,
        "authors": (text,),
        "link": f"javascript:{text}",
        "id": text,
    }
    message = written(digest(paper, title=f"T {text}"))
    assert message["Bcc"] is None
    assert message["Subject"].startswith("1 new: T ")
    page = page_of(message)
    tags = {element.tag for element in page.iter()}
    assert tags <= {"html", "head", "meta", "title", "body", "h1", "h2", "p", "a", "mark"}
    assert all(link.startswith(f"{HOME}/") for *_, link, _ in page.iterlinks())
    for form in ("html", "plain"):
        assert not {"\x00", "\x1b", "\u202e", "\ud800"} & set(part(message, form))


def test_a_very_long_subject_is_cut() -> None:
    subject = written(digest(PAPER, title="Ü" * 500))["Subject"]
    assert len(subject) == 120
    assert subject.endswith("…")


@pytest.mark.parametrize(
    "title",
    [
        "Neural codes, De la profondà l'échelle réseaux",
        "réseaux où impulsions vérifiés à",
        "über Größe schön Prüfung trägt für Öl",
        "大规模语言模型 神经形态计算 机器人 高效推理 脉冲神经网络 研究 的最新进展",
        "of 👩\u200d🔬 🦓🦓🦓 🎉🎉 🎈 🧠🚀",
        "Plain =?utf-8?q?x=C3=A9?= words",
    ],
)
def test_a_subject_keeps_its_spaces_where_it_is_folded(title: str) -> None:
    found = digest(PAPER, title=title)
    subject = letter(found, HOME).subject
    made = mail(found, HOME, "papers@x.test", ["ada@x.test"], NOON)
    wire = made.as_bytes(policy=SMTP)
    otherwise = make_header(decode_header(message_from_bytes(wire)["Subject"]))
    assert made["Subject"] == written(found)["Subject"] == str(otherwise) == subject
    assert max(map(len, wire.split(b"\r\n"))) <= 78


def test_a_plain_subject_is_not_encoded() -> None:
    made = mail(digest(PAPER, title="Brains"), HOME, "papers@x.test", ["ada@x.test"], NOON)
    assert b"\r\nSubject: 1 new: Brains (1)\r\n" in made.as_bytes()


def test_a_sender_may_have_a_name() -> None:
    made = mail(digest(PAPER), HOME, "Papers <p@x.test>", ["a@x.test"], NOON)
    assert made["From"] == "Papers <p@x.test>"


def test_topics_with_beginnings_of_their_own_are_covered_since_the_earliest() -> None:
    (section,) = digest(PAPER).sections
    moments = (NOON - timedelta(days=days) for days in (1, 3, 2))
    sections = tuple(replace(section, span=Span(moment, NOON)) for moment in moments)
    assert shown(Digest(sections), HOME).startswith(
        "3 new\nDaily topics since 2026-11-17 12:00 UTC\n"
    )


def test_nothing_new_is_said() -> None:
    assert shown(digest(), HOME).startswith("Nothing new\nDaily topics since 2026-11-19 12:00")


@pytest.mark.parametrize("place", [0, 100, 300, 1000, 4990])
def test_an_excerpt_shows_what_was_found(place: int) -> None:
    whole = (Segment("a" * place), Segment("found", "found", "include"), Segment("b" * 5000))
    cut = excerpt(whole)
    assert "found" in [each.text for each in cut if each.marked]
    assert sum(len(each.text) for each in cut) <= EXCERPT + 4


def test_a_short_abstract_is_whole() -> None:
    assert excerpt((Segment("short"),)) == (Segment("short"),)


def test_an_abstract_in_which_nothing_was_found_is_told_from_its_beginning() -> None:
    """As of a paper that its title brought in."""
    cut = excerpt((Segment("It begins. " + "It goes on. " * 500),))
    assert "".join(each.text for each in cut).startswith("It begins.")


def test_a_topic_without_anything_new_is_left_out() -> None:
    sections = digest(PAPER).sections + digest(title="Quiet").sections
    for form in ("plain", "html"):
        told = part(written(Digest(sections)), form)
        assert "1 new" in told
        assert "Quiet" not in told
        assert "Near misses" not in told


def test_votes_are_the_latest_as_on_the_pages() -> None:
    votes = {"hf": {"upvotes": {"2026-11-19": "50", "2026-11-20": "3"}}}
    paper = {"title": "Spiking", "listed": {"hf": "2026-11-19"}, "readings": votes}
    assert "3 upvotes · " in part(written(digest(paper)), "plain")


def test_near_misses_say_what_they_are() -> None:
    message = written(digest(PAPER, {"title": "A survey of spiking"}))
    for form in ("plain", "html"):
        assert "One number or one exclusion keeps each of these out." in part(message, form)


def test_what_keeps_a_near_miss_out_is_not_marked_like_what_brings_one_in() -> None:
    message = written(digest({"title": "A survey of spiking"}))
    styles = {mark.text: mark.get("style") for mark in page_of(message).iter("mark")}
    assert styles["survey"] != styles["spiking"]


def test_what_saves_a_paper_from_exclusion_is_marked_like_what_brings_one_in() -> None:
    rules = topic({"include": ["spiking"], "exclude": [{"text": "survey", "none": ["zebra"]}]})
    decision = decide(rules, record({"title": "Spiking survey of zebras"}), NOON)
    page = page_of(written(Digest((Section(rules, SPAN, (decision,), ()),))))
    styles = {mark.text: mark.get("style") for mark in page.iter("mark")}
    assert decision.included
    assert styles["zebras"] == styles["Spiking"] != styles["survey"]
