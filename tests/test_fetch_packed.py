"""Bodies that are packed: well, badly, twice, or to be a bomb."""

from __future__ import annotations

import gzip
import tracemalloc
import zlib

import pytest

from feedproxy.errors import FetchError, TooLarge
from feedproxy.models import Request
from tests.fetch_upstream import World, whole


def bomb(size: int) -> bytes:
    """A gzip file of `size` MB of zeros, made of one block again and again."""
    packer = zlib.compressobj(9, wbits=-zlib.MAX_WBITS)
    block = packer.compress(bytes(1_000_000)) + packer.flush(zlib.Z_FULL_FLUSH)
    return gzip.compress(b"")[:10] + block * size


def test_u_13_a_gzip_bomb_stops_at_the_cap_and_costs_under_30_mb(world: World) -> None:
    packed = bomb(1000)
    assert len(packed) < 2_000_000
    site = world.site(whole(packed, content_encoding="gzip"))
    tracemalloc.start()
    try:
        with pytest.raises(TooLarge, match="10 MB"):
            world.fetcher()(Request(f"http://a.test:{site.port}/"))
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 30_000_000


@pytest.mark.parametrize("encoding", ["gzip", "x-gzip", "GZIP", "deflate"])
def test_u_13_what_is_packed_is_unpacked(world: World, encoding: str) -> None:
    body = bytes(range(256)) * 20_000
    packed = zlib.compress(body) if encoding == "deflate" else gzip.compress(body)
    site = world.site(whole(packed, content_encoding=encoding))
    assert world.fetcher()(Request(f"http://a.test:{site.port}/")).body == body


def test_u_13_a_gzip_body_may_be_of_several_parts(world: World) -> None:
    packed = gzip.compress(b"one ") + gzip.compress(b"two")
    site = world.site(whole(packed, content_encoding="gzip"))
    assert world.fetcher()(Request(f"http://a.test:{site.port}/")).body == b"one two"


def test_u_13_the_parts_of_a_gzip_body_may_come_in_any_pieces(world: World) -> None:
    packed = gzip.compress(b"one ") + gzip.compress(b"two")
    pieces = [b"1\r\n%c\r\n" % byte for byte in packed]
    head = b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\ncontent-encoding: gzip\r\n\r\n"
    site = world.site(lambda _: [head, *pieces, b"0\r\n\r\n"])
    assert world.fetcher()(Request(f"http://a.test:{site.port}/")).body == b"one two"


@pytest.mark.parametrize("encoding", ["gzip", "deflate", "identity"])
@pytest.mark.parametrize("tail", [b"\r\n", b"\n", bytes(512), b"<!-- 0.1 s -->"])
def test_u_13_what_stands_behind_a_packed_body_is_nothing(
    world: World, encoding: str, tail: bytes
) -> None:
    pack = zlib.compress if encoding == "deflate" else gzip.compress
    site = world.site(whole(pack(b"<p>plain</p>") + tail, content_encoding=encoding))
    assert world.fetcher()(Request(f"http://a.test:{site.port}/")).body == b"<p>plain</p>"


@pytest.mark.parametrize(
    "tail", [b"\x1f\x8bno", gzip.compress(b"two")[:-9]], ids=["damaged", "cut off"]
)
def test_u_13_a_further_part_of_a_gzip_body_must_be_whole(world: World, tail: bytes) -> None:
    site = world.site(whole(gzip.compress(b"one ") + tail, content_encoding="gzip"))
    with pytest.raises(FetchError, match=r"its body is|cut off"):
        world.fetcher()(Request(f"http://a.test:{site.port}/"))


@pytest.mark.parametrize("encoding", ["utf-8", "None", "binary", "identity", "aws-chunked", ","])
def test_u_13_what_is_no_coding_is_none(world: World, encoding: str) -> None:
    site = world.site(whole(b"<p>plain</p>", content_encoding=encoding))
    assert world.fetcher()(Request(f"http://a.test:{site.port}/")).body == b"<p>plain</p>"


@pytest.mark.parametrize("times", [1, 2])
@pytest.mark.parametrize("encoding", ["gzip, gzip", "gzip,gzip", "aws-chunked, gzip", "identity"])
def test_u_13_what_is_packed_twice_or_silently_is_unpacked(
    world: World, encoding: str, times: int
) -> None:
    packed = gzip.compress(b"<p>plain</p>")
    if times == 2 and "gzip" in encoding:
        packed = gzip.compress(packed)
    site = world.site(whole(packed, content_encoding=encoding))
    assert world.fetcher()(Request(f"http://a.test:{site.port}/")).body == b"<p>plain</p>"


@pytest.mark.parametrize(
    ("packed", "encoding"),
    [
        (bomb(1000), "identity"),
        (gzip.compress(bomb(1000)), "gzip"),
        (gzip.compress(gzip.compress(b"") * 600_000), "gzip"),
    ],
    ids=["a file", "a file in it", "files of nothing in it"],
)
def test_u_13_no_bomb_hides_in_a_gzip_file(world: World, packed: bytes, encoding: str) -> None:
    site = world.site(whole(packed, content_encoding=encoding))
    with pytest.raises(TooLarge, match="10 MB"):
        world.fetcher()(Request(f"http://a.test:{site.port}/"))


@pytest.mark.parametrize("encoding", ["gzip", "br", "zstd", "gzip, gzip", "nonsense"])
def test_u_13_a_body_that_is_not_packed_as_it_says_is_an_error(world: World, encoding: str) -> None:
    site = world.site(whole(b"<p>plain</p>", content_encoding=encoding))
    with pytest.raises(FetchError, match="its body is"):
        world.fetcher()(Request(f"http://a.test:{site.port}/"))
