"""How a feed is written: one row per format, whose name is the ending of the feed's address.

Writing is a pure function of the Feed: the same Feed gives the same bytes in every process,
time zone and locale. Entries are not chosen, ordered or dated here.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from feedproxy.formats import jsonfeed, xml
from feedproxy.formats.parts import Parts
from feedproxy.models import Feed

__all__ = ["FORMATS", "Format", "Parts"]


@dataclass(frozen=True, slots=True)
class Format:
    name: str
    """The ending of the address, as in `/feeds/spiking.atom`."""
    content_type: str
    """The whole header, with the charset."""
    parts: Callable[[Feed], Parts]

    def write(self, feed: Feed) -> bytes:
        return self.parts(feed).joined()


FORMATS: Mapping[str, Format] = {
    "atom": Format("atom", "application/atom+xml; charset=utf-8", xml.atom),
    "rss": Format("rss", "application/rss+xml; charset=utf-8", xml.rss),
    "json": Format("json", "application/feed+json; charset=utf-8", jsonfeed.parts),
}
