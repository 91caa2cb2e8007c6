"""Searching within a topic's page."""

from __future__ import annotations

import pytest

from feedproxy.rules.subjects import Subject
from feedproxy.search import search
from tests.compact import record

PAPER = Subject(
    record(
        {
            "id": "https://arxiv.org/abs/2611.00001",
            "title": "Fine-Tuning Spiking Neurons, Padé-Style",
            "summary": "We ask what GPT-4 knows about the cortex.",
            "authors": (
                "Ada Quill-Brown",
                "Søren Tørs",
                "Conan O’Brien",
                "A. d'Aspremont",
                "J.Smith",
                "Meta (FAIR)",
                "李明",
                "Xi'an Jiaotong's",
            ),
        }
    )
)


@pytest.mark.parametrize(
    "query",
    [
        "spik",
        "NEURON spiking",
        "finetuning",
        "fine-tun",
        "pade",
        "cort quill",
        "brown",
        "soren tors",
        "O'Brien",
        "o’bri",
        "obrien",
        "brien",
        "d'Aspremont",
        "aspremont",
        "daspremont",
        "smith",
        "j.smith",
        "fair",
        "李明",
        "明",
        "Xi'an Jiaotong",
        "gpt-4",
        "spiking, neurons!",
        "2611.00001v3",
        "https://arxiv.org/pdf/2611.00001",
    ],
)
def test_every_word_begins_a_word_of_the_paper(query: str) -> None:
    assert search(query, [PAPER])


@pytest.mark.parametrize(
    "query", ["piking", "spiking robot", "uron", "2611.00002", "?!", "rown", "ith", "air"]
)
def test_anything_else_is_not_found(query: str) -> None:
    assert not search(query, [PAPER])


def test_a_query_of_any_length_is_read() -> None:
    assert search("spik" + " neur" * 100_000, [PAPER])
