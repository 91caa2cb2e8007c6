from __future__ import annotations

from ipaddress import ip_address, ip_network

import pytest

from feedproxy.addresses import bypasses_proxy, closed_kind, is_local_name, masked, shown
from feedproxy.errors import Problem, SourceError


@pytest.mark.parametrize(
    "address",
    [
        "8.8.8.8",
        "172.32.0.1",
        "100.128.0.1",
        "192.167.255.255",
        "2606:4700::1111",
        "2a00:1450::1",
        "::ffff:8.8.8.8",
        "64:ff9b::808:808",
    ],
)
def test_public_addresses_are_open_even_wrapped(address: str) -> None:
    assert closed_kind(ip_address(address), ()) == ""


@pytest.mark.parametrize(
    ("address", "kind"),
    [
        ("127.0.0.1", "a loopback"),
        ("::ffff:10.1.2.3", "a private"),
        ("64:ff9b::a9fe:a9fe", "a link-local"),
        ("2002:808:808::1", "a tunnel's"),
        ("4000::1", "a reserved"),
        ("100.127.255.255", "a carrier's shared"),
    ],
)
def test_an_address_that_is_closed_says_its_kind(address: str, kind: str) -> None:
    assert closed_kind(ip_address(address), ()) == kind


def test_a_network_that_is_allowed_is_open_in_every_form() -> None:
    allowed = (ip_network("10.1.0.0/16"), ip_network("fd00::/8"))
    for address in ("10.1.2.3", "::ffff:10.1.2.3", "64:ff9b::a01:203", "fd00::1"):
        assert closed_kind(ip_address(address), allowed) == ""
    for address in ("10.2.0.1", "::ffff:10.2.0.1", "fe80::1", "127.0.0.1"):
        assert closed_kind(ip_address(address), allowed)


@pytest.mark.parametrize(
    ("host", "local"),
    [
        ("localhost", True),
        ("LOCALHOST.", True),
        ("a.localhost", True),
        ("printer.local", True),
        ("metadata.google.internal", True),
        ("wiki", True),
        ("router.home.arpa", True),
        ("example.org", False),
        ("local.example.org", False),
        ("internal.example", False),
    ],
)
def test_local_names_are_known_by_their_ending(host: str, local: bool) -> None:
    assert is_local_name(host) is local


@pytest.mark.parametrize(
    ("no_proxy", "host", "bypasses"),
    [
        ("", "a.example", False),
        ("*", "a.example", True),
        ("b.example, a.example", "a.example", True),
        ("example", "a.example", True),
        (".example", "a.example", True),
        ("*.example", "a.example", True),
        ("A.Example", "a.example", True),
        ("le", "a.example", False),
        ("a.example:443", "a.example", True),
        ("a.example:80", "a.example", False),
        ("10.0.0.0/8", "10.1.2.3", True),
        ("10.0.0.0/8", "11.1.2.3", False),
        ("127.0.0.1:443", "127.0.0.1", True),
        ("::1", "::1", True),
        ("[::1]", "::1", True),
        ("fd00::/8", "a.example", False),
    ],
)
def test_no_proxy_is_read_as_other_tools_read_it(no_proxy: str, host: str, bypasses: bool) -> None:
    assert bypasses_proxy(no_proxy, host, 443) is bypasses


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://a.example/x?date=1", "https://a.example/x?date=1"),
        ("https://u:p@a.example/x", "https://a.example/x"),
        ("https://u:p@q@a.example", "https://a.example"),
        ("//u:p@a", "//a"),
        ("https://a/?b=1&api_key=s&c=2", "https://a/?b=1&api_key=…&c=2"),
        ("https://a/?X-Amz-Signature=s#f", "https://a/?X-Amz-Signature=…#f"),
        ("https://a/?next=//u:p@b/?key=s?t&c=2", "https://a/?next=//b/?key=…&c=2"),
        ("https://a/?b=" + "x" * 999 + "&key=s", "https://a/?b=" + "x" * 286 + "…"),
        ("https://" + "u" * 999 + ":p@a/?key=" + "s" * 999 + "&c=2", "https://a/?key=…&c=2"),
        ("https://a/@user", "https://a/@user"),
        ("https://a/\n\x1b[31m", "https://a/\ufffd\ufffd[31m"),
        ("https://a/" + "x" * 999, "https://a/" + "x" * 289 + "…"),
    ],
)
def test_a_url_is_shown_short_and_without_secrets(url: str, expected: str) -> None:
    assert shown(url) == expected


@pytest.mark.parametrize(
    "name",
    "key api_key apiKey APIKEY APIKey X-API-Key apikey wskey AWSAccessKeyId data%5Bkey%5D token"
    " access_token accessToken authtoken IDToken token2 secret client_secret auth oauth OAuth"
    " authorization sig sv;sig X-Amz-Signature pass torrent_pass passwd password dbPassword pwd"
    " passkey session_key amp;key".split(),
)
def test_a_parameter_is_hidden_whose_name_has_a_word_for_a_secret(name: str) -> None:
    assert shown(f"https://a/?b=1&{name}=s&c=2") == f"https://a/?b=1&{name}=…&c=2"


@pytest.mark.parametrize(
    "name",
    "author authors filterAuthors author_id keyword keywords KEYWORD monkey hockey_team assignee"
    " signal design passage compass tokenizer secretary lauthentic".split(),
)
def test_a_parameter_is_shown_whose_name_only_contains_the_letters(name: str) -> None:
    assert shown(f"https://a/?{name}=1") == f"https://a/?{name}=1"


@pytest.mark.parametrize("unit", ["?key", "?", "&", "key", "_key", "?a=", "&?=", "//a", "//", "@"])
@pytest.mark.parametrize("start", ["/", "/?", "//"])
def test_a_long_text_is_told_as_fast_as_it_is_read(start: str, unit: str) -> None:
    """It would take minutes if one step of it were not linear."""
    assert len(shown(start + unit * (100_000 // len(unit)))) <= 300


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("'https://u:p@a.test/?key=s' is none", "'https://a.test/?key=…' is none"),
        ('saying "see /err?b=1&api_key=s c"', 'saying "see /err?b=1&api_key=… c"'),
        ("'https://u:p@q@a.test/' is none", "'https://a.test/' is none"),
        ("write to ada@a.test, or ask: why?", "write to ada@a.test, or ask: why?"),
    ],
)
def test_a_text_is_told_without_what_its_addresses_hide(text: str, told: str) -> None:
    assert masked(text) == told
    assert Problem("a.yaml", 1, 1, text).message == told


@pytest.mark.parametrize("problem", SourceError.__subclasses__())
def test_what_is_told_of_a_page_that_is_no_listing_names_no_key(problem: type[SourceError]) -> None:
    told = str(problem("https://me:sekrit@lab.test/papers?api_key=sekrit&page=2", "no list came"))
    assert told == "https://lab.test/papers?api_key=…&page=2: no list came"
