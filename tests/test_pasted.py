"""What names a paper finds it on its topic's pages and for `explain`, however it was pasted."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from feedproxy.archive import Archive
from feedproxy.errors import UnknownRecord
from feedproxy.models import Listing
from feedproxy.pasted import ids_in
from feedproxy.pipeline import Pipeline
from tests.compact import record
from tests.conftest import Installation

PASTED: dict[str, list[str]] = yaml.load(
    (Path(__file__).parent / "data" / "pasted.yaml").read_text("utf-8"), yaml.BaseLoader
)
PAPERS = {
    **{
        paper: record({"id": f"https://arxiv.org/abs/{paper}", "title": f"Of {paper[:4]}"})
        for paper in ("2611.00001", "hep-th/9711200", "math/0309136")
    },
    "journal": record(
        {
            "id": "https://doi.org/10.1234/tides(26).2611.00009",
            "doi": "10.1234/Tides(26).2611.00009",
            "link": "https://journal.example/articles/2611000",
            "title": "Ebb, Flow: <Tides> in Cortéx",
        }
    ),
    "markup": record({"id": "urn:lab:7", "title": "The <b> Tag & $x$ in \\emph{TeX}"}),
    "no markup": record({"id": "urn:lab:8", "title": "The Tag & x in TeX"}),
    "printed": record(
        {
            "id": "https://arxiv.org/abs/2611.00002",
            "doi": "10.1234/printed",
            "title": "Alike",
        }
    ),
    "alike": record({"id": "https://arxiv.org/abs/2611.00003", "title": "Alike"}),
}


@pytest.fixture
def pipeline(installation: Installation) -> Pipeline:
    installation.rules.write_text("topics: {all: {from: [hf-daily]}}")
    config, clock = installation.config(), installation.time.clock
    archive = Archive(config.database)
    archive.remember("hf-daily", Listing(tuple(PAPERS.values())), clock.now())
    archive.close()
    return installation.start()


def explained(pipeline: Pipeline, named: str) -> str:
    return pipeline.catalogue.decision("all", named).record.title


def searched(pipeline: Pipeline, query: str) -> list[str]:
    look = pipeline.catalogue.look("all", "included", query, 1, 50)
    return [decision.record.title for decision in look.window.items]


def test_whatever_names_a_paper_finds_it(pipeline: Pipeline) -> None:
    wrong = []
    for name, written in PASTED.items():
        for each in written if name in PAPERS else ():
            title = PAPERS[name].title
            if searched(pipeline, each) != [title] or explained(pipeline, each) != title:
                wrong.append(each)
    assert wrong == []


@pytest.mark.parametrize("text", PASTED["nothing"])
def test_what_names_none_finds_none(pipeline: Pipeline, text: str) -> None:
    assert searched(pipeline, text) == ([] if text else searched(pipeline, ""))
    with pytest.raises(UnknownRecord, match=r"the whole title"):
        explained(pipeline, text)


def test_the_doi_of_what_was_printed_names_its_preprint(pipeline: Pipeline) -> None:
    assert explained(pipeline, "10.1234/printed") == "Alike"
    assert searched(pipeline, "https://doi.org/10.1234/PRINTED") == ["Alike"]


def test_a_whole_title_names_its_paper_if_it_is_the_only_one(pipeline: Pipeline) -> None:
    for title in ("Ebb, Flow: <Tides> in Cortéx", " ebb, flow:  <tides> in cortex "):
        assert explained(pipeline, title) == "Ebb, Flow: <Tides> in Cortéx"
    with pytest.raises(UnknownRecord, match=r"2 records have .*'alike'.*2611\.0000[23], 2611"):
        explained(pipeline, "alike")
    with pytest.raises(UnknownRecord):
        explained(pipeline, "Ebb, Flow")


def test_a_title_that_looks_like_markup_names_its_paper_as_preview_shows_it(
    pipeline: Pipeline,
) -> None:
    for decision in pipeline.catalogue.preview("all").included:
        if decision.record.title != "Alike":
            assert explained(pipeline, decision.record.title) == decision.record.title


def test_text_of_any_length_is_looked_at() -> None:
    for sign in ("a", "a-", "1", "10.1234/", "arxiv-", "2611.", "<", "%", "/why/", "http://", "("):
        ids_in(sign * (1_000_000 // len(sign)))
