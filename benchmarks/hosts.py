"""Starting what benchmarks ask: gunicorn, granian, and nginx with the same as files."""

from __future__ import annotations

import gzip
import os
import re
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from time import sleep
from typing import NamedTuple

from benchmarks.hot_path import PATH, config
from benchmarks.load import Address, cores, once, request

WORKERS = 1
"""Of each server: as many as it has cores. On one core a second only takes turns with the first."""
NGINX = """
daemon off;
pid {folder}/nginx.pid;
{user}
worker_processes {workers};
events {{ worker_connections 1024; }}
http {{
    access_log off;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    sendfile on;
    tcp_nopush on;
    gzip_static on;
    keepalive_requests 1000000;
    server {{ listen 127.0.0.1:{port}; root {folder}/www; }}
}}
"""


class Host(NamedTuple):
    name: str
    pid: int
    address: Address
    path: str = PATH


@contextmanager
def hosts(folder: Path, records: int) -> Iterator[list[Host]]:
    """Those that are installed, all with the same feed; first the one to compare with."""
    config(folder, records)
    with ExitStack() as stack:
        running = [stack.enter_context(feedproxy(folder, "gunicorn"))]
        if find_spec("granian"):
            running.append(stack.enter_context(feedproxy(folder, "granian")))
        if shutil.which("nginx"):
            feed = once(running[0].address, request(PATH)).body
            running.insert(0, stack.enter_context(nginx(folder, feed)))
        yield running


@contextmanager
def feedproxy(folder: Path, server: str, workers: int = WORKERS, **more: str) -> Iterator[Host]:
    """On the archive and the rules in `folder`, as anybody would start it; `more` settings."""
    settings = {
        "FEEDPROXY_RULES": str(folder / "rules"),
        "FEEDPROXY_DATABASE": f"sqlite:///{folder}/archive.db",
        "FEEDPROXY_PUBLIC_URL": "https://papers.example",
        **more,
    }
    serve = ["-m", "feedproxy", "serve", "--port", "0", "--workers", str(workers)]
    with process(sys.executable, *serve, "--server", server, **settings) as running:
        assert running.stdout is not None
        found = re.search(rb"http://([\d.]+):(\d+)", running.stdout.readline())
        assert found, f"{server} did not start"
        yield Host(server, running.pid, (found[1].decode(), int(found[2])))


@contextmanager
def nginx(folder: Path, feed: bytes) -> Iterator[Host]:
    """`feed` as a file, and gzipped beside it, as one sets it up for speed."""
    file = folder / "www" / PATH.lstrip("/")
    file.parent.mkdir(parents=True)
    file.write_bytes(feed)
    file.with_name(file.name + ".gz").write_bytes(gzip.compress(feed, 6))
    port, conf = free_port(), folder / "nginx.conf"
    user = "user root;" if os.geteuid() == 0 else ""
    conf.write_text(NGINX.format(folder=folder, port=port, workers=WORKERS, user=user))
    with process("nginx", "-p", str(folder), "-e", "error.log", "-c", str(conf)) as running:
        while not listening(port):
            assert running.poll() is None, (folder / "error.log").read_text()
            sleep(0.05)
        yield Host("nginx", running.pid, ("127.0.0.1", port))


@contextmanager
def process(*command: str, **settings: str) -> Iterator[subprocess.Popen[bytes]]:
    """On the first core alone: who asks has the others."""
    running = subprocess.Popen(
        command,
        env={**os.environ, **settings},
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        preexec_fn=partial(os.sched_setaffinity, 0, cores()[:1]),
    )
    try:
        yield running
    finally:
        running.terminate()
        running.communicate()


def listening(port: int) -> bool:
    with socket.socket() as tried:
        return tried.connect_ex(("127.0.0.1", port)) == 0


def free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
        return port
