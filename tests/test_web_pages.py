"""The pages for people, the OPML and the health answer."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from xml.etree import ElementTree

import pytest
from flask.testing import FlaskClient
from jsonschema import Draft202012Validator
from lxml import html
from werkzeug.test import EnvironBuilder, run_wsgi_app

from feedproxy.errors import Unreachable
from feedproxy.pipeline import Pipeline
from tests.conftest import Installation
from tests.invented import Paper


def page(client: FlaskClient, path: str, **headers: str) -> html.HtmlElement:
    answer = client.get(path, headers=headers)
    assert answer.status_code == 200
    assert answer.headers["Content-Type"] == "text/html; charset=utf-8"
    return html.document_fromstring(answer.text)


def texts(tree: html.HtmlElement, selector: str) -> list[str]:
    return [" ".join(each.text_content().split()) for each in tree.cssselect(selector)]


def test_the_front_page_has_each_topic_with_its_count_and_feeds(client: FlaskClient) -> None:
    front = page(client, "/")
    assert texts(front, ".topics h2") == ["Spiking papers", "popular"]
    facts = texts(front, ".facts")
    assert facts[:2] == [
        "1 this week, 1 in all · source fresh",
        "Last: Spiking Neural Networks at Scale, 2026-11-20",
    ]
    links = [each.get("href") for each in front.cssselect(".subscribe a")]
    assert "https://papers.example/feeds/spiking.rss" in links
    found = [each.get("href") for each in front.cssselect("link[rel=alternate]")]
    assert found == [
        "https://papers.example/feeds/spiking.atom",
        "https://papers.example/feeds/popular.atom",
    ]


@pytest.mark.parametrize(
    ("view", "titles"),
    [
        ("included", ["Spiking Neural Networks at Scale"]),
        ("near", ["A Survey of Spiking Neural Networks"]),
        ("excluded", ["Rain Forecasts without Training", "A Survey of Spiking Neural Networks"]),
        ("nonsense", ["Spiking Neural Networks at Scale"]),
    ],
)
def test_a_topic_shows_what_is_in_nearly_in_and_out(
    client: FlaskClient, view: str, titles: list[str]
) -> None:
    shown = page(client, f"/topics/spiking?view={view}")
    assert texts(shown, ".records h2") == titles
    assert len(shown.cssselect("link[rel=alternate]")) == 3


def test_what_was_found_is_marked_and_named(client: FlaskClient) -> None:
    shown = page(client, "/topics/spiking")
    assert texts(shown, "h2 mark.include") == ["Spiking Neural Networks"]
    assert texts(shown, ".reasons li") == ["spiking neural network"]
    near = page(client, "/topics/spiking?view=near")
    assert texts(near, "h2 mark.exclude") == ["Survey"]
    assert texts(near, ".reasons li") == ["excluded by survey in the title"]


def test_what_a_listing_says_is_text_and_nothing_else(
    pipeline: Pipeline, client: FlaskClient, installation: Installation
) -> None:
    evil = "Spiking neural network <agent onclick=alert(1)> &lt;script&gt;alert(1)&lt;/script&gt;"
    more = {"organization": {"fullname": "<img src=x onerror=alert(1)>"}}
    day = installation.time.moment.date()
    installation.site.papers.append(Paper("2611.00009", evil, day, more=more))
    pipeline.refresh("hf-daily")
    shown = page(client, "/topics/spiking")
    assert any("<script>alert(1)</script>" in text for text in texts(shown, "h2"))
    assert not shown.xpath("//main//script | //@onclick | //@onerror")


def test_what_is_written_from_right_to_left_leaves_what_stands_around_it_in_order(
    installation: Installation, browse: Callable[..., FlaskClient]
) -> None:
    more = {"authors": [{"name": "אבג"}], "organization": {"fullname": "דהו"}}
    day = installation.time.moment.date()
    installation.site.papers[:] = [Paper("2611.00009", "זחט SNN", day, "יכל SNN.", more=more)]
    installation.start().refresh("hf-daily")
    client = browse()
    for path in ("/", "/topics/spiking", "/topics/spiking/why/2611.00009", "/sources", "/try"):
        shown = page(client, path)
        foreign = [
            each.getparent()
            for each in shown.xpath("//main//text()[normalize-space()]")
            if re.search("[א-ת]", each)
        ]
        assert foreign
        assert all(each.xpath("ancestor-or-self::*[@dir='auto' or self::bdi]") for each in foreign)


def test_unknown_topics_and_paths_are_pages_with_a_next_step(client: FlaskClient) -> None:
    answer = client.get("/topics/spikin")
    assert answer.status_code == 404
    tree = html.document_fromstring(answer.text)
    assert [each.get("href") for each in tree.cssselect("main a")] == [
        "/topics/spiking",
        "/",
        "/sources",
    ]
    assert client.get("/nothing").status_code == 404


def test_no_page_may_run_or_load_what_is_not_ours(client: FlaskClient) -> None:
    for path in ("/", "/topics/spiking", "/nothing", "/feeds/spiking.atom", "/healthz"):
        headers = client.get(path).headers
        assert "default-src 'none'" in headers["Content-Security-Policy"]
        assert "frame-ancestors 'none'" in headers["Content-Security-Policy"]
        assert headers["Referrer-Policy"] == "no-referrer"
        assert headers["X-Content-Type-Options"] == "nosniff"


def test_thumbnails_are_lazy_and_can_be_switched_off(
    pipeline: Pipeline, installation: Installation, browse: Callable[..., FlaskClient]
) -> None:
    installation.site.papers[0].more["mediaUrls"] = ["https://media.example/one.png"]
    pipeline.refresh("hf-daily")
    [image] = page(browse(), "/topics/spiking").cssselect("img")
    assert image.get("src") == "https://media.example/one.png"
    assert (image.get("loading"), image.get("referrerpolicy")) == ("lazy", "no-referrer")
    assert page(browse(thumbnails=False), "/topics/spiking").cssselect("img") == []


def test_opml_lists_every_feed_at_the_address_that_is_set(client: FlaskClient) -> None:
    answer = client.get("/opml", headers={"Host": "evil.example"})
    outlines = ElementTree.fromstring(answer.data).findall("body/outline")
    assert [each.get("text") for each in outlines] == ["Spiking papers", "popular"]
    assert outlines[0].get("xmlUrl") == "https://papers.example/feeds/spiking.atom"


def test_the_schema_that_editors_use_is_served(client: FlaskClient) -> None:
    answer = client.get("/rules.schema.json")
    assert answer.headers["Content-Type"] == "application/schema+json"
    schema = answer.get_json()
    Draft202012Validator.check_schema(schema)
    assert set(schema["properties"]) == {"sources", "lists", "defaults", "topics"}


def test_without_a_setting_pages_use_the_host_that_was_asked_and_say_so(
    pipeline: Pipeline, browse: Callable[..., FlaskClient]
) -> None:
    client = browse(public_url="")
    front = page(client, "/", Host="papers.lan")
    assert "FEEDPROXY_PUBLIC_URL=http://papers.lan" in front.text_content()
    assert (
        b"http://papers.lan/feeds/spiking.atom"
        in client.get("/opml", headers={"Host": "papers.lan"}).data
    )


@pytest.mark.parametrize(
    ("host", "port", "asked", "matters"),
    [
        ("127.0.0.1", 8000, "127.0.0.1:8000", False),
        ("127.0.0.1", 8000, "LocalHost:8000", False),
        ("localhost", 8000, "[::1]:8000", False),
        ("127.0.0.1", 80, "localhost", False),
        ("192.0.2.7", 80, "192.0.2.7", False),
        ("127.0.0.1", 8000, "localhost:9000", True),
        ("127.0.0.1", 8000, "localhost", True),
        ("127.0.0.1", 8000, "localhost:80", True),
        ("0.0.0.0", 8000, "localhost:8000", True),
        ("::", 8000, "[::1]:8000", True),
        ("192.0.2.7", 8000, "127.0.0.1:8000", True),
    ],
)
def test_the_front_page_says_when_feeds_name_another_address_than_the_one_asked(
    pipeline: Pipeline,
    browse: Callable[..., FlaskClient],
    host: str,
    port: int,
    asked: str,
    matters: bool,
) -> None:
    front = page(browse(public_url="", host=host, port=port), "/", Host=asked)
    assert ("FEEDPROXY_PUBLIC_URL=http://" in front.text_content()) is matters


@pytest.mark.parametrize("host", ["a..b", ".lan", "a" * 64])
@pytest.mark.parametrize("path", ["/", "/healthz", "/feeds/spiking.atom", "/nothing"])
def test_a_host_that_cannot_be_one_is_refused_in_a_line(
    pipeline: Pipeline, browse: Callable[..., FlaskClient], host: str, path: str
) -> None:
    answer = browse(public_url="").get(path, headers={"Host": host})
    assert (answer.status_code, answer.headers["Cache-Control"]) == (400, "no-store")
    assert "Host" in answer.text


@pytest.mark.parametrize("host", ["xn--bcher-kva.example", "xn--a"])
def test_an_international_host_stays_as_it_was_asked(
    pipeline: Pipeline, browse: Callable[..., FlaskClient], host: str
) -> None:
    environ = EnvironBuilder("/").get_environ() | {"HTTP_HOST": host}  # a client would decode it
    body, status, _ = run_wsgi_app(browse(public_url="").application, environ)
    assert status == "200 OK"
    assert f"http://{host}/feeds/spiking.atom" in b"".join(body).decode()


def test_health_of_a_good_installation(client: FlaskClient) -> None:
    answer = client.get("/healthz")
    assert answer.status_code == 200
    assert answer.get_json() == {
        "status": "ok",
        "rules": {"errors": []},
        "sources": {
            "hf-daily": {
                "state": "fresh",
                "last_success": "2026-11-20T12:00:00Z",
                "last_attempt": "2026-11-20T12:00:00Z",
                "next_attempt": "2026-11-20T12:30:00Z",
                "records": 3,
                "served_by": "api",
                "notes": [],
                "error": None,
            }
        },
        "archive": {"records": 3, "error": None},
    }
    assert client.get("/readyz").status_code == 200


def test_health_is_degraded_but_200_when_a_site_or_a_file_is_broken(
    pipeline: Pipeline, client: FlaskClient, installation: Installation
) -> None:
    installation.site.error = Unreachable("https://huggingface.co", "no route to host")
    installation.time.pass_by(hours=2)
    pipeline.refresh("hf-daily")
    answer = client.get("/healthz")
    assert answer.status_code == 200
    body = answer.get_json()
    assert body["status"] == "degraded"
    assert body["sources"]["hf-daily"]["state"] == "stale"
    assert body["sources"]["hf-daily"]["error"].endswith("no route to host")


def test_a_process_that_has_read_nothing_yet_is_not_ready(
    browse: Callable[..., FlaskClient],
) -> None:
    assert browse().get("/readyz").status_code == 503


def test_an_error_in_the_rules_is_shown_and_changes_nothing(
    pipeline: Pipeline, installation: Installation, browse: Callable[..., FlaskClient]
) -> None:
    pipeline.rules()
    installation.rules.write_text("topics:\n  spiking:\n    inclde: [x]\n")
    client = browse()
    [error] = client.get("/healthz").get_json()["rules"]["errors"]
    assert (error["line"], error["column"]) == (3, 5)
    assert Path(error["file"]).name == "topics.yaml"
    assert 'did you mean "include"?' in error["message"]
    assert 'did you mean "include"?' in page(client, "/").text_content()
    assert client.get("/feeds/spiking.atom").status_code == 200
