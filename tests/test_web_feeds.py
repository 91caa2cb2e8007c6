"""The feed URLs: what readers and proxies rely on (FEEDS.md)."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable
from urllib.parse import quote
from xml.etree import ElementTree

import pytest
from flask.testing import FlaskClient

from feedproxy.errors import Unreachable
from feedproxy.pipeline import Pipeline
from tests.conftest import Installation

FORMATS = {
    "atom": "application/atom+xml; charset=utf-8",
    "rss": "application/rss+xml; charset=utf-8",
    "json": "application/feed+json; charset=utf-8",
}


@pytest.mark.parametrize("name", FORMATS)
def test_a_feed_holds_what_the_rules_choose(client: FlaskClient, name: str) -> None:
    answer = client.get(f"/feeds/spiking.{name}")
    assert answer.status_code == 200
    assert answer.headers["Content-Type"] == FORMATS[name]
    assert "Spiking Neural Networks at Scale" in answer.text
    assert "Survey" not in answer.text
    assert "Rain" not in answer.text


def test_the_headers_say_how_old_it_may_get_and_how_its_sources_are(client: FlaskClient) -> None:
    headers = client.get("/feeds/spiking.atom").headers
    assert headers["Cache-Control"] == (
        "public, max-age=1800, stale-while-revalidate=86400, stale-if-error=604800"
    )
    assert headers["X-Feedproxy-State"] == "fresh"
    assert headers["X-Feedproxy-Sources"] == "hf-daily; last-success=2026-11-20T12:00:00Z"
    assert headers["Vary"] == "Accept-Encoding"
    assert headers["Last-Modified"] == "Fri, 20 Nov 2026 12:00:00 GMT"
    assert "Set-Cookie" not in headers


@pytest.mark.parametrize("name", FORMATS)
def test_who_has_it_already_gets_304(client: FlaskClient, name: str) -> None:
    url = f"/feeds/spiking.{name}"
    first = client.get(url)
    etag, modified = first.headers["ETag"], first.headers["Last-Modified"]
    for headers in (
        {"If-None-Match": etag},
        {"If-None-Match": f"W/{etag}"},
        {"If-None-Match": etag[:-1] + '-gzip"'},
        {"If-Modified-Since": modified},
        {"If-None-Match": etag, "Accept-Encoding": "gzip"},
    ):
        again = client.get(url, headers=headers)
        assert again.status_code == 304
        assert again.data == b""
        assert again.headers["ETag"] == etag
        assert again.headers["Cache-Control"] == first.headers["Cache-Control"]
    assert client.get(url, headers={"If-None-Match": '"other"'}).status_code == 200


def test_gzip_is_the_same_feed_with_the_same_tag(client: FlaskClient) -> None:
    plain = client.get("/feeds/spiking.atom")
    packed = client.get("/feeds/spiking.atom", headers={"Accept-Encoding": "gzip"})
    assert packed.headers["Content-Encoding"] == "gzip"
    assert gzip.decompress(packed.data) == plain.data
    assert packed.headers["ETag"] == plain.headers["ETag"]
    assert "Content-Encoding" not in plain.headers


def test_head_is_get_without_the_body(client: FlaskClient) -> None:
    got, head = client.get("/feeds/spiking.atom"), client.head("/feeds/spiking.atom")
    assert head.data == b""
    assert dict(head.headers) == dict(got.headers)
    assert int(head.headers["Content-Length"]) == len(got.data)


def test_a_range_is_answered_whole(client: FlaskClient) -> None:
    answer = client.get("/feeds/spiking.atom", headers={"Range": "bytes=0-10"})
    assert answer.status_code == 200
    assert answer.data == client.get("/feeds/spiking.atom").data


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PROPFIND", "OPTIONS", "TRACE"])
def test_other_methods_are_refused(client: FlaskClient, method: str) -> None:
    answer = client.open("/feeds/spiking.atom", method=method)
    assert answer.status_code == 405
    assert set(answer.headers["Allow"].split(", ")) == {"GET", "HEAD"}


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        ("spikin.atom", "no topic 'spikin'; did you mean \"spiking\"?\n"),
        ("Spiking.atom", "no topic 'Spiking'; did you mean \"spiking\"?\n"),
        ("spikin.xml", "no topic 'spikin'; did you mean \"spiking\"?\n"),
        ("spiking.ATOM", "no topic 'spiking.ATOM'; did you mean \"spiking.atom\"?\n"),
        ("spiking.xml", "no topic 'spiking.xml'; did you mean \"spiking.atom\"?\n"),
    ],
)
def test_an_unknown_feed_names_the_nearest(client: FlaskClient, asked: str, told: str) -> None:
    answer = client.get(f"/feeds/{asked}")
    assert answer.status_code == 404
    assert answer.text == told
    assert answer.headers["Content-Type"].startswith("text/plain")


def test_the_health_feed_is_no_topic_that_was_removed(client: FlaskClient) -> None:
    assert client.get("/feeds/_health.atom").status_code == 200
    assert client.get("/topics/_health").status_code == 404


def test_the_host_that_was_asked_is_in_no_redirect(client: FlaskClient) -> None:
    answer = client.get("/feeds//spiking.atom", headers={"Host": "evil.example"})
    assert answer.status_code == 404


@pytest.mark.parametrize(
    "path",
    [
        "/feeds/spiking.pdf",
        "/feeds/Spiking.atom",
        "/feeds/..%2fetc%2fpasswd",
        "/feeds/spiking.atom%00",
        "/feeds/spiking%0d%0aX: y.atom",
        "/feeds/%ff.atom",
        "/feeds/" + "a" * 5000,
        "/feeds/spiking.atom?page=0",
        "/feeds/spiking.atom?page=x",
        "/feeds/spiking.atom?page=2",
    ],
)
def test_what_is_no_feed_is_404(client: FlaskClient, path: str) -> None:
    assert client.get(path).status_code == 404


def test_unknown_parameters_change_nothing(client: FlaskClient) -> None:
    plain = client.get("/feeds/spiking.atom")
    other = client.get("/feeds/spiking.atom?refresh=1&utm_source=x&" + "a=b&" * 500)
    assert other.data == plain.data
    assert other.headers["ETag"] == plain.headers["ETag"]


def test_the_host_that_was_asked_is_nowhere_in_a_feed(client: FlaskClient) -> None:
    plain = client.get("/feeds/spiking.atom")
    evil = client.get("/feeds/spiking.atom", headers={"Host": "evil.example"})
    assert evil.data == plain.data
    assert b"https://papers.example/feeds/spiking.atom" in plain.data


def test_without_an_ending_a_browser_gets_the_page_and_a_reader_the_feed(
    client: FlaskClient,
) -> None:
    browser = client.get("/feeds/spiking", headers={"Accept": "text/html,application/xml;q=0.9"})
    assert browser.status_code == 302
    assert browser.headers["Location"] == "/topics/spiking"
    assert browser.headers["Cache-Control"] == "private, no-cache"
    assert browser.headers["Vary"] == "Accept"
    for accept in ("*/*", "application/rss+xml, application/atom+xml", ""):
        reader = client.get("/feeds/spiking", headers={"Accept": accept})
        assert reader.headers["Content-Type"] == FORMATS["atom"]
        assert reader.headers["Vary"] == "Accept-Encoding, Accept"


def test_a_source_may_have_a_name_in_any_script(
    installation: Installation, browse: Callable[..., FlaskClient]
) -> None:
    rules = installation.rules.read_text().replace("hf-daily", "日本語")
    installation.rules.write_text(rules + "    from: [日本語]\n")
    named = quote("日本語")
    client = browse()
    assert (
        client.get("/feeds/_health.atom").headers["X-Feedproxy-Sources"] == f"{named}; never-read"
    )


def test_many_sources_make_no_header_that_a_proxy_refuses(
    installation: Installation, browse: Callable[..., FlaskClient]
) -> None:
    names = [f"laboratory-{number}" for number in range(100)]
    sources = "".join(f"  {name}: {{kind: huggingface}}\n" for name in names)
    installation.rules.write_text(f"sources:\n{sources}topics: {{all: {{include: [x]}}}}\n")
    told = browse().get("/feeds/_health.atom").headers["X-Feedproxy-Sources"].split(", ")
    assert 0 < sum(map(len, told[:-1])) <= 1000
    assert set(told[:-1]) <= {f"{name}; never-read" for name in names}
    assert told[-1] == f"{101 - len(told)} more"


def test_the_same_bytes_and_validators_from_another_process_later(
    client: FlaskClient, installation: Installation, browse: Callable[..., FlaskClient]
) -> None:
    first = client.get("/feeds/spiking.rss")
    installation.time.pass_by(minutes=20)
    second = browse().get("/feeds/spiking.rss")
    assert second.data == first.data
    assert second.headers["Last-Modified"] == first.headers["Last-Modified"]


def test_votes_that_move_change_nothing_for_readers(
    pipeline: Pipeline, client: FlaskClient, installation: Installation
) -> None:
    before = client.get("/feeds/popular.atom")
    installation.site.papers[0].upvotes = 500
    installation.time.pass_by(minutes=40)
    report = pipeline.refresh("hf-daily")
    assert report is not None
    assert report.changed == 1
    assert client.get("/feeds/popular.atom").headers["ETag"] == before.headers["ETag"]


def test_a_paper_that_reaches_the_threshold_is_dated_that_day(
    pipeline: Pipeline, client: FlaskClient, installation: Installation
) -> None:
    installation.time.pass_by(hours=20)
    installation.site.papers[1].upvotes = 10
    pipeline.refresh("hf-daily")
    items = json.loads(client.get("/feeds/popular.json").data)["items"]
    assert [item["id"][-1] for item in items] == ["2", "1", "3"]
    assert items[0]["date_modified"] == "2026-11-21T08:00:00+00:00"
    assert "10 upvotes" in items[0]["_feedproxy"]["reasons"]


def test_a_listing_that_shrinks_or_empties_never_shrinks_a_feed(
    pipeline: Pipeline, client: FlaskClient, installation: Installation
) -> None:
    before = client.get("/feeds/spiking.atom").data
    for papers in ([installation.site.papers[2]], []):
        installation.site.papers = papers
        installation.time.pass_by(minutes=31)
        pipeline.refresh("hf-daily")
        assert client.get("/feeds/spiking.atom").data == before


def test_a_dead_site_costs_no_reader_anything(
    pipeline: Pipeline, client: FlaskClient, installation: Installation
) -> None:
    before = client.get("/feeds/spiking.atom")
    installation.site.error = Unreachable("https://huggingface.co", "no route")
    installation.time.pass_by(hours=3)
    pipeline.refresh("hf-daily")
    during = client.get("/feeds/spiking.atom")
    assert during.data == before.data
    assert during.headers["X-Feedproxy-State"] == "stale"
    installation.time.pass_by(hours=48)
    assert client.get("/feeds/spiking.atom").headers["X-Feedproxy-State"] == "broken"


def test_S_13_a_site_down_at_the_first_start_is_503_with_retry_after(
    installation: Installation,
) -> None:
    installation.site.error = Unreachable("https://huggingface.co/api", "no route to host")
    pipeline = installation.start()
    pipeline.refresh("hf-daily")
    client = installation.client(pipeline)
    answer = client.get("/feeds/spiking.atom")
    assert answer.status_code == 503
    assert int(answer.headers["Retry-After"]) == 60
    assert "no route to host" in answer.text
    assert client.get("/topics/spiking.bib").status_code == 503
    page = client.get("/")
    assert page.status_code == 200
    assert "no route to host" in page.text
    assert "feedproxy refresh hf-daily" in page.text
    installation.site.error = None
    pipeline.refresh("hf-daily")
    assert client.get("/feeds/spiking.atom").status_code == 200


def test_S_12_a_restart_while_the_site_is_down_serves_the_last_good(
    client: FlaskClient, installation: Installation, browse: Callable[..., FlaskClient]
) -> None:
    before = client.get("/feeds/spiking.atom").data
    installation.site.error = Unreachable("https://huggingface.co", "no route")
    assert browse().get("/feeds/spiking.atom").data == before


def test_ids_are_the_papers_own(client: FlaskClient) -> None:
    feed = ElementTree.fromstring(client.get("/feeds/spiking.atom").data)
    ids = [each.text for each in feed.iter("{http://www.w3.org/2005/Atom}id")]
    assert "https://arxiv.org/abs/2611.00001" in ids
