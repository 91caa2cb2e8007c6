"""A real reader, subscribed over HTTP to a real server: exactly the new papers become unread."""

from __future__ import annotations

import shutil
import sqlite3
import subprocess
from contextlib import closing
from datetime import date, timedelta
from pathlib import Path

import pytest

from feedproxy.clock import utc_now
from tests.invented import Paper, Site, served
from tests.running import BOUND, eventually, serving

pytestmark = pytest.mark.skipif(not shutil.which("newsboat"), reason="newsboat is not installed")

RULES = """
sources:
  hf-daily: {kind: huggingface, listing: daily, lookback: 2d, refresh: 1s}
topics:
  spiking:
    include: [spiking neural network]
    exclude: [survey]
  popular:
    where: {upvotes: {min: 10}}
"""


class Newsboat:
    """Headless; its state in a folder of its own."""

    def __init__(self, folder: Path, *urls: str) -> None:
        folder.mkdir()
        self.folder = folder
        (folder / "config").write_text("download-retries 1\nshow-read-feeds yes\n")
        (folder / "urls").write_text("\n".join(urls) + "\n")

    def reload(self) -> set[str]:
        """Fetch all feeds; the titles that are unread then, which are marked as read."""
        done = subprocess.run(
            ["newsboat", "-C", "config", "-u", "urls", "-c", "cache.db", "-x", "reload"],
            cwd=self.folder,
            capture_output=True,
            text=True,
            timeout=BOUND,
            check=False,
            env={"HOME": str(self.folder), "PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8"},
        )
        assert done.returncode == 0, done.stderr
        with closing(sqlite3.connect(self.folder / "cache.db")) as cache, cache:
            unread = {
                title for (title,) in cache.execute("SELECT title FROM rss_item WHERE unread")
            }
            cache.execute("UPDATE rss_item SET unread = 0")
        return unread

    def gets(self, *titles: str) -> None:
        """Reload until all of `titles` have become unread, and see that nothing else did.

        Another worker may be a second behind the one that was asked before.
        """
        unread: set[str] = set()

        def all_there() -> bool:
            unread.update(self.reload())
            return unread >= set(titles)

        eventually(f"unread: {titles}", all_there)
        assert unread == set(titles)
        assert self.reload() == set()

    def titles(self) -> list[str]:
        with closing(sqlite3.connect(self.folder / "cache.db")) as cache:
            rows = cache.execute("SELECT title FROM rss_item ORDER BY title")
            return [title for (title,) in rows]


def today() -> date:
    return utc_now().date()


def refreshed(site: Site) -> None:
    """Wait until every part was asked for once more, and that reading ended."""
    wanted = len(site.requests) + 4  # of two days each, the reading under way and the next
    eventually("the source is read again", lambda: len(site.requests) > wanted)


@pytest.fixture
def site() -> Site:
    yesterday = today() - timedelta(days=1)
    return Site(
        Paper("2611.00001", "Spiking Neural Networks at Scale", yesterday, upvotes=3),
        Paper("2611.00002", "A Survey of Spiking Neural Networks", yesterday),
        Paper("2611.00003", "Brain-Inspired Routing with a Spiking Neural Network", yesterday),
        Paper("2611.00004", "Rain Forecasts without Training", yesterday, upvotes=12),
    )


@pytest.mark.parametrize("kind", ["atom", "rss"])
def test_exactly_the_new_papers_become_unread(tmp_path: Path, site: Site, kind: str) -> None:
    (tmp_path / "rules").mkdir()
    rules = tmp_path / "rules" / "topics.yaml"
    rules.write_text(RULES)
    settings = {"FEEDPROXY_ALLOW_PRIVATE": "127.0.0.0/8", "FEEDPROXY_MIN_REFRESH": "1s"}
    with served(site) as address:
        settings["FEEDPROXY_HF_URL"] = address
        with serving(tmp_path, **settings) as server:
            port = server.url.rpartition(":")[2]
            feeds = [f"{server.url}/feeds/{topic}.{kind}" for topic in ("spiking", "popular")]
            newsboat = Newsboat(tmp_path / "newsboat", *feeds)

            newsboat.gets(
                "Spiking Neural Networks at Scale",
                "Brain-Inspired Routing with a Spiking Neural Network",
                "Rain Forecasts without Training",
            )
            assert newsboat.reload() == set()

            site.papers.append(Paper("2611.00005", "One More Spiking Neural Network", today()))
            site.papers[1].upvotes = 9
            refreshed(site)
            newsboat.gets("One More Spiking Neural Network")

            site.papers[1].upvotes = 10  # the survey reaches the other topic's threshold
            refreshed(site)
            newsboat.gets("A Survey of Spiking Neural Networks")

            site.broken = 500
            eventually(
                "the outage is noticed",
                lambda: bool(server.health()["sources"]["hf-daily"]["error"]),
            )
            assert newsboat.reload() == set()
            assert server.get(f"/feeds/spiking.{kind}").status == 200

            rules.write_text(
                RULES.replace("[spiking neural network]", "[spiking neural network, rain]")
            )
            eventually(
                "the edit is live",
                lambda: b"Rain Forecasts" in server.get(f"/feeds/spiking.{kind}").body,
            )
            # newsboat keys guids over all feeds: the paper was read in the other topic already
            assert newsboat.reload() == set()
            server.stop()

        with serving(tmp_path, "--port", port, **settings) as server:
            assert newsboat.reload() == set()
            site.broken = None
            site.papers[0].title = "Spiking Neural Networks at Greater Scale"
            site.papers.append(Paper("2611.00006", "Spiking Neural Networks Again", today()))
            newsboat.gets("Spiking Neural Networks Again")
            assert len(newsboat.titles()) == 6
