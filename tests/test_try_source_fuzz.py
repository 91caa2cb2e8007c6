"""Whatever bytes come: a guess that can be printed and read back, or an error of ours."""

from __future__ import annotations

import json
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from feedproxy.cli.trying import guess_rows, rules_file
from feedproxy.errors import SourceError
from feedproxy.models import Page
from feedproxy.sources.guess import guess_address, look
from tests.clocks import NOON
from tests.test_try_source import ADDRESS, DATA

FUZZ = settings(max_examples=60, deadline=None, derandomize=True)

tags = st.sampled_from(["div", "li", "ul", "a", "h3", "p", "time", "o:p", "my-card", "a\u0130"])
texts = st.text(max_size=20) | st.sampled_from(
    ["A title of some length", "Nov 3, 2026", "by Ada", "next", "\x85", "\u2028- x: y", "*a", "'"]
)
names = st.sampled_from(["title", "next", "author", "nav", "css-1x2y3z", "a:b", "#", "é", "w-1/2"])
links = st.sampled_from(["/1", "/2", "#x", "https://[x", "javascript:x", "//y.example/'\"{offset}"])
starts = st.builds('<{} class="{}" id="{}" href="{}">'.format, tags, names, names, links)
documents = st.lists(starts | texts | st.builds("</{}>".format, tags), min_size=3, max_size=30)
again = st.integers(1, 6)
values = st.recursive(
    st.none() | st.booleans() | st.floats() | st.text(max_size=8) | st.just("https://x.example/1"),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.sampled_from(["title", "url", "a b", '"', "author", "date"]), inner)
    ),
    max_leaves=30,
)


def outcome(body: bytes) -> str:
    page = Page(ADDRESS, body, NOON)
    try:
        found = look(page)
    except SourceError as error:
        str(error).encode()
        return "refused"
    json.dumps(guess_rows(found)).encode()
    found.otherwise.encode()
    if found.best is None:
        return "nothing"
    written = yaml.safe_load(rules_file(ADDRESS, found.best, found))["sources"]["lab-example"]
    assert written.pop("kind") == found.best.kind
    assert as_options(written) == as_options(found.best.options)
    return "guessed"


def as_options(value: Any) -> Any:
    """One of several is the same as a list of it."""
    if isinstance(value, dict):
        return {key: as_options(each) for key, each in value.items()}
    return list(value) if isinstance(value, list | tuple) else [value]


@FUZZ
@given(st.binary(max_size=300))
def test_any_bytes_at_all(body: bytes) -> None:
    outcome(body)


@FUZZ
@given(documents, again)
def test_any_heap_of_tags_repeated(pieces: list[str], times: int) -> None:
    page = "".join(piece.replace('"/', f'"/{n}') for n in range(times) for piece in pieces)
    outcome(page.encode("utf-8", "surrogatepass"))


@FUZZ
@given(values)
def test_any_json(value: Any) -> None:
    outcome(json.dumps(value).encode())


@FUZZ
@given(st.data())
def test_any_part_of_a_page_taken_out(data: st.DataObject) -> None:
    body = (DATA / "lab.html").read_bytes()
    start = data.draw(st.integers(0, len(body)))
    end = data.draw(st.integers(start, len(body)))
    outcome(body[:start] + data.draw(st.binary(max_size=8)) + body[end:])


@FUZZ
@given(st.text() | st.builds("https://arxiv.org/list/{}".format, st.text()))
def test_any_address(address: str) -> None:
    guess_address(address)


@pytest.mark.parametrize(
    ("body", "done"),
    [
        (b"", "refused"),
        (b"<p>nothing", "nothing"),
        (
            b"<li><a href=/1>A title that is long</a><li><a href=/2>Another such long title</a>",
            "guessed",
        ),
        (
            b"<o:p><a href=/1>A title that is of Word</a></o:p><o:p><a href=/2>Another one</a>",
            "guessed",
        ),
    ],
)
def test_the_fuzzing_would_notice(body: bytes, done: str) -> None:
    """All outcomes can come, so that the tests above are not empty."""
    assert outcome(body) == done
