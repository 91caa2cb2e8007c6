"""The load for `benchmarks.servers`: quick clients in processes of their own, and slow ones.

It is written in Python, so it may well be slower than what it asks: compare what a server spent
(`cpu_seconds`), not how long it all took.
"""

from __future__ import annotations

import os
import re
import socket
import subprocess
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from time import perf_counter
from typing import NamedTuple

Address = tuple[str, int]

PATIENCE = 30.0
"""Seconds without a byte after which a server counts as dead."""


class Answer(NamedTuple):
    status: int
    head: bytes
    body: bytes

    def header(self, name: str) -> str:
        found = re.search(rf"(?i)\r\n{name}: *([^\r]+)", self.head.decode("latin-1"))
        return found[1] if found else ""

    @property
    def length(self) -> int:
        return len(self.head) + len(self.body)


def request(path: str, **headers: str) -> bytes:
    lines = [f"GET {path} HTTP/1.1", "Host: papers.example"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    return "\r\n".join([*lines, "", ""]).encode()


def answered(connection: socket.socket) -> Answer:
    """One answer, which must say its length."""
    got = b""
    while b"\r\n\r\n" not in got:
        got += _some(connection)
    head, end, body = got.partition(b"\r\n\r\n")
    status = int(head[9:12])
    found = re.search(rb"(?i)\r\ncontent-length: *(\d+)", head)
    length = int(found[1]) if found and status != 304 else 0
    while len(body) < length:
        body += _some(connection)
    return Answer(status, head + end, body)


def _some(connection: socket.socket) -> bytes:
    if some := connection.recv(1 << 18):
        return some
    raise ConnectionError("the server closed the connection")


def once(address: Address, asked: bytes) -> Answer:
    with socket.create_connection(address, PATIENCE) as connection:
        connection.sendall(asked)
        return answered(connection)


def ask(
    address: Address, asked: bytes, times: int, connections: int = 1, patience: float = PATIENCE
) -> list[float]:
    """Ask again and again on all `connections` at once; seconds that each turn took.

    Raises TimeoutError where the server sends nothing for `patience` seconds.
    """
    with ExitStack() as stack:
        opened = [
            stack.enter_context(socket.create_connection(address, patience))
            for _ in range(connections)
        ]
        for each in opened:
            each.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            each.sendall(asked)
        [length] = {answered(each).length for each in opened}
        return [_turn(opened, asked, length) for _ in range(times // connections)]


def _turn(opened: Sequence[socket.socket], asked: bytes, length: int) -> float:
    begun = perf_counter()
    for each in opened:
        each.sendall(asked)
    for each in opened:
        missing = length
        while missing > 0:
            missing -= len(_some(each))
    return perf_counter() - begun


@dataclass(frozen=True)
class Crowd:
    """Who asks from processes of their own, which `crowd` starts."""

    _pool: ProcessPoolExecutor
    _processes: int

    def ask(self, address: Address, asked: bytes, times: int, connections: int) -> None:
        """`times` in all, each process on as many `connections`."""
        each = times // self._processes
        parts = [
            self._pool.submit(ask, address, asked, each, connections)
            for _ in range(self._processes)
        ]
        for part in parts:
            part.result()


def wrk(address: Address, asked: bytes, seconds: int) -> float:
    """Answers a second to `wrk`, on all cores but the first, where hosts are."""
    line, _, *headers = asked.decode().strip().split("\r\n")
    url = f"http://{address[0]}:{address[1]}{line.split()[1]}"
    told = [part for header in headers for part in ("-H", header)]
    done = subprocess.run(
        ["wrk", "-t", "1", "-c", "16", "-d", str(seconds), *told, url],
        preexec_fn=partial(os.sched_setaffinity, 0, cores()[1:] or cores()),
        capture_output=True,
        check=True,
        text=True,
    )
    found = re.search(r"Requests/sec: +([\d.]+)", done.stdout)
    assert found, done.stdout
    assert "Non-2xx or 3xx" not in done.stdout, done.stdout
    return float(found[1])


@contextmanager
def crowd(processes: int) -> Iterator[Crowd]:
    with ProcessPoolExecutor(processes, get_context("spawn")) as pool:
        yield Crowd(pool, processes)


@contextmanager
def slow_clients(address: Address, count: int) -> Iterator[Callable[[], None]]:
    """Each has begun its headers, and sends one letter more whenever the callable is called."""
    with ExitStack() as stack:
        opened = [
            stack.enter_context(socket.create_connection(address, PATIENCE)) for _ in range(count)
        ]
        for each in opened:
            each.sendall(b"GET / HTTP/1.1\r\nHost: papers.example\r\nX-Slow: ")

        def drip() -> None:
            for each in opened:
                each.sendall(b"a")

        yield drip


def cores() -> list[int]:
    """The first is the hosts' own, if there are several."""
    return sorted(os.sched_getaffinity(0))


def cpu_seconds(pid: int) -> float:
    """What a process and its children have spent so far, in the kernel too."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    spent = (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
    return spent + sum(map(cpu_seconds, children(pid)))


def memory(pid: int) -> int:
    """Bytes that a process has for itself."""
    rows = Path(f"/proc/{pid}/smaps_rollup").read_text()
    return 1024 * sum(int(kilobytes) for kilobytes in re.findall(r"Private_\w+: +(\d+)", rows))


def children(pid: int) -> list[int]:
    return [
        int(child)
        for each in Path(f"/proc/{pid}/task").glob("*/children")
        for child in each.read_text().split()
    ]
