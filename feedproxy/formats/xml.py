"""Atom 1.0 and RSS 2.0, by feedgen, which is used in this module alone.

feedgen dates everything without a date with now(), takes an RSS channel's link from the link
added last, puts new entries first, drops the relation of an Atom entry's links, and sets the
process's locale to write an RSS date. What looks odd below is there for one of these reasons.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from threading import Lock
from typing import Any

from feedgen.feed import FeedGenerator

# feedgen.ext relies on what feedgen.feed imports.
# isort: split
from feedgen.ext.base import BaseExtension
from feedgen.ext.dc import DcEntryExtension, DcExtension
from feedgen.ext.media import MediaEntryExtension, MediaExtension
from feedgen.util import xml_elem

from feedproxy.formats.body import body, byline, categories
from feedproxy.formats.clean import clean
from feedproxy.formats.links import medium, own_links
from feedproxy.formats.parts import Parts, cut
from feedproxy.models import Entry, Feed

ATOM_NS = "http://www.w3.org/2005/Atom"

_LOCALE = Lock()


def atom(feed: Feed) -> Parts:
    """The feed as Atom (RFC 4287), UTF-8; `published` is the record's, and never moves."""
    feed = clean(feed)
    generator = _generator(feed, own_links(feed, "atom"), "application/atom+xml")
    for entry in feed.entries:
        _add(generator, entry, entry.record.published)
    return cut(generator.atom_str(), b"entry", b"</feed>")


def rss(feed: Feed) -> Parts:
    """The feed as RSS 2.0, UTF-8; `pubDate`, its only date, by which readers sort, is `since`."""
    feed = clean(feed)
    links = own_links(feed, "rss")
    generator = _generator(feed, links, "application/rss+xml")
    generator.register_extension("dc", DcExtension, DcEntryExtension, atom=False)
    generator.register_extension("paging", lambda: _Paging(links), atom=False)
    for entry in feed.entries:
        _add(generator, entry, entry.since).dc.dc_creator(byline(entry.record.authors) or None)
    with _LOCALE:
        return cut(generator.rss_str(), b"item", b"</channel></rss>")


def _generator(feed: Feed, links: Mapping[str, str], media: str) -> Any:
    generator = FeedGenerator()
    # Not `load_extension`, which searches the disk for extensions at each feed.
    generator.register_extension("media", MediaExtension, MediaEntryExtension)
    generator.register_extension("enclosed", BaseExtension, _Enclosure)
    generator.id(feed.id)
    generator.title(feed.title)
    # Atom wants an author of the feed, for entries that have none; RSS wants a description.
    generator.author(name=feed.title)
    generator.description(feed.description or feed.title)
    generator.updated(feed.updated)
    generator.ttl(max(1, int(feed.ttl.total_seconds()) // 60))
    generator.generator("feedproxy")
    for relation, link in links.items():
        generator.link(href=link, rel=relation, type=media)
    generator.link(href=feed.home, rel="alternate", type="text/html")
    return generator


def _add(generator: Any, entry: Entry, published: datetime) -> Any:
    record = entry.record
    written = generator.add_entry(order="append")
    written.guid(entry.id, permalink=False)
    written.title(record.title)
    written.published(published)
    written.updated(entry.updated)
    written.author([{"name": name} for name in record.authors])
    written.category([{"term": term} for term in categories(entry)])
    written.content(body(entry), type="html")
    if record.link:
        written.link(href=record.link, rel="alternate")
    written.enclosed.medium = medium(record)
    if record.thumbnail:
        # Directly in the entry: validators warn about a thumbnail in a media:group.
        written.media.thumbnail(url=record.thumbnail, group=None)
    return written


class _Enclosure:
    """The file that an entry plays. Its length is not known, so RSS has 0."""

    medium: tuple[str, str] | None = None

    def extend_atom(self, entry: Any) -> None:
        if self.medium:
            link, kind = self.medium
            xml_elem("link", entry, rel="enclosure", href=link, type=kind)

    def extend_rss(self, item: Any) -> None:
        if self.medium:
            link, kind = self.medium
            xml_elem("enclosure", item, url=link, length="0", type=kind)


class _Paging:
    """RFC 5005's links in RSS, where feedgen only writes the self link."""

    def __init__(self, links: Mapping[str, str]) -> None:
        self.links = links

    def extend_ns(self) -> dict[str, str]:
        return {}

    def extend_rss(self, rss: Any) -> None:
        for relation, link in self.links.items():
            if relation != "self":
                xml_elem(f"{{{ATOM_NS}}}link", rss[0], href=link, rel=relation)
