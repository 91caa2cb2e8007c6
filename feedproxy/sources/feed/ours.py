"""What a feedproxy wrote into the body of an entry -> the fields it was made from.

So that one feedproxy can read another's feeds: the other's reasons must not become keywords of
the paper, nor its row of links a part of the abstract.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from lxml import etree

_VOTES = re.compile(r"([0-9]{1,9}) upvotes? when it qualified")


@dataclass(slots=True)
class Body:
    summary: str = ""
    content: str = ""
    """HTML, still to be cleaned."""
    authors: str = ""
    """Separated by `, `, which may stand within a name, too: `Smith, J.`."""
    organization: str = ""
    reasons: str = ""
    """Separated by `; `."""
    upvotes: str = ""
    links: dict[str, str] = field(default_factory=dict)
    """By their labels: `Paper`, `PDF`, `Code`, `Project`, `Audio`, `Video`, `Discussion`."""


def read(html: str) -> Body:
    """The fields; all empty if `html` is not such a body."""
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False)
    content, _, rest = html.removeprefix("<div>").rpartition("</div>")
    body = Body()
    if html.startswith("<div>"):
        body.content, html = content, rest
    try:
        document = etree.fromstring(f"<body>{html}</body>".encode(), parser)
    except (etree.XMLSyntaxError, UnicodeEncodeError):
        return body
    for number, paragraph in enumerate(document.iterfind("p")):
        _add(body, paragraph, is_first=number == 0 and not body.content)
    return body


def _add(body: Body, paragraph: etree._Element, *, is_first: bool) -> None:
    text = "".join(map(str, paragraph.itertext()))
    label, _, rest = text.partition(": ")
    if links := list(paragraph.iterfind("a")):
        body.links = {str(link.text): link.get("href", "") for link in links}
    elif is_first:
        body.summary = text
    elif label == "Authors":
        body.authors = rest
    elif label == "Organization":
        body.organization = rest
    elif label == "Why it is here":
        body.reasons = rest
    elif votes := _VOTES.fullmatch(text):
        body.upvotes = votes[1]
