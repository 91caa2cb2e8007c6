"""Addresses of sites that have a kind of their own, which reads more than the pages show."""

from __future__ import annotations

import re
from urllib.parse import parse_qs, urlsplit

from feedproxy.sources.guess.guesses import HIGHEST, Guess

_ARXIV = re.compile(
    r"/list/(?P<one>[A-Za-z.-]+)(?:/.*)?|/(?:rss|atom)/(?P<several>[A-Za-z.+-]+)", re.ASCII
)
_PAPERS = re.compile(r"/papers(?:/(?P<view>date|week|month|trending)(?:/.*)?)?/?")
_VIEWS = {"date": "daily", "week": "weekly", "month": "monthly", "trending": "trending"}


def guess_address(url: str) -> Guess | None:
    """What the address alone tells; None for all other sites."""
    try:
        parts = urlsplit(url)
        host = (parts.hostname or "").removeprefix("www.")
    except ValueError:
        return None
    if host in ("arxiv.org", "export.arxiv.org", "rss.arxiv.org"):
        return _arxiv(parts.path)
    if host == "huggingface.co":
        return _huggingface(parts.path, parts.query)
    return None


def _arxiv(path: str) -> Guess | None:
    found = _ARXIV.fullmatch(path)
    if not found:
        return None
    categories = tuple((found["one"] or found["several"]).split("+"))
    why = "the address names categories of arXiv, whose announcements the kind arxiv reads whole"
    return Guess("arxiv", {"categories": categories}, HIGHEST, (why,))


def _huggingface(path: str, query: str) -> Guess | None:
    found = _PAPERS.fullmatch(path)
    if not found:
        return None
    why = "the address is a view of Hugging Face's papers, which has a kind of its own"
    if wanted := parse_qs(query).get("q"):
        return Guess("huggingface", {"listing": "search", "query": wanted[0]}, HIGHEST, (why,))
    return Guess("huggingface", {"listing": _VIEWS[found["view"] or "date"]}, HIGHEST, (why,))
