"""What clients send to be clever: FAULTS (iii), through the whole stack as it is served."""

from __future__ import annotations

import io
import logging
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from feedproxy.web import create_app
from tests.conftest import Installation
from tests.hostile import FEEDS, ODD_METHODS, Stack, routes

PAGES = ("/", "/topics/spiking", "/topics/spiking?view=excluded", "/sources", "/opml")

Ask = Callable[..., TestResponse]


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Stack:
    return Stack(tmp_path_factory.mktemp("stack"))


@pytest.fixture
def ask(stack: Stack) -> Ask:
    return stack.ask


@pytest.fixture
def flask(stack: Stack) -> Flask:
    return stack.flask


def told(answer: TestResponse) -> tuple[int, list[tuple[str, str]], bytes]:
    with answer:
        return answer.status_code, sorted(answer.headers), answer.data


@pytest.mark.parametrize("ending", ["", ".atom"])
@pytest.mark.parametrize(
    "name",
    [
        *("..", "..%2f..%2fetc%2fpasswd", "..%5c..", "%2e%2e", "....//", "spiking%2f..", "."),
        *("spiking%00", "%00", "spiking%0d%0aX-Evil:%201", "spiking%0a", "%ff", "%c0%af", "%"),
        *("x" * 5000, "SPIKING", "%20spiking", "spiking ", "<script>", "{{7*7}}", "ſpiking", "👾"),
    ],
    ids=lambda name: name[:20],
)
def test_h_1_odd_names_are_not_found(ask: Ask, name: str, ending: str) -> None:
    for path in (f"/feeds/{name}{ending}", f"/topics/{name}", f"/topics/{name}/why/x", f"/{name}"):
        answer = ask(path)
        assert answer.status_code in (404, 308), path
        assert "X-Evil" not in answer.headers
        assert "<script>" not in answer.text


def test_h_1_static_files_are_those_of_the_folder(ask: Ask) -> None:
    for name in ("..%2fproblems.py", "%2e%2e/problems.py", "../problems.py", "%2fetc%2fpasswd", ""):
        assert ask(f"/static/{name}", follow_redirects=True).status_code == 404


FORGED = [
    {"Host": "evil.example"},
    {"Host": "evil.example:99999"},
    {"Host": 'evil"><script>alert(1)</script>'},
    {"Host": ""},
    {"X-Forwarded-Host": "evil.example", "X-Forwarded-Proto": "https"},
    {"X-Forwarded-For": "evil.example", "X-Forwarded-Port": "1", "X-Forwarded-Prefix": "/evil"},
    {"Forwarded": "for=evil.example;host=evil.example;proto=https"},
    {"X-Original-URL": "/evil.example", "X-Rewrite-URL": "/evil.example"},
    {"X-HTTP-Method-Override": "DELETE", "X-Host": "evil.example"},
]


@pytest.mark.parametrize("headers", FORGED, ids=str)
@pytest.mark.parametrize("path", [*FEEDS, "/feeds/_health.atom"])
def test_h_2_no_byte_of_a_feed_depends_on_what_a_client_says_of_hosts(
    ask: Ask, path: str, headers: dict[str, str]
) -> None:
    assert told(ask(path, headers=headers)) == told(ask(path))


@pytest.mark.parametrize("headers", [each for each in FORGED if "Host" not in each], ids=str)
@pytest.mark.parametrize("path", PAGES)
def test_h_3_what_is_forwarded_is_not_believed(
    ask: Ask, path: str, headers: dict[str, str]
) -> None:
    assert told(ask(path, headers=headers)) == told(ask(path))


@pytest.mark.parametrize("path", PAGES)
def test_h_2_a_page_that_names_the_host_is_for_who_asked_alone(ask: Ask, path: str) -> None:
    answer = ask(path, headers={"Host": "papers.internal"})
    assert answer.headers["Cache-Control"] == "private, no-cache"


@pytest.mark.parametrize("path", ["/", "/opml", "/topics/spiking"])
def test_h_2_a_host_that_is_none_is_not_shown(stack: Stack, path: str) -> None:
    answer = stack.ask(path, headers={"Host": 'evil"><script>alert(1)</script>'})
    assert "evil" not in answer.text
    assert f"{stack.config.served_url}/feeds/spiking.atom" in answer.text


def test_h_2_no_redirect_leads_to_another_host(ask: Ask, flask: Flask) -> None:
    for path in (
        "//evil.example/feeds",
        "/feeds/spiking",
        "/topics/spiking/why/x/..//evil.example",
    ):
        answer = ask(path, headers={"Host": "evil.example", "Accept": "text/html"})
        assert answer.headers.get("Location", "/").startswith("/")
        assert not answer.headers.get("Location", "/").startswith("//")


@pytest.mark.parametrize(
    "query",
    ["refresh=1", "x=" + 3000 * "y", "&".join(f"p{n}=" for n in range(900)), "&&&=", "a[b]=1"],
    ids=lambda query: query[:12],
)
def test_h_4_unknown_parameters_are_part_of_no_key(stack: Stack, query: str) -> None:
    before = stack.behind.asked
    for path in FEEDS:
        assert told(stack.ask(f"{path}?{query}")) == told(stack.ask(path))
    assert stack.behind.asked == before


@pytest.mark.parametrize("page", ["0", "-1", "1e9", "٣", "999999", "1" * 3000, "", "1;2", "NaN"])
def test_h_4_a_page_that_there_is_not_is_not_found(ask: Ask, page: str) -> None:
    for path in (*FEEDS, "/", "/topics/spiking", "/sources"):
        assert ask(f"{path}?page={page}").status_code == 404


def test_h_4_a_huge_search_is_answered(ask: Ask) -> None:
    for query in ("a" * 3000, "a%20" * 900, "%00", "%ff", "(" * 3000, "*", '"'):
        assert ask(f"/topics/spiking?q={query}&view=all&view=near").status_code == 200


@pytest.mark.parametrize("method", ODD_METHODS)
def test_h_8_other_methods_are_told_which_there_are(ask: Ask, flask: Flask, method: str) -> None:
    for path, methods in routes(flask):
        with ask(path, method=method) as answer:
            is_flasks_own = path.startswith("/static/") and method == "OPTIONS"
            assert answer.status_code == (200 if is_flasks_own else 405), path
            assert set(answer.headers["Allow"].split(", ")) - {"OPTIONS"} == methods


def test_h_8_head_has_the_headers_of_get(ask: Ask, flask: Flask) -> None:
    for path, _ in routes(flask):
        status, headers, _ = told(ask(path))
        assert told(ask(path, method="HEAD")) == (status, headers, b""), path


@pytest.mark.parametrize("wanted", ["bytes=0-9", "bytes=-1", "bytes=0-0,5-9,2-", "bytes=9-1", "x"])
@pytest.mark.parametrize("path", [*FEEDS, *PAGES])
def test_h_8_a_range_is_no_matter(ask: Ask, path: str, wanted: str) -> None:
    headers = {"Range": wanted, "If-Range": "x"}
    assert told(ask(path, headers=headers)) == told(ask(path))


def test_h_8_a_large_body_is_not_read(ask: Ask) -> None:
    class Body(io.BytesIO):
        def read(self, *_: Any) -> bytes:
            raise AssertionError("nobody needs it")

    for path in (*FEEDS, *PAGES):
        for method in ("GET", "POST"):
            answer = ask(path, method=method, input_stream=Body(), content_length=1 << 30)
            assert answer.status_code in (200, 405)


@pytest.mark.parametrize(
    ("tag", "status"),
    [
        ("{}", 304),
        ("W/{}", 304),
        ("*", 304),
        ('"a", {}, W/"b"', 304),
        ('"' + 8000 * "a" + '"', 200),
        (400 * '"aaaaaaaaaaaaaaaa", ' + "{}", 304),
        (8000 * '"', 200),
        ('W/"', 200),
        ("\xff", 200),
    ],
    ids=lambda value: str(value)[:20],
)
def test_h_9_entity_tags_of_any_form_and_length(ask: Ask, tag: str, status: int) -> None:
    for path in FEEDS:
        etag = ask(path).headers["ETag"]
        suffixed = f'{etag[:-1]}-gzip"'
        for known in (etag, suffixed):
            answer = ask(path, headers={"If-None-Match": tag.replace("{}", known)})
            assert answer.status_code == status


@pytest.mark.parametrize(
    "date",
    [
        *("", "x", "0", "-1", "1" * 5000, "(" * 5000, "Fri, 20 Nov 2020", "20 Nov 99999999999999"),
        "Fri, 20 Nov 2020 12:00:00 +9999999999999999999",
        "Fri, 20 Nov 2020 99999999999999999999:00:00 GMT",
        "Fri, 20 Nov 0000 12:00:00 GMT",
        "Fri, 20 Nov 2020 12:00:00 -0000",
    ],
    ids=lambda date: date[:40],
)
def test_h_9_a_date_that_is_none_is_as_good_as_no_date(ask: Ask, date: str) -> None:
    for path in FEEDS:
        assert ask(path, headers={"If-Modified-Since": date}).status_code == 200


def test_h_11_every_answer_forbids_scripts_of_others_and_frames(ask: Ask, flask: Flask) -> None:
    for path in ("/nothing", "/feeds/nothing.atom", *(path for path, _ in routes(flask))):
        for method in ("GET", "FOO"):
            with ask(path, method=method) as answer:
                policy = answer.headers["Content-Security-Policy"].split("; ")
                assert {"default-src 'none'", "script-src 'self'", "base-uri 'none'"} < set(policy)
                assert "unsafe" not in str(policy)
                assert answer.headers["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize(
    "headers",
    [{}, {"Cache-Control": "no-cache"}, {"Pragma": "no-cache", "Cache-Control": "no-store"}],
)
def test_h_12_no_client_forces_a_refresh(stack: Stack, headers: dict[str, str]) -> None:
    asked = len(stack.site.requests)
    for path in (*FEEDS, *PAGES, "/healthz", "/readyz"):
        for query in ("", "refresh=1", "force=true", "nocache"):
            stack.ask(f"{path}?{query}", headers=headers)
    assert len(stack.site.requests) == asked


def test_h_13_nothing_can_be_changed_from_another_site(ask: Ask, flask: Flask) -> None:
    """The playground takes a POST and keeps nothing of it; see its own tests."""
    writing = {path for path, methods in routes(flask) if methods - {"GET", "HEAD"}}
    assert writing <= {"/try"}
    assert "frame-ancestors 'none'" in ask("/").headers["Content-Security-Policy"]


def test_h_14_what_a_client_sends_cannot_forge_a_line_of_the_log(
    stack: Stack, caplog: pytest.LogCaptureFixture
) -> None:
    flask = create_app(stack.pipeline, stack.config)
    flask.add_url_rule("/broken/<rest>", view_func=lambda rest: str(1 // 0))
    with caplog.at_level(logging.ERROR):
        answer = flask.test_client().get("/broken/a%0d%0aCRITICAL%20all%20lost%1b[2J%c2%9b?token=T")
    assert answer.status_code == 500
    [line] = caplog.messages
    assert line.isprintable()
    assert "T" not in line.partition("token")[2]


@pytest.mark.parametrize(
    "accepted",
    ["br;q=0, gzip;q=0, *", "gzip;q=0", "*;q=0", "br", "identity", ";;,,;q="],
)
def test_h_15_who_refuses_gzip_gets_none(ask: Ask, accepted: str) -> None:
    for path in FEEDS:
        assert "Content-Encoding" not in ask(path, headers={"Accept-Encoding": accepted}).headers


def test_a_secret_with_a_line_break_adds_no_header(installation: Installation) -> None:
    rules = installation.rules.read_text()
    keyed = rules.replace("lookback: 2d}", 'lookback: 2d, headers: {X-Key: "a ${KEY}"}}')
    installation.rules.write_text(keyed)
    pipeline = installation.start(environ={"KEY": "s3cret\r\nX-Evil: 1"})
    report = pipeline.refresh("hf-daily")
    assert report is not None
    assert "KEY" in report.error
    assert "s3cret" not in report.error
    assert installation.site.requests == []
