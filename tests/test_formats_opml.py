from __future__ import annotations

from xml.etree import ElementTree

from feedproxy.formats.opml import Subscription, opml

FEEDS = (
    Subscription(
        "Spiking & <agents>",
        "https://feeds.example/feeds/spiking.atom?token=a&b=c",
        "https://feeds.example/topics/spiking",
        "Networks that fire",
    ),
    Subscription("Vision", "https://feeds.example/feeds/vision.atom", "https://feeds.example/"),
)


def test_the_list_names_every_feed_in_order() -> None:
    root = ElementTree.fromstring(opml(FEEDS, "Papers"))
    assert (root.tag, root.get("version")) == ("opml", "2.0")
    assert root.findtext("head/title") == "Papers"
    assert [dict(outline.attrib) for outline in root.iterfind("body/outline")] == [
        {
            "type": "rss",
            "text": "Spiking & <agents>",
            "title": "Spiking & <agents>",
            "xmlUrl": "https://feeds.example/feeds/spiking.atom?token=a&b=c",
            "htmlUrl": "https://feeds.example/topics/spiking",
            "description": "Networks that fire",
        },
        {
            "type": "rss",
            "text": "Vision",
            "title": "Vision",
            "xmlUrl": "https://feeds.example/feeds/vision.atom",
            "htmlUrl": "https://feeds.example/",
        },
    ]


def test_the_list_carries_no_date_and_is_the_same_every_time() -> None:
    assert opml(FEEDS, "Papers") == opml(list(FEEDS), "Papers")
    assert [node.tag for node in ElementTree.fromstring(opml(FEEDS, "Papers"))[0]] == ["title"]


def test_no_feeds_is_a_list_too() -> None:
    assert ElementTree.fromstring(opml((), "Papers")).find("body") is not None
