"""A site on loopback that answers, byte for byte and pause for pause, as a test says."""

from __future__ import annotations

import socket
import ssl
import struct
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, closing, suppress
from datetime import UTC, datetime
from ipaddress import ip_network
from threading import Event, Thread
from typing import Any

import pytest

from feedproxy.fetch import Fetcher

Script = Callable[[str], Iterable[bytes]]
"""The head of a request -> what to send, piece by piece."""

RESET = b"<reset>"
"""Sent as a piece, it tears the connection down."""
HANG_UP = b"<hang up>"
"""Sent as a piece, it ends the connection as if all had been said."""

PATIENCE = 2.0
"""Seconds until the site hangs up on who says nothing: whoever waits longer than his own
deadline sees that, and not the deadline."""

LOOPBACK = ip_network("127.0.0.0/8")
NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)


def whole(body: bytes = b"", /, status: str = "200 OK", **headers: str) -> bytes:
    """An answer with its Content-Length; `retry_after="5"` becomes a `retry-after: 5`."""
    lines = [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    head = "\r\n".join([f"HTTP/1.1 {status}", f"content-length: {len(body)}", *lines])
    return head.encode() + b"\r\n\r\n" + body


class Upstream:
    """`script` is played for every request; `asked` holds their heads, in lower case."""

    def __init__(
        self,
        script: Script,
        tls: ssl.SSLContext | None = None,
        address: str = "127.0.0.1",
        port: int = 0,
    ) -> None:
        self.asked: list[str] = []
        self.connections = 0
        self.over = Event()
        self._script = script
        self._tls = tls
        self._listener = socket.create_server((address, port))
        self._sockets: list[socket.socket] = []
        self._threads = [Thread(target=self._accept, daemon=True)]
        self.port: int = self._listener.getsockname()[1]
        self._threads[0].start()

    def close(self) -> None:
        self.over.set()
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for connection in self._sockets:
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
        for thread in self._threads:
            thread.join(5)

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            self.connections += 1
            self._sockets.append(connection)
            self._threads.append(Thread(target=self._serve, args=(connection,), daemon=True))
            self._threads[-1].start()

    def _serve(self, connection: socket.socket) -> None:
        connection.settimeout(PATIENCE)
        with suppress(OSError), connection:
            if self._tls:
                with self._tls.wrap_socket(connection, server_side=True) as wrapped:
                    self._play(wrapped)
            else:
                self._play(connection)

    def _play(self, connection: socket.socket) -> None:
        while head := read_head(connection):
            self.asked.append(head)
            for piece in self._script(head):
                if piece == HANG_UP:
                    return
                if piece == RESET:
                    linger = struct.pack("ii", 1, 0)
                    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
                    return
                connection.sendall(piece)
            if "connection: close" in head:
                return


def read_head(connection: socket.socket) -> str:
    """Up to the empty line; "" when the other side has hung up."""
    head = b""
    while not head.endswith(b"\r\n\r\n"):
        byte = connection.recv(1)
        if not byte:
            return ""
        head += byte
    return head.decode("latin-1").lower()


class World(ExitStack):
    """The sites and fetchers of one test, closed at its end."""

    def site(self, script: Script | bytes, **options: Any) -> Upstream:
        """`bytes` are the one answer to everything."""
        play = script if callable(script) else lambda _: [script]
        return self.enter_context(closing(Upstream(play, **options)))

    def fetcher(self, **options: Any) -> Fetcher:
        usual: dict[str, Any] = {"clock": lambda: NOW, "environ": {}, "resolve": resolve}
        fetcher = Fetcher(**{**usual, "deadline": 5.0, "allowed": (LOOPBACK,), **options})
        return self.enter_context(closing(fetcher))


@pytest.fixture
def world() -> Iterator[World]:
    with World() as world:
        yield world


def resolve(host: str, port: int) -> list[str]:
    """Every name under .test is here; what is written in digits is what the system says it is."""
    if host.endswith(".test"):
        return ["127.0.0.1"]
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_NUMERICHOST)
    return [str(address[0]) for *_, address in found]
