"""A topic's page: its views, its archive in pages, its search, and how much it may weigh."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from html import unescape
from urllib.parse import parse_qs

import pytest
from flask.testing import FlaskClient
from lxml import html

from feedproxy.errors import Unreachable
from feedproxy.pipeline import Pipeline
from feedproxy.web.access import feed_token
from feedproxy.web.citation import coins, highwire
from tests.conftest import Installation
from tests.invented import Paper, Site
from tests.test_web_pages import page, texts


@pytest.fixture
def read(
    installation: Installation, browse: Callable[..., FlaskClient]
) -> Callable[..., FlaskClient]:
    """Papers of the newest day, and a client that sees them."""

    def start(*papers: Paper) -> FlaskClient:
        installation.site.papers[:] = papers
        installation.start().refresh("hf-daily")
        return browse()

    return start


def many(site: Site, count: int, **more: object) -> list[Paper]:
    day = site.papers[0].day
    return [
        Paper(
            f"2611.{n:05}", f"Spiking neural networks {n}", day, f"Abstract {n}.", more=dict(more)
        )
        for n in range(1, count + 1)
    ]


def test_each_view_says_how_many_it_has(client: FlaskClient) -> None:
    tabs = page(client, "/topics/spiking?view=near").cssselect(".tabs a")
    assert [each.text_content() for each in tabs] == [
        "Included (1)",
        "Near misses (1)",
        "Excluded (2)",
    ]
    assert [each.get("aria-current") for each in tabs] == [None, "page", None]


def test_tabs_and_bookmarks_tell_views_searches_and_pages_apart(
    read: Callable[..., FlaskClient], site: Site
) -> None:
    client = read(*many(site, 30))
    for query, told in (
        ("", ""),
        ("?view=near", " · Near misses"),
        ("?view=included&q=<networks>&page=2", " · “<networks>” · page 2"),
    ):
        titles = texts(page(client, f"/topics/spiking{query}"), "title")
        assert titles == [f"Spiking papers{told} · feedproxy"]


@pytest.fixture
def failing(installation: Installation, browse: Callable[..., FlaskClient]) -> FlaskClient:
    """Of a process whose only source has never been read, though that was tried."""
    installation.site.error = Unreachable("https://huggingface.co", "no route to host")
    installation.start().refresh("hf-daily")
    return browse()


def test_where_nothing_was_read_yet_it_says_why_and_when_it_is_next_tried(
    failing: FlaskClient,
) -> None:
    for view in ("included", "excluded&q=rain"):
        shown = page(failing, f"/topics/spiking?view={view}")
        assert texts(shown, ".records li") == [
            "Nothing here yet: no source of the topic has been read."
        ]
        [told] = texts(shown, ".notice")
        assert told.startswith("hf-daily is broken https://huggingface.co: no route to host")
        assert "feedproxy refresh hf-daily. The next attempt is at 2026-11-20 12:01:00 UTC" in told
        assert texts(page(failing, "/"), ".notice") == [told]


def test_the_playground_says_that_a_saved_source_could_not_be_read(failing: FlaskClient) -> None:
    shown = page(failing, "/try?topic=spiking")
    assert texts(shown, "#result p")[-1] == "hf-daily could not be read yet: see Sources."
    assert shown.cssselect("#result p a")[-1].get("href") == "/sources"


def test_before_its_sources_were_tried_it_says_so(browse: Callable[..., FlaskClient]) -> None:
    shown = page(browse(), "/topics/spiking")
    assert (texts(shown, ".notice"), texts(shown, ".records li")) == (
        [],
        ["Nothing here yet: no source of the topic has been read."],
    )


def test_what_is_out_names_the_gate_that_failed(client: FlaskClient) -> None:
    shown = page(client, "/topics/popular?view=near")
    assert texts(shown, ".reasons li") == ["3 upvotes, 10 needed"]
    assert texts(shown, ".records .links a")[0] == "Why not?"


def test_the_archive_is_in_pages_that_lead_to_each_other(
    read: Callable[..., FlaskClient], site: Site
) -> None:
    client = read(*many(site, 70))
    seen: list[str] = []
    address, pages = "/topics/spiking", 0
    while address:
        shown = page(client, address)
        seen += texts(shown, ".records h2")
        [position] = texts(shown, ".pager span")
        pages += 1
        assert position == f"Page {pages} of 3"
        address = next(iter(shown.xpath("//a[@rel='next']/@href")), "")
    assert (pages, len(seen), len(set(seen))) == (3, 70, 70)
    answer = client.get("/topics/spiking?page=4")
    assert answer.status_code == 404
    beyond = html.document_fromstring(answer.text)
    assert texts(beyond, "h1") == ["There is no page 4: the last is 3"]
    assert beyond.cssselect("main a")[0].get("href") == "/topics/spiking"


@pytest.mark.parametrize("number", ["x", "0", "-1", "1.5", "9999999", "٣", ""])
@pytest.mark.parametrize(
    "path", ["/topics/spiking", "/", "/sources", "/feeds/spiking.atom", "/feeds/_health.rss"]
)
def test_what_is_no_page_number_is_told(client: FlaskClient, path: str, number: str) -> None:
    answer = client.get(path, query_string={"page": number})
    assert answer.status_code == 404
    told = f"here is no page {number!r}: write a number from 1 on"
    assert told in unescape(answer.text)


def test_search_stays_within_the_view_and_its_pages(
    read: Callable[..., FlaskClient], site: Site
) -> None:
    client = read(*many(site, 70))
    shown = page(client, "/topics/spiking?q=networks+abstract+7")
    assert sorted(texts(shown, ".records h2")) == [
        "Spiking neural networks 7",
        "Spiking neural networks 70",
    ]
    assert shown.get_element_by_id("q").get("value") == "networks abstract 7"
    assert texts(shown, "p[role=status]")[0].startswith("2 of them found")
    following = page(client, "/topics/spiking?q=abstract").xpath("//a[@rel='next']/@href")[0]
    assert parse_qs(following.partition("?")[2]) == {
        "view": ["included"],
        "q": ["abstract"],
        "page": ["2"],
    }


@pytest.mark.parametrize(
    ("search", "told", "led"),
    [
        ("q=2611.00003", "Nothing here, but 1 among the excluded.", ["excluded"]),
        (
            "q=survey",
            "Nothing here, but 1 among the near misses, 1 among the excluded.",
            ["near", "excluded"],
        ),
        ("q=scale&view=near", "Nothing here, but 1 among the included.", ["included"]),
        ("q=scale&view=excluded", "Nothing here, but 1 among the included.", ["included"]),
        (
            "q=nowhere",
            "Nothing here, nor in the other views: the archive has no such record of its sources.",
            [],
        ),
    ],
)
def test_a_search_that_finds_nothing_here_says_where_it_does(
    client: FlaskClient, search: str, told: str, led: list[str]
) -> None:
    shown = page(client, f"/topics/spiking?{search}")
    assert texts(shown, ".records li") == [told]
    links = [each.get("href", "") for each in shown.cssselect(".records a")]
    assert [parse_qs(each.partition("?")[2])["view"] for each in links] == [[each] for each in led]
    for link in links:
        assert texts(page(client, link), ".records h2")


def test_a_page_stays_small_whatever_a_listing_sends(
    read: Callable[..., FlaskClient], site: Site
) -> None:
    long = {
        "authors": [{"name": "Ünal & <Söhne> " * 20, "hidden": False}] * 120,
        "organization": {"fullname": "Institut " * 500},
        "projectPage": "https://project.example/" + "x" * 5000,
        "githubRepo": "https://github.com/a/" + "y" * 400,
        "mediaUrls": ["https://media.example/" + "z" * 5000 + ".png"],
    }
    papers = many(site, 31, **long)
    for paper in papers:
        paper.title += " & 強化学習" * 150
        paper.summary = "spiking neural network 'quoted' SNN & 強化学習 " * 100
    client = read(*papers)
    for path in ("/topics/spiking", "/topics/popular?view=excluded", "/", "/sources"):
        assert len(client.get(path).data) < 100_000, path
    assert len(client.get("/topics/spiking/why/2611.00001").data) < 100_000
    shown = page(client, "/topics/spiking")
    assert len(shown.cssselect(".records > li")) == 25
    assert all("SNN" in text for text in texts(shown, ".records details p"))


def test_the_tokens_of_feeds_are_there_but_never_the_key(
    pipeline: Pipeline, browse: Callable[..., FlaskClient]
) -> None:
    client = browse(access_key="open sesame")
    for path in ("/", "/topics/spiking", "/topics/spiking/why/2611.00001", "/sources", "/nothing"):
        assert "sesame" not in client.get(path).text
    link = page(client, "/topics/spiking").cssselect("[data-copy]")[0].get("data-copy")
    assert link.endswith(f"spiking.atom?token={feed_token('open sesame', 'spiking')}")


def test_what_needs_a_script_is_hidden_without_one(client: FlaskClient) -> None:
    shown = page(client, "/topics/spiking")
    assert [each.get("hidden") for each in shown.cssselect("button[type=button]")] == [""]
    [script] = shown.cssselect("script")
    assert script.get("src") == "/static/copy.js"
    assert not shown.xpath("//*[@style or @onclick]")


def test_every_card_can_be_cited(client: FlaskClient) -> None:
    [coins] = page(client, "/topics/spiking").cssselect(".Z3988")
    cited = parse_qs(coins.get("title"))
    assert cited["rft.atitle"] == ["Spiking Neural Networks at Scale"]
    assert cited["rft.au"] == ["Ada Invented"]
    assert cited["rft_id"] == ["info:doi/10.48550/arXiv.2611.00001"]


@pytest.mark.parametrize(
    ("written", "cited"),
    [
        ("https://doi.org/10.7717/PeerJ.4375", "10.7717/peerj.4375"),
        ("n/a", "10.48550/arXiv.2611.00001"),
    ],
)
def test_a_doi_is_cited_in_one_form_however_it_is_written(
    client: FlaskClient, pipeline: Pipeline, written: str, cited: str
) -> None:
    record = replace(pipeline.catalogue.decision("spiking", "2611.00001").record, doi=written)
    assert dict(highwire(record))["citation_doi"] == cited
    assert parse_qs(coins(record))["rft_id"] == [f"info:doi/{cited}"]


@pytest.mark.parametrize(
    ("id_", "published"),
    [("1706.03762", ("2017", "06")), ("2610.31000", ("2026", "10")), ("2611.00007", None)],
)
def test_a_paper_is_of_one_date_wherever_it_is_cited(
    read: Callable[..., FlaskClient], site: Site, id_: str, published: tuple[str, str] | None
) -> None:
    """Its arXiv id's month; where that is the month of the listing's day, the day."""
    client = read(Paper(id_, "Spiking neural networks", site.papers[0].day))
    [coins] = page(client, "/topics/spiking").cssselect(".Z3988")
    [tag] = page(client, f"/topics/spiking/why/{id_}").cssselect("[name=citation_publication_date]")
    [(year, month)] = re.findall(
        r"year = {(.+?)}.+month = (.+?)\n", client.get("/topics/spiking.bib").text, re.DOTALL
    )
    parts = published or ("2026", "11", "20")
    assert parse_qs(coins.get("title"))["rft.date"] == ["-".join(parts)]
    assert tag.get("content") == "/".join(parts)
    assert (year, month) == (parts[0], {"06": "jun", "10": "oct", "11": "nov"}[parts[1]])


def test_a_card_cites_all_authors_of_a_paper_or_does_not_cite_it(
    read: Callable[..., FlaskClient], site: Site
) -> None:
    names = [f"Åsa Invented van der Author {number}" for number in range(60)]
    authors = [{"name": name} for name in names]
    few, lots = many(site, 2)
    few.more["authors"], lots.more["authors"] = authors, authors * 2
    [coins] = page(read(few, lots), "/topics/spiking").cssselect(".Z3988")
    assert parse_qs(coins.get("title"))["rft.au"] == names


def test_pages_are_whole_without_a_style_or_script_of_others(client: FlaskClient) -> None:
    for path in ("/", "/topics/spiking", "/topics/spiking/why/2611.00001", "/sources", "/nothing"):
        tree = html.document_fromstring(client.get(path).text)
        linked = tree.cssselect("link[rel=stylesheet], link[rel=icon]")
        loaded = [tree.cssselect("script")[0].get("src"), *(each.get("href") for each in linked)]
        assert len(loaded) == 3
        for address in loaded:
            with client.get(address) as answer:
                assert answer.status_code == 200
        assert len(tree.cssselect("h1")) == 1
        assert tree.cssselect("main")
        assert tree.cssselect("a.skip[href='#main']")
        ids = [each.get("id") for each in tree.cssselect("[id]")]
        assert len(ids) == len(set(ids))
        labels = {each.get("aria-labelledby") for each in tree.cssselect("[aria-labelledby]")}
        assert labels <= set(ids)


def test_no_shared_cache_keeps_a_page(client: FlaskClient) -> None:
    for path in ("/", "/topics/spiking", "/topics/spiking/why/2611.00001", "/sources", "/opml"):
        assert client.get(path).headers["Cache-Control"] == "private, no-cache"
