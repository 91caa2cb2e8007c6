"""Bytes to a server as no client library would send them, and what came back."""

from __future__ import annotations

import re
import socket
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import NamedTuple

from tests.running import BOUND, Server

_STATUS = re.compile(rb"HTTP/1\.[01] (\d{3}) [A-Z]")


class Exchange(NamedTuple):
    statuses: list[int]
    """Of all answers, in order; 100 is none."""
    received: bytes


def connect(server: Server) -> socket.socket:
    host, _, port = server.url.removeprefix("http://").rpartition(":")
    return socket.create_connection((host, int(port)), timeout=BOUND)


def unwilling(server: Server) -> socket.socket:
    """A connection that takes next to nothing as long as nobody reads."""
    host, _, port = server.url.removeprefix("http://").rpartition(":")
    connection = socket.socket()
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1)
    connection.connect((host, int(port)))
    return connection


def exchange(server: Server, request: bytes) -> Exchange:
    """All that is answered until the server hangs up, which it must do by itself."""
    received = b""
    with connect(server) as connection:
        try:
            connection.sendall(request)
            while chunk := connection.recv(65536):
                received += chunk
        except ConnectionError:  # it hung up on bytes that it does not want
            pass
    return Exchange([int(s) for s in _STATUS.findall(received) if s != b"100"], received)


@contextmanager
def held(server: Server, count: int, beginning: bytes) -> Iterator[list[socket.socket]]:
    """Clients that have sent `beginning` and then neither go on nor hang up."""
    with ExitStack() as connections:
        clients = [connections.enter_context(connect(server)) for _ in range(count)]
        for client in clients:
            client.sendall(beginning)
        yield clients
