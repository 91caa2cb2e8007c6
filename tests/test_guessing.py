"""Guessing at the key is slowed down per address, and locks nobody out."""

from __future__ import annotations

from mmap import mmap
from pathlib import Path
from signal import SIGQUIT
from typing import Any

import pytest
from werkzeug.test import Client
from werkzeug.wrappers import Request, Response

from feedproxy import gunicorn_conf
from feedproxy.web.access import Guard, feed_token
from feedproxy.web.guessing import EVERY, FREE, MEMORY, SHARED
from tests.clocks import FakeTime
from tests.running import serving
from tests.test_web_access import basic

KEY = "correct horse"
HERE, THERE = {"REMOTE_ADDR": "192.0.2.1"}, {"REMOTE_ADDR": "192.0.2.2"}


@Request.application
def app(request: Request) -> Response:
    return Response(str(request.environ["feedproxy.may_read"]))


@pytest.fixture
def time() -> FakeTime:
    return FakeTime()


@pytest.fixture
def client(time: FakeTime) -> Client:
    return Client(Guard(app, KEY, time.clock.monotonic))


def status(
    client: Client, password: str, where: dict[str, Any], path: str = "/", user: str = "me"
) -> int:
    return client.get(path, headers=basic(password, user), environ_base=where).status_code


def guess_until_slowed(client: Client, where: dict[str, Any]) -> int:
    """How many guesses were answered with 401."""
    for tries in range(1000):
        if status(client, f"guess {tries}", where) == 429:
            return tries
    raise AssertionError("never slowed down")


def test_a_mistyped_key_costs_nothing(client: Client) -> None:
    for _ in range(int(FREE) - 1):
        assert status(client, "wrong", HERE) == 401
    assert status(client, KEY, HERE) == 200


def test_who_guesses_has_a_few_tries_and_then_one_in_a_while(
    client: Client, time: FakeTime
) -> None:
    assert guess_until_slowed(client, HERE) == FREE
    answer = client.get("/", headers=basic("wrong"), environ_base=HERE)
    assert int(answer.headers["Retry-After"]) == EVERY
    assert "WWW-Authenticate" not in answer.headers
    for _ in range(3):
        time.pass_by(seconds=EVERY)
        assert [status(client, "wrong", HERE) for _ in range(3)] == [401, 429, 429]


def test_a_guess_that_is_too_early_is_not_even_looked_at(client: Client) -> None:
    """Else the guesser would learn from the answer all the same."""
    guess_until_slowed(client, HERE)
    assert status(client, KEY, HERE) == 429


def test_the_right_key_never_uses_up_a_try(client: Client) -> None:
    assert {status(client, KEY, HERE) for _ in range(100)} == {200}
    assert guess_until_slowed(client, HERE) == FREE


def test_nobody_else_is_slowed_down(client: Client) -> None:
    guess_until_slowed(client, HERE)
    assert status(client, KEY, THERE) == 200


def test_who_had_the_right_key_before_is_never_locked_out(client: Client) -> None:
    """Under the same name, from the same address: whoever guesses there, and however fast."""
    assert status(client, KEY, HERE, user="ada") == 200
    guess_until_slowed(client, HERE)
    for _ in range(20):
        assert status(client, "wrong", HERE, user="ada") == 429
        assert status(client, KEY, HERE, user="ada") == 200
    assert status(client, KEY, HERE, user="eve") == 429
    assert status(client, KEY, THERE, user="ada") == 200


def test_who_has_a_whole_network_is_one_guesser(client: Client) -> None:
    tries = 0
    while status(client, "x", {"REMOTE_ADDR": f"2001:db8::{tries:x}"}) == 401:
        tries += 1
    assert tries == FREE
    for other in ("2001:db8:0:1::", "::ffff:192.0.2.1", "::ffff:192.0.2.2", "nonsense", ""):
        assert guess_until_slowed(client, {"REMOTE_ADDR": other}) == FREE


def test_a_feed_with_its_token_is_served_whoever_guesses(client: Client) -> None:
    guess_until_slowed(client, HERE)
    path = f"/feeds/spiking.atom?token={feed_token(KEY, 'spiking')}"
    assert client.get(path, environ_base=HERE).status_code == 200
    assert status(client, "wrong", HERE, path) == 200
    assert client.get("/healthz", environ_base=HERE).text == "False"


def test_a_request_without_a_key_is_no_guess(client: Client) -> None:
    for _ in range(100):
        assert client.get("/", environ_base=HERE).status_code == 401
    assert status(client, KEY, HERE) == 200


@pytest.mark.parametrize("given", ["Basic", "Basic !!!", "Basic é", "Bearer eDp5"])
def test_what_is_no_login_at_all_is_no_guess(client: Client, given: str) -> None:
    for _ in range(100):
        answer = client.get("/", headers={"Authorization": given}, environ_base=HERE)
        assert answer.status_code == 401
    assert status(client, KEY, HERE) == 200


def test_behind_a_proxy_each_client_has_its_own_tries(client: Client) -> None:
    guesser = {**HERE, "HTTP_X_FORWARDED_FOR": "spoofed, 198.51.100.7"}
    reader = {**HERE, "HTTP_X_FORWARDED_FOR": "198.51.100.8"}
    assert guess_until_slowed(client, guesser) == FREE
    assert status(client, KEY, reader) == 200


def test_an_invented_forwarding_header_helps_only_so_far(client: Client) -> None:
    invented = ({**HERE, "HTTP_X_FORWARDED_FOR": f"10.0.0.{n}"} for n in range(250))
    tries = [status(client, "x", where) for where in invented].count(401)
    assert FREE * SHARED - 2 <= tries <= FREE * SHARED  # some may share their places in memory


def test_who_is_behind_a_proxy_with_a_whole_network_is_one_guesser(client: Client) -> None:
    tries = 0
    while status(client, "x", {**HERE, "HTTP_X_FORWARDED_FOR": f"x, 2001:db8::{tries:x}"}) == 401:
        tries += 1
    assert tries == FREE


def test_nobody_slows_down_the_client_of_a_proxy_by_giving_its_address(client: Client) -> None:
    named = {"HTTP_X_FORWARDED_FOR": "198.51.100.8"}
    assert guess_until_slowed(client, {**THERE, **named}) == FREE
    assert status(client, KEY, {**HERE, **named}) == 200


def test_a_proxy_waits_as_much_less_as_it_has_more_tries(client: Client, time: FakeTime) -> None:
    tried = 0

    def guess() -> Response:
        nonlocal tried
        tried += 1
        where = {**HERE, "HTTP_X_FORWARDED_FOR": f"10.0.{tried // 250}.{tried % 250}"}
        return client.get("/", headers=basic("wrong"), environ_base=where)

    for _ in range(int(FREE * SHARED)):
        guess()
    while guess().status_code == 401:
        pass
    assert guess().headers["Retry-After"] == "1"
    for _ in range(3):
        time.pass_by(seconds=1.01 * EVERY / SHARED)
        assert [guess().status_code for _ in range(2)] == [401, 429]


def test_all_workers_count_in_one_memory_of_a_fixed_size(time: FakeTime) -> None:
    memory = mmap(-1, MEMORY)
    one, other = (Client(Guard(app, KEY, time.clock.monotonic, memory)) for _ in range(2))
    assert status(one, KEY, HERE, user="ada") == 200
    assert guess_until_slowed(one, HERE) == FREE
    assert status(other, "wrong", HERE) == 429
    assert status(other, KEY, HERE, user="ada") == 200
    for number in range(3000):
        status(other, "wrong", {"REMOTE_ADDR": f"10.0.{number // 256}.{number % 256}"})
    assert len(memory) == MEMORY <= len(gunicorn_conf.guesses)


@pytest.mark.parametrize("server", ["gunicorn", "granian"])
def test_h_7_a_server_of_two_workers_gives_no_more_tries(tmp_path: Path, server: str) -> None:
    pytest.importorskip(server)
    key = {"FEEDPROXY_ACCESS_KEY": KEY, "FEEDPROXY_HF_URL": "http://127.0.0.1:9"}
    with serving(tmp_path, "--workers", "2", "--server", server, **key) as running:
        assert running.get("/opml", **basic(KEY)).status == 200
        said = [running.get("/opml", **basic("wrong")).status for _ in range(60)]
        assert set(said) == {401, 429}
        assert FREE <= said.count(401) < 2 * FREE
        assert {running.get("/opml", **basic(KEY)).status for _ in range(20)} == {200}
        running.stop(SIGQUIT)


def test_health_is_told_whoever_guesses(client: Client) -> None:
    guess_until_slowed(client, HERE)
    assert status(client, "wrong", HERE, "/healthz") == 200
