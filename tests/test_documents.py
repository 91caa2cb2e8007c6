"""Bytes -> document: the charset, and what a hostile page may not do."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest
from lxml import etree

from feedproxy.errors import Damaged
from feedproxy.models import Page
from feedproxy.sources.documents import MOST_ATTRIBUTES, base_of, page_text, parse
from tests.clocks import NOON

URL = "https://lab.example/papers"


def page(body: bytes, content_type: str = "") -> Page:
    return Page(URL, body, NOON, headers={"content-type": content_type})


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        ("Padé".encode(), ""),
        ("Padé".encode("cp1252"), ""),
        ("Padé".encode("utf-8-sig"), "text/html; charset=koi8-r"),
        ("\ufeffPadé".encode("utf-16-le"), "text/html; charset=utf-8"),
        ("\ufeffPadé".encode("utf-16-be"), ""),
        ("Padé".encode("cp1252"), "text/html; charset=ISO-8859-1"),
        ("Padé".encode("cp1252"), 'text/html; charset="nonsense"'),
        ("Padé".encode(), "text/html; charset=punycode"),
        ('<meta charset="mac-roman">Padé'.encode("mac-roman"), ""),
        ('<meta http-equiv=x content="text/html; charset=gbk">Padé'.encode("gbk"), ""),
        ('<?xml version="1.0" encoding="iso-8859-15"?>Padé'.encode("iso-8859-15"), ""),
        ('<meta charset="utf-8">Padé'.encode("cp1252"), "text/html; charset=cp1252"),
        ('<meta charset="utf-8">Padé'.encode(), "text/html; charset=iso-8859-1"),
        ("Padé".encode(), "text/html; charset=iso-8859-1"),
        ('<meta charset="iso-8859-1">Padé'.encode("cp1252"), "text/html; charset=utf-8"),
        ('<meta charset="koi8-r">Padé'.encode(), "text/html; charset=utf-8"),
        ('<META content="text/html; charset=utf-16">Padé'.encode(), ""),
        ('<META content="text/html; charset=utf-16"> Padé'.encode(), ""),
        ('<meta charset="utf-16le">Padé'.encode("cp1252"), ""),
        ('<?xml version="1.0" encoding="utf-16"?>Padé'.encode(), ""),
        ('<?xml version="1.0" encoding="utf-16"?> Padé'.encode(), ""),
    ],
)
def test_the_charset_is_that_of_the_bom_then_the_header_then_the_page(
    body: bytes, content_type: str
) -> None:
    of_it = page(body, content_type)
    assert page_text(of_it).endswith("Padé")
    assert str(parse(of_it).xpath("string()")).endswith("Padé")


MORE_THAN_THE_LABEL_SAYS = [
    ("gb2312", "gbk", "喆镕"),
    ("GBK", "gb18030", "喆镕㐀"),
    ("x-gbk", "gbk", "镕"),
    ("shift_jis", "cp932", "①髙"),
    ("x-sjis", "cp932", "①髙"),
    ("Windows-31J", "cp932", "①髙"),
    ("ms_kanji", "cp932", "①髙"),
    ("euc-kr", "cp949", "똠"),
    ("ks_c_5601-1987", "cp949", "똠"),
    ("big5", "big5hkscs", "深喆"),
    ("iso-8859-9", "cp1254", "“Işık”"),
    ("latin5", "cp1254", "“Işık”"),
    ("iso-8859-11", "cp874", "“ไทย”"),
    ("tis-620", "cp874", "“ไทย”"),
    ("iso-8859-8-i", "iso8859-8", "שלום"),
    ("us-ascii", "cp1252", "“x”"),
]


@pytest.mark.parametrize(("label", "meant", "title"), MORE_THAN_THE_LABEL_SAYS)
def test_a_label_means_what_browsers_take_it_for(label: str, meant: str, title: str) -> None:
    assert page_text(page(title.encode(meant), f"text/html; charset={label}")) == title
    by_itself = f'<meta charset="{label}">{title}'.encode(meant)
    assert page_text(page(by_itself)).endswith(title)


@pytest.mark.parametrize("header", ["", "text/html; charset=iso-8859-1"])
def test_a_page_that_says_its_charset_has_that_whatever_it_looks_like(header: str) -> None:
    body = '<meta charset="iso-8859-1">Padé'.encode()
    assert page_text(page(body, header)).endswith("PadÃ©")


@pytest.mark.parametrize(
    ("encoding", "declaration", "header"),
    [
        ("utf-8", "", ""),
        ("utf-8", "", "text/html; charset=utf-8"),
        ("utf-8", "", "text/html; charset=iso-8859-1"),
        ("utf-8", '<?xml version="1.0" encoding="utf-8"?>', "text/html; charset=iso-8859-1"),
        ("utf-8", '<meta charset="cp1252">', "text/html; charset=utf-8"),
        ("gb18030", "", "text/html; charset=gbk"),
    ],
)
def test_bytes_that_are_not_of_the_charset_cost_only_themselves(
    encoding: str, declaration: str, header: str
) -> None:
    names = f"{declaration}{10 * 'Padé 深 '}".encode(encoding)
    assert page_text(page(names + b"\xff Kelp", header)).endswith("Padé 深 \ufffd Kelp")


def test_what_is_hardly_utf_8_is_what_else_it_says_or_what_the_web_is_without_saying_it() -> None:
    body = "Ã© and ".encode("cp1252") + "Padé ".encode("cp1252") * 9
    assert page_text(page(body)) == "Ã© and " + "Padé " * 9
    assert page_text(page(body, "text/html; charset=cp1250")) == "Ă© and " + "Padé " * 9
    assert page_text(page(body, "text/html; charset=utf-8")) == "Ã© and " + "Padé " * 9


@pytest.mark.parametrize(
    ("head", "base"),
    [
        ('<base href="/base/">', "https://lab.example/base/"),
        ('<base href="javascript:x">', URL),
        ('<base target="_top">', URL),
    ],
)
def test_links_are_relative_to_what_the_page_says(head: str, base: str) -> None:
    assert base_of(parse(page(f"<head>{head}</head><p>x".encode())), URL) == base


def tag(attributes: int, separator: str = " ", more: str = "") -> bytes:
    names = separator.join(f"a{n}{more}" for n in range(attributes))
    return f"<p {names}>x</p><i>behind</i>".encode()


@pytest.mark.parametrize(
    ("more", "separator"),
    [
        ("", " "),
        ("", "/"),
        ("=1", "\n"),
        (" = x", " "),
        ("='1 > 2'", " "),
        ('="<b>"', "/"),
        ('="1"', ""),
    ],
)
def test_a_tag_has_as_many_attributes_as_allowed_or_is_text(more: str, separator: str) -> None:
    whole = parse(page(tag(MOST_ATTRIBUTES, separator, more)))
    assert [len(each.attrib) for each in whole.iter("p")] == [MOST_ATTRIBUTES]
    over = parse(page(tag(MOST_ATTRIBUTES + 1, separator, more)))
    assert all(len(each.attrib) <= MOST_ATTRIBUTES for each in over.iter(etree.Element))
    assert [each.text for each in over.iter("i")] == ["behind"]


@pytest.mark.parametrize(
    "cover", ["<!-->{}", "<script/>{}", "<script></script >{}", "<b x='>'{}", "<b{}"]
)
def test_no_cover_hides_such_a_tag(cover: str) -> None:
    document = parse(page(cover.format(tag(MOST_ATTRIBUTES + 1).decode()).encode()))
    assert all(len(each.attrib) <= MOST_ATTRIBUTES for each in document.iter(etree.Element))


def test_one_long_attribute_is_no_reason_to_lose_a_tag() -> None:
    data = json.dumps([{"a b": "c=d / e"}] * 20_000).replace('"', "&quot;")
    [element] = parse(page(f'<div data-props="{data}">'.encode())).iter("div")
    assert len(json.loads(element.get("data-props", ""))) == 20_000


BOMBS = {
    "tags": b"<li>" * 2_500_000,
    "tags within tags": b"<a y='<a y=\"" * 800_000,
    "one tag of attributes": b"<p " + b"a1 " * 3_000_000,
    "many tags of attributes": (b"<p " + b" ".join(b"a%d=1" % n for n in range(150)) + b">") * 9000,
    "quotes that never close": b"<p a='" * 390_000,
    "an unquoted value": b"<p a=" * 390_000,
    "a name that never ends": b"<p" * 390_000,
    "an element of many": b"<ul>" + b"<li>" * 300_000,
    "elements of many": (b"<ul>" + b"<li>" * 9000 + b"</ul>") * 40,
    "depth": b"<div>" * 390_000,
    "chains": (b"<div>" + b"<span>" * 240 + b"</span>" * 240 + b"</div>") * 120,
    "formatting": b"<b><i>" * 4000 + b"</b></i>" * 4000,
    "text": b"word " * 2_000_000,
    "comments": b"<!--" * 390_000,
    "entities": b"&lt;&#x1F600;" * 700_000,
}

CHILD = """
import resource, sys
from feedproxy.errors import Damaged
from feedproxy.sources.documents import parse
from feedproxy.sources.html import read_items
from tests.test_documents import BOMBS, page
options = {"item": "li:nth-child(2n+1), div, b", "fields": {
    "title": ("*",), "link": ("a@href",), "abstract": (".",), "tags": ("*:last-child",)}}
came = page(BOMBS[sys.argv[1]])
before = resource.getrusage(resource.RUSAGE_SELF)
try:
    read_items(came, options)
except Exception as e:
    from feedproxy.errors import FeedproxyError
    assert isinstance(e, FeedproxyError), e
after = resource.getrusage(resource.RUSAGE_SELF)
print(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
print((after.ru_maxrss - before.ru_maxrss) // 1024)
"""


@pytest.mark.parametrize("name", BOMBS)
def test_a_bomb_takes_at_most_two_seconds_of_the_processor_and_100_megabytes(name: str) -> None:
    done = subprocess.run(
        [sys.executable, "-c", CHILD, name], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    seconds, megabytes = map(float, done.stdout.split())
    assert seconds < 2
    assert megabytes < 100


def test_a_page_larger_than_any_listing_says_so() -> None:
    with pytest.raises(Damaged, match="no listing: it has more than 400,000 tags"):
        parse(page(b"<li>" * 400_001))
