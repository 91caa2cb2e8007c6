"""What one call brings, and what it does not let through: statuses, redirects, conditions."""

from __future__ import annotations

import os
import warnings
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor

import pytest

from feedproxy.errors import BadStatus, Blocked, FetchError, RateLimited, Refused, Unreachable
from feedproxy.fetch import USER_AGENT
from feedproxy.models import Page, Request
from tests.fetch_upstream import NOW, World, whole


def fetched(world: World, answer: bytes) -> Page:
    return world.fetcher()(Request(f"http://a.test:{world.site(answer).port}/"))


def test_a_page_is_its_body_its_address_its_time_and_its_headers(world: World) -> None:
    page = fetched(world, whole(b"<p>", content_type="text/html", ETag='"1"'))
    assert page.body == b"<p>"
    assert page.url.startswith("http://a.test:")
    assert (page.status, page.fetched) == (200, NOW)
    assert (page.headers["content-type"], page.headers["etag"]) == ("text/html", '"1"')


def test_the_site_is_told_who_asks_and_what_is_understood(world: World) -> None:
    site = world.site(whole())
    world.fetcher()(Request(f"http://a.test:{site.port}/x?q=1", headers={"Accept": "text/html"}))
    [head] = site.asked
    assert head.startswith("get /x?q=1 http/1.1\r\n")
    assert f"host: a.test:{site.port}\r\n" in head
    assert f"user-agent: {USER_AGENT}\r\n" in head
    assert "(+https://" in USER_AGENT
    assert "accept: text/html\r\n" in head
    assert "accept-encoding: gzip\r\n" in head


def test_u_9_a_condition_is_sent_and_304_is_a_page_without_body(world: World) -> None:
    site = world.site(b"HTTP/1.1 304 Not Modified\r\netag: W/x\r\ncontent-encoding: gzip\r\n\r\n")
    page = world.fetcher()(Request(f"http://a.test:{site.port}/", etag="W/x", last_modified="then"))
    assert (page.status, page.body) == (304, b"")
    assert "if-none-match: w/x\r\n" in site.asked[0]
    assert "if-modified-since: then\r\n" in site.asked[0]


def test_u_9_a_304_that_was_not_asked_for_is_asked_again_past_caches(world: World) -> None:
    def stubborn(head: str) -> Iterable[bytes]:
        return [whole(b"fresh") if "no-cache" in head else whole(status="304 Not Modified")]

    site = world.site(stubborn)
    assert world.fetcher()(Request(f"http://a.test:{site.port}/")).body == b"fresh"
    assert len(site.asked) == 2


def test_u_9_two_304s_that_were_not_asked_for_are_an_error(world: World) -> None:
    with pytest.raises(BadStatus, match="304, twice"):
        fetched(world, b"HTTP/1.1 304 Not Modified\r\n\r\n")


@pytest.mark.parametrize(
    ("headers", "wait"),
    [
        ({"retry_after": "120"}, 120.0),
        ({"retry_after": "Sat, 21 Nov 2026 12:02:00 GMT"}, 120.0),
        ({"retry_after": "999999999999"}, 86400.0),
        ({"retry_after": "-5"}, None),
        ({"ratelimit": '"api";r=0;t=55'}, 55.0),
        ({}, None),
    ],
)
def test_u_6_a_429_says_how_long_to_wait(
    world: World, headers: dict[str, str], wait: float | None
) -> None:
    with pytest.raises(RateLimited) as caught:
        fetched(world, whole(status="429 Too Many Requests", **headers))
    assert caught.value.retry_after == wait


@pytest.mark.parametrize(
    "status", [500, 502, 503, 504, 404, 410, 400, 300, 305, 204, 206, 299, 999]
)
def test_u_7_every_other_status_is_an_error_with_its_number(world: World, status: int) -> None:
    with pytest.raises(BadStatus, match=str(status)) as caught:
        fetched(world, whole(b"<h1>error</h1>", status=f"{status} So", retry_after="7"))
    assert (type(caught.value), caught.value.status) == (BadStatus, status)
    assert caught.value.retry_after == 7.0


@pytest.mark.parametrize(
    "answer",
    [
        whole(b"<title>Access to this page has been denied</title>", "403 Forbidden"),
        whole(status="401 Unauthorized"),
        whole(status="405 Method Not Allowed", x_amzn_waf_action="captcha"),
        whole(status="202 Accepted", x_amzn_waf_action="challenge"),
        whole(status="503 Service Unavailable", cf_mitigated="challenge"),
        whole(status="429 Too Many Requests", cf_mitigated="challenge"),
        whole(b"<!doctype html><title>Human Verification</title>", content_type="text/html"),
        whole(b"<html><head><title>\nJust a moment...</title></head></html>"),
    ],
)
def test_u_8_a_challenge_instead_of_the_page_blocks_for_an_hour(
    world: World, answer: bytes
) -> None:
    with pytest.raises(Blocked) as caught:
        fetched(world, answer)
    assert caught.value.retry_after == 3600.0


def test_u_8_a_feed_may_be_titled_like_a_challenge(world: World) -> None:
    feed = b"<rss><channel><title>Just a moment</title></channel></rss>"
    assert fetched(world, whole(feed, content_type="application/rss+xml")).body == feed


def test_u_15_five_redirects_are_followed_relative_ones_too(world: World) -> None:
    def hop(head: str) -> Iterable[bytes]:
        number = int(head.split()[1].strip("/"))
        location = f"http://b.test:{site.port}/4" if number == 3 else str(number + 1)
        return [whole(b"there") if number == 5 else whole(status="302 Found", location=location)]

    site = world.site(hop)
    page = world.fetcher()(Request(f"http://a.test:{site.port}/0"))
    assert (page.body, page.url) == (b"there", f"http://b.test:{site.port}/5")


@pytest.mark.parametrize(
    ("statuses", "moved"), [((301, 308), 2), ((301, 302), 1), ((302, 301), None), ((), None)]
)
def test_u_15_where_a_page_has_moved_for_good_is_told(
    world: World, statuses: tuple[int, ...], moved: int | None
) -> None:
    def hop(head: str) -> Iterable[bytes]:
        number = int(head.split()[1].strip("/"))
        if number == len(statuses):
            return [whole(b"there")]
        return [whole(status=f"{statuses[number]} Moved", location=f"/{number + 1}")]

    site = world.site(hop)
    page = world.fetcher()(Request(f"http://a.test:{site.port}/0"))
    assert page.moved == (f"http://a.test:{site.port}/{moved}" if moved else "")


def test_u_15_a_redirect_loop_ends_after_five(world: World) -> None:
    site = world.site(whole(status="301 Moved Permanently", location="/"))
    with pytest.raises(Refused, match="more than 5 redirects"):
        world.fetcher()(Request(f"http://a.test:{site.port}/"))
    assert len(site.asked) == 6


@pytest.mark.parametrize(
    ("location", "why"),
    [
        ("file:///etc/passwd", "only http"),
        ("gopher://a.test/", "only http"),
        ("javascript:alert(1)", "only http"),
        ("http://u:p@a.test/", "no user and password"),
        ("http://a.test:22/", "port 22"),
        ("http://169.254.169.254/latest/meta-data/", "link-local address"),
        ("http://[::1/", "not a URL"),
        ("http://%31%32%37.0.0.1/", "has no host"),
    ],
)
def test_u_15_a_redirect_is_checked_like_any_address(world: World, location: str, why: str) -> None:
    with pytest.raises(Refused, match=why) as caught:
        fetched(world, whole(status="302 Found", location=location))
    assert "a.test" in str(caught.value)
    assert "u:p" not in str(caught.value)


def test_u_15_a_redirect_to_nowhere_is_an_error(world: World) -> None:
    with pytest.raises(BadStatus, match="302"):
        fetched(world, whole(status="302 Found"))


def test_u_15_secrets_do_not_follow_a_redirect_to_another_host(world: World) -> None:
    def elsewhere(head: str) -> Iterable[bytes]:
        to = {"/": f"http://b.test:{site.port}/b", "/b": f"http://a.test:{site.port}/c"}
        path = head.split()[1]
        return [whole(status="307 Again", location=to[path]) if path in to else whole()]

    site = world.site(elsewhere)
    secrets = {"Authorization": "Bearer s3cret", "Cookie": "s3cret", "X-Api-Key": "s3cret"}
    headers = {**secrets, "Accept": "text/html"}
    world.fetcher()(Request(f"http://a.test:{site.port}/", headers=headers, etag='"1"'))
    first, *others = site.asked
    assert first.count("s3cret") == 3
    assert len(others) == 2
    for head in others:
        assert "s3cret" not in head
        assert "accept: text/html\r\n" in head
        assert 'if-none-match: "1"' in head


def test_u_23_cookies_and_other_wishes_are_ignored(world: World) -> None:
    wishes = {"set_cookie": "id=1", "refresh": "0; url=/x", "link": "</hub>; rel=hub"}
    site = world.site(whole(b"page", **wishes))
    fetch = world.fetcher()
    for _ in range(2):
        page = fetch(Request(f"http://a.test:{site.port}/"))
    assert [head.split()[1] for head in site.asked] == ["/", "/"]
    assert "cookie" not in site.asked[1]
    assert "set-cookie" not in page.headers


@pytest.mark.parametrize(
    "url",
    [
        "",
        "a",
        "//a.test/",
        "ftp://a.test/",
        "HTTP:a",
        "http://",
        "http:///x",
        "http://a b/",
        "http://a\n/",
        "http://a/\ud800",
        "http://a.test:99999/",
        "http://a.test:-1/",
        "http://a.test:0/",
        "http://[::1/",
        "http://[fe80::1%25lo]/",
        "http://ⓔ.test/",
        "http://%61.test/",
        "http://u:secret@a.test/",
        "http://u:sec@ret:x@a.test/",
    ],
)
def test_what_is_no_url_is_refused_and_its_secrets_are_not_told(world: World, url: str) -> None:
    with pytest.raises(Refused) as caught:
        world.fetcher()(Request(url))
    assert "sec" not in str(caught.value)


@pytest.mark.parametrize("name", ["a..b", "a" * 300, "nowhere"])
def test_a_host_that_cannot_be_found_is_unreachable(world: World, name: str) -> None:
    with pytest.raises(Unreachable, match="is not known"):
        world.fetcher()(Request(f"http://{name}/"))


@pytest.mark.parametrize("value", ["s3cret\r\nb: c", "s3cret\ud800", "s3cret\0", "s3cret\n"])
def test_a_header_that_cannot_be_sent_is_a_fetch_error(world: World, value: str) -> None:
    site = world.site(whole())
    with pytest.raises(FetchError, match="cannot be sent") as caught:
        world.fetcher()(Request(f"http://a.test:{site.port}/", headers={"X": value}))
    assert "s3cret" not in str(caught.value)


def test_messages_do_not_tell_the_keys_in_a_query(world: World) -> None:
    site = world.site(whole(status="404 Not Found"))
    with pytest.raises(BadStatus, match=r"/x\?q=1&api_key=…: 404 Not Found"):
        world.fetcher()(Request(f"http://a.test:{site.port}/x?q=1&api_key=s3cret"))


def test_a_connection_is_used_again(world: World) -> None:
    site = world.site(whole(b"page"))
    fetch = world.fetcher()
    for _ in range(3):
        fetch(Request(f"http://a.test:{site.port}/"))
    assert site.connections == 1


def test_many_threads_share_a_fetcher(world: World) -> None:
    site = world.site(lambda head: [whole(head.split()[1].encode())])
    fetch = world.fetcher()
    with ThreadPoolExecutor(8) as pool:
        urls = [f"http://a.test:{site.port}/{i}" for i in range(40)]
        pages = list(pool.map(lambda url: fetch(Request(url)), urls))
    assert [page.body for page in pages] == [f"/{i}".encode() for i in range(40)]


def test_s_15_a_forked_child_opens_its_own_connection(world: World) -> None:
    site = world.site(lambda head: [whole(head.split()[1].encode())])
    fetch = world.fetcher()
    fetch(Request(f"http://a.test:{site.port}/"))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # that the test has threads
        child = os.fork()
    if child == 0:
        status = 1
        try:
            page = fetch(Request(f"http://a.test:{site.port}/child"))
            status = 0 if page.body == b"/child" else 2
        finally:
            os._exit(status)
    assert os.waitpid(child, 0)[1] == 0
    assert fetch(Request(f"http://a.test:{site.port}/parent")).body == b"/parent"
    assert site.connections == 2


def test_a_closed_fetcher_opens_again(world: World) -> None:
    site = world.site(whole(b"page"))
    fetch = world.fetcher()
    for _ in range(2):
        assert fetch(Request(f"http://a.test:{site.port}/")).body == b"page"
        fetch.close()
    assert site.connections == 2
