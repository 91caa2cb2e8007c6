"""`feedproxy build`: the site as files, whose links lead to one another wherever they lie."""

from __future__ import annotations

import json
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from urllib.parse import urljoin, urlsplit
from xml.etree import ElementTree

import pytest

from feedproxy.assemble import assemble, build
from feedproxy.build import MANIFEST, Built
from feedproxy.errors import ConfigError, NotReadYet, RulesError
from feedproxy.models import Page, Request
from feedproxy.web.access import feed_token
from tests.commands import as_json, command, read
from tests.conftest import RULES, Installation
from tests.invented import Paper

PUBLIC = "https://you.example/some/papers"
ATOM = {"atom": "http://www.w3.org/2005/Atom"}


class Attributes(HTMLParser):
    """Every address that a page names, and the tags it is made of."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.addresses: list[str] = []
        self.tags: set[str] = set()
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        names = {"href", "src", "action", "data-copy"}
        self.addresses += [value for name, value in attrs if name in names and value]


class Public:
    """A folder that is built from an installation."""

    def __init__(self, installation: Installation) -> None:
        self.installation = installation
        self.folder = installation.folder / "public"

    def build(self, **settings: Any) -> Built:
        config = self.installation.config(**{"public_url": PUBLIC, **settings})
        return build(config, self.folder, self.installation.time.clock)

    def refresh(self) -> None:
        pipeline = self.installation.start()
        for name in pipeline.due():
            pipeline.refresh(name)

    def files(self) -> dict[str, bytes]:
        found = (path for path in self.folder.rglob("*") if path.is_file())
        return {str(path.relative_to(self.folder)): path.read_bytes() for path in found}

    def pages(self) -> Iterator[tuple[str, Attributes]]:
        for name, content in self.files().items():
            if name.endswith(".html"):
                yield name, Attributes(content.decode())

    def dead_links(self) -> list[str]:
        return [
            f"{name}: {address}"
            for name, page in self.pages()
            for address in page.addresses
            if (found := self.leads_to(name, address)) is not None and not found.is_file()
        ]

    def leads_to(self, name: str, address: str) -> Path | None:
        """The file that a browser asks for; None: it leads away, or to another place there."""
        url = urljoin(f"{PUBLIC}/{name}", address)
        if not url.startswith(PUBLIC):
            assert urlsplit(address).netloc, f"{name}: {address} leaves the folder"
            return None
        assert not urlsplit(url).query, f"{name}: no file has a query: {address}"
        return self.folder / urlsplit(url).path.removeprefix(urlsplit(PUBLIC).path + "/")


@pytest.fixture
def public(installation: Installation) -> Public:
    read(installation)
    return Public(installation)


def test_every_link_leads_to_a_file(public: Public) -> None:
    public.build()
    names = public.files().keys()
    assert {"index.html", "404.html", "sources/index.html", "feedproxy.opml"} <= names
    assert {"rules.schema.json", "topics/spiking.bib", ".nojekyll", "static/style.css"} <= names
    for topic in ("spiking", "popular"):
        assert {f"feeds/{topic}.{name}" for name in ("atom", "rss", "json")} <= names
        assert {f"topics/{topic}/{view}.html" for view in ("index", "near", "excluded")} <= names
        assert f"topics/{topic}/why/2611.00001/index.html" in names
    assert public.dead_links() == []


def test_pages_may_lie_anywhere_and_want_nothing_of_their_server(public: Public) -> None:
    public.build()
    for name, page in public.pages():
        assert not page.tags & {"form", "input", "textarea"}, name
        assert b'http-equiv="Content-Security-Policy"' in public.files()[name]
        away = {each for each in page.addresses if urlsplit(each).netloc not in ("", "you.example")}
        inward = {each for each in page.addresses if each[0] != "#"} - away
        relative = {each for each in inward if not each.startswith(("/", "http"))}
        # A host shows 404.html at any address, so that no relative link of it would hold.
        assert relative == (set() if name == "404.html" else inward), name
    assert b"next attempt" not in public.files()["sources/index.html"]


def test_feeds_name_where_they_will_be_found(public: Public) -> None:
    public.installation.rules.write_text(RULES.replace("spiking:\n", "spiking:\n    limit: 1\n"))
    public.installation.site.papers[1].title = "One More Spiking Neural Network"
    public.installation.time.pass_by(hours=1)
    public.refresh()
    public.build()
    files = public.files()
    feed = ElementTree.fromstring(files["feeds/spiking.atom"])
    links = {link.get("rel"): link.get("href") for link in feed.findall("atom:link", ATOM)}
    assert links == {
        "self": f"{PUBLIC}/feeds/spiking.atom",
        "alternate": f"{PUBLIC}/topics/spiking",
    }
    assert len(feed.findall("atom:entry", ATOM)) == 1
    assert json.loads(files["feeds/spiking.json"]).keys().isdisjoint({"next_url"})
    assert f'xmlUrl="{PUBLIC}/feeds/spiking.atom"'.encode() in files["feedproxy.opml"]


def test_the_next_build_writes_nothing_and_as_time_goes_by_next_to_nothing(public: Public) -> None:
    assert len(public.build().written) == len(public.files()) - len([MANIFEST])
    assert public.build().written == ()
    public.installation.time.pass_by(minutes=10)
    assert public.build().written == ()


def test_a_new_paper_changes_what_shows_it(public: Public) -> None:
    public.build()
    day = public.installation.time.moment.date()
    public.installation.site.papers.append(
        Paper("2611.00009", "Tides and Spiking", day, upvotes=40)
    )
    public.installation.time.pass_by(hours=1)
    public.refresh()
    written = set(public.build().written)
    assert written == {
        "index.html",
        "sources/index.html",
        "topics/popular.bib",
        "topics/spiking/index.html",
        *(f"feeds/popular.{name}" for name in ("atom", "rss", "json")),
        *(f"topics/popular/{view}.html" for view in ("index", "near", "excluded")),
        *(f"topics/spiking/{view}.html" for view in ("near", "excluded")),
        *(f"topics/{topic}/why/2611.00009/index.html" for topic in ("spiking", "popular")),
    }


def test_long_lists_end_somewhere_and_no_link_goes_on(public: Public) -> None:
    day = public.installation.time.moment.date()
    public.installation.site.papers = [
        Paper(f"2611.{number:05}", f"Paper {number}", day) for number in range(1, 160)
    ]
    public.installation.rules.write_text("topics: {all: {from: [hf-daily]}}")
    public.installation.time.pass_by(hours=1)
    public.refresh()
    public.build()
    pages = {name for name in public.files() if name.startswith("topics/all/included")}
    assert pages == {f"topics/all/included-{page}.html" for page in (2, 3, 4, 5)}
    assert public.dead_links() == []


def test_what_is_gone_from_the_rules_is_gone_from_the_folder(public: Public) -> None:
    public.build()
    public.installation.rules.write_text(
        "topics: {spikes: {include: [spiking], renamed: [spiking]}}"
    )
    built = public.build()
    assert "feeds/popular.atom" in built.removed
    assert not (public.folder / "topics/popular").exists()
    files = public.files()
    assert files["feeds/spiking.atom"] == files["feeds/spikes.atom"]  # for who subscribed to it
    assert public.dead_links() == []


def test_a_folder_cannot_ask_for_the_key(public: Public) -> None:
    with pytest.raises(ConfigError, match="--public"):
        public.build(access_key="correct horse")
    assert not public.folder.exists()
    settings = {"FEEDPROXY_ACCESS_KEY": "correct horse", "FEEDPROXY_PUBLIC_URL": PUBLIC}
    done = command(public.installation.folder, "build", str(public.folder), "--public", **settings)
    assert done.exit_code == 0
    everything = b"".join(public.files().values())
    for secret in ("token", feed_token("correct horse", "spiking"), "correct horse"):
        assert secret.encode() not in everything
    assert public.dead_links() == []


def test_a_mistake_takes_nothing_away(public: Public) -> None:
    public.build()
    before = public.files()
    with pytest.raises(ConfigError, match="FEEDPROXY_PUBLIC_URL"):
        public.build(public_url="")
    empty = public.installation.folder / "empty"
    with pytest.raises(RulesError, match="cannot be read"):
        public.build(rules=empty)
    nowhere = f"sqlite:///{public.installation.folder}/nowhere.db"
    with pytest.raises(ConfigError, match=r"no folder .*/empty with rules: run feedproxy init"):
        public.build(rules=empty, database=nowhere)
    empty.mkdir()
    with pytest.raises(RulesError, match="no rules files in it"):
        public.build(rules=empty)
    (empty / "none.yaml").write_text("# later")
    with pytest.raises(ConfigError, match="no topic is defined"):
        public.build(rules=empty)
    with pytest.raises(NotReadYet, match="hf-daily: was never read: run feedproxy refresh"):
        public.build(database=f"sqlite:///{public.installation.folder}/other.db")
    public.installation.rules.write_text(RULES.replace("include", "inclde"))
    with pytest.raises(RulesError, match="did you mean"):
        public.build()
    assert public.files() == before


EVIL = "https://arxiv.org/abs/../../../../evil"
RSS = f"""<rss version="2.0"><channel><title>x</title><link>https://lab.example/</link>
<item><guid>{EVIL}</guid><title>Spiking</title><link>https://lab.example/1</link></item>
<item><guid>https://arxiv.org/abs/?q#x</guid><title>Spiking</title>
<link>https://lab.example/2</link></item></channel></rss>"""


def test_no_id_leads_out_of_the_folder(installation: Installation) -> None:
    def fetch(request: Request) -> Page:
        return Page(request.url, RSS.encode(), installation.time.moment)

    installation.rules.write_text(
        "sources: {lab: {kind: feed, url: https://lab.example/feed}}\n"
        "topics: {spiking: {from: [lab], include: [spiking]}}\n"
    )
    assemble(installation.config(), fetch, installation.time.clock).refresh("lab")
    public = Public(installation)
    public.build()
    assert EVIL.encode() in public.files()["feeds/spiking.atom"]
    why = [name for name in public.files() if "/why/" in name]
    assert len(why) == 2
    assert public.dead_links() == []


def test_the_command_says_what_it_did(public: Public) -> None:
    folder, settings = public.installation.folder, {"FEEDPROXY_PUBLIC_URL": PUBLIC}
    first = as_json(folder, "build", str(public.folder), **settings)
    assert first["files"] == len(first["written"]) == len(public.files()) - len([MANIFEST])
    assert first["removed"] == []
    again = command(folder, "build", str(public.folder), **settings)
    assert (again.exit_code, "0 written, 0 removed" in again.stdout) == (0, True)
    refused = command(folder, "build", str(public.folder))
    assert (refused.exit_code, "FEEDPROXY_PUBLIC_URL" in refused.stderr) == (1, True)
