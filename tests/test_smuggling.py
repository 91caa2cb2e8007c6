"""H-10: no two ways to read where a request ends. Against the real server, byte for byte."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.faults import invented, served, warm
from tests.raw import exchange
from tests.running import Server

CASES = yaml.safe_load((Path(__file__).parent / "data" / "smuggling.yaml").read_text("utf-8"))
ANOTHER = b"GET /readyz HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"
A_FORM = b"Content-Type: application/x-www-form-urlencoded\r\n"
A_GIGABYTE = b"Content-Length: 1073741824\r\n"


@contextmanager
def running(folder: Path, name: str) -> Iterator[Server]:
    with (
        served(invented()) as url,
        warm(folder, url, "--workers", "1", "--server", name) as server,
    ):
        yield server


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with running(tmp_path_factory.mktemp("gunicorn"), "gunicorn") as server:
        yield server


@pytest.fixture(scope="module")
def granian(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    pytest.importorskip("granian")
    with running(tmp_path_factory.mktemp("granian"), "granian") as server:
        yield server


def sent(case: dict[str, Any]) -> bytes:
    return "\r\n".join(case["request"]).encode("latin-1") + ANOTHER


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_h_10_no_request_hides_in_another(server: Server, case: dict[str, Any]) -> None:
    assert exchange(server, sent(case)).statuses == case["statuses"]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_h_10_nor_does_any_under_granian(granian: Server, case: dict[str, Any]) -> None:
    assert exchange(granian, sent(case)).statuses == case.get("granian", case["statuses"])


@pytest.mark.parametrize("path", [b"/", b"/feeds/spiking.atom", b"/nothing", b"/try"])
@pytest.mark.parametrize("expects", [b"", b"Expect: 100-continue\r\n"])
@pytest.mark.parametrize("name", ["server", "granian"])
def test_h_8_nobody_waits_for_a_body_of_a_gigabyte(
    request: pytest.FixtureRequest, name: str, path: bytes, expects: bytes
) -> None:
    server = request.getfixturevalue(name)
    head = b"POST " + path + b" HTTP/1.1\r\nHost: a\r\n" + A_FORM + expects + A_GIGABYTE + b"\r\n"
    for body in (b"", b"x" * 100_000):
        assert exchange(server, head + body).statuses in ([405], [404], [413])


def test_h_8_an_expectation_that_we_do_not_know_is_not_met(server: Server) -> None:
    request = b"GET / HTTP/1.1\r\nHost: a\r\nExpect: magic\r\n\r\n"
    assert exchange(server, request).statuses == [417]


@pytest.mark.parametrize(
    ("line", "field", "status"),
    [
        (b"/healthz?" + 5000 * b"a", b"", 414),
        (b"/healthz", b"X: " + 9000 * b"a", 431),
        (b"/healthz", b"\r\n".join([b"X: a"] * 100), 431),
        (b"/healthz?" + 3000 * b"a", b"If-None-Match: " + 8000 * b"a", 200),
    ],
    ids=["line", "field", "fields", "just short enough"],
)
def test_h_4_what_is_too_long_is_refused(
    server: Server, line: bytes, field: bytes, status: int
) -> None:
    fields = field + b"\r\n" if field else b""
    request = b"GET " + line + b" HTTP/1.1\r\nHost: a\r\nConnection: close\r\n" + fields + b"\r\n"
    assert exchange(server, request).statuses == [status]


@pytest.mark.parametrize(
    "fields", [b"X: " + 70_000 * b"a", b"\r\n".join([b"X: a"] * 101)], ids=["field", "fields"]
)
def test_h_4_nor_does_granian_take_all(granian: Server, fields: bytes) -> None:
    request = b"GET /healthz HTTP/1.1\r\nHost: a\r\n" + fields + b"\r\n\r\n"
    assert exchange(granian, request).statuses == [431]
