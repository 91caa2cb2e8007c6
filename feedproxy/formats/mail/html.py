"""A letter as HTML: one column, no pictures, nothing that must be loaded to read it.

It is built as a tree and serialised, so that text stays text whatever it looks like. Each element
has its own style, since mail programs ignore style sheets.
"""

from __future__ import annotations

from collections.abc import Iterable
from xml.etree.ElementTree import Element, SubElement, tostring

from feedproxy.explain import Segments
from feedproxy.formats.mail.letter import Item, Letter, Part

BODY = "max-width:40em;margin:0 auto;padding:1em;font:16px/1.5 sans-serif"
MARK = "background:#ffe58f;color:#111"
SHUT = "background:#ffc9c2;color:#111"
"""The style of what excludes."""
HEADS = {"h1": "font-size:24px;margin:1em 0 .2em", "h2": "font-size:20px;margin:1.4em 0 .2em"}
QUIET = "margin:.2em 0;font-size:14px;opacity:.8"
TITLE = "margin:1.4em 0 .2em;font-size:17px;font-weight:bold"


def html(letter: Letter) -> str:
    root = Element("html", lang="en")
    head = SubElement(root, "head")
    SubElement(head, "meta", charset="utf-8")
    SubElement(head, "meta", name="viewport", content="width=device-width")
    SubElement(head, "meta", name="color-scheme", content="light dark")
    SubElement(head, "title").text = letter.subject
    body = SubElement(root, "body", style=BODY)
    _head(body, "h1").text = letter.title
    _line(body, letter.covers, QUIET)
    _parts(body, letter.parts)
    if letter.near:
        _head(body, "h1").text = "Near misses"
        _line(body, "One number or one exclusion keeps each of these out.", QUIET)
        _parts(body, letter.near)
    _link(SubElement(body, "p", style=QUIET), "All topics", letter.home)
    return "<!DOCTYPE html>\n" + tostring(root, encoding="unicode", method="html")


def _parts(body: Element, parts: Iterable[Part]) -> None:
    for part in parts:
        _link(_head(body, "h2"), part.title, part.page).tail = f" ({part.count})"
        for item in part.items:
            _item(body, item)
        if part.more:
            _link(SubElement(body, "p"), f"and {part.more} more", part.page)


def _item(body: Element, item: Item) -> None:
    title = SubElement(body, "p", style=TITLE, dir="auto")
    _marked(SubElement(title, "a", href=item.link) if item.link else title, item.title)
    _line(body, item.about, QUIET)
    if item.excerpt:
        _marked(SubElement(body, "p", style="margin:.2em 0", dir="auto"), item.excerpt)
    _link(_line(body, f"{item.verdict} · ", QUIET), "why", item.why)


def _marked(parent: Element, segments: Segments) -> None:
    for each in segments:
        if each.marked:
            style = SHUT if each.gate == "exclude" else MARK
            SubElement(parent, "mark", style=style).text = each.text
        elif len(parent):
            parent[-1].tail = (parent[-1].tail or "") + each.text
        else:
            parent.text = (parent.text or "") + each.text


def _head(parent: Element, tag: str) -> Element:
    return SubElement(parent, tag, style=HEADS[tag])


def _line(parent: Element, text: str, style: str) -> Element:
    line = SubElement(parent, "p", style=style)
    line.text = text
    return line


def _link(parent: Element, text: str, link: str) -> Element:
    anchor = SubElement(parent, "a", href=link)
    anchor.text = text
    return anchor
