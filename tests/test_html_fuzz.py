"""Whatever bytes a page is made of: records, or an error of ours. Never anything else."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from feedproxy.errors import SourceError
from feedproxy.models import TITLE_LIMIT, Page
from feedproxy.sources.html import read_items
from tests.clocks import NOON

LAB = Path(__file__).parent / "data/html/pages/lab.html"
FUZZ = settings(max_examples=150, deadline=None, derandomize=True)
OPTIONS = {
    "item": "li, article > :first-child",
    "fields": {
        "id": ("@data-id",),
        "title": ("h3:nth-child(1)", "xpath:.//*[1]", "."),
        "link": ("a.pdf", "xpath:.//@href", "@href"),
        "abstract": ("p:has(b) | regex:(?i)a.+", "p ~ *"),
        "authors": ("*",),
        "published": ("time@datetime", ". | date:%d %B", "time"),
        "upvotes": (r". | regex:[\d.,]+k?",),
        "thumbnail": ("img",),
    },
    "next": ("a@href",),
}

tags = st.sampled_from("li article h3 a p b time img svg title base meta script template".split())
values = st.text(max_size=12) | st.sampled_from(
    ["https://[x", "//x", "javascript:x", "2611.00001", "3 May", "9e999", "utf-16", "\ud800"]
)
starts = st.builds(
    lambda tag, name, value: f'<{tag} {name}="{value}">',
    tags,
    st.sampled_from(["href", "src", "datetime", "data-id", "class", "charset"]),
    values,
)
ends = st.builds("</{}>".format, tags)
documents = st.lists(starts | ends | values | st.just("<!--") | st.just("-->"), max_size=25)


def outcome(body: bytes, content_type: str = "") -> str:
    page = Page("https://lab.example/", body, NOON, headers={"content-type": content_type})
    try:
        shown = read_items(page, OPTIONS)
    except SourceError as error:
        str(error).encode()
        return "refused"
    for record in shown.records:
        assert record.id.encode()
        assert record.title.encode()
        assert len(record.title) <= TITLE_LIMIT
        assert record.published <= NOON
        assert record.link.isascii()
        assert record.link.startswith(("https://", "http://"))
        assert all(number >= 0 for number in record.numbers.values())
    assert all(note.encode() for note in shown.notes)
    return "read"


@FUZZ
@given(st.binary(max_size=300), st.sampled_from(["", "text/html; charset=utf-16", "charset=gbk"]))
def test_any_bytes_at_all(body: bytes, content_type: str) -> None:
    outcome(body, content_type)


@FUZZ
@given(documents)
def test_any_heap_of_tags(pieces: list[str]) -> None:
    outcome("".join(pieces).encode("utf-8", "surrogatepass"))


@FUZZ
@given(st.data())
def test_any_part_of_a_page_taken_out(data: st.DataObject) -> None:
    body = LAB.read_bytes()
    start = data.draw(st.integers(0, len(body)))
    end = data.draw(st.integers(start, len(body)))
    outcome(body[:start] + data.draw(st.binary(max_size=8)) + body[end:])


@pytest.mark.parametrize(
    ("body", "done"), [(b'<li><a href="/1">Kelp</a>', "read"), (b"<p>nothing", "refused")]
)
def test_the_fuzzing_would_notice(body: bytes, done: str) -> None:
    """Both outcomes can come, so that the tests above are not empty."""
    assert outcome(body) == done
