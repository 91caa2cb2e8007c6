"""The bytes of a page -> a document that is safe to search, for every kind that reads HTML; and
the text of what is no HTML.

A page that would make the parser slow or large is refused before, or loses its oddest tags.
"""

from __future__ import annotations

import codecs
import re

from lxml import etree

from feedproxy.errors import Damaged
from feedproxy.links import absolute
from feedproxy.models import Page

MOST_TAGS = 400_000
"""Opening and closing tags; a listing of 2,000 papers has some 60,000."""
MOST_CHILDREN = 15_000
"""Of one element, or fewer of each of several: `:nth-child` takes quadratic time for them, 0.5 s
for so many. They are 5,000 papers of three elements each."""
MOST_ATTRIBUTES = 200
"""Of one tag: the parser takes quadratic time for them, 2 to 6 s for 40,000."""
MOST_ATTRIBUTES_IN_ALL = 400_000
"""Each takes some 200 bytes."""
MOST_SCANNED = 12_000_000
"""Bytes that are scanned for attributes at most: tags within tags are scanned again."""

# Whatever could be a tag, even in a comment or a script: only the parser itself knows for sure
# where these end.
_TAG = re.compile(rb"<[a-zA-Z][^\s/>]*+")
_ATTRIBUTE = re.compile(
    rb"""[\s/]*+[^\s/>][^\s/>=]*+(?:\s*+=\s*+(?:"[^"]*+"|'[^']*+'|[^\s>]++)?+)?+"""
)

Codec = tuple[str, str]
"""The name of an encoding, and what to do about errors."""

_UTF8 = ("utf-8", "strict")
_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_UNMARKED = ((b"<\0", "utf-16-le"), (b"\0<", "utf-16-be"))
"""How XML in UTF-16 begins without a BOM."""
_ESCAPE = b"\x1b"
"""Switches charsets in ISO-2022, all of whose bytes are valid UTF-8."""
_HEADER = re.compile(r"""charset\s*=\s*["']?([\w.:-]{1,40})""", re.IGNORECASE)
_META = re.compile(
    rb"""<(?:meta|\?xml)\b[^<>]{0,500}?(?:charset|encoding)\s{0,9}=\s{0,9}["']?([\w.:-]{1,40})""",
    re.IGNORECASE,
)
_PROLOGUE = 4096
"""How many bytes are searched for the charset that the page declares."""
# Python knows more encodings; some of them take quadratic time, or do not encode text.
_OF_ONE_BYTE = re.compile(r"cp(?:125\d|866|874)|iso8859-\d+|koi8-[ru]|mac-\w+")
"""Encodings in which almost any bytes are text."""
_OF_THE_WEB = re.compile(
    rf"{_OF_ONE_BYTE.pattern}|utf-(?:8|16|16-[lb]e)|cp9(?:32|49)|big5\w*"
    r"|gb\w+|euc_\w+|shift_jis\w*|iso2022_jp\w*"
)
_BEYOND_ASCII = bytes(range(128, 256))
_TAKEN_FOR = {
    "ascii": "cp1252",
    "iso8859-1": "cp1252",
    "iso8859-9": "cp1254",
    "iso8859-11": "cp874",
    "tis-620": "cp874",
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "big5": "big5hkscs",
    "shift_jis": "cp932",
    "euc_kr": "cp949",
}
"""Browsers take these for larger encodings: https://encoding.spec.whatwg.org/#names-and-labels"""
_UNKNOWN_TO_PYTHON = {
    "cn-big5": "big5",
    "csgb2312": "gb2312",
    "dos-874": "cp874",
    "iso-8859-8-e": "iso-8859-8",
    "iso-8859-8-i": "iso-8859-8",
    "windows-31j": "cp932",
    "windows-874": "cp874",
    "windows-949": "cp949",
}


def parse(page: Page) -> etree._Element:
    """The document, without comments and anything that is nested deeper than 254.

    Raises Damaged if the page is empty, or larger than any listing.
    """
    body = _checked(_in_utf8(page, _page_codec(page)), page.url)
    parser = etree.HTMLParser(encoding="utf-8", remove_comments=True, remove_pis=True)
    try:
        document = etree.fromstring(body, parser)
    except etree.XMLSyntaxError as e:
        raise Damaged(page.url, f"the page is empty or no HTML: {e}") from e
    if document is None:
        raise Damaged(page.url, "the page is empty")
    if sum(len(each) ** 2 for each in document.iter()) > MOST_CHILDREN**2:
        raise _too_much(page.url, f"{MOST_CHILDREN:,} elements side by side")
    return document


def base_of(document: etree._Element, url: str) -> str:
    """The address that the page's links are relative to."""
    stated = document.find(".//base[@href]")
    return (stated is not None and absolute(url, stated.get("href", ""))) or url


def page_text(page: Page) -> str:
    """The page decoded as its BOM, header or `meta` says, else as UTF-8, else as Windows-1252: by
    the first of these without errors. A page that calls itself UTF-16 in ASCII says UTF-8. One
    that is nearly UTF-8 is decoded as UTF-8 if the header or the page says so, or if the page
    declares nothing.
    """
    return page.body.decode(*_page_codec(page))


def data_text(page: Page) -> str:
    """A feed or an API's answer decoded. If it is valid UTF-8 it is UTF-8, whatever it says that
    it is; else as `page_text` has it.
    """
    return page.body.decode(*_data_codec(page))


def data_in_utf8(page: Page) -> bytes:
    """Like `data_text`, encoded."""
    return _in_utf8(page, _data_codec(page))


def _in_utf8(page: Page, codec: Codec) -> bytes:
    """The bytes themselves, if they are UTF-8: a copy of a large page costs a millisecond."""
    return page.body if codec == _UTF8 else page.body.decode(*codec).encode("utf-8", "replace")


def _page_codec(page: Page) -> Codec:
    body = page.body
    for mark, encoding in _BOMS:
        if body.startswith(mark):
            return encoding, "replace"
    header = _HEADER.search(page.headers.get("content-type", ""))
    meta = _META.search(body, 0, _PROLOGUE)
    stated = _encoding(header[1]) if header else ""
    declared = _encoding(meta[1].decode("ascii", "replace")) if meta else ""
    if declared.startswith("utf-16"):
        # https://html.spec.whatwg.org/#prescan-a-byte-stream-to-determine-its-encoding
        declared = "utf-8"
    may_be_utf8 = stated == "utf-8" or declared in ("", "utf-8")
    for encoding in filter(None, (stated, declared, "utf-8")):
        if may_be_utf8 and _OF_ONE_BYTE.fullmatch(encoding) and _is_nearly_utf8(body):
            continue
        if _is_valid(body, encoding):
            return encoding, "strict"
    others = (encoding for encoding in (stated, declared) if encoding not in ("", "utf-8"))
    return "utf-8" if _is_nearly_utf8(body) else next(others, "cp1252"), "replace"


def _data_codec(page: Page) -> Codec:
    body = page.body
    for mark, encoding in _UNMARKED:
        if body.startswith(mark):
            return encoding, "replace"
    is_marked = body.startswith(codecs.BOM_UTF8)
    if not is_marked and _ESCAPE not in body and _is_valid(body, "utf-8"):
        return _UTF8
    return _page_codec(page)


def _is_valid(body: bytes, encoding: str) -> bool:
    try:
        body.decode(encoding)
    except UnicodeDecodeError:
        return False
    return True


def _is_nearly_utf8(body: bytes) -> bool:
    """Whether more than 9 in 10 of its non-ASCII letters are valid UTF-8."""
    text = body.decode("utf-8", "replace")
    broken = text.count("\ufffd")
    return len(text) - broken - len(body.translate(None, _BEYOND_ASCII)) > 9 * broken


def _encoding(label: str) -> str:
    """Python's name of the encoding that browsers use for the label; empty if there is none."""
    label = re.sub("^(?:x-)+", "", label.lower())
    try:
        name = codecs.lookup(_UNKNOWN_TO_PYTHON.get(label, label)).name
    except (LookupError, ValueError):
        return ""
    name = _TAKEN_FOR.get(name, name)
    return name if _OF_THE_WEB.fullmatch(name) else ""


def _checked(body: bytes, url: str) -> bytes:
    """The page, in which tags with far too many attributes have been turned into text."""
    if body.count(b"<") > MOST_TAGS:
        raise _too_much(url, f"{MOST_TAGS:,} tags")
    attributes = scanned = 0
    odd: list[slice] = []
    for tag in _TAG.finditer(body):
        found, end = _attributes(body, tag.end())
        scanned += end - tag.end()
        if scanned > MOST_SCANNED:
            raise _too_much(url, "all bounds of tags within tags")
        if found > MOST_ATTRIBUTES:
            odd.append(slice(*tag.span()))
            continue
        attributes += found
        if attributes > MOST_ATTRIBUTES_IN_ALL:
            raise _too_much(url, f"{MOST_ATTRIBUTES_IN_ALL:,} attributes")
    if not odd:
        return body
    mended = bytearray(body)
    for name in odd:
        mended[name] = mended[name].replace(b"<", b" ")
    return bytes(mended)


def _attributes(body: bytes, at: int) -> tuple[int, int]:
    """How many attributes follow at `at`, counted up to one too many, and where they end."""
    for found in range(MOST_ATTRIBUTES + 1):
        attribute = _ATTRIBUTE.match(body, at)
        if attribute is None:
            return found, at
        at = attribute.end()
    return MOST_ATTRIBUTES + 1, at


def _too_much(url: str, what: str) -> Damaged:
    return Damaged(url, f"the page is no listing: it has more than {what}")
