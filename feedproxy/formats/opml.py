"""The subscription list of all feeds, OPML 2.0 (http://opml.org/spec2.opml)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from feedproxy.formats.clean import line


class Subscription(NamedTuple):
    """One feed, as a reader subscribes to it; the addresses are absolute."""

    title: str
    feed_url: str
    home: str
    description: str = ""


def opml(subscriptions: Iterable[Subscription], title: str) -> bytes:
    """The list as OPML, UTF-8, without a date: the same list gives the same bytes."""
    root = Element("opml", version="2.0")
    SubElement(SubElement(root, "head"), "title").text = line(title)
    body = SubElement(root, "body")
    for subscription in subscriptions:
        SubElement(body, "outline", _outline(subscription))
    indent(root)
    document: bytes = tostring(root, encoding="utf-8", xml_declaration=True)
    return document


def _outline(subscription: Subscription) -> dict[str, str]:
    title = line(subscription.title) or subscription.feed_url
    attributes = {
        "type": "rss",
        "text": title,
        "title": title,
        "xmlUrl": subscription.feed_url,
        "htmlUrl": subscription.home,
    }
    description = line(subscription.description)
    return {**attributes, "description": description} if description else attributes
