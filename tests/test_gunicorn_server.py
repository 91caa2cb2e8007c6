"""gunicorn's worker: how long one of its threads stays with a client."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from gunicorn.config import Config
from gunicorn.glogging import Logger
from gunicorn.workers.gthread import TConn

from feedproxy import gunicorn_conf
from feedproxy.gunicorn_server import Worker, put_at_hand

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

FEW = 4
"""Requests; each but the first is sent before the one before it is answered."""


class Client:
    """An app that answers a client, and the client, who asks again at once."""

    def __init__(self, connection: socket.socket) -> None:
        self.connection = connection
        self.asked = self.answered = 0

    def ask(self, times: int = 1) -> None:
        self.asked += times
        self.connection.sendall(b"GET /feeds/agents.rss HTTP/1.1\r\nHost: a\r\n\r\n" * times)

    def app(self, _environ: WSGIEnvironment, start: StartResponse) -> Iterable[bytes]:
        self.answered += 1
        if self.asked < FEW:
            self.ask()
        start("200 OK", [("Content-Length", "2")])
        return [b"ok"]


@contextmanager
def client_among(connections: int) -> Iterator[tuple[Client, Worker, TConn]]:
    config = Config()
    config.set("threads", 64)
    worker = Worker(0, os.getpid(), [], None, 30, config, Logger(config))
    ours, theirs = socket.socketpair()
    with ours, theirs:
        client = Client(theirs)
        worker.wsgi, worker.nr_conns = client.app, connections
        yield client, worker, TConn(config, ours, ("127.0.0.1", 4000), ("127.0.0.1", 8000))
    worker.tmp.close()


def test_who_asks_again_at_once_is_answered_by_the_same_thread() -> None:
    with client_among(16) as (client, worker, connection):
        client.ask()
        assert worker.handle(connection) is True, "the connection is kept for what comes later"
        assert client.answered == FEW


def test_who_asks_several_times_at_once_is_answered_by_the_same_thread() -> None:
    with client_among(16) as (client, worker, connection):
        client.ask(FEW)
        assert worker.handle(connection) is True
        assert client.answered == FEW


def test_in_a_crowd_no_thread_waits_for_who_may_ask_again() -> None:
    with client_among(17) as (client, worker, connection):
        client.ask()
        for answered in range(1, FEW + 1):
            assert worker.handle(connection) is True
            assert client.answered == answered


def test_a_worker_that_stops_answers_once_more_and_hangs_up() -> None:
    with client_among(16) as (client, worker, connection):
        client.ask(FEW)
        worker.alive = False
        client.connection.shutdown(socket.SHUT_WR)  # it waits until its client has read
        assert worker.handle(connection) is False
        assert b"Connection: close" in client.connection.recv(1000)


def test_settings_at_hand_are_what_gunicorn_itself_would_say() -> None:
    config = Config()
    config.set("keepalive", gunicorn_conf.keepalive)
    config.set("worker_class", gunicorn_conf.worker_class)
    config.set("bind", ["127.0.0.1:8000", "unix:/run/feedproxy.sock"])
    names = [*config.settings, "address", "is_ssl", "worker_class_str"]
    said = {name: getattr(config, name) for name in names}
    put_at_hand(config)
    assert {name: getattr(config, name) for name in names} == said
    assert vars(config)["keepalive"] == gunicorn_conf.keepalive
