"""Running the app under gunicorn, as `feedproxy serve` and `feedproxy demo` do."""

from __future__ import annotations

import errno
import logging
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
from time import sleep
from typing import TYPE_CHECKING

from gunicorn.app.base import BaseApplication

from feedproxy import gunicorn_conf
from feedproxy.archive import Archive
from feedproxy.assemble import application
from feedproxy.clock import utc_now
from feedproxy.config import Config
from feedproxy.demo import DEMO_RULES, DemoSite
from feedproxy.errors import ArchiveError, ConfigError

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication

log = logging.getLogger(__name__)

RETRY = 1.0
"""Seconds after which a worker that could not begin is followed by another."""

Announce = Callable[[str], object]


class Server(BaseApplication):  # type: ignore[misc]  # gunicorn has no types
    """gunicorn on a socket that is open already. `load` runs in each worker, after the fork."""

    def __init__(
        self, listener: socket.socket, workers: int | None, load: Callable[[], WSGIApplication]
    ) -> None:
        self._fd = listener.detach()  # gunicorn closes it
        self._workers = workers
        self._load = load
        super().__init__()

    def load_config(self) -> None:
        for name, value in vars(gunicorn_conf).items():
            if name in self.cfg.settings:
                self.cfg.set(name, value)
        self.cfg.set("bind", f"fd://{self._fd}")
        if self._workers:
            self.cfg.set("workers", self._workers)

    def load(self) -> WSGIApplication:
        """In a new worker. Where one fails, gunicorn would stop the others too, which can go on
        from memory; where one just ends, it tries again.
        """
        try:
            return self._load()
        except ArchiveError as error:
            log.warning("this worker begins later: %s", error)
            sleep(RETRY)
            sys.exit(0)


def listen(host: str, port: int) -> socket.socket:
    """Raises ConfigError if the port is taken or the address is not this machine's."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
        listener.listen()  # from now on who comes early waits instead of being refused
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


def leave_quietly() -> None:
    """On a signal before gunicorn listens to them, too: what is temporary must go."""
    for each in (signal.SIGTERM, signal.SIGINT):
        signal.signal(each, lambda *_: sys.exit(0))


def serve(config: Config, workers: int | None, announce: Announce) -> None:
    """Serve until a signal says stop. Raises ConfigError and ArchiveError before it begins."""
    with listen(config.host, config.port) as listener:
        archive = Archive(config.database)
        archive.check()
        archive.close()
        config = replace(config, port=listener.getsockname()[1])
        leave_quietly()
        announce(f"feedproxy is at {config.served_url}/  (Ctrl-C stops it)")
        Server(listener, workers, partial(application, config, new=False)).run()


def demo(config: Config, announce: Announce) -> None:
    """The whole program on an invented listing; nothing of it stays."""
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
    """Removed by the process that made it: a worker leaves through the same `with`."""
    folder, owner = Path(tempfile.mkdtemp(prefix="feedproxy-demo-")), os.getpid()
    try:
        yield folder
    finally:
        if os.getpid() == owner:
            shutil.rmtree(folder, ignore_errors=True)
