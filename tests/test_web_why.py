"""The page that explains one record to the last condition."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask.testing import FlaskClient
from lxml import html

from feedproxy.pipeline import Pipeline
from tests.conftest import Installation
from tests.test_web_pages import page, texts


def test_the_whole_rule_set_is_there_each_condition_marked(client: FlaskClient) -> None:
    shown = page(client, "/topics/spiking/why/2611.00002")
    assert texts(shown, "#verdict") == ["Not included"]
    assert texts(shown, "section.notice li") == ["excluded by survey in the title"]
    assert texts(shown, ".rules strong") == [
        "include any of: passed",
        "exclude all of: keeps it out",
    ]
    assert texts(shown, ".rules .held") == [
        "✓ holds: spiking neural network in the title",
        "✓ holds: survey in the title",
    ]
    assert texts(shown, ".rules .not") == ["✗ does not hold: SNN not in the title or the abstract"]
    assert texts(shown, "h1 mark.exclude") == ["Survey"]


@pytest.mark.parametrize(
    ("path", "ways"),
    [
        ("/topics/spiking/why/2611.00001", ["without spiking neural network in the title"]),
        ("/topics/spiking/why/2611.00002", ["without survey in the title"]),
        ("/topics/popular/why/2611.00002", ["with 7 more upvotes"]),
    ],
)
def test_it_says_what_would_change_the_verdict(
    client: FlaskClient, path: str, ways: list[str]
) -> None:
    assert texts(page(client, path), ".ways li")[: len(ways)] == ways


def test_a_long_list_is_one_line(
    pipeline: Pipeline, installation: Installation, browse: Callable[..., FlaskClient]
) -> None:
    words = ", ".join(f"word{number}" for number in range(2000))
    installation.rules.write_text(f"topics: {{long: {{include: [{words}]}}}}")
    answer = browse().get("/topics/long/why/2611.00001")
    assert len(answer.data) < 100_000
    assert "<code>word1</code>, <code>word2</code>" in answer.text
    assert "and 1500 more" in answer.text


SCORED = """
lists: {spiking: [spiking, neuromorphic]}
topics:
  scored:
    score: [{title: $spiking, add: 5}, {abstract: $spiking, add: 2}, {text: language, add: 1}]
"""


def test_each_entry_of_a_score_says_what_it_adds(
    pipeline: Pipeline, installation: Installation, browse: Callable[..., FlaskClient]
) -> None:
    installation.rules.write_text(SCORED)
    shown = page(browse(), "/topics/scored/why/2611.00001")
    entries = [
        " ".join(each.text_content().split()) for each in shown.cssselect(".score > ul > li")
    ]
    assert entries[0].startswith("✓ holds: $spiking: add 5 ✓ holds: spiking in the title")
    assert entries[1].startswith("✗ does not hold: $spiking: add 2 ✗ does not hold: not found:")
    assert entries[2].startswith("✗ does not hold: add 1: language not in")


def test_every_form_of_an_id_leads_to_one_address(client: FlaskClient) -> None:
    for named in ("2611.00001v2", "arXiv:2611.00001"):
        answer = client.get(f"/topics/spiking/why/{named}")
        assert (answer.status_code, answer.location) == (302, "/topics/spiking/why/2611.00001")


def test_an_id_that_is_not_there_is_a_page_with_a_next_step(client: FlaskClient) -> None:
    answer = client.get("/topics/spiking/why/2611.99999")
    assert answer.status_code == 404
    shown = html.document_fromstring(answer.text)
    assert texts(shown, "h1") == [
        "No record '2611.99999' in the archive (none of its 3 records has this id)"
    ]
    assert texts(shown, "main > p")[0].startswith("Search the topic's page for words of its title.")
    assert [each.get("href") for each in shown.cssselect("main a")] == [
        "/topics/spiking",
        "/",
        "/sources",
    ]
    assert client.get("/topics/nothing/why/2611.00001").status_code == 404


def test_a_renamed_topic_leads_on(
    pipeline: Pipeline, installation: Installation, browse: Callable[..., FlaskClient]
) -> None:
    installation.rules.write_text("topics: {spikes: {include: [spiking], renamed: spiking}}")
    answer = browse().get("/topics/spiking/why/2611.00001")
    assert (answer.status_code, answer.location) == (301, "/topics/spikes/why/2611.00001")


def test_a_reference_manager_finds_what_to_cite(client: FlaskClient) -> None:
    shown = page(client, "/topics/spiking/why/2611.00001")
    tags = {
        each.get("name"): each.get("content") for each in shown.cssselect("meta[name^=citation]")
    }
    assert tags == {
        "citation_title": "Spiking Neural Networks at Scale",
        "citation_author": "Ada Invented",
        "citation_publication_date": "2026/11/20",
        "citation_doi": "10.48550/arXiv.2611.00001",
        "citation_arxiv_id": "2611.00001",
        "citation_pdf_url": "https://arxiv.org/pdf/2611.00001",
        "citation_public_url": "https://arxiv.org/abs/2611.00001",
    }
