"""Each parser of outside bytes: what it is given, and what must hold of whatever it makes of it."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from functools import partial
from typing import Any, NamedTuple

from hypothesis import strategies as st

from feedproxy.backoff import wait_wished
from feedproxy.conditional import accepts_gzip, not_modified
from feedproxy.errors import BadTerm, FeedproxyError, FetchError, SourceError
from feedproxy.explain import highlights, reasons, sentences
from feedproxy.fetch import BODY_LIMIT
from feedproxy.fetch.answers import Answer, decoded, judge
from feedproxy.formats import FORMATS
from feedproxy.formats.opml import Subscription, opml
from feedproxy.mailserver import mail_server, recipients
from feedproxy.models import Entry, Feed, Listing, Page, Record, Source
from feedproxy.refresh.reading import drive
from feedproxy.rulefiles import RulesFolder
from feedproxy.rulefiles.reading import Unreadable
from feedproxy.rulefiles.reading import decoded as decoded_text
from feedproxy.rules import decide
from feedproxy.search import search
from feedproxy.sources import SOURCES
from feedproxy.sources.feed import parse as parse_feed
from feedproxy.sources.guess import look
from feedproxy.sources.html import read_items
from feedproxy.terms import parse_term
from feedproxy.text import fold, readable, split
from tests import harmless
from tests.clocks import NOON
from tests.fuzz import terms
from tests.fuzz.bytes import (
    ITEM,
    OWN_RULES,
    RULES,
    broken,
    encoded,
    filled,
    filled_rules,
    filled_xml,
    header_names,
    header_values,
    rule_words,
    scraps,
    soups,
    speakable,
    values,
    written,
)
from tests.rulebook import KINDS
from tests.test_arxiv_json_fuzz import ANNOUNCED, API, FIELDS, QUERY, answers
from tests.test_feed_hostile import HEADS, SOUP
from tests.test_html_fuzz import OPTIONS
from tests.test_huggingface_fuzz import blob

ADDRESS = "https://lab.example/papers?page=2"
DAILY = Source("daily", "huggingface", {"listing": "daily", "lookback": timedelta(days=2)})
TRENDING = Source("trending", "huggingface", {"listing": "trending"})
PAPER = Record(id="x", link=ADDRESS, title="Rising Tides, 2026", published=NOON, tags=("sea",))
RULES_READER = RulesFolder("no folder", KINDS)
SERVED = datetime(2026, 11, 22, tzinfo=UTC)
SINCE = st.just(format_datetime(SERVED, usegmt=True)) | header_values


class Trial(NamedTuple):
    given: st.SearchStrategy[Any]
    check: Callable[[Any], int]
    """How much was read of it. Raises what is a finding: an expected failure of ours is none."""


def page_of(body: bytes, headers: Mapping[str, str] | None = None) -> Page:
    return Page(ADDRESS, body, NOON, headers=headers or {})


def sound(listing: Listing) -> int:
    for record in listing.records:
        harmless.record(record)
    for note in listing.notes:
        harmless.line(note)
    assert len({record.id for record in listing.records}) == len(listing.records)
    return len(listing.records)


def told(error: FeedproxyError) -> int:
    """Its text goes to pages, feeds, logs and terminals."""
    harmless.line(str(error))
    return 0


def listings(source: Source, body: bytes) -> int:
    steps = SOURCES[source.kind].read(source, NOON, {})
    try:
        return sum(map(sound, drive(steps, lambda request: Page(request.url, body, NOON))))
    except (SourceError, FetchError) as error:
        return told(error)


def feed(body: bytes) -> int:
    try:
        found = parse_feed(page_of(body))
    except SourceError as error:
        return told(error)
    served(found.records[:20])
    return sound(found)


def served(records: tuple[Record, ...]) -> None:
    """Whatever was read can be served: one record must never cost the whole feed."""
    members = tuple(Entry(each.id, each, NOON, NOON, ("why",), 3) for each in records)
    made = Feed(
        topic="t",
        title="T",
        id="tag:f.example,2026:t",
        updated=NOON,
        home="https://f.example/topics/t",
        base="https://f.example/feeds/t",
        ttl=timedelta(minutes=30),
        entries=members,
    )
    for name in ("atom", "rss"):
        assert harmless.xml_feed(FORMATS[name].write(made)) == len(members)
    assert harmless.json_feed(FORMATS["json"].write(made)) == len(members)


def content(markup: str) -> int:
    """As a feed's HTML of any kind, that of another feedproxy among them."""
    item = {"id": "1", "url": ADDRESS, "title": markup, "content_html": markup}
    document = {"version": "https://jsonfeed.org/version/1.1"}
    both = ([item], [{**item, "_feedproxy": {}}])
    return sum(feed(json_bytes({**document, "items": items})) for items in both)


def json_bytes(value: object) -> bytes:
    return json.dumps(value).encode()


def html(body: bytes) -> int:
    read = 0
    for charset in ("", "charset=utf-16", "charset=gbk"):
        try:
            shown = read_items(page_of(body, {"content-type": f"text/html; {charset}"}), OPTIONS)
        except SourceError as error:
            told(error)
        else:
            read += sound(Listing(shown.records, notes=shown.notes))
    return read


def guess(body: bytes) -> int:
    try:
        return len(look(page_of(body)).guesses)
    except SourceError as error:
        return told(error)


def rules(body: bytes) -> int:
    with suppress(Unreadable):
        decoded_text(body)
    found = RULES_READER.draft(body.decode(errors="replace"))
    for problem in (*found.problems, *found.warnings):
        assert min(problem.line, problem.column) > 0
        harmless.line(problem.text)
    for rule_set in found.topics.values():
        decision = decide(rule_set, PAPER, NOON)
        highlights(decision)
        for said in (*reasons(decision), *sentences(decision)):
            harmless.line(said)
    return len(found.topics)


def term(text: str) -> int:
    try:
        parse_term(text)
    except BadTerm as error:
        return told(error)
    return 1


def answer(drawn: tuple[int, dict[str, str], bytes]) -> int:
    """What a site's headers say of its answer."""
    status, headers, body = drawn
    wished = wait_wished(headers, NOON)
    assert wished is None or 0 < wished <= 24 * 3600
    try:
        judge(Answer(ADDRESS, ADDRESS, status, headers, body), wished)
        encoding = headers.get("content-encoding", "").lower()
        for piece in decoded(ADDRESS, [body], encoding, BODY_LIMIT):
            assert len(piece) <= 1 << 20
    except FetchError as error:
        return told(error)
    return 1


def asked(headers: tuple[str, str, str]) -> int:
    """What a client's headers say."""
    none_match, since, encoding = headers
    kept = [not_modified('"abc"', SERVED, each, since) for each in (none_match, None)]
    return sum(kept) + accepts_gzip(encoding)


def settings_of_mail(text: str) -> int:
    taken = 0
    for read in (mail_server, recipients, lambda x: mail_server(f"smtp://{x}")):
        with suppress(ValueError):
            taken += bool(read(text))
    return taken


def words(raw: str) -> int:
    shown = readable(raw)
    harmless.line(shown)
    fold(shown)
    search(raw, [])
    return len(split(shown).keys)


def outlines(titles: list[str]) -> int:
    feeds = [Subscription(each, "https://f.example/a.atom", "", each) for each in titles]
    root = harmless.xml(opml(feeds, "".join(titles)))
    assert len(root.findall("body/outline")) == len(titles)
    return len(titles)


def cleaned(texts: list[str]) -> int:
    """The last lock before a feed is written, whatever a source or an old archive let through."""
    text, link, markup = texts
    record = Record(
        id=text, link=link, title=text, published=NOON, summary=text, authors=(text, text),
        tags=(text,), organization=text, pdf=link, code=link, project=link, video=link,
        audio=link, thumbnail=link, discussion=link, own_id=markup,
    )  # fmt: skip
    served((record,))
    return 1


items = st.lists(
    st.fixed_dictionaries(
        {"title": soups, "link": st.just("/paper") | scraps},
        optional=dict.fromkeys(sorted({*FIELDS} - {"title", "link"}), values),
    ),
    min_size=1,
    max_size=3,
)

PARSERS: Mapping[str, tuple[Trial, ...]] = {
    "listings": (
        *(
            Trial(made, partial(listings, source))
            for source, made in (
                (DAILY, filled("huggingface", "api-20*.json")),
                (DAILY, broken("huggingface", "api-*.json")),
                (TRENDING, broken("huggingface", "page-*.html") | values.map(blob)),
                (QUERY, filled_xml("arxiv", "query.xml", "page.xml")),
                (ANNOUNCED, filled_xml("arxiv", "announcement.xml", "replacements.xml")),
                (ANNOUNCED, broken("arxiv", "*.xml")),
                (API, (items | answers | values).map(json_bytes)),
            )
        ),
    ),
    "feeds": (
        Trial(broken("feed", "*.xml", "*.json", "*.html"), feed),
        Trial(filled("feed", "json*.json"), feed),
        Trial(filled_xml("feed", "*.xml"), feed),
        Trial(written(ITEM, soups), feed),
        Trial(st.builds(str.__add__, HEADS, SOUP | soups).map(encoded), feed),
        Trial(st.binary(max_size=300), feed),
    ),
    "content": (Trial(soups, content), Trial(st.lists(SOUP | soups).map("".join), content)),
    "html": (
        Trial(broken("html/pages", "*.html"), html),
        Trial(written('<ul><li><a href="{}">{}</a><p>{}</li><li>{}</ul>', soups), html),
        Trial(broken("try_source", "*.html", "*.json", "*.xml"), guess),
    ),
    "rules": (
        Trial(filled_rules("rulefiles", "taken/*.yaml", "warned/*.yaml"), rules),
        Trial(filled_rules(OWN_RULES, "*.yaml"), rules),
        Trial(written(RULES, rule_words | speakable), rules),
        Trial(broken("rulefiles", "**/*.yaml"), rules),
        Trial(broken(OWN_RULES, "*.yaml") | soups.map(encoded), rules),
        Trial(scraps | soups, term),
    ),
    "headers": (
        Trial(
            st.tuples(
                st.just(200) | st.integers(100, 999),
                st.dictionaries(header_names, header_values, max_size=4),
                st.binary(max_size=200),
            ),
            answer,
        ),
        Trial(st.tuples(header_values, SINCE, header_values), asked),
        Trial(scraps | soups, settings_of_mail),
    ),
    "opml": (Trial(st.lists(soups | scraps, max_size=4), outlines),),
    "terms": (Trial(terms.drawn, terms.found),),
    "text": (Trial(soups, words), Trial(st.lists(soups, min_size=3, max_size=3), cleaned)),
}  # fmt: skip
