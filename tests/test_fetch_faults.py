"""Sites that drip, flood, tear and lie: every call ends in time, small, and with a FetchError."""

from __future__ import annotations

import gzip
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from threading import Event

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from feedproxy.errors import DeadlineExceeded, FetchError, TooLarge, Unreachable
from feedproxy.models import Request
from tests.fetch_upstream import HANG_UP, RESET, World, resolve, whole

HEAD = b"HTTP/1.1 200 OK\r\n"
CHUNKED = HEAD + b"transfer-encoding: chunked\r\n\r\n"


def drips(world: World, before: bytes, drop: bytes) -> str:
    """The address of a site that sends `drop` again and again, for 2 s at most."""

    def drip(head: str) -> Iterable[bytes]:
        yield before
        for _ in range(40):
            if site.over.wait(0.05):
                return
            yield drop

    site = world.site(drip)
    return f"http://a.test:{site.port}/"


@pytest.mark.parametrize(
    ("before", "drop"),
    [
        pytest.param(b"", b"", id="U-1 says nothing"),
        pytest.param(HEAD + b"content-length: 99\r\n\r\n", b"x", id="U-2 drips the body"),
        pytest.param(HEAD + b"\r\n", b"x", id="U-2 drips a body without end"),
        pytest.param(CHUNKED, b"1\r\nx\r\n", id="U-2 drips chunks"),
        pytest.param(CHUNKED, b"0", id="U-2 drips the size of a chunk"),
        pytest.param(CHUNKED + b"0\r\n", b"a: b\r\n", id="U-2 drips trailers"),
        pytest.param(b"HTTP/1.1 200 OK\r\na: ", b"x", id="U-3 drips a header"),
        pytest.param(HEAD, b"a: b\r\n", id="U-3 drips headers"),
        pytest.param(b"", b"HTTP/1.1 103 Early Hints\r\n\r\n", id="U-3 drips answers before it"),
    ],
)
def test_a_dripping_site_cannot_outlast_the_deadline(
    world: World, before: bytes, drop: bytes
) -> None:
    url = drips(world, before, drop)
    with pytest.raises(DeadlineExceeded, match="FEEDPROXY_FETCH_DEADLINE"):
        world.fetcher(deadline=0.3)(Request(url))


def test_u_2_redirects_do_not_start_the_deadline_anew(world: World) -> None:
    def slowly(head: str) -> Iterable[bytes]:
        site.over.wait(0.2)
        yield whole(b"page") if "/xxxx" in head else whole(status="302 F", location="/xxxx")

    site = world.site(slowly)
    with pytest.raises(DeadlineExceeded):
        world.fetcher(deadline=0.3)(Request(f"http://a.test:{site.port}/"))


def test_u_2_a_flood_of_tiny_chunks_cannot_outlast_the_deadline(world: World) -> None:
    """One read brings them all, and taking them apart is what takes long."""
    site = world.site(CHUNKED + b"1\r\nx\r\n" * 8_000 + b"0\r\n\r\n")
    request = Request(f"http://a.test:{site.port}/")
    assert len(world.fetcher()(request).body) == 8_000
    with pytest.raises(DeadlineExceeded):
        world.fetcher(deadline=0.03)(request)


class StuckNames:
    """A resolver that hangs until it is released, and counts how many do."""

    def __init__(self) -> None:
        self.released = Event()
        self.entered: list[str] = []
        self.left: list[str] = []

    def __call__(self, host: str, port: int) -> list[str]:
        self.entered.append(host)
        self.released.wait(5)
        self.left.append(host)
        return resolve(host, port)


def test_u_16_slow_names_cannot_outlast_the_deadline_nor_pile_up(world: World) -> None:
    site = world.site(whole(b"page"))
    names = StuckNames()
    fetch = world.fetcher(deadline=0.5, resolve=names)

    def attempt(_: int) -> None:
        with pytest.raises(DeadlineExceeded):
            fetch(Request(f"http://a.test:{site.port}/"))

    try:
        with ThreadPoolExecutor(20) as pool:
            list(pool.map(attempt, range(20)))
        assert (len(names.entered), len(names.left)) == (16, 0)
    finally:
        names.released.set()
    assert fetch(Request(f"http://a.test:{site.port}/")).body == b"page"


def test_an_address_that_does_not_answer_leaves_time_for_the_next(world: World) -> None:
    site = world.site(whole(b"page"), address="127.0.0.2")
    fetch = world.fetcher(resolve=lambda *_: ["127.0.0.1", "127.0.0.2"])
    assert fetch(Request(f"http://a.test:{site.port}/")).body == b"page"


@pytest.mark.parametrize(
    "pieces",
    [
        pytest.param([HANG_UP], id="hangs up at once"),
        pytest.param([RESET], id="resets at once"),
        pytest.param([HEAD, HANG_UP], id="hangs up in the headers"),
        pytest.param([whole(b"1234")[:-1], HANG_UP], id="hangs up in the body"),
        pytest.param([whole(b"1234")[:-1], RESET], id="resets in the body"),
        pytest.param([CHUNKED + b"4\r\n12", HANG_UP], id="hangs up in a chunk"),
        pytest.param([CHUNKED + b"no\r\n12\r\n", HANG_UP], id="breaks a chunk"),
        pytest.param([CHUNKED + b"2\r\n12\r\n", HANG_UP], id="leaves the last chunk out"),
        pytest.param([b"SSH-2.0-OpenSSH_9.2\r\n", HANG_UP], id="is no web server"),
        pytest.param([HEAD + b"content-length: -1\r\n\r\n", HANG_UP], id="has a negative length"),
        pytest.param([whole(gzip.compress(b"1234")[:-9], content_encoding="gzip")], id="cuts gzip"),
    ],
)
def test_u_4_a_torn_answer_is_no_page(world: World, pieces: list[bytes]) -> None:
    site = world.site(lambda _: pieces)
    with pytest.raises(Unreachable):
        world.fetcher()(Request(f"http://a.test:{site.port}/"))


def test_u_4_nobody_there(world: World) -> None:
    site = world.site(b"")
    site.close()
    with pytest.raises(Unreachable, match="refused"):
        world.fetcher()(Request(f"http://a.test:{site.port}/"))


def test_u_5_a_body_without_length_ends_with_the_connection(world: World) -> None:
    site = world.site(lambda _: [HEAD + b"\r\n<p>", HANG_UP])
    assert world.fetcher()(Request(f"http://a.test:{site.port}/")).body == b"<p>"


@pytest.mark.parametrize(
    ("head", "piece", "times", "why"),
    [
        (HEAD + b"\r\n", bytes(1_000_000), 100, "10 MB"),
        (HEAD + b"content-length: 100000000\r\n\r\n", bytes(1_000_000), 100, "10 MB"),
        (HEAD + b"a: ", b"x" * 1_000_000, 10, "headers"),
        (HEAD, b"a: b\r\n" * 10_000 + b"\r\n", 1, "headers"),
        (CHUNKED, b"1" * 1_000_000, 10, "headers|kB"),
    ],
    ids=["body", "announced body", "header", "headers", "size of a chunk"],
)
def test_u_14_what_is_too_large_is_cut(
    world: World, head: bytes, piece: bytes, times: int, why: str
) -> None:
    site = world.site(lambda _: (head if i == 0 else piece for i in range(times + 1)))
    with pytest.raises(TooLarge, match=why):
        world.fetcher()(Request(f"http://a.test:{site.port}/"))


def test_u_14_the_raw_body_has_a_cap_of_its_own(world: World) -> None:
    """Empty gzip files, each with a long comment, unpack to nothing and never meet the other."""
    empty = b"\x1f\x8b\x08\x10" + bytes(6) + b"x" * 100_000 + b"\0" + gzip.compress(b"")[10:]
    site = world.site(lambda _: [HEAD + b"content-encoding: gzip\r\n\r\n", *[empty] * 250])
    with pytest.raises(TooLarge, match="20 MB"):
        world.fetcher()(Request(f"http://a.test:{site.port}/"))


def test_exactly_the_cap_is_a_page(world: World) -> None:
    site = world.site(whole(bytes(10_000_000)))
    assert len(world.fetcher()(Request(f"http://a.test:{site.port}/")).body) == 10_000_000


STATUSES = [b"200 OK", b"302", b"304 x", b"101 x", b"0", b"1e3 x", b"429", b"\xff"]
NAMES = b"location content-encoding content-length retry-after ratelimit transfer-encoding \xe9"
VALUES = [b"gzip", b"chunked", b"//x", b"4", b"-1"]
HEADERS = st.tuples(
    st.sampled_from(NAMES.split()), st.binary(max_size=20) | st.sampled_from(VALUES)
).map(b": ".join)
ANSWERS = st.binary(max_size=200) | st.tuples(
    st.sampled_from(STATUSES).map(b"HTTP/1.1 ".__add__),
    st.lists(HEADERS, max_size=4).map(b"\r\n".join),
    st.binary(max_size=50).map(b"\r\n".__add__),
).map(b"\r\n".join)


def test_whatever_is_answered_only_a_fetch_error_comes_out(world: World) -> None:
    answer = b""
    site = world.site(lambda _: [answer, HANG_UP])
    fetch = world.fetcher()

    @settings(max_examples=300, deadline=None, suppress_health_check=list(HealthCheck))
    @given(ANSWERS)
    def try_it(drawn: bytes) -> None:
        nonlocal answer
        answer = drawn
        with suppress(FetchError):
            fetch(Request(f"http://a.test:{site.port}/"))

    try_it()
