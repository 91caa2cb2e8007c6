"""With a key, everything but /healthz wants it; a token opens one topic's feeds."""

from __future__ import annotations

import base64

import pytest
from werkzeug.test import Client, create_environ

from feedproxy.web import create_app
from feedproxy.web.access import Guard, feed_token
from tests.conftest import Installation

KEY = "correct horse"


def basic(password: str, user: str = "me") -> dict[str, str]:
    return {"Authorization": "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()}


@pytest.fixture
def guarded(installation: Installation) -> Client:
    config = installation.config(access_key=KEY)
    pipeline = installation.start(access_key=KEY)
    pipeline.refresh("hf-daily")
    pipeline.refresher.stop()
    return Client(Guard(create_app(pipeline, config), KEY))


PATHS = ["/", "/opml", "/topics/spiking", "/feeds/spiking.atom", "/readyz", "/static/style.css"]


@pytest.mark.parametrize("path", [*PATHS, "/nothing"])
@pytest.mark.parametrize(
    "headers",
    [
        {},
        basic("wrong"),
        basic(""),
        {"Authorization": "Basic !!!"},
        {"Authorization": "Basic"},
        {"Authorization": f"Bearer {KEY}"},
    ],
)
def test_without_the_key_nothing_is_told(
    guarded: Client, path: str, headers: dict[str, str]
) -> None:
    answer = guarded.get(path, headers=headers)
    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"].startswith("Basic")
    assert b"piking" not in answer.data


@pytest.mark.parametrize("path", PATHS)
def test_with_the_key_everything_is(guarded: Client, path: str) -> None:
    for user in ("me", ""):
        with guarded.get(path, headers=basic(KEY, user)) as answer:
            assert answer.status_code == 200


def test_who_is_refused_is_told_what_is_wanted_and_head_has_no_body(guarded: Client) -> None:
    answer = guarded.get("/")
    assert answer.text == "This feedproxy wants its access key as the password (any user name).\n"
    assert answer.headers["Cache-Control"] == "no-store"
    body, status, headers = guarded.run_wsgi_app(create_environ("/", method="HEAD"))
    assert (status, b"".join(body)) == ("401 Unauthorized", b"")
    assert headers["Content-Length"] == str(len(answer.data))


@pytest.mark.parametrize("scheme", ["basic ", "BASIC ", "Basic  ", "Basic \t"])
def test_the_key_opens_however_a_client_writes_the_scheme(guarded: Client, scheme: str) -> None:
    given = scheme + basic(KEY)["Authorization"].removeprefix("Basic ")
    assert guarded.get("/", headers={"Authorization": given}).status_code == 200


def test_health_says_its_status_only_without_the_key(guarded: Client) -> None:
    assert guarded.get("/healthz").get_json() == {"status": "ok"}
    assert "sources" in (guarded.get("/healthz", headers=basic(KEY)).get_json() or {})


def test_a_token_opens_the_feeds_of_its_topic_alone(guarded: Client) -> None:
    token = feed_token(KEY, "spiking")
    for name in ("spiking.atom", "spiking.rss", "spiking.json", "spiking"):
        assert guarded.get(f"/feeds/{name}?token={token}").status_code == 200
    for path in ("/feeds/popular.atom", "/", "/topics/spiking", "/opml"):
        assert guarded.get(f"{path}?token={token}").status_code == 401
    assert guarded.get("/feeds/spiking.atom?token=").status_code == 401
    assert guarded.get(f"/feeds/spiking.atom?token={token[:-1]}").status_code == 401


def test_a_renamed_topic_hands_its_new_token_to_who_had_the_old(
    guarded: Client, installation: Installation
) -> None:
    installation.rules.write_text("topics: {spikes: {include: [spiking], renamed: [spiking]}}")
    pipeline = installation.start(access_key=KEY)
    pipeline.refresher.stop()
    client = Client(Guard(create_app(pipeline, installation.config(access_key=KEY)), KEY))
    old = f"/feeds/spiking.atom?page=1&token={feed_token(KEY, 'spiking')}"
    answer = client.get(old)
    assert answer.status_code == 301
    assert answer.headers["Location"] == (
        f"/feeds/spikes.atom?token={feed_token(KEY, 'spikes')}&page=1"
    )
    assert client.get(answer.headers["Location"]).status_code == 200


def test_a_token_outlives_every_release() -> None:
    """Readers subscribed with it."""
    assert feed_token(KEY, "spiking") == "99d6b5a9eb307c038f80efdfc41ea51b4a9c998a"


def test_a_new_key_makes_new_tokens() -> None:
    assert feed_token(KEY, "spiking") != feed_token("another", "spiking")


def test_links_carry_the_token_and_nothing_shows_the_key(guarded: Client) -> None:
    token = feed_token(KEY, "spiking")
    for path in ("/", "/topics/spiking", "/opml", "/feeds/spiking.atom", "/feeds/spiking.json"):
        answer = guarded.get(path, headers=basic(KEY))
        assert f"/feeds/spiking.atom?token={token}" in answer.text or path.endswith(".json")
        assert KEY not in answer.text
    feed = guarded.get("/feeds/spiking.json", headers=basic(KEY)).get_json()
    assert feed["feed_url"].endswith(f"?token={token}")


def test_caches_between_are_told_that_it_is_private(guarded: Client) -> None:
    answer = guarded.get("/feeds/spiking.atom", headers=basic(KEY))
    assert answer.headers["Cache-Control"].startswith("private, ")
