"""Whatever bytes the site sends: records, or an error of ours. Never anything else."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from feedproxy.errors import FeedproxyError
from feedproxy.models import TITLE_LIMIT, Source
from tests.test_huggingface import CASES, Answer, FakeSite, api, daily, page, read

NOW = datetime(2026, 3, 4, 18, tzinfo=UTC)
TODAY = "2026-03-04"
FUZZ = settings(max_examples=150, deadline=None, derandomize=True)

texts = st.text(st.characters(), max_size=20)
scalars = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | texts
    | st.sampled_from(["2603.00001", TODAY, "9999-12-31T23:59:59-14:00", "https://[x", "//x", "🦀"])
)
values = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(texts, inner, max_size=4),
    max_leaves=8,
)


def objects(*keys: str, **known: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    """Objects with any of these keys, each of the known shape or of any."""
    odd = dict.fromkeys(keys, values)
    return st.fixed_dictionaries({}, optional={**odd, **{k: v | values for k, v in known.items()}})


people = objects("name", "fullname", "user", "hidden")
papers = objects(
    *("summary", "upvotes", "publishedAt", "submittedOnDailyAt", "ai_keywords", "githubRepo"),
    *("projectPage", "githubStars", "mediaUrls", "organization", "submittedOnDailyBy"),
    id=st.sampled_from(["2603.00001", "2603.00002v3", "cs/0112017"]),
    title=texts,
    authors=st.lists(people | values, max_size=3),
)
rows = objects(
    *("title", "thumbnail", "mediaUrl", "mediaUrls", "numComments", "submittedBy", "organization"),
    paper=papers,
)
lists = st.lists(rows | values, max_size=4)
props = objects("date", "periodType", "isTrending", "query", dailyPapers=lists)
pages = sorted(CASES.glob("page-*.html"))


def outcome(answers: dict[str, Answer], source: Source) -> str:
    try:
        listings = list(read(source, FakeSite(answers), NOW))
    except FeedproxyError as error:
        str(error).encode()
        return "refused"
    for listing in listings:
        assert all(note.encode() for note in listing.notes)
        for record in listing.records:
            assert record.title.encode()
            assert len(record.title) <= TITLE_LIMIT
            assert record.published <= NOW
            for link in (record.link, record.code, record.project, record.video, record.thumbnail):
                assert link == "" or (link.isascii() and link.startswith(("https://", "http://")))
    return "read"


def blob(data: object) -> bytes:
    quoted = json.dumps(data).replace("&", "&amp;").replace('"', "&quot;")
    return f'<main><div data-target="DailyPapers" data-props="{quoted}"></div></main>'.encode()


@FUZZ
@given(st.binary(max_size=300) | values.map(lambda value: json.dumps(value).encode()))
def test_any_bytes_at_all(body: bytes) -> None:
    outcome({api(TODAY): body}, daily())
    outcome({api(TODAY): 500, page(TODAY): body}, daily())


@FUZZ
@given(lists)
def test_any_list_of_almost_papers(data: object) -> None:
    outcome({api(TODAY): json.dumps(data).encode()}, daily())


@FUZZ
@given(props | values, st.sampled_from([TODAY, None]))
def test_any_hydration_data(data: object, day: str | None) -> None:
    if day and isinstance(data, dict):
        data = {**data, "dateString": day}
    outcome({api(TODAY): 500, page(TODAY): blob(data)}, daily())
    trending = Source("t", "huggingface", {"listing": "trending"})
    outcome({"/papers/trending": blob(data)}, trending)


@FUZZ
@given(st.sampled_from(pages), st.data())
def test_any_part_of_a_page_taken_out(path: Path, data: st.DataObject) -> None:
    body = path.read_bytes()
    start = data.draw(st.integers(0, len(body)))
    end = data.draw(st.integers(start, len(body)))
    junk = data.draw(st.binary(max_size=8))
    outcome({api(TODAY): 500, page(TODAY): body[:start] + junk + body[end:]}, daily())


@pytest.mark.parametrize("data", [[{"paper": {"id": "2603.00001", "title": "Tide Pools"}}], [7]])
def test_the_fuzzing_would_notice(data: object) -> None:
    """Both outcomes can come, so that the tests above are not empty."""
    done = outcome({api(TODAY): json.dumps(data).encode()}, daily())
    assert done == ("refused" if data == [7] else "read")
