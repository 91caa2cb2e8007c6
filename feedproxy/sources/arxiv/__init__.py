"""arXiv: the announcements of categories, or what a query of its API finds.

    categories -> rss.arxiv.org/atom/cs.NE+q-bio.NC -> one batch, a listing named for its day
                                                       and newest id
    query      -> export.arxiv.org/api/query, 100 by 100, newest submission first
                                                    -> a listing for each hundred

No I/O here. Whoever makes the requests keeps the three seconds that arXiv wants between them.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime

from feedproxy.kinds import Key
from feedproxy.models import Source, Steps
from feedproxy.sources.arxiv import announcements, query

__all__ = ["KEYS", "PACE", "read"]

PACE = 3.0
"""Seconds between two requests of one installation: https://info.arxiv.org/help/api/tou.html"""

_CATEGORY = re.compile(r"[a-z]+(-[a-z]+)*(\.([A-Z]{2}|[a-z]+(-[a-z]+)*))?")


def _no_category(written: str) -> str | None:
    if _CATEGORY.fullmatch(written):
        return None
    return f"{written!r} is no category of arXiv's: write one such as cs.NE, q-bio.NC or hep-th"


KEYS: Mapping[str, Key] = {
    "categories": Key(
        "texts",
        "which categories' announcements are read",
        required=True,
        unless="query",
        check=_no_category,
    ),
    "announce": Key(
        "texts",
        "which announcements count, [new, cross] by default; replace is a new version",
        choices=announcements.TYPES,
        unless="query",
    ),
    "query": Key(
        "text",
        "what to search for, in arXiv's own syntax",
        required=True,
        longest=1000,
        unless="categories",
    ),
}


def read(source: Source, now: datetime, history: Mapping[str, datetime], base: str = "") -> Steps:
    """`base` replaces both of arXiv's own addresses.

    Raises what a failed request raised, or a SourceError.
    """
    if "query" in source.options:
        return query.read(source, history, base or query.SITE)
    return announcements.read(source, now, history, base or announcements.SITE)
