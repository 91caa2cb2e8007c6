"""BibTeX out, read back by a parser that is as strict as BibTeX itself."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace

import pytest
from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import strategies as st

from feedproxy.formats.bibtex import bibtex
from feedproxy.formats.clean import line
from feedproxy.models import Record
from tests.clocks import NOON
from tests.conftest import Installation
from tests.test_web_access import KEY, basic, guarded

__all__ = ["guarded"]

PAPER = Record(
    id="https://arxiv.org/abs/2611.00001",
    link="https://arxiv.org/abs/2611.00001",
    title="Spiking at Scale",
    authors=("Ada Invented", "Invented, Bo"),
    published=NOON,
)
SPECIAL = {
    r"{\textbackslash}": "\\",
    r"{\textbraceleft}": "{",
    r"{\textbraceright}": "}",
    r"{\textasciitilde}": "~",
    r"{\textasciicircum}": "^",
    **{f"\\{character}": character for character in "%&$#_"},
}
TOKEN = re.compile(
    "|".join(map(re.escape, SPECIAL)) + r"|(?P<brace>[{}])|(?P<plain>[^\\{}~^%&$#_])"
)


def parsed(document: bytes) -> dict[str, dict[str, str]]:
    """The fields of each entry by its key, values as they are written."""
    entries: dict[str, dict[str, str]] = {}
    text, place = document.decode(), 0
    while place < len(text):
        head = re.compile(r"\n?@misc\{([a-z]+-[a-z0-9.-]+)").match(text, place)
        assert head, text[place:]
        assert head[1] not in entries
        fields, place = {}, head.end()
        while field := re.compile(r",\n  (\w+) = ").match(text, place):
            assert field[1] not in fields
            fields[field[1]], place = value(text, field.end())
        assert text[place : place + 3] == "\n}\n", text[place:]
        entries[head[1]], place = fields, place + 3
    return entries


def value(text: str, place: int) -> tuple[str, int]:
    """A bare word, or all up to the brace that closes: BibTeX counts those behind \\, too."""
    if bare := re.compile(r"[a-z]+").match(text, place):
        return bare[0], bare.end()
    depth, end = 0, place
    while depth or end == place:
        depth += {"{": 1, "}": -1}.get(text[end], 0)
        end += 1
    return text[place + 1 : end - 1], end


def plain(written: str) -> str:
    """What LaTeX would set: every special sign is escaped, and braces only protect."""
    read, place = "", 0
    while place < len(written):
        token = TOKEN.match(written, place)
        assert token, f"not escaped: {written[place:]}"
        read += token["plain"] or ("" if token["brace"] else SPECIAL[token[0]])
        place = token.end()
    return read


def only(record: Record) -> dict[str, str]:
    [fields] = parsed(bibtex([record])).values()
    return fields


def test_an_arxiv_paper_is_cited_as_arxiv_does() -> None:
    record = replace(PAPER, tags=("Spiking", "cs.NE", "q-bio.NC"), doi="10.1234/A_b{c}")
    assert only(record) == {
        "title": "Spiking at Scale",
        "author": "Ada Invented and Invented, Bo",
        "year": "2026",
        "month": "nov",
        "doi": "10.1234/a_b%7Bc%7D",
        "eprint": "2611.00001",
        "archivePrefix": "arXiv",
        "primaryClass": "cs.NE",
        "url": "https://arxiv.org/abs/2611.00001",
    }


def test_another_page_has_neither_eprint_nor_class() -> None:
    record = replace(PAPER, id="urn:lab:7", link="https://lab.example/7", tags=("cs.NE",))
    assert only(record).keys() == {"title", "author", "year", "month", "url"}


@pytest.mark.parametrize(
    ("paper", "year", "month"),
    [
        ("1706.03762", "2017", "jun"),
        ("math/0309136", "2003", "sep"),
        ("hep-th/9108028", "1991", "aug"),
    ],
)
def test_a_paper_is_dated_by_its_arxiv_id_however_late_it_was_listed(
    paper: str, year: str, month: str
) -> None:
    fields = only(replace(PAPER, id=f"https://arxiv.org/abs/{paper}"))
    assert (fields["eprint"], fields["year"], fields["month"]) == (paper, year, month)


def test_keys_are_unique_and_stay_when_all_else_is_corrected() -> None:
    ids = ("https://arxiv.org/abs/2611.00001", "https://arxiv.org/abs/math/0309136", "urn:lab:7")
    records = [replace(PAPER, id=id_) for id_ in ids]
    corrected = [replace(each, title="Other", authors=(), doi="10.1/x") for each in records]
    assert len(parsed(bibtex(records))) == 3
    assert parsed(bibtex(records)).keys() == parsed(bibtex(corrected)).keys()


@pytest.mark.parametrize(
    ("title", "written"),
    [
        ("SNNs and LoRA: GPT-4 for mRNA", "{SNNs} and {LoRA:} {GPT-4} for {mRNA}"),
        ("Networks at Scale, V2, in C++", "Networks at Scale, {V2,} in {C++}"),
        ("50% of x_1 & ${y}$", r"50\% of x\_1 \& \${\textbraceleft}y{\textbraceright}\$"),
    ],
)
def test_capitals_that_mean_something_are_protected(title: str, written: str) -> None:
    assert only(replace(PAPER, title=title))["title"] == written


@pytest.mark.parametrize(
    ("author", "written"),
    [
        ("Doe, Jane, PhD", "{Doe, Jane, PhD}"),
        ("The Search and Rescue Team", "{The Search and Rescue Team}"),
        ("and", "{and}"),
        ("Others", "{Others}"),
        ("Ferdinand Brandt", "Ferdinand Brandt"),
        ("Limpet-5 Team", "{Limpet-5 Team}"),
        ("The SHORE & Sea Collaboration", r"{The SHORE \& Sea Collaboration}"),
        ("Tidal Labs", "{Tidal Labs}"),
        ("Ana Teamer", "Ana Teamer"),
        ("Group, Ana", "Group, Ana"),
        ("Ana M. Invented, Jr.", "Invented, Jr., Ana M."),
        ("Ana van den Dreamt, III", "van den Dreamt, III, Ana"),
        ("Invented, Jr., Ana", "{Invented, Jr., Ana}"),
        ("Ana and Bo Invented, Jr.", "{Ana and Bo Invented, Jr.}"),
        ("King, Jr.", "King, Jr."),
        ("Hal Dréamt III", "Dréamt, III, Hal"),
        ("Robert B. Invented Jr.", "Invented, Jr., Robert B."),
        ("Ana van den Dreamt II", "van den Dreamt, II, Ana"),
        ("Dreamt III, Hal", "Dreamt III, Hal"),
        ("King Jr.", "King Jr."),
        ("Team Limpet-5", "{Team Limpet-5}"),
        ("Limpet Team, Seaside", "{Limpet Team, Seaside}"),
        ("Team, Ana", "Team, Ana"),
        ("SEA AI Research", "{SEA AI Research}"),
        ("Invented Institute", "Invented Institute"),
        ("Invented, Ana B. Research", "Invented, Ana B. Research"),
    ],
)
def test_one_author_is_never_taken_for_several(author: str, written: str) -> None:
    assert only(replace(PAPER, authors=("A", author, "B")))["author"] == f"A and {written} and B"


HOSTILE = st.text(alphabet=st.sampled_from('{}\\%&$#_~^"@,= \n\x00éあ\ud800andAB1'), max_size=30)


@given(st.lists(st.tuples(HOSTILE, HOSTILE), max_size=4))
def test_whatever_it_says_no_title_or_name_breaks_out(texts: list[tuple[str, str]]) -> None:
    records = [
        replace(PAPER, id=f"urn:{place}", title=title, authors=(author,), doi=title, link=author)
        for place, (title, author) in enumerate(texts)
    ]
    entries = list(parsed(bibtex(records)).values())
    assert len(entries) == len(records)
    for fields, (title, author) in zip(entries, texts, strict=True):
        assert plain(fields.get("title", "")) == line(title)
        assert plain(fields.get("author", "")) == line(author)


def test_a_topic_has_a_bibliography(client: FlaskClient) -> None:
    answer = client.get("/topics/spiking.bib")
    assert answer.content_type == "application/x-bibtex; charset=utf-8"
    assert parsed(answer.data).keys() == {"arxiv-2611.00001"}
    again = client.get("/topics/spiking.bib", headers={"If-None-Match": answer.headers["ETag"]})
    assert again.status_code == 304
    assert b'href="/topics/spiking.bib"' in client.get("/topics/spiking").data
    assert client.get("/topics/spikin.bib").status_code == 404


def test_it_follows_a_new_name(
    installation: Installation, browse: Callable[..., FlaskClient]
) -> None:
    installation.rules.write_text("topics: {spikes: {include: [spiking], renamed: [spiking]}}")
    answer = browse().get("/topics/spiking.bib")
    assert (answer.status_code, answer.headers["Location"]) == (301, "/topics/spikes.bib")


def test_it_wants_the_access_key_and_takes_no_token(guarded: FlaskClient) -> None:
    assert guarded.get("/topics/spiking.bib").status_code == 401
    feed = guarded.get("/feeds/spiking.atom", headers=basic(KEY)).text
    token = re.findall(r"token=(\w+)", feed)[0]
    assert guarded.get(f"/topics/spiking.bib?token={token}").status_code == 401
    assert guarded.get("/topics/spiking.bib", headers=basic(KEY)).status_code == 200
