"""Running the app under a server, as `feedproxy serve` and `feedproxy demo` do."""

from __future__ import annotations

import errno
import os
import shutil
import signal
import socket
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from feedproxy.archive import Archive
from feedproxy.assemble import application, warm_up
from feedproxy.clock import utc_now
from feedproxy.config import Config
from feedproxy.demo import DEMO_RULES, DemoSite
from feedproxy.errors import ConfigError
from feedproxy.gunicorn_conf import had_archive
from feedproxy.gunicorn_server import Server
from feedproxy.signals import STOPS

if TYPE_CHECKING:
    from feedproxy.granian_server import Server as GranianServer

Announce = Callable[[str], object]


def listen(host: str, port: int) -> socket.socket:
    """Raises ConfigError if the port is taken or the address is not this machine's."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
        listener.listen()  # from now on early clients wait instead of being refused
    except OSError as error:
        listener.close()
        raise ConfigError(
            f"cannot listen on {host} port {port}: {error.strerror}; {_instead(error, port)}"
        ) from error
    listener.set_inheritable(True)
    return listener


def _instead(error: OSError, port: int) -> str:
    if error.errno == errno.EADDRINUSE:
        other = port + 1 if port < 65535 else port - 1
        return f"stop the program that has it, or choose another port, such as --port {other}"
    if error.errno == errno.EACCES:
        return "choose a port from 1024 on, such as --port 8000"
    return "--host takes an address of this machine, such as 127.0.0.1, or 0.0.0.0 for all"


def server_class(name: str) -> type[Server] | type[GranianServer]:
    """The server called `name`. Raises ConfigError if it is not installed."""
    if name == "gunicorn":
        return Server
    try:
        from feedproxy import granian_server
    except ImportError as error:
        raise ConfigError(
            "granian is not installed: run pip install -c constraints.txt granian "
            "in feedproxy's clone, by the pip of the environment that it runs in"
        ) from error
    return granian_server.Server


def leave_quietly() -> None:
    """Exits normally on signals until gunicorn handles them: temporary files must be removed."""
    for each in STOPS:
        signal.signal(each, lambda *_: sys.exit(0))


def serve(config: Config, workers: int | None, announce: Announce, server: str) -> None:
    """Serve until a signal says stop. Raises ConfigError and ArchiveError before it begins."""
    chosen = server_class(server)
    with listen(config.host, config.port) as listener:
        archive = Archive(config.database)
        archive.check()
        archive.close()
        had_archive[0] = 1
        config = replace(config, port=listener.getsockname()[1])
        leave_quietly()
        warm_up()
        announce(f"feedproxy is at {config.served_url}/  (Ctrl-C stops it)")
        chosen(listener, workers, partial(application, config, new=False)).run()


def demo(config: Config, announce: Announce) -> None:
    """Serve an invented listing; nothing is left behind."""
    leave_quietly()
    with listen(config.host, config.port) as listener, temporary_folder() as folder:
        rules = Path(shutil.copytree(DEMO_RULES, folder / "rules"))
        config = Config(
            rules=rules,
            database=f"sqlite:///{folder}/demo.db",
            host=config.host,
            port=listener.getsockname()[1],
        )
        announce(f"The demo is at {config.served_url}/  (Ctrl-C stops it)")
        announce(f"Its rules are in {rules}: edit them and look again")
        site = DemoSite(utc_now, utc_now())
        Server(listener, 1, partial(application, config, site)).run()


@contextmanager
def temporary_folder() -> Iterator[Path]:
    """Removed only by the process that made it, since workers leave through the same `with`."""
    folder, owner = Path(tempfile.mkdtemp(prefix="feedproxy-demo-")), os.getpid()
    try:
        yield folder
    finally:
        if os.getpid() == owner:
            shutil.rmtree(folder, ignore_errors=True)
