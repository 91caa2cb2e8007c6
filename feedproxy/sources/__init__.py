"""The kinds of sources: a new one is a module and a line in this table.

A source decides what to ask for and reads what comes; it does no I/O of its own.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

from feedproxy.sources import huggingface
from feedproxy.sources.kinds import Key, Kind

__all__ = ["SOURCES", "Key", "Kind", "sources"]


def sources(hf_url: str = huggingface.SITE) -> Mapping[str, Kind]:
    """Every kind by its name in the rules; `hf_url` is a mirror's base address."""
    return {
        "huggingface": Kind(
            read=partial(huggingface.read, base=hf_url),
            keys=huggingface.KEYS,
            read_day=partial(huggingface.read_day, base=hf_url),
        ),
    }


SOURCES = sources()
