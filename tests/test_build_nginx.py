"""A built folder, served by nginx as the README says and read by newsboat."""

from __future__ import annotations

import json
import re
import shutil
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.error import URLError

import pytest

from feedproxy.assemble import build
from tests.conftest import Installation
from tests.invented import Paper
from tests.running import BOUND, Server, eventually
from tests.test_newsboat import Newsboat
from tests.test_readme import README

NGINX = shutil.which("nginx", path="/usr/sbin:/usr/bin:/sbin")
READERS = bool(NGINX and shutil.which("newsboat"))
pytestmark = pytest.mark.skipif(not READERS, reason="nginx or newsboat is not installed")

AROUND = """
daemon off;
master_process off;
pid {folder}/nginx.pid;
error_log {folder}/error.log;
events {{}}
http {{
    include /etc/nginx/mime.types;
    access_log off;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    {server}
}}
"""


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as found:
        port: int = found.getsockname()[1]
    return port


@contextmanager
def nginx(folder: Path, root: Path) -> Iterator[Server]:
    """The README's nginx, on a free port and with this root."""
    [advised] = re.findall(r"^```nginx\n(.+?)^```", README, re.DOTALL | re.MULTILINE)
    port = free_port()
    block = advised.replace("listen 80", f"listen 127.0.0.1:{port}").replace("/srv/www", str(root))
    folder.mkdir()
    (folder / "nginx.conf").write_text(AROUND.format(folder=folder, server=block))
    assert NGINX
    process = subprocess.Popen(
        [NGINX, "-p", str(folder), "-c", "nginx.conf", "-e", str(folder / "start.log")], text=True
    )
    server = Server(process, f"http://127.0.0.1:{port}/papers")
    try:
        eventually("nginx answers", lambda: answers(server))
        yield server
        assert "[warn]" not in (folder / "start.log").read_text()
    finally:
        process.terminate()
        process.wait(BOUND)


def answers(server: Server) -> bool:
    assert server.process.poll() is None
    try:
        return server.get("/").status > 0
    except URLError:
        return False


def built(installation: Installation, server: Server, root: Path) -> tuple[str, ...]:
    """Read the sources, then build; which files were written."""
    pipeline = installation.start()
    for name in pipeline.due():
        pipeline.refresh(name)
    config = installation.config(public_url=server.url)
    return build(config, root / "papers", installation.time.clock).written


def test_exactly_the_new_papers_become_unread(tmp_path: Path, installation: Installation) -> None:
    root, day = tmp_path / "www", installation.time.moment.date()
    root.mkdir()
    with nginx(tmp_path / "nginx", root) as server:
        built(installation, server, root)
        feeds = [f"{server.url}/feeds/{name}" for name in ("spiking.atom", "popular.rss")]
        newsboat = Newsboat(tmp_path / "newsboat", *feeds)
        newsboat.gets("Spiking Neural Networks at Scale", "Rain Forecasts without Training")

        installation.site.papers += [
            Paper("2611.00005", "One More SNN", day),
            Paper("2611.00006", "Tides", day, upvotes=40),
            Paper("2611.00007", "Of Interest to Nobody", day),
        ]
        installation.time.pass_by(hours=1)
        built(installation, server, root)
        newsboat.gets("One More SNN", "Tides")

        assert built(installation, server, root) == ()
        assert newsboat.reload() == set()


def test_a_reader_that_asks_again_gets_304_until_there_is_news(
    tmp_path: Path, installation: Installation
) -> None:
    root, day = tmp_path / "www", installation.time.moment.date()
    root.mkdir()
    with nginx(tmp_path / "nginx", root) as server:
        built(installation, server, root)
        feeds = ("/feeds/spiking.atom", "/feeds/popular.atom")
        known = {path: {"If-None-Match": server.get(path).headers["ETag"]} for path in feeds}
        assert [server.get(path, **known[path]).status for path in feeds] == [304, 304]
        installation.site.papers.append(Paper("2611.00005", "One More SNN", day))
        installation.time.pass_by(hours=1)
        built(installation, server, root)
        assert [server.get(path, **known[path]).status for path in feeds] == [200, 304]


def test_everything_is_found_and_called_by_its_type(
    tmp_path: Path, installation: Installation
) -> None:
    root = tmp_path / "www"
    root.mkdir()
    with nginx(tmp_path / "nginx", root) as server:
        built(installation, server, root)
        types = {
            "/": "text/html",
            "/static/style.css": "text/css",
            "/topics/spiking": "text/html",  # where feeds and mails say that it is
            "/topics/spiking/why/2611.00001": "text/html",
            "/topics/spiking.bib": "application/x-bibtex",
            "/feedproxy.opml": "text/x-opml",
            "/rules.schema.json": "application/json",
            "/feeds/spiking.atom": "application/atom+xml",
            "/feeds/spiking.rss": "application/rss+xml",
            "/feeds/spiking.json": "application/feed+json",
        }
        found = {path: server.get(path) for path in types}
        assert {path: each.headers["Content-Type"] for path, each in found.items()} == types
        assert {each.status for each in found.values()} == {200}
        feed = json.loads(found["/feeds/spiking.json"].body)
        assert feed["feed_url"] == f"{server.url}/feeds/spiking.json"
        missing = server.get("/topics/spikin/why/x")
        assert (missing.status, b"All topics" in missing.body) == (404, True)
