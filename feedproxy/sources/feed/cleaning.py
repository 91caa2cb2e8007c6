"""The HTML in feeds, hostile and long -> the text a reader sees, and clean HTML, by nh3.

    HTML -> mended, where nh3 would misread it -> cut to a bounded length -> nh3 -> Article

nh3 parses as browsers do. What it has no option for is mended before, by one pattern each: hidden
content is removed, so that it takes no room (`_HIDDEN`), `1 < 2` and `<agent>` become text
(`_TEXT`), and blocks that are not kept still start new lines (`_RENAMED`). A tree of our own would
need the second as well, and bounds of its own.
"""

from __future__ import annotations

import re
from itertools import accumulate, islice
from typing import NamedTuple

import nh3

from feedproxy.links import absolute, untracked
from feedproxy.sources.feed.tokens import shortened
from feedproxy.text import markup, mathml, readable

LONGEST = 20_000
"""In characters; the rest is cut off, as nobody needs more to see what an article is about."""
MOST_TAGS = 2000
"""Tags that are nested and never closed take nh3 quadratic time: 10 ms for so many."""
DEEPEST = 100
"""Feed readers' HTML parsers have a limit (libxml2: 256), and some readers fail beyond it."""

# fmt: off
KEPT = {
    "a", "b", "blockquote", "br", "code", "dd", "del", "div", "dl", "dt", "em", "h3", "h4", "h5",
    "h6", "hr", "i", "img", "ins", "kbd", "li", "ol", "p", "pre", "q", "s", "small", "strong",
    "sub", "sup", "table", "tbody", "td", "th", "thead", "tr", "u", "ul", "var",
}
_BLOCKS = (
    "address article aside caption center details dialog dir fieldset figcaption"
    " figure footer form header hgroup legend main menu nav option search section summary textarea"
).split()
RENAMED = {
    "h1": "h3", "h2": "h3", "tfoot": "tbody", **dict.fromkeys(_BLOCKS, "div"),
    **dict.fromkeys((f"jats:{name}" for name in markup.JATS_BLOCKS), "div"),
    **dict.fromkeys((name for name in markup.JATS_BLOCKS if name not in KEPT), "div"),
    "iframe": "span", "noframes": "span", "noscript": "span",
}
# fmt: on
"""Tags that are not kept but start new lines; and those whose content nh3 takes for text."""
ADDRESSES = {"*": set[str](), "a": {"href"}, "img": {"src", "alt"}}
_MORE_THAN_PARAGRAPHS = re.compile(r"<(?!/?(?:p|div)>)")
_FLAGS = re.VERBOSE | re.IGNORECASE
_HIDDEN = re.compile(
    r"""
    <!--(?:[^<]|<(?!!--))*?-->
    | <(?P<name>script|style|svg)(?=[\s/>])[^<>]*+>
      (?:[^<]++|<(?!/?(?P=name)[\s/>]))*+ </(?P=name)[^<>]*+>
    """,
    _FLAGS,
)
"""Comments, scripts, styles and drawings, if they are closed; nh3 handles those that are not."""
_TEXT = re.compile(
    rf"""
    <(?!
      /?(?:{markup.NAMES}|[a-z]++[0-9]?[-:][a-z][\w:-]*+)
      (?:{markup.ATTRIBUTES}|\s[^<>"']*=\s*+["'])
    | [!?]
    )""",
    _FLAGS,
)
"""A `<` that begins no tag of HTML, nor a custom element (with a hyphen; in Word, a colon)."""
_RENAMED = re.compile(rf"<(/?)({markup.one_of(RENAMED)})(?=[\s/>])", re.IGNORECASE)
_NESTING = re.compile(r"<(/?)(?!br|hr|img)")


class Article(NamedTuple):
    text: str
    """One line of readable text."""
    html: str
    """HTML that is safe in any reader; empty if the text says as much."""


def text(html: str) -> str:
    return article(html, "").text


def article(written: str, base: str) -> Article:
    """`written`, cleaned, with absolute links without what changes from one request to the next."""

    def address(_: str, name: str, value: str) -> str | None:
        return (untracked(absolute(base, value)) or None) if name in ("href", "src") else value

    html = _bounded(_mended(written))
    if "<" not in html:
        return Article(readable(html), "")
    clean = nh3.clean(
        html,
        tags=KEPT,
        attributes=ADDRESSES,
        attribute_filter=address,
        url_schemes={"http", "https"},
        link_rel=None,
    )
    says_more = _MORE_THAN_PARAGRAPHS.search(clean) and _depth(clean) <= DEEPEST
    return Article(readable(clean), clean.strip() if says_more else "")


def _mended(html: str) -> str:
    """The HTML as nh3 needs it; without lone surrogates, which JSON may hold and nh3 refuses."""
    html = _HIDDEN.sub("", html.encode(errors="ignore").decode())
    html = _TEXT.sub("&lt;", mathml.resolve(html))
    return _RENAMED.sub(lambda found: f"<{found[1]}" + RENAMED[found[2].lower()], html)


def _bounded(html: str) -> str:
    tags = islice(re.finditer("<", html), MOST_TAGS, None)
    end = min(next((tag.start() for tag in tags), LONGEST), LONGEST)
    return shortened(html, end)


def _depth(clean: str) -> int:
    steps = (-1 if found[1] else 1 for found in _NESTING.finditer(clean))
    return max(accumulate(steps), default=0)
