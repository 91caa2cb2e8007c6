"""No connection to an address that is not allowed: by digits, name, redirect or rebinding.

A listener on 127.0.0.1 must see nothing; the site that is allowed is on 127.0.0.2.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from ipaddress import ip_network
from pathlib import Path
from typing import Any

import pytest
import yaml

from feedproxy.errors import FetchError, Refused
from feedproxy.models import Request
from tests.fetch_upstream import Upstream, World, resolve, whole

CASES: list[dict[str, Any]] = yaml.safe_load(
    (Path(__file__).parent / "data" / "addresses.yaml").read_text("utf-8")
)
ALLOWED = (ip_network("127.0.0.2/32"),)
ODD = {"full-width digits", "percent-encoded digits", "octal", "full stop at the end"}
"""Refused, or not understood at all: then there is nothing to be said about their kind."""
JUDGED_BY_A_LOOK = [case for case in CASES if ".example:" not in case["url"]]
"""What a name like any other leads to, only the proxy knows."""


def test_the_corpus_is_whole() -> None:
    assert len(CASES) >= 40
    assert all(case["why"] and "{port}" in case["url"] for case in CASES)
    assert {case["why"] for case in CASES} >= ODD


@pytest.fixture
def victim(world: World) -> Iterator[Upstream]:
    """Whoever connects to it has failed the test."""
    victim = world.site(whole(b"secret"))
    yield victim
    assert victim.connections == 0


def names(case: dict[str, Any]) -> Callable[[str, int], list[str]]:
    def look_up(host: str, port: int) -> list[str]:
        if host == "good.example":
            return ["127.0.0.2"]
        return case.get("resolves") or resolve(host, port)

    return look_up


def expected(case: dict[str, Any]) -> type[FetchError]:
    return FetchError if case["why"] in ODD else Refused


@pytest.mark.parametrize("case", CASES, ids=lambda case: str(case["why"]))
def test_u_16_no_closed_address_is_connected_to(
    world: World, victim: Upstream, case: dict[str, Any]
) -> None:
    fetch = world.fetcher(allowed=ALLOWED, resolve=names(case))
    with pytest.raises(expected(case)):
        fetch(Request(case["url"].format(port=victim.port)))


@pytest.mark.parametrize("case", CASES, ids=lambda case: str(case["why"]))
def test_u_15_no_redirect_leads_to_a_closed_address(
    world: World, victim: Upstream, case: dict[str, Any]
) -> None:
    location = case["url"].format(port=victim.port)
    answer = whole(status="302 Found", location=location.encode().decode("latin-1"))
    site = world.site(answer, address="127.0.0.2", port=victim.port)
    fetch = world.fetcher(allowed=ALLOWED, resolve=names(case))
    with pytest.raises(expected(case), match="redirected to"):
        fetch(Request(f"http://good.example:{victim.port}/"))
    assert len(site.asked) == 1


@pytest.mark.parametrize("case", JUDGED_BY_A_LOOK, ids=lambda case: str(case["why"]))
def test_u_24_no_proxy_is_asked_for_a_closed_address(
    world: World, victim: Upstream, case: dict[str, Any]
) -> None:
    proxy = {"HTTP_PROXY": f"http://127.0.0.1:{victim.port}"}
    fetch = world.fetcher(allowed=ALLOWED, environ=proxy)
    with pytest.raises(Refused):
        fetch(Request(case["url"].format(port=80)))


def test_u_16_a_name_is_looked_up_once_and_what_was_checked_is_connected(
    world: World, victim: Upstream
) -> None:
    """Rebinding: the name server says something else each time it is asked."""
    site = world.site(whole(b"page"), address="127.0.0.2", port=victim.port)
    answers = iter([["127.0.0.2"], ["127.0.0.1"]] * 3)
    for _ in range(3):
        fetch = world.fetcher(allowed=ALLOWED, resolve=lambda *_: next(answers))
        assert fetch(Request(f"http://rebind.example:{site.port}/")).body == b"page"
        fetch.close()
        with pytest.raises(
            Refused, match=r"rebind.example leads to 127.0.0.1, which is a loopback"
        ):
            fetch(Request(f"http://rebind.example:{site.port}/"))
    assert next(answers, None) is None


def test_a_refusal_says_which_setting_allows_it(world: World) -> None:
    with pytest.raises(Refused, match=r"FEEDPROXY_ALLOW_PRIVATE=10\.0\.0\.1"):
        world.fetcher(allowed=())(Request("http://10.0.0.1/"))
