"""How much the pages of a large archive weigh. How long they take is `benchmarks/pages.py`."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from feedproxy.archive import Archive
from feedproxy.assemble import assemble
from feedproxy.config import Config
from feedproxy.models import ARXIV_ABS, Listing, Record, SourceState
from feedproxy.web import create_app
from feedproxy.web.cards import weight
from tests.clocks import NOON, FakeTime
from tests.test_web_pages import page, texts

ROOT = Path(__file__).parents[1]
MOST = 100_000
"""Bytes of a page, before any compression."""
RECORDS = 10_000
RULES = """
sources: {papers: {kind: huggingface, title: Daily papers}}
topics:
  spiking:
    include: [spiking neural network]
    where: {authors: {max: 40}}
"""
ABSTRACT = "We ask what a spiking neural network <costs> & what it “saves”, in Joules. " * 2
ABSTRACT += "We let it sleep & wake, and ask it “again”, on chips that are like no other. " * 17
"""1,500 letters: few have more."""


def paper(number: int) -> Record:
    """Every other one is left out, for its 41 authors."""
    link = f"{ARXIV_ABS}2611.{number:05}"
    name = f"{number}-how-much-a-network-costs"
    return Record(
        id=link,
        link=link,
        title=f"How Much a Spiking Neural Network “Costs” & Saves, Measured Again {number}",
        published=NOON,
        summary=ABSTRACT,
        authors=("Åsa Invented-Author", "Ada Quill-Brown") * 20 + ("One More",) * (number % 2),
        organization="An Institute with a Name",
        pdf=f"https://arxiv.org/pdf/2611.{number:05}",
        code=f"https://github.com/invented/{name}",
        project=f"https://project.invalid/{name}",
        video=f"https://pictures.invalid/{name}.mp4",
        thumbnail=f"https://pictures.invalid/{name}.png",
        discussion=f"https://huggingface.co/papers/2611.{number:05}",
        numbers={"upvotes": number},
    )


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> FlaskClient:
    """Of an archive of 10,000 records, just read."""
    folder, time = tmp_path_factory.mktemp("large"), FakeTime()
    (folder / "rules").mkdir()
    (folder / "rules" / "topics.yaml").write_text(RULES)
    config = Config(rules=folder / "rules", database=f"sqlite:///{folder}/archive.db")
    archive = Archive(config.database)
    lease = archive.take("papers", "test", 60, SourceState("papers"))
    assert lease is not None
    listing = Listing(tuple(map(paper, range(RECORDS))))
    archive.remember("papers", listing, time.moment, lease)
    archive.succeeded(lease, time.moment, time.moment)
    archive.close()
    pipeline = assemble(config, clock=time.clock)
    pipeline.refresher.stop()
    return create_app(pipeline, config).test_client()


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/topics/spiking",
        "/topics/spiking?page=200",
        "/topics/spiking?view=near",
        "/topics/spiking?view=excluded",
        "/topics/spiking?view=excluded&q=costs",
        "/topics/spiking/why/2611.00000",
        "/topics/spiking/why/2611.00001",
        "/sources",
        "/try?topic=spiking",
        "/nowhere",
    ],
)
def test_every_page_of_a_large_archive_weighs_less_than_100_kb(
    client: FlaskClient, path: str
) -> None:
    answer = client.get(path)
    assert answer.status_code == (404 if path == "/nowhere" else 200)
    assert len(answer.data) < MOST


def test_the_cards_of_a_large_archive_are_whole(client: FlaskClient) -> None:
    shown = page(client, "/topics/spiking?view=excluded")
    assert texts(shown, ".tabs a")[2] == "Excluded (5,000)"
    cards = shown.cssselect(".records > li")
    assert len(cards) == 25
    for card in cards:
        assert len(card.cssselect("img")) == 1
        assert texts(card, ".links a") == [
            "Why not?",
            "PDF",
            "Code",
            "Project",
            "Video",
            "Discussion",
        ]
        assert texts(card, "details p") == [ABSTRACT.strip()]


def test_a_text_is_counted_as_heavy_as_a_page_makes_it(client: FlaskClient) -> None:
    text = "excluded by `a` & `<b>` in the “title”, and by `c` in 'it'"
    parts = client.application.jinja_env.get_template("parts.html").module
    assert len(text.encode()) < len(parts.said(text).encode()) <= weight(text)  # type: ignore[attr-defined]  # a macro


def test_the_readmes_pictures_are_there_are_told_in_words_and_weigh_little() -> None:
    pictures = re.findall(r"!\[(.*?)\]\((.*?)\)", (ROOT / "README.md").read_text())
    assert len(pictures) == 2
    for told, file in pictures:
        assert len(told) > 80
        assert (ROOT / file).stat().st_size < 150_000


def test_style_and_scripts_weigh_little(client: FlaskClient) -> None:
    shown = page(client, "/try")
    addresses = [*shown.xpath("//script/@src"), *shown.xpath("//link[@rel='stylesheet']/@href")]
    weight = 0
    for address in addresses:
        with client.get(address) as answer:
            weight += len(answer.data)
    assert len(addresses) == 3
    assert weight < 20_000
