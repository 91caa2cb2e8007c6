"""Readers that ask all feeds all the time, and what is wrong with what they get."""

from __future__ import annotations

import gzip
import hashlib
import json
import random
import threading
import time
import zlib
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPException, HTTPResponse
from typing import NamedTuple

from lxml import etree

ATOM = "{http://www.w3.org/2005/Atom}"
BEHIND = 5.0
"""Seconds by which one worker's view may be older than another's: an entry seen before must show.

Each looks at the database once a second; the rest is for a machine that is slow by then."""


@dataclass(frozen=True)
class Asked:
    """One request: how many seconds it took, and in which weather."""

    seconds: float
    weather: str
    overslept: float
    """Seconds that the client itself woke too late for it: the machine's part in delays."""


class Got(NamedTuple):
    status: int
    etag: str
    body: bytes


@dataclass(frozen=True)
class Wrong:
    what: str
    start: float
    end: float
    dropped: bool = False
    """Refused, reset or cut off, instead of answered."""


class BadAnswer(Exception):
    pass


@dataclass
class Ledger:
    """What all clients have seen."""

    lock: threading.Lock = field(default_factory=threading.Lock)
    first_seen: dict[str, dict[str, float]] = field(default_factory=dict)
    """By topic, when each entry was first seen."""
    dates: dict[tuple[str, str], str] = field(default_factory=dict)
    """By format, in RSS by topic, too, and by entry: the date it was given."""
    bodies: dict[tuple[str, bytes], frozenset[str]] = field(default_factory=dict)
    """By path and digest, the entries of a body that was read already."""
    asked: list[Asked] = field(default_factory=list)
    wrong: list[Wrong] = field(default_factory=list)
    lost: list[str] = field(default_factory=list)
    redated: list[str] = field(default_factory=list)
    statuses: Counter[int] = field(default_factory=Counter)

    def note_body(self, topic: str, kind: str, body: bytes, start: float) -> None:
        """Raises BadAnswer if it is no feed, or one with an entry twice."""
        key = f"{topic}.{kind}", hashlib.sha256(body).digest()
        with self.lock:
            ids = self.bodies.get(key)
            if ids is None:
                ids = self.bodies[key] = self._note_entries(topic, kind, body)
            seen = self.first_seen[topic]
            gone = {id_ for id_, at in seen.items() if at < start - BEHIND} - ids
            self.lost += [f"{topic}.{kind} lost {id_}" for id_ in gone]

    def _note_entries(self, topic: str, kind: str, body: bytes) -> frozenset[str]:
        dated = list(read(kind, body))
        ids = frozenset(id_ for id_, _ in dated)
        if len(ids) != len(dated):
            raise BadAnswer("an entry stands there twice")
        seen = self.first_seen.setdefault(topic, {})
        for id_, date in dated:
            seen.setdefault(id_, time.monotonic())
            # An RSS item is dated when it qualified, which topics differ about.
            key = (f"{topic}.rss" if kind == "rss" else kind, id_)
            if self.dates.setdefault(key, date) != date:
                self.redated.append(f"{topic}.{kind}: {id_}: {self.dates[key]} -> {date}")
        return ids


def read(kind: str, body: bytes) -> Iterator[tuple[str, str]]:
    """The id and the date of each entry. Raises BadAnswer."""
    try:
        if kind == "json":
            for item in json.loads(body)["items"]:
                yield item["id"], item["date_published"]
            return
        root = etree.fromstring(body)
    except (ValueError, KeyError, etree.XMLSyntaxError) as error:
        raise BadAnswer(f"no {kind}: {error}") from error
    ns, entry, id_, date = (
        (ATOM, "entry", "id", "published") if kind == "atom" else ("", "item", "guid", "pubDate")
    )
    for each in root.iter(ns + entry):
        yield each.findtext(ns + id_, ""), each.findtext(ns + date, "")


def unpacked(body: bytes) -> bytes:
    """Raises BadAnswer."""
    try:
        return gzip.decompress(body)
    except (OSError, EOFError, zlib.error) as error:
        raise BadAnswer(f"no gzip: {error}") from error


class Client(threading.Thread):
    """Asks feeds by turns, as fast as `rate` a second; each request on a connection of its own."""

    def __init__(
        self,
        port: int,
        topics: list[str],
        rate: float,
        weather: Callable[[], str],
        ledger: Ledger,
        seed: int,
    ) -> None:
        super().__init__(daemon=True)
        self.port, self.topics, self.pause = port, topics, 1 / rate
        self.weather, self.ledger, self.chance = weather, ledger, random.Random(seed)
        self.etags: dict[str, str] = {}
        self.asking = threading.Lock()
        self.done = threading.Event()

    def run(self) -> None:
        turn = time.monotonic()
        while not self.done.wait(max(0.0, turn - time.monotonic())):
            overslept = time.monotonic() - turn
            with self.asking:
                self._ask(overslept)
            turn = max(turn + self.pause, time.monotonic())

    def _ask(self, overslept: float) -> None:
        topic = self.chance.choice(self.topics)
        kind = self.chance.choice(("atom", "rss", "json"))
        path = f"{topic}.{kind}"
        headers = self._headers(path)
        weather, start = self.weather(), time.monotonic()
        try:
            got = self._get(f"/feeds/{path}", headers)
            seconds = time.monotonic() - start
            self.ledger.asked.append(Asked(seconds, weather, overslept))
            self._check(topic, kind, headers, got, start)
            self.etags[path] = got.etag
        except (OSError, HTTPException) as error:
            timed_out = isinstance(error, TimeoutError)
            self._wrong(f"{path}: {error!r}", start, dropped=not timed_out)
        except Exception as error:  # a client that fell silent would find nothing wrong any more
            self._wrong(f"{path}: {error!r}", start)

    def _headers(self, path: str) -> dict[str, str]:
        headers = {"Accept-Encoding": self.chance.choice(("gzip", "identity"))}
        if path in self.etags and self.chance.random() < 0.5:
            headers["If-None-Match"] = self.etags[path]
        return headers

    def _get(self, path: str, headers: dict[str, str]) -> Got:
        connection = HTTPConnection("127.0.0.1", self.port, timeout=10)
        try:
            connection.request("GET", path, headers=headers | {"Connection": "close"})
            response: HTTPResponse = connection.getresponse()
            body = response.read()
        finally:
            connection.close()
        if response.headers.get("Content-Encoding") == "gzip":
            body = unpacked(body)
        return Got(response.status, response.headers.get("ETag", ""), body)

    def _check(
        self, topic: str, kind: str, headers: dict[str, str], got: Got, start: float
    ) -> None:
        with self.ledger.lock:
            self.ledger.statuses[got.status] += 1
        if got.status == 200 and got.etag:
            self.ledger.note_body(topic, kind, got.body, start)
        elif got.status != 304 or got.etag != headers.get("If-None-Match") or got.body:
            raise BadAnswer(f"{got.status}, ETag {got.etag}, {got.body[:200]!r}")

    def _wrong(self, what: str, start: float, *, dropped: bool = False) -> None:
        self.ledger.wrong.append(Wrong(what, start, time.monotonic(), dropped))


@dataclass
class Clients:
    ledger: Ledger
    each: list[Client]

    @contextmanager
    def at_work(self) -> Iterator[None]:
        for client in self.each:
            client.start()
        try:
            yield
        finally:
            for client in self.each:
                client.done.set()
            for client in self.each:
                client.join()

    @contextmanager
    def paused(self) -> Iterator[None]:
        """While no server listens: who is refused then would say nothing about it."""
        with ExitStack() as stack:
            for client in self.each:
                stack.enter_context(client.asking)
            yield
