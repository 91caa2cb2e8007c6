"""Every payload in what is sent, printed and logged: mails, files, commands, errors."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest
import yaml

from feedproxy.cli import Visible
from feedproxy.cli.reading import tell
from feedproxy.cli.trying import rules_file
from feedproxy.errors import FeedproxyError
from feedproxy.mailserver import mail_server as parsed_server
from feedproxy.models import Page, Record, Request, Source
from feedproxy.pipeline import Pipeline
from feedproxy.refresh.reading import Report, drive
from feedproxy.sources import SOURCES
from feedproxy.sources.guess import Found, Guess
from tests import harmless
from tests.clocks import NOON
from tests.commands import command
from tests.conftest import Installation
from tests.mailbox import mail_server
from tests.payload_fixtures import SETTINGS, decisions, installation, pipeline
from tests.payloads import KINDS, LAB, PAYLOADS, web
from tests.test_try_source import served

__all__ = ["installation", "pipeline"]


def test_no_payload_adds_a_header_or_a_recipient_to_a_mail(
    pipeline: Pipeline, installation: Installation
) -> None:
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


def test_every_payload_is_text_in_a_static_site(
    pipeline: Pipeline, installation: Installation, tmp_path: Path
) -> None:
    built = command(installation.folder, "build", str(tmp_path / "site"), **SETTINGS)
    assert built.exit_code == 0, built.output
    readers: dict[str, Callable[[bytes], object]] = {
        ".html": partial(harmless.page, at=SETTINGS["FEEDPROXY_PUBLIC_URL"]),
        ".atom": harmless.xml_feed,
        ".rss": harmless.xml_feed,
        ".json": harmless.parsed_json,
        ".opml": harmless.xml,
        ".bib": lambda written: harmless.text(written.decode()),
    }
    files = list(filter(Path.is_file, (tmp_path / "site").rglob("*.*")))
    for path in files:
        if path.parent.name != "static" and path.suffix:
            readers[path.suffix](path.read_bytes())
    assert {path.suffix for path in files} >= readers.keys()


@pytest.mark.parametrize("kind", KINDS)
def test_no_payload_speaks_to_a_terminal_through_a_preview(
    pipeline: Pipeline, installation: Installation, kind: str
) -> None:
    done = command(installation.folder, "preview", kind, **SETTINGS)
    assert done.exit_code == 0, done.output
    harmless.terminal(done.output)


def test_no_payload_speaks_to_a_terminal_through_other_commands(
    pipeline: Pipeline, installation: Installation
) -> None:
    for arguments in (
        ("preview", "all", "--json"),
        ("digest", "--print", "--since", "2026-11-01"),
        ("check",),
        *(("explain", "all", each.record.short_id) for each in decisions(pipeline, "all")[::200]),
    ):
        done = command(installation.folder, *arguments, **SETTINGS)
        assert done.exit_code == 0, done.output
        harmless.terminal(done.output)
        if "--json" in arguments:
            harmless.parsed_json(done.stdout)


@pytest.mark.parametrize("page", ["rss", "raw", "jsonfeed", "html", "json", "broken"])
def test_no_page_speaks_to_a_terminal_through_a_command(page: str, tmp_path: Path) -> None:
    (tmp_path / page).write_bytes(web(Request(f"{LAB}/{page}")).body)
    with served(tmp_path) as site:
        allowed = {"FEEDPROXY_ALLOW_PRIVATE": "127.0.0.1/32"}
        printed = command(tmp_path, "try-source", f"{site}/{page}", **allowed)
        done = command(tmp_path, "try-source", f"{site}/{page}", "--json", **allowed)
    assert printed.exit_code == done.exit_code == (page == "broken")
    for each in (printed, done):
        harmless.terminal(each.stdout + each.stderr)
    assert page == "broken" or yaml.safe_load(printed.stdout)["sources"]
    harmless.parsed_json(done.stdout)


def test_no_failure_speaks_to_a_terminal_through_a_refresh(
    capsys: pytest.CaptureFixture[str],
) -> None:
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


def test_no_payload_speaks_to_a_terminal_through_the_log(caplog: pytest.LogCaptureFixture) -> None:
    formatter = Visible("%(message)s")
    for payload in PAYLOADS:
        try:
            raise ValueError(payload)
        except ValueError:
            logging.getLogger("feedproxy.test").exception("it failed")
    for record in caplog.records:
        harmless.text(formatter.format(record))
    assert len(caplog.records) == len(PAYLOADS)
