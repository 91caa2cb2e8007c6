"""Which items are one paper: the cases of data/merging, judged alone and by both databases."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import chain, combinations
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from feedproxy.archive import Archive, derive, identities
from feedproxy.archive.identities import ARXIV, LINK, Item, level_of
from feedproxy.models import Record, arxiv_id, doi_of, identity
from tests.archive_programs import NOON, NOW, listing

CASES = sorted((Path(__file__).parent / "data/merging").glob("*.yaml"))
assert CASES


def record(said: dict[str, str], **changes: Any) -> Record:
    """What a source's parser makes of an item."""
    own, doi = said.get("own", ""), said.get("doi", "")
    links = {name: said.get(name, "") for name in ("link", "pdf", "discussion")}
    id_ = identity(own, doi, (links["link"], links["pdf"]))
    known = {"id": id_, "own_id": own, "doi": doi, "title": id_, "published": NOON, **links}
    return Record(**{**known, **changes})


def item(said: dict[str, str], known: Item | None = None) -> Item:
    shown = record(said)
    own = derive.own_key(shown)
    return identities.item(said["source"], own, shown.id, derive.fields(shown), known)


def partition(papers: Sequence[Sequence[int]]) -> set[frozenset[int]]:
    return {frozenset(paper) for paper in papers}


def judged(items: Sequence[dict[str, str]]) -> set[frozenset[int]]:
    """Which of `items` are one paper, by place."""
    found = [item(said) for said in items]
    papers = identities.papers(found)
    return {
        frozenset(place for place, each in enumerate(found) if each.home in homes)
        for homes in papers
    }


def remembered(archive: Archive, items: Sequence[dict[str, str]]) -> set[frozenset[int]]:
    """The same as the archive has it, told of one item after the other."""
    for place, said in enumerate(items):
        shown = record(said, organization=str(place), title=f"Number {place}")
        archive.remember(said["source"], listing(shown), NOW)
    records = archive.records()
    return {
        frozenset(
            place
            for place, said in enumerate(items)
            if record(said).id in (found.id, *found.aliases)
        )
        for found in records
    }


@pytest.fixture(params=CASES, ids=lambda path: path.stem)
def case(request: pytest.FixtureRequest) -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load(request.param.read_text("utf-8"))
    assert sorted(chain(*found["papers"])) == list(range(len(found["items"])))
    return found


def test_items_are_one_paper_by_what_they_say(case: dict[str, Any]) -> None:
    assert judged(case["items"]) == partition(case["papers"])


@pytest.mark.parametrize("step", [1, -1])
def test_the_archive_comes_to_the_same_in_any_order(
    archive: Archive, case: dict[str, Any], step: int
) -> None:
    count = len(case["items"])
    places = {place: number for number, place in enumerate(range(count)[::step])}
    expected = {frozenset(places[place] for place in paper) for paper in case["papers"]}
    assert remembered(archive, case["items"][::step]) == expected


# Anything that sources may say

PAPERS = st.sampled_from(["", "2611.00001", "2611.00002"])
DOIS = st.sampled_from(["", "10.1234/a", "10.1234/b"])
LINKS = st.sampled_from(["https://lab.example/a", "https://lab.example/b", "https://lab.example/"])
SAID = st.builds(
    lambda source, own, pdf, doi, link: {
        "source": source,
        "own": f"tag:{source}.example/{own}",
        "pdf": pdf and f"https://arxiv.org/pdf/{pdf}",
        "doi": doi,
        "link": link,
    },
    st.sampled_from("abc"),
    st.integers(0, 3),
    PAPERS,
    DOIS,
    LINKS,
)
LISTS = st.lists(SAID, min_size=1, max_size=7, unique_by=lambda said: (said["source"], said["own"]))


@settings(deadline=None, derandomize=True, max_examples=200)
@given(LISTS, st.randoms(use_true_random=False))
def test_no_order_of_what_is_said_matters(items: list[dict[str, str]], rng: Any) -> None:
    found = [item(said) for said in items]
    expected = set(identities.papers(found))
    rng.shuffle(found)
    assert set(identities.papers(found)) == expected


@settings(deadline=None, derandomize=True, max_examples=200)
@given(LISTS)
def test_what_cannot_be_one_paper_never_is(items: list[dict[str, str]]) -> None:
    found = [item(said) for said in items]
    without_links = identities.papers(
        replace(each, identities=frozenset(i for i in each.identities if level_of(i) != LINK))
        for each in found
    )
    for homes in identities.papers(found):
        some = [each for each in found if each.home in homes]
        assert len({i for each in some for i in each.identities if level_of(i) == ARXIV}) <= 1
        for one, other in combinations(some, 2):
            if one.source == other.source:
                assert any({one.home, other.home} <= homes for homes in without_links)


# The forms of ids

FORMS = (
    "https://arxiv.org/abs/2611.00042",
    "https://arxiv.org/abs/2611.00042v2",
    "http://www.arxiv.org/abs/2611.00042?context=cs.LG",
    "https://export.arxiv.org/abs/2611.00042",
    "https://arxiv.org/pdf/2611.00042",
    "https://arxiv.org/pdf/2611.00042v3.pdf#page=2",
    "https://arxiv.org/html/2611.00042v1",
    "https://huggingface.co/papers/2611.00042",
    "https://doi.org/10.48550/arXiv.2611.00042",
    "doi:10.48550/ARXIV.2611.00042",
    "10.48550/arXiv.2611.00042",
    "arXiv:2611.00042v1",
    "oai:arXiv.org:2611.00042v1",
)


@pytest.mark.parametrize("form", FORMS)
def test_an_arxiv_id_is_known_in_any_form(form: str) -> None:
    assert arxiv_id(form) == "2611.00042"


@pytest.mark.parametrize("number", ["2024.1234", "2600.12345", "2613.12345v1"])
def test_a_number_without_a_month_is_no_arxiv_id(number: str) -> None:
    assert arxiv_id(number, bare=True) is None


def test_an_old_arxiv_id_has_one_form() -> None:
    forms = ("arxiv:math.GT/0309136v2", "https://arxiv.org/abs/math/0309136", "arXiv:MATH/0309136")
    assert {arxiv_id(form) for form in forms} == {"math/0309136"}


@pytest.mark.parametrize(
    "text",
    [
        "10.1234/Pulse.9",
        "doi:10.1234/pulse.9",
        "DOI: 10.1234/pulse.9",
        "info:doi/10.1234/Pulse.9",
        "https://doi.org/10.1234/pulse.9",
        "http://dx.doi.org/10.1234%2FPULSE.9?via=lab",
    ],
)
def test_a_doi_is_known_in_any_form(text: str) -> None:
    assert doi_of(text) == "https://doi.org/10.1234/pulse.9"


@pytest.mark.parametrize("text", ["", "n/a", "10.1234", "https://example.org/10.1234/x", "10.1/x"])
def test_what_is_no_doi_is_none(text: str) -> None:
    assert doi_of(text) is None
