"""The kinds of sources: a new kind is a module and a line in this table.

A source decides what to request and reads the answers; it does no I/O of its own.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

from feedproxy.kinds import Kind
from feedproxy.sources import arxiv, feed, html, huggingface, json

__all__ = ["SOURCES", "sources"]


def sources(hf_url: str = huggingface.SITE, arxiv_url: str = "") -> Mapping[str, Kind]:
    """Every kind by its name in the rules; the URLs are the base addresses of mirrors."""
    return {
        "arxiv": Kind(read=partial(arxiv.read, base=arxiv_url), keys=arxiv.KEYS, pace=arxiv.PACE),
        "feed": Kind(read=feed.read, keys=feed.KEYS),
        "html": Kind(read=html.read, keys=html.KEYS),
        "huggingface": Kind(
            read=partial(huggingface.read, base=hf_url),
            keys=huggingface.KEYS,
            read_day=partial(huggingface.read_day, base=hf_url),
        ),
        "json": Kind(read=json.read, keys=json.KEYS),
    }


SOURCES = sources()
