"""Bytes that are nearly what a parser expects: sound cases, broken in one to six places."""

from __future__ import annotations

import json
from itertools import chain
from pathlib import Path
from typing import Any

import yaml
from hypothesis import strategies as st

DATA = Path(__file__).resolve().parents[1] / "data"
PAYLOADS: tuple[str, ...] = tuple(
    case["payload"]
    for path in sorted((DATA / "payloads").glob("*.yaml"))
    for case in yaml.safe_load(path.read_text("utf-8"))
)
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

texts = st.text(st.characters(codec=None, exclude_categories=()), max_size=20)
scraps = st.sampled_from(TOKENS) | st.sampled_from(PAYLOADS) | texts
soups = st.lists(scraps, max_size=30).map("".join)
values: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | scraps,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(scraps, inner, max_size=4),
    max_leaves=12,
)


def encoded(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")


pieces = scraps.map(encoded) | st.binary(max_size=8)


@st.composite
def broken(draw: st.DrawFn, folder: str, *patterns: str) -> bytes:
    """A case from `tests/data/<folder>`, of which parts are cut, doubled, moved or replaced."""
    found = sorted(path for pattern in patterns for path in (DATA / folder).glob(pattern))
    body = draw(st.sampled_from(found)).read_bytes()
    for _ in range(draw(st.integers(1, 6))):
        start = draw(st.integers(0, len(body)))
        end = min(len(body), start + draw(st.integers(0, 60)))
        kept = draw(st.sampled_from((b"", body[start:end], body[start:end] * 3)))
        body = body[:start] + draw(pieces) + kept + body[end:]
    return body


@st.composite
def filled(draw: st.DrawFn, folder: str, *patterns: str) -> bytes:
    """A JSON case from `tests/data/<folder>`, of which some values are others."""
    found = sorted(path for pattern in patterns for path in (DATA / folder).glob(pattern))
    value = json.loads(draw(st.sampled_from(found)).read_bytes())
    share = draw(st.integers(2, 30))

    def changed(value: object) -> object:
        if draw(st.integers(0, share)) == 0:
            return draw(values)
        if isinstance(value, dict):
            return {key: changed(each) for key, each in value.items()}
        return [changed(each) for each in value[:3]] if isinstance(value, list) else value

    return json.dumps(changed(value)).encode()


def written(template: str, fill: st.SearchStrategy[str]) -> st.SearchStrategy[bytes]:
    """`template` with something of `fill` at each `{}`, as it is."""
    parts = template.split("{}")
    fills = st.lists(fill, min_size=len(parts) - 1, max_size=len(parts) - 1)

    def joined(drawn: list[str]) -> bytes:
        return encoded("".join(chain.from_iterable(zip(parts, [*drawn, ""], strict=True))))

    return fills.map(joined)
