"""The hot path answers as the app does, to the byte, and only what it may answer."""

from __future__ import annotations

import gzip
from collections.abc import Iterable
from itertools import product
from typing import Any, NamedTuple

import pytest
from werkzeug.test import EnvironBuilder, run_wsgi_app

from feedproxy.assemble import application, assemble
from feedproxy.pipeline import Pipeline
from feedproxy.web import create_app, security_headers
from feedproxy.web.access import feed_token
from feedproxy.web.hotpath import MOST_ANSWERS, HotPath
from tests.conftest import Installation
from tests.invented import Paper

FORMATS = ("atom", "rss", "json")
QUERIES = (
    "",
    "x=1&y=2",
    "refresh=1",
    "token=abc",
    "page=1",
    "%70age=2",
    "PAGE=2",
    "a=" + 3000 * "b",
)
ENCODINGS = (None, "gzip", "br;q=0, gzip;q=0, *", "*", "gzip;q=0.5, identity")


class Answer(NamedTuple):
    status: str
    headers: list[tuple[str, str]]
    body: bytes


class Counting:
    """A WSGI app that counts how often it is asked."""

    def __init__(self, app: Any) -> None:
        self.app, self.asked = app, 0

    def __call__(self, environ: Any, start_response: Any) -> Iterable[bytes]:
        self.asked += 1
        answer: Iterable[bytes] = self.app(environ, start_response)
        return answer


class Both:
    """The same requests to the app behind the hot path and to the app alone."""

    def __init__(self, pipeline: Pipeline, installation: Installation) -> None:
        pipeline.refresher.stop()
        config = installation.config()
        self.flask = create_app(pipeline, config)
        self.behind = Counting(self.flask)
        self.hot = HotPath(self.behind, pipeline, security_headers(config), private=False)

    def ask(self, path: str, method: str = "GET", **headers: str) -> Answer:
        """The one answer of both."""
        found, expected = (self._ask(app, path, method, headers) for app in (self.hot, self.flask))
        assert found == expected
        return found

    def is_hot(self, path: str, method: str = "GET", **headers: str) -> bool:
        before = self.behind.asked
        self._ask(self.hot, path, method, headers)
        return self.behind.asked == before

    def _ask(self, app: Any, path: str, method: str, headers: dict[str, str]) -> Answer:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        environ = EnvironBuilder(path, method=method, headers=list(named.items())).get_environ()
        body, status, sent = run_wsgi_app(app, environ)
        return Answer(status, sorted(sent), b"".join(body))


@pytest.fixture
def both(pipeline: Pipeline, installation: Installation) -> Both:
    return Both(pipeline, installation)


def conditions(answer: Answer) -> list[dict[str, str]]:
    headers = dict(answer.headers)
    etag, modified = headers["ETag"], headers["Last-Modified"]
    return [
        {},
        *({"If_None_Match": tag} for tag in (etag, f"W/{etag}", etag[:-1] + '-gzip"', "*", '"x"')),
        {"If_None_Match": f'"a", {etag}'},
        {"If_None_Match": ""},
        {"If_None_Match": '"' + 8000 * "a" + '"'},
        {"If_None_Match": '"x"', "If_Modified_Since": modified},
        {"If_Modified_Since": modified},
        {"If_Modified_Since": "Fri, 20 Nov 2020 12:00:00 GMT"},
        {"If_Modified_Since": "never"},
        {"Range": "bytes=0-9"},
        {"Host": "evil.example", "X_Forwarded_Host": "evil.example"},
    ]


@pytest.mark.parametrize("format_name", FORMATS)
def test_every_answer_is_the_apps_to_the_byte(both: Both, format_name: str) -> None:
    path = f"/feeds/spiking.{format_name}"
    first = both.ask(path)
    statuses = set()
    for method, condition, encoding in product(("GET", "HEAD"), conditions(first), ENCODINGS):
        accepted = {"Accept_Encoding": encoding} if encoding else {}
        statuses.add(both.ask(path, method, **condition, **accepted).status)
        assert both.is_hot(path, method, **condition, **accepted)
    assert statuses == {"200 OK", "304 NOT MODIFIED"}


@pytest.mark.parametrize("query", QUERIES)
def test_a_query_changes_no_answer(both: Both, query: str) -> None:
    both.ask("/feeds/spiking.atom")
    both.ask(f"/feeds/spiking.atom?{query}", Accept_Encoding="gzip")


@pytest.mark.parametrize(
    ("path", "method"),
    [
        ("/feeds/spiking.atom", "POST"),
        ("/feeds/spiking.atom", "OPTIONS"),
        ("/feeds/spiking.atom", "FOO"),
        ("/feeds/spiking", "GET"),
        ("/feeds/spiking.pdf", "GET"),
        ("/feeds/spiking.atom/", "GET"),
        ("/feeds/nothing.atom", "GET"),
        ("/feeds/_health.atom", "GET"),
        ("/feeds/spiking.atom?page=2", "GET"),
        ("/feeds/..%2fspiking.atom", "GET"),
        ("/feeds/spiking.atom%0a", "GET"),
        ("/feeds/popular.atom", "GET"),
        ("/", "GET"),
    ],
)
def test_whatever_is_not_prepared_is_left_to_the_app(both: Both, path: str, method: str) -> None:
    both.ask("/feeds/spiking.atom")
    assert not both.is_hot(path, method)


def test_bytes_that_had_to_make_room_are_made_again_only_for_who_lacks_them(
    installation: Installation,
) -> None:
    config = installation.config()
    pipeline = assemble(config, installation.site, installation.time.clock, shelf_bytes=0)
    pipeline.refresh("hf-daily")
    both = Both(pipeline, installation)
    path = "/feeds/spiking.atom"
    etag = dict(both.ask(path).headers)["ETag"]
    assert both.is_hot(path, If_None_Match=etag)
    assert both.ask(path, If_None_Match=etag).status == "304 NOT MODIFIED"
    for others in ({}, {"If_None_Match": '"x"'}):
        assert not both.is_hot(path, **others)
        assert both.ask(path, **others).status == "200 OK"
    assert not both.is_hot("/feeds/spiking.json", If_None_Match=etag)


def test_gzip_is_prepared_too(both: Both) -> None:
    plain = both.ask("/feeds/spiking.atom")
    packed = both.ask("/feeds/spiking.atom", Accept_Encoding="gzip")
    assert gzip.decompress(packed.body) == plain.body


def test_new_papers_and_edited_rules_are_seen(
    both: Both, pipeline: Pipeline, installation: Installation
) -> None:
    path = "/feeds/spiking.atom"
    before = both.ask(path)
    assert both.is_hot(path)
    day = installation.time.moment.date()
    installation.site.papers.append(Paper("2611.00009", "SNN on a Chip", day, upvotes=1))
    pipeline.refresh("hf-daily")
    assert not both.is_hot(path)
    assert b"SNN on a Chip" in (after := both.ask(path)).body
    assert dict(after.headers)["ETag"] != dict(before.headers)["ETag"]
    installation.rules.write_text(installation.rules.read_text().replace(", SNN]", "]"))
    for _ in range(3):
        installation.time.pass_by(seconds=2)
        both.ask(path)
    assert both.is_hot(path)
    assert b"SNN on a Chip" not in both.ask(path).body


def test_headers_are_made_per_answer(both: Both, installation: Installation) -> None:
    path = "/feeds/spiking.atom"
    first = dict(both.ask(path).headers)
    installation.time.pass_by(minutes=10)
    later = dict(both.ask(path).headers)
    assert both.is_hot(path)
    assert (first["Cache-Control"], later["Cache-Control"]) != (later["Cache-Control"],) * 2
    assert first["ETag"] == later["ETag"]


def test_what_a_server_does_to_an_answer_is_not_told_to_the_next(both: Both) -> None:
    environ = EnvironBuilder("/feeds/spiking.atom").get_environ()
    expected = both.ask("/feeds/spiking.atom")
    for _ in range(2):
        given: list[list[tuple[str, str]]] = []
        body: Any = both.hot(environ, lambda _, headers, *more, to=given: to.append(headers))
        given[0].append(("Connection", "close"))
        body.clear()
    assert both.ask("/feeds/spiking.atom") == expected


def test_more_answers_than_are_kept_are_right(both: Both) -> None:
    for number in range(2 * MOST_ANSWERS):
        tag = {"If_None_Match": f'"{number}"'}
        assert both.ask("/feeds/spiking.atom", **tag).status == "200 OK"
        assert both.is_hot("/feeds/spiking.atom", **tag)


def test_the_access_check_stays_outside(pipeline: Pipeline, installation: Installation) -> None:
    """The app as it is served: prepared bytes are no way past the key."""
    app: Any = application(installation.config(access_key="secret"), installation.site)
    for token, status in ((feed_token("secret", "spiking"), 200), ("wrong", 401), ("", 401)):
        for _ in range(2):
            environ = EnvironBuilder(f"/feeds/spiking.atom?token={token}").get_environ()
            assert run_wsgi_app(app, environ)[1].startswith(str(status))
