"""try-source: what an address could be, as a rules file that reads just what it showed."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from http.server import SimpleHTTPRequestHandler
from pathlib import Path
from typing import Any

import pytest
import yaml

from feedproxy.assemble import try_source
from feedproxy.cli.trying import rules_file
from feedproxy.config import Config
from feedproxy.errors import Damaged, Unreachable
from feedproxy.models import Page, Request
from feedproxy.refresh.reading import drive
from feedproxy.rulefiles import RulesFolder
from feedproxy.rulefiles.writing import written_source
from feedproxy.sources import SOURCES
from feedproxy.sources.guess import Found, guess_address, look
from tests.clocks import NOON
from tests.commands import command
from tests.conftest import Installation
from tests.invented import listening

DATA = Path(__file__).parent / "data/try_source"
CASES = {
    path.stem: path for path in sorted(DATA.glob("*")) if path.suffix in (".html", ".json", ".xml")
}
ADDRESS = "https://lab.example/"


def seen(name: str) -> Page:
    return Page(ADDRESS, CASES[name].read_bytes(), NOON)


def expected(name: str) -> dict[str, Any]:
    case: dict[str, Any] = yaml.safe_load((DATA / f"{name}.yaml").read_text("utf-8"))
    return case


def read_back(folder: Path, guessed: dict[str, tuple[Found, Page]]) -> None:
    """The printed rules, in one folder, read of the same pages the records that were shown."""
    for name, (found, _) in guessed.items():
        assert found.best
        text = written_source(name, found.best.kind, found.best.options)
        (folder / f"{name}.yaml").write_text(text, "utf-8")
    rules = RulesFolder(folder, {name: kind.keys for name, kind in SOURCES.items()}).current()
    assert rules.problems == ()
    for name, (found, page) in guessed.items():
        assert found.best
        source = rules.sources[name]
        [listing] = drive(SOURCES[source.kind].read(source, NOON, {}), always(page))
        assert listing.records == found.best.records


def always(page: Page) -> Callable[[Request], Page]:
    return lambda _request: page


def test_every_page_has_its_expected_records() -> None:
    assert CASES
    assert set(CASES) == {path.stem for path in DATA.glob("*.yaml")}


@pytest.mark.parametrize("name", CASES)
def test_a_page_becomes_a_source_with_its_records(name: str) -> None:
    found, case = look(seen(name)), expected(name)
    if "nothing" in case:
        assert found.best is None
        assert found.otherwise.startswith(case["nothing"])
        return
    assert found.best
    assert found.best.kind == case.get("kind", "html")
    for record, wanted in zip(found.best.records, case["records"], strict=True):
        assert (record.title, record.link) == (wanted["title"], wanted["link"])
        assert record.authors == tuple(wanted.get("authors", ()))
        assert record.summary == wanted.get("abstract", record.summary)
        assert record.published.date() == wanted.get("day", NOON.date())
    assert sorted(found.best.options.get("fields", ())) == case.get("fields", [])
    assert case.get("item", found.best.options.get("item")) == found.best.options.get("item")
    assert found.best.options.get("next", ("",)) == (case.get("next", ""),)
    assert case.get("without", "\0") not in str(found.best.options)
    for field, path in case.get("paths", {}).items():
        assert found.best.options["fields"][field] == (path,)


def test_what_it_prints_reads_just_the_records_that_it_shows(tmp_path: Path) -> None:
    guessed = {name: (look(seen(name)), seen(name)) for name in CASES}
    read_back(tmp_path, {name: each for name, each in guessed.items() if each[0].best})


def test_it_is_surer_of_headings_with_dates_than_of_bare_links() -> None:
    sure, less, least = (look(seen(n)).best for n in ("lab", "plain-links", "spaced-table"))
    assert sure
    assert less
    assert least
    assert sure.certainty == "sure"
    assert "the titles are headings, or called titles" in sure.grounds
    assert "100% of the items say a date" in sure.grounds
    assert sure.confidence > less.confidence
    assert least.certainty != "sure"


def test_a_list_in_a_sidebar_is_not_taken_for_the_listing_and_is_named_as_one() -> None:
    aside = next(each for each in look(seen("lab")).guesses if len(each.records) == 3)
    assert "they stand in a menu, a sidebar or a footer" in aside.grounds
    assert not aside.fits


def test_another_list_that_is_as_likely_makes_it_less_sure() -> None:
    alone = look(seen("plain-links")).best
    body = CASES["plain-links"].read_text("utf-8")
    second = "".join(f'<li><a href="/{n}">How {n} more notes came to be</a></li>' for n in range(4))
    both = body.replace("</body>", f"<ul>{second}</ul></body>")
    twofold = look(Page(ADDRESS, both.encode(), NOON)).best
    assert alone
    assert twofold
    assert twofold.confidence < alone.confidence
    assert any("another list" in words for words in twofold.grounds)


def links(*paths: str) -> str:
    return "".join(
        f"<li class=story><a href='{path}'>The story of {path}, told at length</a></li>"
        for path in paths
    )


TWELVE = links(*(f"/{n}" for n in range(12)))


@pytest.mark.parametrize(
    ("body", "item"),
    [
        (f"<ul class=news>{TWELVE.replace('class=story', '')}</ul>", "ul.news > li"),
        (f"<ul><li class=story><ul class=all>{TWELVE}</ul></ul>", "ul.all > li.story"),
        (
            f"<nav><ul>{TWELVE}</ul></nav><ol class=new>{links(*'abcd')}</ol>",
            "ol.new > li.story",
        ),
        (
            TWELVE.replace("='/", "='#") + f"<ol class=new>{links(*'abcd')}</ol>",
            "ol.new > li.story",
        ),
    ],
    ids=["a selector has a name in it", "a list in a list", "a long menu", "a table of contents"],
)
def test_the_listing_is_told_from_the_rest(body: str, item: str) -> None:
    best = look(Page(ADDRESS, f"<p>Nothing</p>{body}".encode(), NOON)).best
    assert best
    assert best.options["item"] == item
    assert not any("another list" in words for words in best.grounds)


@pytest.mark.parametrize(
    "body",
    [
        "<ul>" + links(*(f"https://arxiv.org/abs/2611.00001v{n}" for n in range(3))),
        "<ul>" + "".join(f"<li><a href=/t/{n}>Keyword{n}</a>" for n in range(12)),
        "<ul>" + links(*(f"#part-{n}" for n in range(12))),
        json.dumps([{"title": "Kelp", "url": "/1"}] * 50 + [{"title": ""}] * 60),
        json.dumps([{"title": f"Kelp {n}", "url": f"/{min(n, 60)}"} for n in range(110)]),
        json.dumps([{"title": f"Kelp {n}", "url": "/kelp"} for n in range(9)]),
    ],
    ids=[
        *("versions of one paper", "keywords", "contents"),
        *("objects that have nothing any more", "objects that become alike", "one address"),
    ],
)
def test_what_only_looks_like_a_listing_is_none(body: str) -> None:
    assert look(Page(ADDRESS, body.encode(), NOON)).best is None


def test_a_page_of_more_than_any_listing_has_is_refused() -> None:
    with pytest.raises(Damaged, match="too large to guess at: it has over 50,000 elements"):
        look(Page(ADDRESS, (b"<div>" + b"<b><i></i></b>" * 100 + b"</div>") * 300, NOON))


# --- which kind


def web(pages: dict[str, str]) -> Callable[[Request], Page]:
    """address -> the name of a case; every other address is unreachable."""

    def fetch(request: Request) -> Page:
        if request.url not in pages:
            raise Unreachable(request.url, "not in this test")
        return replace(seen(pages[request.url]), url=request.url)

    return fetch


def test_a_feed_that_the_page_names_is_said_first_and_the_page_guessed_all_the_same() -> None:
    found = try_source(Config(), ADDRESS, web({ADDRESS: "lab"}))
    assert found.feeds == ("https://lab.example/news.xml",)
    assert found.best
    lines = rules_file(ADDRESS, found.best, found).splitlines()
    assert lines[1].startswith("# The page names a feed, which is the better choice")
    assert lines[2] == "#   lab-example: {kind: feed, url: 'https://lab.example/news.xml'}"
    assert "    kind: html" in lines


@pytest.mark.parametrize(
    ("address", "paged"),
    [
        ("https://lab.example/p?page=1&q=kelp", "https://lab.example/p?page={page}&q=kelp"),
        ("https://lab.example/p?q=kelp&page=1", "https://lab.example/p?q=kelp&page={page}"),
        ("https://lab.example/p?page=12", ""),
        ("https://lab.example/p?per-page=1", ""),
        ('https://lab.example/p?filter={"a":1}', 'https://lab.example/p?filter=%7B"a":1%7D'),
    ],
)
def test_of_an_address_that_names_the_first_page_the_others_can_be_read(
    tmp_path: Path, address: str, paged: str
) -> None:
    found = try_source(Config(), address, web({address: "answer"}))
    assert found.best
    assert found.best.options["url"] == (paged or address)
    assert found.best.options.get("first") == (1 if "{page}" in paged else None)
    told = "# Only the first page is read; raise `pages` for those that follow."
    assert (told in rules_file(address, found.best, found).splitlines()) == ("{page}" in paged)
    read_back(tmp_path, {"kelp": (found, replace(seen("answer"), url=address))})


def test_the_name_of_a_long_host_is_one_that_the_rules_take(tmp_path: Path) -> None:
    found = look(seen("lab"))
    assert found.best
    written = rules_file("https://" + "tidal." * 20 + "example/", found.best, found)
    (tmp_path / "tidal.yaml").write_text(written, "utf-8")
    rules = RulesFolder(tmp_path, {name: kind.keys for name, kind in SOURCES.items()}).current()
    assert rules.problems == ()
    assert max(map(len, rules.sources)) == 64


def test_where_the_page_has_nothing_its_feed_is_read() -> None:
    page = b'<link rel=alternate type="application/atom+xml" href="/news.xml"><p>Nothing here'

    def fetch(request: Request) -> Page:
        if request.url == ADDRESS:
            return Page(ADDRESS, page, NOON)
        return web({"https://lab.example/news.xml": "news"})(request)

    found = try_source(Config(), ADDRESS, fetch)
    assert found.best
    assert found.best.options == {"url": "https://lab.example/news.xml"}


@pytest.mark.parametrize("named", ["https://lab.example/gone.xml", "https://lab.example/news"])
def test_where_its_feed_is_gone_or_none_the_page_is_told_of(named: str) -> None:
    page = f'<link rel=alternate type="application/atom+xml" href="{named}"><p>Nothing here'

    def fetch(request: Request) -> Page:
        if request.url == ADDRESS:
            return Page(ADDRESS, page.encode(), NOON)
        return web({"https://lab.example/news": "sign-in"})(request)

    found = try_source(Config(), ADDRESS, fetch)
    assert found.feeds == (named,)
    assert found.best is None
    assert found.otherwise.startswith("a web page, on which no links stand in a list")
    told = "it names a feed, which cannot be read either: https://lab.example/gone.xml: not in this"
    assert (told in found.otherwise) == ("gone" in named)


@pytest.mark.parametrize(
    ("address", "options"),
    [
        ("https://arxiv.org/list/cs.NE/recent", {"categories": ("cs.NE",)}),
        ("http://rss.arxiv.org/rss/cs.NE+q-bio.NC", {"categories": ("cs.NE", "q-bio.NC")}),
        ("https://huggingface.co/papers", {"listing": "daily"}),
        ("https://huggingface.co/papers/date/2026-11-20", {"listing": "daily"}),
        ("https://huggingface.co/papers/week/2026-W47", {"listing": "weekly"}),
        ("https://huggingface.co/papers/month/2026-11", {"listing": "monthly"}),
        ("https://huggingface.co/papers/trending", {"listing": "trending"}),
        ("https://www.huggingface.co/papers?q=a+b", {"listing": "search", "query": "a b"}),
    ],
)
def test_an_address_of_a_site_with_a_kind_of_its_own_is_known(
    address: str, options: dict[str, Any]
) -> None:
    known = guess_address(address)
    assert known
    assert known.options == options
    written = yaml.safe_load(written_source("x", known.kind, known.options))["sources"]["x"]
    assert [key for key in written if key != "kind"] == list(options)
    assert written.get("categories") in (None, "cs.NE", ["cs.NE", "q-bio.NC"])
    assert isinstance(written.get("categories"), list) == (len(options.get("categories", ())) > 1)


def test_a_site_with_a_kind_of_its_own_is_read_by_that(installation: Installation) -> None:
    config, clock = installation.config(), installation.time.clock
    found = try_source(config, "https://huggingface.co/papers", installation.site, clock)
    assert found.best
    assert found.best.kind == "huggingface"
    assert "Rain Forecasts without Training" in [each.title for each in found.best.records]


@pytest.mark.parametrize(
    "address", ["https://arxiv.org/abs/2611.00001", "https://huggingface.co/papers/2611.00001"]
)
def test_a_single_paper_is_a_page_like_any_other(address: str) -> None:
    assert try_source(Config(), address, web({address: "sign-in"})).best is None


# --- the command


@contextmanager
def served(folder: Path = DATA) -> Iterator[str]:
    """The cases, or other files, on a real port."""
    quiet = type("Quiet", (SimpleHTTPRequestHandler,), {"log_message": lambda *_: None})
    with listening(partial(quiet, directory=str(folder))) as address:
        yield address


def test_the_command_prints_rules_and_nothing_else(tmp_path: Path) -> None:
    with served() as site:
        result = command(
            tmp_path, "try-source", f"{site}/lab.html", FEEDPROXY_ALLOW_PRIVATE="127.0.0.1/32"
        )
    assert result.exit_code == 0
    assert result.stderr == ""
    (tmp_path / "rules").mkdir()
    (tmp_path / "rules" / "lab.yaml").write_text(result.stdout, "utf-8")
    (tmp_path / "rules" / "topics.yaml").write_text("topics: {kelp: {include: [kelp]}}")
    assert command(tmp_path, "check").exit_code == 0
    assert "# How sure: sure, 95%." in result.stdout
    assert "#   2026-11-18 Counting Kelp from a Kite\n" in result.stdout
    assert list(yaml.safe_load(result.stdout)["sources"]) == ["127-0-0-1"]


def test_the_command_says_what_it_found_where_nothing_fits(tmp_path: Path) -> None:
    with served() as site:
        allowed = {"FEEDPROXY_ALLOW_PRIVATE": "127.0.0.1/32"}
        told = command(tmp_path, "try-source", f"{site}/sign-in.html", **allowed)
        rows = command(tmp_path, "try-source", f"{site}/sign-in.html", "--json", **allowed)
    assert (told.exit_code, told.stdout) == (1, "")
    assert "nothing fits: it is a web page with lists that do not look like articles" in told.stderr
    assert rows.exit_code == 1
    assert all(guess["certainty"] == "not sure" for guess in json.loads(rows.stdout)["guesses"])


def test_json_has_every_record_and_the_grounds(tmp_path: Path) -> None:
    with served() as site:
        result = command(
            *(tmp_path, "try-source", f"{site}/lab.html", "--json"),
            FEEDPROXY_ALLOW_PRIVATE="127.0.0.1/32",
        )
    answer = json.loads(result.stdout)
    best = answer["guesses"][0]
    assert answer["feeds"] == [f"{site}/news.xml"]
    assert [row["title"] for row in best["records"]][3] == "What Gulls Read"
    assert best["options"]["item"] == "li.paper"
    assert best["confidence"] == 0.95
    assert len(best["grounds"]) == 4


def test_an_address_that_may_not_be_read_is_refused_as_for_any_source(tmp_path: Path) -> None:
    result = command(tmp_path, "try-source", "127.0.0.1:9/papers")
    assert result.exit_code == 1
    assert result.stdout == ""
    assert "https://127.0.0.1:9/papers: " in result.stderr


def test_an_address_with_brackets_is_an_address(tmp_path: Path) -> None:
    result = command(tmp_path, "try-source", "127.0.0.1:9/list?filter[/year]=2026")
    assert result.exit_code == 1
    assert "https://127.0.0.1:9/list?filter[/year]=2026: " in result.stderr


def test_no_title_can_end_its_comment() -> None:
    found = look(seen("lab"))
    assert found.best
    page = "https://lab.example/\nsources: {}\u2028x: y\x85z: 1"
    lines = rules_file(page, found.best, found).split("sources:\n")[0]
    assert all(line.startswith("#") for line in lines.splitlines())
