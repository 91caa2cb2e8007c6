"""Long posts in feeds: read as far as they are told, and `…` where they are cut."""

from __future__ import annotations

import pytest

from feedproxy.models import Record
from feedproxy.sources.feed import cleaning
from tests.test_feed import read, rss

SPANS = 12 * '<span class="k">x</span>'
BODY = "<p>Buoys <b>drift</b>.</p>"


def post(body: str) -> Record:
    return read(rss(f"<title>Long</title><description><![CDATA[{body}]]></description>")).records[0]


def test_a_post_of_many_tags_is_read_to_its_end() -> None:
    body = "".join(f'<p>Part <a href="/{n}">{n}</a>, {SPANS}</p>' for n in range(50))
    long = post(body + BODY)
    assert long.summary.endswith(" Buoys drift.")
    assert long.content.endswith(BODY)


@pytest.mark.parametrize(
    "hidden",
    [
        f'<img src="data:image/png;base64,{"A" * 30_000}">',
        f"<style>{'a{color:red}' * 3000}</style>",
        f"<SCRIPT async>{'if (a<b) x();' * 3000}</SCRIPT >",
        f"<svg viewBox='0 0 1 1'>{'<path/>' * 3000}</svg>",
        f"<math><annotation>{'<mi>x</mi>' * 3000}</annotation></math>",
        f"<!-- {'wp:paragraph ' * 3000}-->",
    ],
    ids=lambda hidden: hidden[:7],
)
def test_what_no_reader_sees_takes_no_room(hidden: str) -> None:
    long = post(hidden + BODY)
    assert long.summary == "Buoys drift."
    assert long.content.removeprefix("<img>") == BODY


@pytest.mark.parametrize(
    "unit",
    [
        "<b>gull </b>",
        "<p>a gull and <i>a tern</i> </p>",
        "gull &amp; tern ",
        "<a href='/far'>gull ",
    ],
)
@pytest.mark.parametrize("shift", range(7))
def test_a_post_ends_with_an_ellipsis_where_it_is_cut(unit: str, shift: int) -> None:
    long = post("<i>x</i>" + "x" * shift + unit * (40_000 // len(unit)))
    assert long.summary.endswith(" …")
    assert long.content.count("…") == 1
    assert "&lt;" not in long.content
    assert "amp;amp" not in long.content


def test_a_post_that_is_cut_before_its_summary_would_be_says_so_there() -> None:
    long = post("<b>g</b>\n" * cleaning.MOST_TAGS)
    assert long.summary == "g " * (cleaning.MOST_TAGS // 2) + "…"


@pytest.mark.parametrize(("levels", "is_kept"), [(cleaning.DEEPEST, True), (150, False)])
def test_a_post_nested_deeper_than_readers_bear_is_plain_text(levels: int, is_kept: bool) -> None:
    long = post("<blockquote>" * levels + "Buoys<br>")
    assert long.summary == "Buoys"
    assert bool(long.content) is is_kept
