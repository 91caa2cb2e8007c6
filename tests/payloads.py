"""A site of every kind of listing that puts each payload into whatever a record has.

The payloads are `tests/data/payloads/*.yaml`. Each kind of source has a topic of its own, whose
name is the source's; it finds each text as a whole, so that a payload stands unbroken in its mark.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable
from html import escape
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import yaml

from feedproxy.models import Page, Request
from tests.clocks import NOON

CASES = sorted((Path(__file__).parent / "data" / "payloads").glob("*.yaml"))
PAYLOADS: tuple[str, ...] = tuple(
    case["payload"] for path in CASES for case in yaml.safe_load(path.read_text("utf-8"))
)
TODAY = f"{NOON:%Y-%m-%d}"
LAB = "https://lab.example"
LONG = "A megabyte " + "<b>of</b> &amp; " * 70_000
"""A title."""

RULES = f"""
sources:
  hf: {{kind: huggingface, listing: daily, lookback: 1d}}
  arxiv: {{kind: arxiv, query: lab}}
  rss: {{kind: feed, url: {LAB}/rss}}
  raw: {{kind: feed, url: {LAB}/raw}}
  atom: {{kind: feed, url: {LAB}/atom}}
  jsonfeed: {{kind: feed, url: {LAB}/jsonfeed}}
  ours: {{kind: feed, url: {LAB}/ours}}
  html:
    kind: html
    url: {LAB}/html
    item: article
    fields: {{title: h2, link: a@href, abstract: .abstract, authors: .author, tags: .tag,
      organization: .org, id: "@data-id", doi: .doi, pdf: a.pdf@href, code: a.code@href,
      project: a.project@href, video: a.video@href, thumbnail: img@src}}
  json:
    kind: json
    url: {LAB}/json
    items: items
    fields: {{title: title, link: link, abstract: text, authors: authors, tags: tags,
      organization: org, id: id, doi: doi, pdf: pdf, code: code, project: project,
      video: video, thumbnail: thumbnail, submitter: org}}
  broken: {{kind: feed, url: {LAB}/broken}}
topics:
""" + "".join(
    f"  {name}: {{from: {name}, include: [/.+/], exclude: [title: evil], digest: daily}}\n"
    for name in ("hf", "arxiv", "rss", "raw", "atom", "jsonfeed", "ours", "html", "json")
)
RULES += (
    "  all: {from: [hf, arxiv, rss, raw, atom, jsonfeed, ours, html, json, broken], include: [x]}\n"
)
KINDS = ("hf", "arxiv", "rss", "raw", "atom", "jsonfeed", "ours", "html", "json")

NO_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def web(request: Request) -> Page:
    """The fetch function; what it does not know is a page without a listing."""
    parts = urlsplit(request.url)
    query = {key: values[-1] for key, values in parse_qs(parts.query).items()}
    if parts.path == "/api/daily_papers":
        return answer(request, json.dumps(hf() if query.get("date") == TODAY else []))
    if parts.netloc == "export.arxiv.org":
        return answer(request, arxiv())
    return answer(request, PAGES[parts.path.strip("/")]())


def answer(request: Request, body: str) -> Page:
    return Page(request.url, body.encode("utf-8", "surrogatepass"), NOON)


def hf() -> list[dict[str, Any]]:
    return [
        {
            "paper": {
                "id": f"2611.{10000 + number}",
                "title": title,
                "summary": payload,
                "authors": [{"name": payload}, {"name": f"Ada {payload}"}],
                "publishedAt": f"{TODAY}T00:00:00.000Z",
                "submittedOnDailyAt": f"{TODAY}T00:00:00.000Z",
                "submittedOnDailyBy": {"fullname": payload, "name": payload},
                "ai_keywords": [payload],
                "githubRepo": payload,
                "projectPage": payload,
                "mediaUrls": [payload],
                "organization": {"fullname": payload, "name": payload},
                "upvotes": 3,
            },
            "title": title,
            "publishedAt": f"{TODAY}T00:00:00.000Z",
            "numComments": 0,
            "thumbnail": payload,
        }
        for number, (title, payload) in enumerate(titled())
    ]


def titled() -> Iterable[tuple[str, str]]:
    """Each payload as a title too, and the one title that is too long."""
    yield from ((payload, payload) for payload in PAYLOADS)
    yield LONG, "of an ordinary paper"


def arxiv() -> str:
    entries = "".join(
        f"<entry><id>http://arxiv.org/abs/2610.{10000 + number}v1</id><title>{xml(title)}</title>"
        f"<summary>{xml(payload)}</summary><published>{TODAY}T00:00:00Z</published>"
        f"<updated>{TODAY}T00:00:00Z</updated><author><name>{xml(payload)}</name></author>"
        f"<link href='{xml(payload)}' rel='related' type='application/pdf' title='pdf'/>"
        f"<arxiv:doi>{xml(payload)}</arxiv:doi><arxiv:comment>{xml(payload)}</arxiv:comment>"
        f"<category term='{xml(payload)}'/></entry>"
        for number, (title, payload) in enumerate(titled())
    )
    return (
        "<feed xmlns='http://www.w3.org/2005/Atom' xmlns:arxiv='http://arxiv.org/schemas/atom' "
        "xmlns:opensearch='http://a9.com/-/spec/opensearch/1.1/'>"
        f"<opensearch:totalResults>{len(PAYLOADS) + 1}</opensearch:totalResults>{entries}</feed>"
    )


def xml(text: str) -> str:
    """As text of a well-formed document."""
    return escape(NO_XML.sub("", text))


def rss(write: Callable[[str], str] = xml) -> str:
    items = "".join(
        f"<item><title>{write(title)}</title><link>{LAB}/rss/{number}</link>"
        f"<guid>{write(payload)}{number}</guid><description>{write(payload)}</description>"
        f"<content:encoded>{write(f'<b>of</b> {payload}')}</content:encoded>"
        f"<author>{write(payload)}</author><dc:creator>{write(payload)}</dc:creator>"
        f"<category>{write(payload)}</category><comments>{write(payload)}</comments>"
        f'<enclosure url="{write(payload)}" type="audio/mpeg"/>'
        f'<enclosure url="{write(payload)}.mp4" type="video/mp4"/>'
        f'<media:thumbnail url="{write(payload)}"/></item>'
        for number, (title, payload) in enumerate(titled())
    )
    return f"<rss version='2.0'><channel><title>x</title>{items}</channel></rss>"


def raw() -> str:
    """The same by somebody who escapes nothing, without the megabyte."""
    return rss(lambda text: text if len(text) < 1000 else "long")


def atom() -> str:
    entries = "".join(
        f"<entry><id>{xml(payload)}{number}</id><title type='html'>{xml(title)}</title>"
        f"<link href='{LAB}/atom/{number}'/><link rel='enclosure' href='{xml(payload)}'/>"
        f"<summary type='text'>{xml(payload)}</summary><updated>{TODAY}T01:00:00Z</updated>"
        f"<content type='html'>{xml(f'<p><i>x</i></p>{payload}')}</content>"
        f"<author><name>{xml(payload)}</name><uri>{xml(payload)}</uri></author>"
        f"<category term='{xml(payload)}' label='{xml(payload)}'/></entry>"
        for number, (title, payload) in enumerate(titled())
    )
    return f"<feed xmlns='http://www.w3.org/2005/Atom'><id>x</id><title>x</title>{entries}</feed>"


def jsonfeed(**more: object) -> str:
    """Lone surrogates and all."""
    items = [
        {
            "id": f"{payload}{number}",
            "url": f"{LAB}/jsonfeed/{number}",
            "title": title,
            "summary": f"{payload}\ud800",
            "content_html": f"<div><em>of\ud800 &#12;&#27;&#155;</em> {payload}</div>"
            f"<p>{payload}</p>"
            f'<p><a href="{payload}">PDF</a></p><p>Organization: {payload}</p>',
            "authors": [{"name": payload, "url": payload}],
            "tags": [payload],
            "image": payload,
            "attachments": [{"url": payload, "mime_type": "audio/mpeg"}],
            **more,
        }
        for number, (title, payload) in enumerate(titled())
    ]
    return json.dumps({"version": "https://jsonfeed.org/version/1.1", "items": items})


def ours() -> str:
    """It claims to be written by a feedproxy."""
    return jsonfeed(_feedproxy={}).replace("/jsonfeed/", "/ours/")


def html() -> str:
    def shown(title: str, payload: str, number: int) -> str:
        text, link = escape(payload), escape(payload)
        return (
            f'<article data-id="{text}{number}"><h2>{escape(title)}</h2>'
            f'<a href="/html/{number}">x</a><p class=abstract>{text}</p><i class=author>{text}</i>'
            f"<i class=tag>{text}</i><i class=org>{text}</i><i class=doi>{text}</i>"
            + "".join(f'<a class={name} href="{link}">x</a>' for name in LINK_FIELDS)
            + f'<img src="{link}"></article>'
        )

    items = (shown(title, payload, at) for at, (title, payload) in enumerate(titled()))
    return f"<title>x</title><main>{''.join(items)}</main>"


LINK_FIELDS = ("pdf", "code", "project", "video")


def api() -> str:
    fields = ("text", "org", "doi", "thumbnail", *LINK_FIELDS)
    items = [
        {
            "title": title,
            "link": f"{LAB}/json/{number}",
            "id": f"{payload}{number}",
            "authors": [payload],
            "tags": [payload],
            **dict.fromkeys(fields, payload),
        }
        for number, (title, payload) in enumerate(titled())
    ]
    return json.dumps({"items": items})


def broken() -> str:
    """A page where a feed should be, in whose title all payloads stand that fit."""
    return f"<html><head><title>{escape(' '.join(PAYLOADS[34:60]))[:290]}</title></head></html>"


PAGES: dict[str, Callable[[], str]] = {
    "rss": rss,
    "raw": raw,
    "atom": atom,
    "jsonfeed": jsonfeed,
    "ours": ours,
    "html": html,
    "json": api,
    "broken": broken,
}
