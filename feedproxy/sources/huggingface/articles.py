"""The visible HTML -> rows in the API's shape, as far as it shows them.

There have been three markups: the daily page of 2024; that of 2026, where an article holds
everything twice, for wide and for narrow screens; and the search page. Only the search page
shows the whole abstract: on the others, a machine's summary may stand below the title.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime
from itertools import islice

from lxml import etree

from feedproxy.sources.dates import day_of

Row = dict[str, object]

MOST = 2000
"""Articles on one page; the site shows some 1,000 for a month."""

_DATE = re.compile(r"(?:Published on )?[A-Z][a-z]{2} [0-9]{1,2}(?:, [0-9]{4})?")
_PAPER = re.compile(r"/papers/([^/?#]+)$")
_COUNT = re.compile(r"(?:.*\s)?([0-9]{1,9}|-)", re.DOTALL)


def _string(path: str) -> Callable[[etree._Element], str]:
    """A function that gives the text of the first match of the XPath, or an empty one."""
    find = etree.XPath(f"string({path})", smart_strings=False)
    return lambda article: str(find(article))


_VOTES = _string(".//a[contains(@href, '/login?next=')]")
_COMMENTS = _string(".//a[contains(@href, '#community')]")
_IMAGE = _string(".//a[contains(@href, '/papers/')]/img/@src")
_VIDEO = _string(".//a[contains(@href, '/papers/')]/video/@src")
_REPOSITORY = _string(".//a[starts-with(@href, 'https://github.com/')]/@href")
_STARS = _string(".//a[starts-with(@href, 'https://github.com/')]")
_ORGANIZATION = _string(
    ".//a[not(contains(@href, '/papers/'))]"
    "/span[contains(concat(' ', normalize-space(@class), ' '), ' truncate ')]"
)
_ABSTRACT = _string(
    ".//a[contains(@href, '/papers/') and not(contains(@href, '#'))]"
    "[not(ancestor::h3 or .//img or .//video or .//li)]"
)


def rows(document: etree._Element, seen: datetime, *, abstracts: bool) -> list[Row]:
    """A row for each article that names a paper; `seen` completes dates without a year."""
    articles = islice(document.iter("article"), MOST)
    found = (_row(article, seen, abstracts) for article in articles)
    return [row for row in found if row]


def _row(article: etree._Element, seen: datetime, abstracts: bool) -> Row:
    title = next(filter(_paper_id, article.iterfind(".//h3//a[@href]")), None)
    if title is None:
        return {}
    paper: Row = {
        "id": _paper_id(title),
        "title": "".join(map(str, title.itertext())),
        "publishedAt": _published(article, seen),
        "upvotes": _count(_VOTES(article)),
        "githubRepo": _REPOSITORY(article),
        "githubStars": _count(_STARS(article)),
        "organization": {"fullname": _ORGANIZATION(article)},
        "mediaUrls": [_VIDEO(article)],
        "summary": _ABSTRACT(article) if abstracts else "",
    }
    return {"paper": paper, "thumbnail": _IMAGE(article), "numComments": _count(_COMMENTS(article))}


def _paper_id(link: etree._Element) -> str:
    found = _PAPER.search(link.get("href", ""))
    return found[1] if found else ""


def _count(text: str) -> int | None:
    """The number that is the last word, 0 for `-`; None if there is none, or a rounded `62.2k`."""
    found = _COUNT.fullmatch(text.strip().replace(",", ""))
    return int(found[1].replace("-", "0")) if found else None


def _published(article: etree._Element, seen: datetime) -> str | None:
    texts = (str(text).strip() for text in article.itertext())
    days = (day_of(text, seen) for text in texts if _DATE.fullmatch(text))
    return next((day.isoformat() for day in days if day), None)
