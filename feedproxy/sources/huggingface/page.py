"""A page of the site -> its listing: from its hydration data, else from what it shows.

The page says which listing it is. That is checked, since a redirect may have led to another one.
"""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import unquote_plus

from lxml import etree

from feedproxy.errors import Damaged, NothingFound, WrongDay
from feedproxy.models import Listing, Page
from feedproxy.sources.documents import parse
from feedproxy.sources.huggingface import articles
from feedproxy.sources.huggingface.fields import listing
from feedproxy.sources.huggingface.parts import Part
from feedproxy.sources.jsontext import decode

Props = Mapping[str, object]

_DAY = etree.XPath("string(//time[not(ancestor::article)]/@datetime)", smart_strings=False)


def read(page: Page, part: Part) -> Listing:
    """Raises WrongDay, NothingFound or Damaged."""
    document = parse(page)
    props = _hydration(document, page.url)
    _confirm(part, page.url, props, str(_DAY(document)))
    papers = props.get("dailyPapers")
    if isinstance(papers, list):
        try:
            return listing(papers, part, page, "hydration")
        except (Damaged, NothingFound):
            pass  # what the page shows may still be whole
    shown = articles.rows(document, page.fetched, abstracts=part.period == "search")
    if not shown:
        raise NothingFound(
            page.url,
            "blocked or changed: the page has neither hydration data nor any article;"
            " open it in a browser to see which",
        )
    return listing(shown, part, page, "html")


def _hydration(document: etree._Element, url: str) -> Props:
    """The data that the page's own script starts from; empty if it is missing or damaged."""
    for element in document.iterfind(".//*[@data-target='DailyPapers']"):
        try:
            # Taken out, so that the largest part of a page is not in memory twice.
            props = decode(str(element.attrib.pop("data-props", "")).encode(), url)
        except Damaged:
            continue
        if isinstance(props, dict):
            return props
    return {}


def _confirm(part: Part, url: str, props: Props, shown_day: str) -> None:
    stated = props.get("dateString") or props.get("date") or shown_day
    said = _says(part, props, stated)
    if said is None:
        said = unquote_plus(url).rstrip("/").endswith(unquote_plus(part.page))
    if not said:
        come = ascii(stated)[:40] if stated else "another listing"
        raise WrongDay(url, f"asked for {part.name or part.page}, but what came is {come}")


def _says(part: Part, props: Props, stated: object) -> bool | None:
    """Whether the page is the one asked for; None if it does not say, so that only its URL can."""
    is_trending = props.get("isTrending")
    if part.period == "search":
        query = _query(props)
        return None if query is None else query == part.query
    if part.period == "trending":
        return is_trending is True if is_trending is not None or stated else None
    if isinstance(stated, str) and stated:
        return props.get("periodType", part.period) == part.period and part.covers(stated)
    return False if is_trending is True else None


def _query(props: Props) -> object:
    query = props.get("query")
    return query.get("q") if isinstance(query, dict) else query or None
