"""Where a term is said to stand, of all the places that hold the same text."""

from __future__ import annotations

from pathlib import Path

import pytest

from feedproxy.rulefiles.places import Places

FOLDER = Path("rules")
TEXTS = {
    "a.yaml": """
sources:
  searched: {kind: huggingface, listing: search, query: snow}
lists:
  weather: [snow, hail]
topics:
  listed: {include: [$weather]}
  own: {include: [rain, title: snow], exclude: [title: rain]}
  other: {include: [title: hail]}
""",
    "b.yaml": """
defaults:
  exclude: [title: fog]
topics:
  clear: {include: [sun]}
""",
    "c.yaml": """
defaults:
  exclude: [title: fog]
topics:
  quiet: {}
""",
}


@pytest.mark.parametrize(
    ("topic", "key", "written", "place"),
    [
        ("own", "include", "rain", "a.yaml:8:19"),
        ("own", "title", "rain", "a.yaml:8:56"),
        ("own", "title", "snow", "a.yaml:8:32"),
        ("listed", "include", "snow", "a.yaml:5:13"),
        ("listed", "title", "hail", "a.yaml:5:19"),
        ("clear", "title", "fog", "b.yaml:3:20"),
        ("quiet", "title", "fog", "c.yaml:3:20"),
    ],
)
def test_a_term_stands_in_its_topic_or_in_what_that_takes_over(
    topic: str, key: str, written: str, place: str
) -> None:
    places = Places(FOLDER, TEXTS)
    assert places.has(written)
    assert places.find(topic, key, written).position == f"rules/{place}"


@pytest.mark.parametrize("written", ["huggingface", "query", "searched", "own", "wind"])
def test_what_is_no_term_stands_nowhere(written: str) -> None:
    assert not Places(FOLDER, TEXTS).has(written)
