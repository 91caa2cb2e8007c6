"""The syntax of feeds and pages: tags, attributes, references. Not what they mean.

Every pattern takes linear time for any text.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from html.entities import html5
from itertools import islice
from xml.sax.saxutils import escape

MOST_ATTRIBUTES = 100
"""Of one tag: XML parsers take quadratic time for them."""
LONGEST_VALUE = 4000
"""Characters of an attribute's value: more than any address has."""
LONGEST_TEXT = 100_000
"""Characters of HTML: of all long texts of an item together, or of one text in JSON."""

_NAME = r"[a-z_][\w.-]*+(?::[a-z_][\w.-]*+)?"
_FLAGS = re.VERBOSE | re.DOTALL | re.IGNORECASE | re.ASCII
TOKEN = re.compile(
    rf"""
    <!--(?:.*?-->|.*)
    | <!\[CDATA\[(?P<cdata>.*?)(?:\]\]>|\Z)
    | <[?!][^<>]*+>?
    | <(?P<end>/?)(?P<name>(?!xmlns:){_NAME})
      (?P<attributes>(?:[^<>"']++|"[^"<]*+"|'[^'<]*+')*+)>
    | (?P<text><|[^<]++)
    """,
    _FLAGS,
)
_ATTRIBUTE = re.compile(
    rf"""(?<![\w.:-])({_NAME})\s*+=\s*+("[^"<]*+"|'[^'<]*+'|[^\s"'<>]++)""", _FLAGS
)
_ROOT = re.compile(
    r"""
    <!--(?:.*?-->|.*)
    | <\?[^<>]*+
    | (?P<tag><(?:html|(?P<feed>(?:[a-z_][\w.-]*+:)?(?:rss|rdf|feed)))(?=[\s/>]))
    """,
    _FLAGS,
)
_ENTITY = re.compile(
    r"""
    <!--(?:.*?-->|.*)
    | <\?[^<>]*+
    | <!ENTITY\s++(?P<name>[^\s%"'<>]++)\s++(?P<meant>SYSTEM|PUBLIC|"[^"]*+|'[^']*+)
    """,
    _FLAGS,
)
_NAMED = re.compile(r"&([^\s&;#=\"'<>]++;)")
_REFERENCE = re.compile(
    r"&(?:(amp|lt|gt|quot|apos);|\#([0-9]{1,7});|\#x([0-9a-f]{1,6});|([a-z][a-z0-9]{1,31};))?",
    _FLAGS,
)
_DATA = re.compile(r"data:\w+/(?:(?!\]\]>|-->)[^\s\"'<>&]){100,}", re.ASCII)
"""A data URL, such as a picture within the HTML: it may be long, and holds no text."""
_PART = re.compile(r"(?:<(?:[a-z/!][^<>]*)?|&[^\s&;<>]{0,32}|(?<!\w)\w{1,30})\Z", re.IGNORECASE)
"""The beginning of a tag, a reference or a word that was cut off."""
FORBIDDEN = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


def find_root(text: str) -> int | None:
    """Where the feed's root element begins; None if there is none, or a web page around it."""
    tags = (found for found in _ROOT.finditer(text) if found["tag"])
    first = next(tags, None)
    return first.start() if first and first["feed"] else None


def unsafe_entity(prolog: str) -> str | None:
    """The first entity that is declared to be a file, or to hold others than HTML's.

    `%` entities are none: old feeds name the files of HTML's entities so, which are known here.
    """
    for found in _ENTITY.finditer(prolog):
        if found["name"] and not _is_text(found["meant"]):
            return found["name"]
    return None


def _is_text(meant: str) -> bool:
    return meant[0] in "\"'" and all(name in html5 for name in _NAMED.findall(meant))


def attributes(written: str) -> Iterator[tuple[str, str]]:
    """Name, in lower case, and value of the first attributes; references are not resolved."""
    for found in islice(_ATTRIBUTE.finditer(written), MOST_ATTRIBUTES):
        value = found[2][1:-1] if found[2][0] in "\"'" else found[2]
        yield found[1].lower(), value[:LONGEST_VALUE]


def without_data(text: str) -> str:
    return _DATA.sub("data:", text)


def shortened(html: str, longest: int = LONGEST_TEXT) -> str:
    """`html`, cut behind a whole tag or word, with an ellipsis, if it is longer."""
    return html if len(html) <= longest else _PART.sub("", html[:longest]) + " …"


def resolved(text: str) -> str:
    """`text` with no references but XML's own: HTML's are resolved, a bare `&` or `<` escaped."""
    return _REFERENCE.sub(_reference, text).replace("<", "&lt;").replace(">", "&gt;")


def _reference(found: re.Match[str]) -> str:
    known, decimal, hexadecimal, named = found.groups()
    if known:
        return f"&{known.lower()};"
    if decimal or hexadecimal:
        code = int(decimal) if decimal else int(hexadecimal, 16)
        return FORBIDDEN.sub("", escape(chr(code))) if 0 < code < 0x110000 else ""
    if named and (meant := html5.get(named)):
        return escape(meant)
    return "&amp;" + found[0][1:]
