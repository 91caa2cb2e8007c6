"""Long posts in feeds: read as far as they are told, and `…` where they are cut."""

from __future__ import annotations

import json
from collections.abc import Callable
from html import escape

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
        f'<img src="data:image/png;base64,{"A" * 300_000}">',
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


@pytest.mark.parametrize("around", ["<thumb><![CDATA[{}]]></thumb>", "<!--{}-->"])
def test_a_picture_ends_where_what_is_around_it_ends(around: str) -> None:
    picture = around.format(f"data:image/png;base64,{'A' * 200}")
    items = [
        f"{picture}<title>Tides {n}</title><link>https://a.example/{n}</link>" for n in range(3)
    ]
    found = read(rss(*items))
    assert [each.title for each in found.records] == ["Tides 0", "Tides 1", "Tides 2"]


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


VERY_LONG = f"<style>{'a{b:c}' * 16_600}</style>"
"""Takes room for as long as nobody knows that it is hidden."""


def in_cdata(html: str) -> Record:
    return post(html)


def escaped(html: str) -> Record:
    return read(rss(f"<title>Long</title><description>{escape(html)}</description>")).records[0]


def in_json(html: str) -> Record:
    item = {"id": "urn:a", "title": "Long", "content_html": html}
    feed = {"version": "https://jsonfeed.org/version/1.1", "items": [item]}
    return read(json.dumps(feed)).records[0]


@pytest.mark.parametrize("form", [in_cdata, escaped, in_json])
@pytest.mark.parametrize("shift", range(0, 70, 3))
def test_a_post_that_is_cut_before_it_is_cleaned_says_nothing_broken(
    form: Callable[[str], Record], shift: int
) -> None:
    unit = "<blockquote class='a'><a href='/far'>gulls &amp; terns</a></blockquote>"
    long = form(f"{VERY_LONG}<p>{'x' * shift}</p>" + unit * 100)
    assert long.summary.endswith(("gulls & terns …", "gulls & …", "gulls …"))
    assert long.content.count("…") == 1
    assert "&lt;" not in long.content


def test_what_stands_behind_a_long_text_is_read_whole() -> None:
    long = f"<content:encoded>{escape(VERY_LONG + BODY * 1000)}</content:encoded>"
    item = f"<title>One</title>{long}<link>/1</link><guid>urn:a</guid>"
    [record] = read(rss(item)).records
    assert (record.id, record.link) == ("urn:a", "https://lab.example/1")


def test_a_post_that_is_cut_before_its_summary_would_be_says_so_there() -> None:
    long = post("<b>g</b>\n" * cleaning.MOST_TAGS)
    assert long.summary == "g " * (cleaning.MOST_TAGS // 2) + "…"


@pytest.mark.parametrize(("levels", "is_kept"), [(cleaning.DEEPEST, True), (150, False)])
def test_a_post_nested_deeper_than_readers_bear_is_plain_text(levels: int, is_kept: bool) -> None:
    long = post("<blockquote>" * levels + "Buoys<br>")
    assert long.summary == "Buoys"
    assert bool(long.content) is is_kept
