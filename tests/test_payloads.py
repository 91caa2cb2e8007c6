"""Every payload through every kind of source into every output, each parsed back.

Nothing that a listing says runs, breaks a format, or reaches a terminal or a log as anything but
text. There is no CSV among our outputs. `tests.harmless` says what is looked for.
"""

from __future__ import annotations

import json
from urllib.parse import quote

import pytest
from flask.testing import FlaskClient
from lxml import etree

from feedproxy.formats import FORMATS
from feedproxy.formats.clean import allowed
from feedproxy.pipeline import Pipeline
from tests import harmless
from tests.payload_fixtures import client, decisions, installation, pipeline
from tests.payloads import CASES, KINDS, PAYLOADS
from tests.test_bibtex import parsed as parsed_bibtex
from tests.test_metrics import samples

__all__ = ["client", "installation", "pipeline"]


def test_there_are_sixty_payloads_and_each_says_what_it_is_for() -> None:
    assert len(CASES) >= 4
    assert len(set(PAYLOADS)) == len(PAYLOADS) >= 60


@pytest.mark.parametrize("kind", KINDS)
def test_every_item_is_read_and_a_title_of_a_megabyte_costs_nothing_else(
    pipeline: Pipeline, kind: str
) -> None:
    records = [each.record for each in decisions(pipeline, kind)]
    if kind == "raw":  # where payloads are markup of the feed itself
        assert len(records) >= len(PAYLOADS) // 2
    else:
        assert len(records) == len(PAYLOADS) + 1
        assert sum(len(each.title) > 500 for each in records) == 1
    for each in records:
        harmless.record(each)


@pytest.mark.parametrize("kind", ["rss", "raw", "atom", "jsonfeed", "ours"])
def test_html_that_is_kept_is_clean_before_it_is_kept(pipeline: Pipeline, kind: str) -> None:
    kept = [each.record.content for each in decisions(pipeline, kind) if each.record.content]
    assert kept
    for each in kept:
        harmless.body(allowed(each))  # as it is written


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", FORMATS)
def test_every_payload_is_text_in_every_feed(client: FlaskClient, kind: str, name: str) -> None:
    answer = client.get(f"/feeds/{kind}.{name}")
    assert answer.status_code == 200
    read = harmless.json_feed if name == "json" else harmless.xml_feed
    assert read(answer.data) > 20


@pytest.mark.parametrize("name", FORMATS)
def test_every_payload_is_text_in_the_health_feed(client: FlaskClient, name: str) -> None:
    read = harmless.json_feed if name == "json" else harmless.xml_feed
    assert read(client.get(f"/feeds/_health.{name}").data) >= 1


@pytest.mark.parametrize("kind", KINDS)
def test_every_payload_is_text_on_the_pages_of_its_topic(client: FlaskClient, kind: str) -> None:
    for view in ("view=included", "page=2", "view=near", "view=excluded", "q=alert"):
        answer = client.get(f"/topics/{kind}?{view}")
        assert answer.status_code == 200
        links = {str(node.get("href")) for node in harmless.page(answer.data).iter("a")}
        assert any("/why/" in link for link in links), view


def test_every_payload_is_text_on_the_pages_of_all_topics(client: FlaskClient) -> None:
    for page in (
        "/",
        "/sources",
        "/topics/all?q=script",
        "/topics/all?view=near",
        "/try?topic=all",
    ):
        answer = client.get(page)
        assert answer.status_code == 200
        harmless.page(answer.data)


@pytest.mark.parametrize("kind", ["hf", "rss", "ours", "html"])
def test_every_payload_is_text_on_the_pages_that_explain(
    client: FlaskClient, pipeline: Pipeline, kind: str
) -> None:
    for each in decisions(pipeline, kind)[::3]:
        answer = client.get(f"/topics/{kind}/why/{quote(each.record.short_id)}")
        assert answer.status_code == 200
        document = harmless.page(answer.data)
        [heading] = document.iter("h1")
        assert " ".join(heading.text_content().split())[:40] in each.record.title  # type: ignore[attr-defined]


def test_what_a_visitor_sends_is_text_too(client: FlaskClient) -> None:
    for payload in PAYLOADS:
        written = quote(payload, safe="")
        for path in (
            f"/topics/{written}",
            f"/topics/hf/why/{written}",
            f"/topics/{written}.bib",
            f"/{written}",
            f"/topics/hf?q={written}&view={written}",
            f"/try?topic={written}",
        ):
            answer = client.get(path)
            assert answer.status_code < 500, path
            if answer.mimetype == "text/html":
                harmless.structure(answer.data)
            for name, value in answer.headers:
                harmless.line(f"{name}: {value}")
        harmless.text(client.get(f"/feeds/{written}.atom").text.rstrip("\n"))


def test_what_is_tried_in_the_playground_is_text_too(client: FlaskClient) -> None:
    for payload in PAYLOADS:
        rules = {"topics": {"hf": {"title": payload, "include": [payload, "x"]}}}
        for text in (payload, f"topics: {{hf: {{include: [{payload}]}}}}", json.dumps(rules)):
            answer = client.post("/try", data={"text": text, "topic": "hf"})
            assert answer.status_code < 500, ascii(text)
            seen_through(answer.data)


def seen_through(page: bytes) -> None:
    """A page but for the editor, where what was written stands as it was."""
    shown = page.decode()
    begin, end = shown.index("<textarea"), shown.rindex("</textarea>")
    assert "<" not in shown[begin + 1 : end]
    harmless.structure(shown[:begin] + shown[end + len("</textarea>") :])


def test_every_payload_is_text_in_json_opml_schema_and_figures(client: FlaskClient) -> None:
    health = harmless.parsed_json(client.get("/healthz").data)
    assert "javascript" in health["sources"]["broken"]["error"]
    harmless.parsed_json(client.get("/rules.schema.json").data)
    outlines = harmless.xml(client.get("/opml").data).iter("outline")
    assert len(list(outlines)) >= len(KINDS)
    figures = client.get("/metrics").text
    harmless.text(figures)
    assert samples(figures)("source_records", source="hf") == len(PAYLOADS) + 1


@pytest.mark.parametrize("kind", KINDS)
def test_no_payload_opens_or_closes_an_entry_of_a_bibliography(
    client: FlaskClient, kind: str
) -> None:
    document = client.get(f"/topics/{kind}.bib").data
    harmless.text(document.decode())
    entries = parsed_bibtex(document)
    assert len(entries) > 20
    assert not any("forged" in key for key in entries)
    for fields in entries.values():
        harmless.web_address(fields["url"])


def test_the_checks_would_notice() -> None:
    page = "<html><body>{}</body></html>"
    for bad in (
        "<script>alert(1)</script>",
        "<script src=//evil.example/x.js></script>",
        "<p onclick=x>",
        "<a href='java&#10;script:x'>",
        "<a href='&#1;data:x'>",
        "<p style='x'>",
        "<form action=//evil.example>",
        "\x9b",
    ):
        with pytest.raises(AssertionError):
            harmless.page(page.format(bad))
    for bad in ("</div><b>x", "<div>", "<img src=/x>", "<svg>", "<p class=x>", "\x0c"):
        with pytest.raises(AssertionError):
            harmless.body(bad)
    for bad in ("<a>&b;</a>", "<a>", "<!DOCTYPE a [<!ENTITY b 'c'>]><a/>"):
        with pytest.raises((AssertionError, etree.XMLSyntaxError)):
            harmless.xml(bad.encode())
