"""Whatever bytes arXiv or an API sends: records, or an error of ours, soon and in little memory."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from feedproxy.errors import FeedproxyError
from feedproxy.kinds import problem_of
from feedproxy.models import TITLE_LIMIT, Listing, Page, Request, Source
from feedproxy.refresh.reading import drive
from feedproxy.sources import SOURCES
from feedproxy.sources.json.paths import parse
from tests.test_arxiv import CASES, batch
from tests.test_huggingface_fuzz import scalars, texts, values

NOW = datetime(2026, 3, 4, 18, tzinfo=UTC)
FUZZ = settings(max_examples=150, deadline=None, derandomize=True)
FIELDS = ("id", "title", "link", "abstract", "authors", "published", "upvotes", "thumbnail", "doi")

QUERY = Source("query", "arxiv", {"query": "x"})
ANNOUNCED = Source("announced", "arxiv", {"categories": ("cs.NE",)})
API = Source(
    "api",
    "json",
    {
        "url": "https://api.example/?at={cursor}",
        "items": "data || @",
        "cursor": "next",
        "fields": {
            **{name: (name, f"max([{name}])") for name in FIELDS},
            "pdf": ("https://pdf.example/{id}/{title}",),
        },
    },
)


def outcome(source: Source, body: bytes) -> str:
    def web(request: Request) -> Page:
        return Page(request.url, body, NOW)

    listings: list[Listing] = []
    try:
        listings.extend(drive(SOURCES[source.kind].read(source, NOW, {}), web))
    except FeedproxyError as error:
        str(error).encode()
        return "refused"
    for record in (record for listing in listings for record in listing.records):
        assert record.title.encode()
        assert len(record.title) <= TITLE_LIMIT
        assert record.published <= NOW
        for link in (record.link, record.pdf, record.code, record.thumbnail):
            assert link == "" or (link.isascii() and link.startswith(("https://", "http://")))
    for note in (note for listing in listings for note in listing.notes):
        note.encode()
    return "read"


@FUZZ
@given(st.binary(max_size=300) | values.map(lambda value: json.dumps(value).encode()))
def test_any_bytes_at_all(body: bytes) -> None:
    for source in (QUERY, ANNOUNCED, API):
        outcome(source, body)


@FUZZ
@given(st.sampled_from(sorted(CASES.glob("*.xml"))), st.data())
def test_any_part_of_what_arxiv_sends_taken_out(path: Any, data: st.DataObject) -> None:
    body = path.read_bytes()
    start = data.draw(st.integers(0, len(body)))
    end = data.draw(st.integers(start, min(len(body), start + 40)))
    mended = body[:start] + data.draw(st.binary(max_size=8)) + body[end:]
    outcome(QUERY, mended)
    outcome(ANNOUNCED, mended)


items = st.fixed_dictionaries({}, optional=dict.fromkeys(FIELDS, scalars | values))
answers = st.fixed_dictionaries(
    {"data": st.lists(items | values, max_size=4)}, optional={"next": values}
)


@FUZZ
@given(answers | values)
def test_any_answer_in_almost_the_right_shape(answer: object) -> None:
    outcome(API, json.dumps(answer).encode())


@pytest.mark.filterwarnings("ignore:deprecated string literal:PendingDeprecationWarning")
@FUZZ
@given(texts | st.text("ab.[]*?@|&!'`\"(){}:,<=>-0 ", max_size=12))
def test_of_any_text_it_can_be_said_what_is_wrong_with_it_as_a_path(written: str) -> None:
    for each in (written, "https://x.example/{" + written, "https://x.example/{" + written + "}"):
        assert problem_of(parse)(each) != ""


@pytest.mark.parametrize(
    ("source", "body", "done"),
    [
        (ANNOUNCED, batch("2026-03-04", "2603.00001v1"), "read"),
        (ANNOUNCED, b"<feed/>", "refused"),
        (API, b'[{"title": "a", "link": "/b"}]', "read"),
        (API, b"{}", "refused"),
    ],
)
def test_the_fuzzing_would_notice(source: Source, body: bytes, done: str) -> None:
    """Both outcomes can come, so that the tests above are not empty."""
    assert outcome(source, body) == done
