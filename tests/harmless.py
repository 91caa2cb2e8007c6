"""What an output must not hold, found by parsing it back as a browser, reader or terminal does.

Not how it came to be: nothing here knows feedproxy. Every function raises AssertionError.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from typing import Any
from urllib.parse import urlsplit

from lxml import etree
from lxml import html as lxml_html

from feedproxy.models import Record

CONTROLS = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufffe\uffff]"
)
"""All but tab and line feed: C0, C1, what turns the direction of text, what no UTF-8 can hold."""
RUNNING = frozenset(
    """
    applet base embed frame frameset iframe link-preload math object plaintext style
    template xmp audio video source track portal noscript foreignobject animate set use
    """.split()
)
"""Elements that none of our pages has."""
IN_BODIES = frozenset(
    """
    a b blockquote br code dd del div dl dt em h3 h4 h5 h6 hr i img ins kbd li ol p pre q s
    small strong sub sup table tbody td th thead tr u ul var
    """.split()
)
ADDRESSES = frozenset(
    """
    action background cite classid codebase data formaction href longdesc manifest ping
    poster profile src srcset usemap xlink:href
    """.split()
)
FORBIDDEN_ATTRIBUTES = frozenset(("style", "srcdoc", "http-equiv", "formaction", "ping", "is"))
POLICY = ("http-equiv", "Content-Security-Policy")
"""What a file says where a server sends a header."""
SCHEMES = frozenset(("", "http", "https"))
NOT_IN_A_SCHEME = re.compile(r"[\x00-\x20\x7f-\xa0\xad\u200b-\u200f\u2028-\u202e]")


def text(shown: str) -> None:
    found = CONTROLS.search(shown)
    assert found is None, ascii(shown[max(found.start() - 60, 0) : found.end() + 60])


def line(shown: str) -> None:
    text(shown)
    assert len(shown.splitlines()) <= 1, ascii(shown)


def address(written: str) -> None:
    """As a browser reads it, which skips white space and controls before the colon."""
    scheme, colon, _ = NOT_IN_A_SCHEME.sub("", written).partition(":")
    looks_so = colon and not re.search(r"[/?#]", scheme)
    assert not looks_so or scheme.lower() in SCHEMES, ascii(written)


def web_address(written: str) -> None:
    """Absolute, ASCII where it came from outside, and of the web."""
    text(written)
    assert urlsplit(written).scheme in ("http", "https"), ascii(written)
    assert not re.search(r"[\s\"<>]", written), ascii(written)


def page(written: bytes | str, at: str = "") -> etree._Element:
    """A page of ours: its own script and forms, and nothing else that runs. The document."""
    text(written.decode() if isinstance(written, bytes) else written)
    return structure(written, at)


def structure(written: bytes | str, at: str = "") -> etree._Element:
    """The same of a page that shows a visitor what he himself sent, controls and all."""
    shown = written.encode() if isinstance(written, str) else written
    document: etree._Element = lxml_html.document_fromstring(shown, lxml_parser())
    for node in elements(document):
        tag = str(node.tag).lower()
        assert tag not in RUNNING, etree.tostring(node)[:300]
        attributes(node)
        if tag == "script":
            assert not (node.text or "").strip(), etree.tostring(node)[:300]
            ours(node.get("src", "").removeprefix(at))
        if tag == "form":
            ours(node.get("action", "").removeprefix(at))
    return document


def lxml_parser() -> lxml_html.HTMLParser:
    return lxml_html.HTMLParser(encoding="utf-8", huge_tree=True)


def ours(written: str) -> None:
    """An address at this very site."""
    parts = urlsplit(written)
    assert not parts.scheme, written
    assert not parts.netloc, written
    assert "\\" not in written, written


def attributes(node: etree._Element) -> None:
    for name, value in node.attrib.items():
        named = str(name).lower()
        assert not named.startswith("on"), etree.tostring(node)[:300]
        if (named, value) != POLICY:
            assert named not in FORBIDDEN_ATTRIBUTES, etree.tostring(node)[:300]
        if named in ADDRESSES:
            address(str(value))


def body(written: str) -> None:
    """HTML within a feed or mail, which a reader puts into a page of its own."""
    text(written)
    for node in elements(lxml_html.fragment_fromstring(written, create_parent="body")):
        if node.tag == "body":
            continue
        assert node.tag in IN_BODIES, etree.tostring(node)[:300]
        assert set(node.attrib) <= {"href", "src", "alt"}, etree.tostring(node)[:300]
        attributes(node)
        for name in ("href", "src"):
            if name in node.attrib:
                web_address(str(node.get(name)))
    encloses(written)


def encloses(written: str) -> None:
    """Every element is closed within the body: nothing of it can swallow what stands behind."""
    around = lxml_html.fragment_fromstring(f"<div>{written}</div><i>end</i>", create_parent="main")
    assert [str(each.tag) for each in around] == ["div", "i"], ascii(written)[:300]


def xml(written: bytes) -> etree._Element:
    """Strictly well-formed, without a DTD."""
    text(written.decode())
    parser = etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=True)
    root = etree.fromstring(written, parser)
    assert root.getroottree().docinfo.internalDTD is None
    for node in root.iter():
        for value in (node.text or "", node.tail or "", *map(str, node.attrib.values())):
            text(value)
    return root


def xml_feed(written: bytes) -> int:
    """RSS or Atom; the number of its entries."""
    root = xml(written)
    entries = [node for node in root.iter() if local(node) in ("item", "entry")]
    for node in root.iter():
        if local(node) == "link":
            web_address((node.get("href") or node.text or "").strip())
        elif local(node) in ("thumbnail", "enclosure", "content") and node.get("url"):
            web_address(str(node.get("url")))
    for entry in entries:
        for node in entry:
            if local(node) in ("description", "content", "encoded"):
                body(node.text or "")
            elif local(node) == "title":
                line(node.text or "")
                assert node.text
    return len(entries)


def json_feed(written: bytes) -> int:
    document = parsed_json(written)
    for item in document["items"]:
        body(item["content_html"])
        line(item["title"])
        for link in (
            item.get("url"),
            item.get("image"),
            *(file["url"] for file in item.get("attachments", ())),
        ):
            if link is not None:
                web_address(link)
    return len(document["items"])


def parsed_json(written: bytes | str) -> Any:
    """No string of it holds a control character, escaped or not."""
    value = json.loads(written)
    for each in strings(value):
        text(each)
    return value


def mail(written: bytes) -> EmailMessage:
    """Seven bits, each header one line, no part but text and HTML that loads nothing."""
    assert written.isascii()
    message = message_from_bytes(written, policy=default)
    assert isinstance(message, EmailMessage)
    assert not message.defects
    for name, value in message.items():
        line(str(value))
        line(name)
    kinds = [part.get_content_type() for part in message.walk()]
    assert kinds == ["multipart/alternative", "text/plain", "text/html"]
    plain, rich = list(message.walk())[1:]
    text(plain.get_content().replace("\r\n", "\n"))
    shown = rich.get_content().replace("\r\n", "\n")
    text(shown)
    for node in elements(lxml_html.document_fromstring(shown.encode(), lxml_parser())):
        assert str(node.tag) in {"html", "head", "title", "meta", "body", "mark"} | IN_BODIES | {
            "h1",
            "h2",
        }, etree.tostring(node)[:300]
        assert node.tag != "img"
        style = node.attrib.pop("style", "")
        assert not re.search(r"url|expression|import|[\\@]", str(style)), style
        attributes(node)
    return message


def terminal(written: str) -> None:
    """No sequence that a terminal obeys but colours, and none of those from outside."""
    text(written)


def record(found: Record) -> None:
    """What every source promises of what it hands over."""
    for name in ("id", "title", "summary", "organization", "submitter"):
        line(getattr(found, name))
    for each in (*found.authors, *found.tags):
        line(each)
    for name in ("link", "pdf", "code", "project", "video", "audio", "thumbnail", "discussion"):
        written = getattr(found, name)
        if written:
            web_address(written)
            assert written.isascii()
    assert found.link
    assert found.id.strip()
    assert found.title.strip()
    assert len(found.title) <= 2000
    assert all(number >= 0 for number in found.numbers.values())


def elements(root: etree._Element) -> Iterator[etree._Element]:
    return (node for node in root.iter() if isinstance(node.tag, str))


def local(node: etree._Element) -> str:
    return etree.QName(node).localname if isinstance(node.tag, str) else ""


def strings(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for key, each in value.items():
            yield str(key)
            yield from strings(each)
    elif isinstance(value, list):
        for each in value:
            yield from strings(each)
