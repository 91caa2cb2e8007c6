"""Bytes that are nearly what a parser expects: sound cases, broken in one to six places."""

from __future__ import annotations

import json
from collections.abc import Callable
from itertools import chain
from pathlib import Path
from typing import Any

import yaml
from hypothesis import strategies as st
from lxml import etree

from tests.payloads import NO_XML, PAYLOADS

DATA = Path(__file__).resolve().parents[1] / "data"
TOKENS = (
    "<", ">", "&", ";", '"', "'", "=", "/", "\\", "{", "}", "[", "]", ":", ",", "-", "#", "%",
    "(", ")", "@", "!", "?", "|", ".", "*", "+", "~", "$", "^", "`", "_", "<!--", "-->",
    "<![CDATA[", "]]>", "<?", "?>", "</", "/>", "&#", "&#x", "&amp;", "&lt;", "&#0;", "&#12;",
    "&#x1b;", "&#xd800;", "&#x110000;", "\\u0000", "\\ud800", "\\n", "null", "true", "NaN",
    "1e999", "-1", "9999999999999999999999", "0x10", "2026-02-30", "9999-12-31T23:59:59-14:00",
    "\x00", "\x0b", "\x0c", "\x1b[31m", "\x1c", "\x7f", "\x85", "\x9b", "\u2028", "\u202e",
    "\ufeff", "\ufffe", "🚀", "é", "https://[", "//x", "javascript:x", "2411.01234v2",
    "10.1000/182", "<script>", "</script>", "<div>", "</div>", "<p>", "<a", "href=", "<img",
    "src=", "<base", "href=", "<meta", "charset=utf-7>", "<svg>", "<math>", "<style>", "<title>",
    "<item>", "<entry>", "<link>", "<guid>",
)  # fmt: skip

rule_words = st.sampled_from((
    "title", "include", "any", "all", "none", "upvotes", "min", "tests", "match", "digest",
    "limit", "sort", "ids", "renamed", "score", "$sea", "tide", "&a", "*a", "<<:", "!!binary",
    "?", "|", ">", "7d", "1e9", "/a(/", "/(?i)x{1000}/", "~", "0o7", "2026-01-01", "\x85",
    "\u2028",
))  # fmt: skip
"""What means something in rules."""
RULES = """
lists: {sea: [tide]}
sources: {s: {kind: feed, url: {}}}
topics:
  {}: {title: {}, include: [{}, {}], exclude: [{}: {}], where: {upvotes: {}}, {}}
"""
OWN_RULES = "../../rules"
"""Seen from `DATA`: those that feedproxy is shipped with."""
ITEM = """<rss><channel><item><title>{}</title><link>{}</link><guid>{}</guid><author>{}</author>
<description>{}</description><content:encoded>{}</content:encoded><enclosure url="{}" type="{}"/>
<pubDate>{}</pubDate><category>{}</category></item></channel></rss>"""
header_names = st.sampled_from((
    "retry-after", "ratelimit", "content-type", "content-encoding", "location", "etag",
    "last-modified", "cf-mitigated", "cache-control",
))  # fmt: skip

texts = st.text(st.characters(codec=None, exclude_categories=()), max_size=20)
scraps = st.sampled_from(TOKENS) | st.sampled_from(PAYLOADS) | texts
soups = st.lists(scraps, max_size=30).map("".join)
header_values = st.sampled_from((
    "1e9", "-1", "9" * 400, "Sat, 31 Dec 9999 23:59:59 -1200", '"api";r=0;t=99999999999', "gzip",
    "text/html; charset=\x9b", "deflate", "x-gzip", "br", "identity", "challenge", "١٢",
    'W/"abc"', '"x" , "abc"', "*", "gzip;q=0", "*;q=1e9", "Sun, 22 Nov 2026 00:00:00 GMT",
)) | (soups | scraps)  # fmt: skip
values: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | scraps,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(scraps, inner, max_size=4),
    max_leaves=12,
)
speakable = scraps.map(lambda text: NO_XML.sub("", text))
"""Without what XML cannot hold at all, so that the rest of a document is read too."""


def encoded(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")


pieces = scraps.map(encoded) | st.binary(max_size=8)


def cases(folder: str, *patterns: str) -> st.SearchStrategy[bytes]:
    found = sorted(path for pattern in patterns for path in (DATA / folder).glob(pattern))
    return st.sampled_from(found).map(Path.read_bytes)


@st.composite
def broken(draw: st.DrawFn, folder: str, *patterns: str) -> bytes:
    """A case from `tests/data/<folder>`, of which parts are cut, doubled, moved or replaced."""
    body = draw(cases(folder, *patterns))
    for _ in range(draw(st.integers(1, 6))):
        start = draw(st.integers(0, len(body)))
        end = min(len(body), start + draw(st.integers(0, 60)))
        kept = draw(st.sampled_from((b"", body[start:end], body[start:end] * 3)))
        body = body[:start] + draw(pieces) + kept + body[end:]
    return body


@st.composite
def filled(draw: st.DrawFn, folder: str, *patterns: str) -> bytes:
    """A JSON case from `tests/data/<folder>`, of which some values are others."""
    return json.dumps(changed(draw, json.loads(draw(cases(folder, *patterns))), values)).encode()


@st.composite
def filled_rules(draw: st.DrawFn, folder: str, *patterns: str) -> bytes:
    """The same of rules, which are YAML throughout."""
    rules = yaml.safe_load(draw(cases(folder, *patterns)))
    words = rule_words | speakable | st.integers(-9, 9)
    return encoded(yaml.safe_dump(changed(draw, rules, words), allow_unicode=True, width=1000))


@st.composite
def filled_xml(draw: st.DrawFn, folder: str, *patterns: str) -> bytes:
    """The same of XML, whose elements and attributes stay where they are."""
    root = etree.fromstring(draw(cases(folder, *patterns)), etree.XMLParser(recover=True))
    chosen = one_in(draw)
    for node in root.iter(etree.Element):
        if len(node) == 0 and chosen():
            node.text = draw(speakable)
        for name in filter(lambda _: chosen(), node.keys()):
            node.set(name, draw(speakable))
    return etree.tostring(root)


def changed(draw: st.DrawFn, value: object, others: st.SearchStrategy[Any]) -> object:
    """`value` with some of its parts replaced, and without the end of long lists."""
    chosen = one_in(draw)

    def part(value: object) -> object:
        if chosen():
            return draw(others)
        if isinstance(value, dict):
            return {key: part(each) for key, each in value.items()}
        return [part(each) for each in value[:3]] if isinstance(value, list) else value

    return part(value)


def one_in(draw: st.DrawFn) -> Callable[[], bool]:
    share = draw(st.integers(2, 30))
    return lambda: draw(st.integers(0, share)) == 0


def written(template: str, fill: st.SearchStrategy[str]) -> st.SearchStrategy[bytes]:
    """`template` with something of `fill` at each `{}`, as it is."""
    parts = template.split("{}")
    fills = st.lists(fill, min_size=len(parts) - 1, max_size=len(parts) - 1)

    def joined(drawn: list[str]) -> bytes:
        return encoded("".join(chain.from_iterable(zip(parts, [*drawn, ""], strict=True))))

    return fills.map(joined)
