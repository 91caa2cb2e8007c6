"""Every payload through every kind of source into every output, each parsed back.

Nothing that a listing says runs, breaks a format, or reaches a terminal or a log as anything but
text. There is no CSV among our outputs. `tests.harmless` says what is looked for.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Callable
from functools import partial
from pathlib import Path
from urllib.parse import quote

import pytest
import yaml
from flask.testing import FlaskClient
from lxml import etree

from feedproxy.cli import Visible
from feedproxy.cli.reading import tell
from feedproxy.cli.trying import rules_file
from feedproxy.errors import FeedproxyError
from feedproxy.formats import FORMATS
from feedproxy.formats.clean import allowed
from feedproxy.mailserver import mail_server as parsed_server
from feedproxy.models import Page, Record, Request, Source
from feedproxy.pipeline import Pipeline
from feedproxy.reading import Report, drive
from feedproxy.rules import Decision
from feedproxy.sources import SOURCES
from feedproxy.sources.guess import Found, Guess
from feedproxy.web import create_app
from tests import harmless
from tests.clocks import NOON, FakeTime
from tests.commands import command
from tests.conftest import Installation
from tests.mailbox import mail_server
from tests.payloads import CASES, KINDS, LAB, PAYLOADS, RULES, web
from tests.test_bibtex import parsed as parsed_bibtex
from tests.test_metrics import samples

SETTINGS = {"FEEDPROXY_PUBLIC_URL": "https://papers.example"}


@pytest.fixture(scope="module")
def installation(tmp_path_factory: pytest.TempPathFactory) -> Installation:
    folder = tmp_path_factory.mktemp("payloads")
    (folder / "rules").mkdir()
    made = Installation(folder, web, FakeTime())  # type: ignore[arg-type]  # any fetch function
    made.rules.write_text(RULES)
    return made


@pytest.fixture(scope="module")
def pipeline(installation: Installation) -> Pipeline:
    """It has read everything, by the very same way as ever."""
    pipeline = installation.start(thumbnails=True)
    assert pipeline.rules().problems == ()
    for name in pipeline.due():
        report = pipeline.refresh(name)
        assert report is not None
        assert (report.error == "") == (name != "broken"), report.error
    pipeline.refresher.stop()
    return pipeline


@pytest.fixture(scope="module")
def client(pipeline: Pipeline, installation: Installation) -> FlaskClient:
    return create_app(pipeline, installation.config(thumbnails=True)).test_client()


def decisions(pipeline: Pipeline, topic: str) -> tuple[Decision, ...]:
    found = pipeline.catalogue.preview(topic)
    return tuple(
        {id(each): each for each in (*found.included, *found.near, *found.excluded)}.values()
    )


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
def test_feeds(client: FlaskClient, kind: str, name: str) -> None:
    answer = client.get(f"/feeds/{kind}.{name}")
    assert answer.status_code == 200
    read = harmless.json_feed if name == "json" else harmless.xml_feed
    assert read(answer.data) > 20


@pytest.mark.parametrize("name", FORMATS)
def test_the_health_feed(client: FlaskClient, name: str) -> None:
    read = harmless.json_feed if name == "json" else harmless.xml_feed
    assert read(client.get(f"/feeds/_health.{name}").data) >= 1


@pytest.mark.parametrize("kind", KINDS)
def test_pages(client: FlaskClient, kind: str) -> None:
    for page in (f"/topics/{kind}", f"/topics/{kind}?page=2", f"/topics/{kind}?view=excluded"):
        answer = client.get(page)
        assert answer.status_code == 200
        links = {str(node.get("href")) for node in harmless.page(answer.data).iter("a")}
        assert sum("/why/" in link for link in links) > 10 or "excluded" in page


def test_pages_of_all(client: FlaskClient) -> None:
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
def test_the_pages_that_explain(client: FlaskClient, pipeline: Pipeline, kind: str) -> None:
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


def test_json_opml_schema_and_figures(client: FlaskClient) -> None:
    health = harmless.parsed_json(client.get("/healthz").data)
    assert "javascript" in health["sources"]["broken"]["error"]
    harmless.parsed_json(client.get("/rules.schema.json").data)
    outlines = harmless.xml(client.get("/opml").data).iter("outline")
    assert len(list(outlines)) >= len(KINDS)
    figures = client.get("/metrics").text
    harmless.text(figures)
    assert samples(figures)("source_records", source="hf") == len(PAYLOADS) + 1


@pytest.mark.parametrize("kind", KINDS)
def test_bibliographies(client: FlaskClient, kind: str) -> None:
    document = client.get(f"/topics/{kind}.bib").data
    harmless.text(document.decode())
    entries = parsed_bibtex(document)
    assert len(entries) > 20
    assert not any("forged" in key for key in entries)
    for fields in entries.values():
        harmless.web_address(fields["url"])


def test_mails(pipeline: Pipeline, installation: Installation) -> None:
    with mail_server() as box:
        smtp = parsed_server(f"smtp://127.0.0.1:{box.port}")
        sending = installation.start(smtp=smtp, digest_to=("ada@x.test",))
        sent = sending.mailing.send(("ada@x.test",), NOON.replace(day=1))
    assert sent is not None
    assert sent.digest.count > 100
    [envelope] = box.envelopes
    assert isinstance(envelope.content, bytes)
    assert envelope.rcpt_tos == ["ada@x.test"]
    message = harmless.mail(envelope.content)
    assert message["Bcc"] is None


def test_a_static_site(pipeline: Pipeline, installation: Installation, tmp_path: Path) -> None:
    built = command(installation.folder, "build", str(tmp_path / "site"), **SETTINGS)
    assert built.exit_code == 0, built.output
    page = partial(harmless.page, at=SETTINGS["FEEDPROXY_PUBLIC_URL"])
    readers: dict[str, Callable[[bytes], object]] = {
        ".html": page,
        ".xml": harmless.xml,
        ".opml": harmless.xml,
    }
    readers |= {".atom": harmless.xml_feed, ".rss": harmless.xml_feed}
    seen = set()
    for path in (tmp_path / "site").rglob("*.*"):
        if path.is_file() and path.suffix in readers and "/static/" not in str(path):
            seen.add(path.suffix)
            readers[path.suffix](path.read_bytes())
    assert {".html", ".atom", ".rss"} <= seen


@pytest.mark.parametrize("kind", KINDS)
def test_a_preview(pipeline: Pipeline, installation: Installation, kind: str) -> None:
    done = command(installation.folder, "preview", kind, **SETTINGS)
    assert done.exit_code == 0, done.output
    harmless.terminal(done.output)


def test_other_commands(pipeline: Pipeline, installation: Installation) -> None:
    for arguments in (
        ("preview", "all", "--json"),
        ("digest", "--print", "--since", "2026-11-01"),
        *(("explain", "all", each.record.short_id) for each in decisions(pipeline, "all")[::200]),
    ):
        done = command(installation.folder, *arguments, **SETTINGS)
        assert done.exit_code == 0, done.output
        harmless.terminal(done.output)
        if "--json" in arguments:
            harmless.parsed_json(done.stdout)


def test_what_a_command_says_of_a_refresh(capsys: pytest.CaptureFixture[str]) -> None:
    for payload in PAYLOADS:
        tell(Report("lab", notes=(payload,), served_by=payload))
        tell(Report("lab", error=payload))
    said = capsys.readouterr()
    harmless.terminal(said.out + said.err)


def test_a_guessed_rules_file_is_rules_whatever_the_page_said() -> None:
    for payload in PAYLOADS:
        found = Record(id=payload, link=LAB, title=payload, published=NOON)
        options = {"url": LAB, "item": payload, "fields": {"title": payload, "link": payload}}
        guess = Guess("html", options, 0.5, (payload,), (found,))
        written = rules_file(f"{LAB}/{payload}", guess, Found((guess,), (payload,), payload))
        harmless.text(written)
        [source] = yaml.safe_load(written)["sources"].values()
        assert source["item"] == payload


EVERY = [
    Source("hf", "huggingface", {"listing": "daily"}),
    Source("arxiv", "arxiv", {"query": "x"}),
    Source("feed", "feed", {"url": LAB}),
    Source("html", "html", {"url": LAB, "item": "li", "fields": {"title": "b", "link": "a@href"}}),
    Source("json", "json", {"url": LAB, "items": "@", "fields": {"title": ("t",), "link": ("l",)}}),
]
MISSHAPEN = (
    "{}",
    "<title>{}</title><p>",
    "<{}>",
    "<li>{}</li>",
    '{{"error": {}}}',
    "[{}]",
    "<feed xmlns='http://www.w3.org/2005/Atom'><entry><id>http://arxiv.org/api/errors#{0}</id>"
    "<summary>{0}</summary></entry></feed>",
)


@pytest.mark.parametrize("source", EVERY, ids=lambda source: source.name)
def test_errors_that_quote_a_page_are_one_line_of_text(source: Source) -> None:
    told = 0
    for payload in PAYLOADS:
        for shape in MISSHAPEN:
            text = json.dumps(payload) if shape.startswith(("[", '{"', "{{")) else payload
            body = shape.format(text).encode()

            def site(request: Request, body: bytes = body) -> Page:
                return Page(request.url, body, NOON)

            try:
                for listing in drive(SOURCES[source.kind].read(source, NOON, {}), site):
                    for note in listing.notes:
                        harmless.line(note)
            except FeedproxyError as error:
                told += 1
                harmless.line(str(error))
    assert told > len(PAYLOADS)


def test_logs(caplog: pytest.LogCaptureFixture) -> None:
    formatter = Visible("%(message)s")
    for payload in PAYLOADS:
        try:
            raise ValueError(payload)
        except ValueError:
            logging.getLogger("feedproxy.test").exception("it failed")
    for record in caplog.records:
        harmless.text(formatter.format(record))
    assert len(caplog.records) == len(PAYLOADS)


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
