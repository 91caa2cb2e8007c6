"""The feeds against the formats' own rules: RFC 4287 as a grammar, JSON Feed 1.1 as a model."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Annotated, Any, Literal

import pytest
from lxml import etree
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, HttpUrl, ValidationError

from feedproxy.formats import FORMATS
from tests.test_formats import DATA, each_case, given
from tests.test_formats_hostile import PAYLOADS, entry_of, feed_of

GRAMMAR = etree.RelaxNG(etree.parse(str(Path(__file__).parent / "atom.rng")))
BAD = sorted((DATA / "bad-atom").glob("*.atom"))
GOOD = sorted((DATA / "good-atom").glob("*.atom"))

Filled = Annotated[str, Field(min_length=1, strict=True)]


class Member(BaseModel):
    model_config = ConfigDict(extra="forbid")


class Author(Member):
    name: Filled


class Attachment(Member):
    url: HttpUrl
    mime_type: Filled


class Extension(Member):
    since: AwareDatetime
    reasons: list[Filled]
    upvotes: int | None = None


class Item(Member):
    id: Filled
    url: HttpUrl | None = None
    title: Filled
    content_html: Filled
    image: HttpUrl | None = None
    date_published: AwareDatetime
    date_modified: AwareDatetime
    authors: Annotated[list[Author], Field(min_length=1)] | None = None
    tags: Annotated[list[Filled], Field(min_length=1)] | None = None
    attachments: list[Attachment] | None = None
    feedproxy: Annotated[Extension, Field(alias="_feedproxy")]


class JsonFeed(Member):
    version: Literal["https://jsonfeed.org/version/1.1"]
    title: Filled
    home_page_url: HttpUrl
    feed_url: HttpUrl
    description: Filled | None = None
    next_url: HttpUrl | None = None
    items: list[Item]


@each_case
def test_atom_is_as_rfc_4287_wants_it(case: Path) -> None:
    GRAMMAR.assertValid(etree.fromstring(FORMATS["atom"].write(given(case))))


@pytest.mark.parametrize("payload", PAYLOADS)
def test_what_a_record_says_makes_no_format_invalid(payload: str) -> None:
    feed = feed_of(entry_of(payload), title=payload, description=payload)
    GRAMMAR.assertValid(etree.fromstring(FORMATS["atom"].write(feed)))
    JsonFeed.model_validate_json(FORMATS["json"].write(feed))


@pytest.mark.parametrize("path", GOOD, ids=lambda path: path.stem)
def test_the_grammar_takes_what_atom_allows(path: Path) -> None:
    GRAMMAR.assertValid(etree.parse(str(path)))


@pytest.mark.parametrize("path", BAD, ids=lambda path: path.stem)
def test_the_grammar_refuses(path: Path) -> None:
    assert not GRAMMAR.validate(etree.parse(str(path)))


def test_the_grammar_has_feeds_to_judge() -> None:
    assert GOOD
    assert len(BAD) >= 20


@each_case
def test_json_is_as_json_feed_1_1_wants_it(case: Path) -> None:
    JsonFeed.model_validate_json(FORMATS["json"].write(given(case)))


@pytest.mark.parametrize(
    "wrong", [{"id": 7}, {"title": ""}, {"date_published": "2026-11-20T12:00:00"}, {"author": "A"}]
)
def test_the_model_of_json_feed_refuses(wrong: dict[str, Any]) -> None:
    now = datetime.fromisoformat("2026-11-20T12:00:00Z")
    good = {
        "id": "7",
        "title": "A paper",
        "content_html": "<p>Text</p>",
        "date_published": now,
        "date_modified": now,
        "_feedproxy": {"since": now, "reasons": []},
    }
    Item.model_validate(good)
    with pytest.raises(ValidationError):
        Item.model_validate({**good, **wrong})


@each_case
def test_rss_has_what_rss_2_0_demands(case: Path) -> None:
    channel = etree.fromstring(FORMATS["rss"].write(given(case)))[0]
    for required in ("title", "link", "description", "lastBuildDate", "ttl"):
        assert [node.tag for node in channel if node.text].count(required) == 1
    for item in channel.iterfind("item"):
        guids = item.findall("guid")
        assert [guid.get("isPermaLink") for guid in guids] == ["false"]
        assert item.findtext("title")
        assert item.findtext("description")
        assert len(item.findall("{http://purl.org/dc/elements/1.1/}creator")) <= 1
