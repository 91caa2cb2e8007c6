"""Addresses as sites write them, and what becomes of them."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from feedproxy.links import absolute, canonical, untracked

BASE = "https://lab.example/papers/list.html?page=2"


@pytest.mark.parametrize(
    ("href", "leads_to"),
    [
        ("7.html", "https://lab.example/papers/7.html"),
        ("/7", "https://lab.example/7"),
        ("//other.example/7", "https://other.example/7"),
        ("?page=3", "https://lab.example/papers/list.html?page=3"),
        ("\n  https://other.example/a b\n", "https://other.example/a%20b"),
        ("HTTP://Other.Example/A", "http://Other.Example/A"),
        ("https://other.example/a/\nb", "https://other.example/a/b"),
        ("/träume", "https://lab.example/tr%C3%A4ume"),
        ("https://bücher.example:8080/", "https://xn--bcher-kva.example:8080/"),
        ("/100%", "https://lab.example/100%"),
        ("", ""),
        (" \n", ""),
        ("javascript:alert(1)", ""),
        ("mailto:a@b.example", ""),
        ("data:text/html,x", ""),
        ("https://", BASE),
        ("https://[oops/", ""),
        ("https://a.example:port/", ""),
        ("https://a b.example/", ""),
        ("/" + 2000 * "a", ""),
    ],
)
def test_a_link_is_resolved_or_leads_nowhere(href: str, leads_to: str) -> None:
    assert absolute(BASE, href) == leads_to


@pytest.mark.parametrize("base", ["", "nonsense", "https://[oops/"])
def test_without_a_base_only_whole_addresses_lead_anywhere(base: str) -> None:
    assert absolute(base, "/7") == ""


@pytest.mark.parametrize(
    ("written", "same"),
    [
        ("HTTPS://Lab.Example:443/A", "https://lab.example/A"),
        ("http://lab.example:80", "http://lab.example/"),
        ("http://lab.example:443/", "http://lab.example:443/"),
        ("https://lab.example/a#part", "https://lab.example/a#part"),
        ("https://lab.example/a#page=2", "https://lab.example/a#page=2"),
        ("https://lab.example/a#", "https://lab.example/a"),
        ("https://lab.example/a#Top", "https://lab.example/a"),
        ("https://lab.example/a#rss", "https://lab.example/a"),
        ("https://lab.example/a#fromrss", "https://lab.example/a"),
        ("https://lab.example/a#mtm_campaign=x", "https://lab.example/a"),
        ("https://lab.example/a#xtor=RSS-1", "https://lab.example/a"),
        ("https://lab.example/a#utm_source=x&utm_medium=y", "https://lab.example/a"),
        ("https://lab.example/a#part:~:text=spiking", "https://lab.example/a#part"),
        ("https://lab.example/#!/a", "https://lab.example/#!/a"),
        ("https://lab.example/a?utm_source=x&id=7&UTM_Medium=y", "https://lab.example/a?id=7"),
        ("https://lab.example/a?ff=7&v=2", "https://lab.example/a?ff=7&v=2"),
        (
            "https://pubmed.ncbi.nlm.nih.gov/7/?utm_source=x&fc=2026&ff=20261120&v=2.18.0",
            "https://pubmed.ncbi.nlm.nih.gov/7/",
        ),
        ("https://lab.example/a?fbclid=x", "https://lab.example/a"),
        ("https://lab.example/a;jsessionid=B7.n1?id=7", "https://lab.example/a?id=7"),
        ("https://lab.example/a;JSESSIONID=B7/b;v=1", "https://lab.example/a/b;v=1"),
        ("https://lab.example/a?id=7&PHPSESSID=b7", "https://lab.example/a?id=7"),
        ("https://lab.example/a?af=R&dgcid=rss_sd_all&rss=yes", "https://lab.example/a"),
        ("https://lab.example/a?af=7&rss=1&AF=R", "https://lab.example/a?af=7&rss=1&AF=R"),
        ("https://Ada:PassWord@Lab.Example:443/a", "https://Ada:PassWord@lab.example/a"),
        ("https://lab.example/a?", "https://lab.example/a"),
        ("https://lab.example/a?b=1&&c=2&", "https://lab.example/a?b=1&c=2"),
        ("https://lab.example/a/", "https://lab.example/a/"),
        (" tag:lab.example,2026:7 ", ""),
    ],
)
def test_one_page_has_one_canonical_address(written: str, same: str) -> None:
    assert canonical(written) == same


@pytest.mark.parametrize(
    ("written", "lasts"),
    [
        ("https://lab.example/a?id=7&utm_source=x#part", "https://lab.example/a?id=7#part"),
        ("https://lab.example/a?utm_source=x#", "https://lab.example/a"),
        (
            "https://Lab.example:443?b=1&&#?utm_source=x",
            "https://Lab.example:443?b=1&&#?utm_source=x",
        ),
        ("https://pubmed.ncbi.nlm.nih.gov/7?ff=1&v=2#top", "https://pubmed.ncbi.nlm.nih.gov/7#top"),
        ("https://a.example/?rss=yes", "https://a.example/?rss=yes"),
        ("", ""),
    ],
)
def test_of_an_address_only_what_counts_clicks_goes(written: str, lasts: str) -> None:
    assert untracked(written) == lasts


PIECES = st.sampled_from(
    ["a", "1", ".", "..", "-", "_", "/", "//", "?", "&", "=", "%", "#", ":", "@"]
)


@given(st.sampled_from(["http://", "https://", "HTTP://"]), st.lists(PIECES).map("".join))
def test_an_address_that_needs_no_mending_is_what_mending_leaves(scheme: str, rest: str) -> None:
    """What stands before it makes it one that is looked at in full."""
    for href in (scheme + "a.example" + rest, scheme + rest):
        assert absolute(BASE, href) == absolute(BASE, f" {href}")


@given(st.text(), st.text() | st.just(BASE))
@example("https://a\udc80.example/\udc80", BASE)
@example("http://0:80:80/", BASE)
def test_any_text_comes_out_as_an_ascii_web_address_or_empty(href: str, base: str) -> None:
    for link in (absolute(base, href), canonical("https://" + href)):
        assert link == "" or (link.isascii() and link.startswith(("http://", "https://")))
        assert canonical(canonical(link)) == canonical(link)
