"""A feed of 79 kB, gzipped, and a 304, of gunicorn and granian, against nginx's static file.

The figure is how many requests a server answers for a second of a core: it holds whatever else
the machine does, and however slow the asking is. Where nginx (Debian's package) is missing,
gunicorn is compared with. Where `wrk` (Debian's) is installed, it also asks from the other cores as
fast as it can, for `--seconds` each time: that is how PERF.md was measured; and so it asks another
program for a feed of the same size, if its address is given by `--peer` (start that program by
`taskset -c 0`: ours have the first core alone). Then slow clients: the wait of a healthy one.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from time import sleep
from urllib.parse import urlsplit

from benchmarks.common import Result, options, report
from benchmarks.hosts import Host, hosts
from benchmarks.hot_path import PATH
from benchmarks.load import Crowd, ask, cpu_seconds, crowd, once, request, slow_clients, wrk

CONNECTIONS = 8
"""Of each process that asks."""
ROUNDS = 3
GOALS = {
    ("granian, 200", "nginx"): "0.6",
    ("granian, 200", "the peer"): "20",
    ("granian, 304", "the peer"): "40",
    ("gunicorn, 200", "the peer"): "5",
    ("gunicorn, 304", "the peer"): "5",
}
"""Times what the other answers."""
SLOW = (50, 300)
DEAD = 2.0
"""Seconds without an answer."""


def compared(
    running: Sequence[Host],
    rate: Callable[[Host, str], float],
    unit: str,
    how: str = "",
    peers: Sequence[Host] = (),
) -> Iterator[Result]:
    """The best of some rounds of all in turns; `rate`: how many requests a host answers."""
    for what in ("200", "200, gzip", "304"):
        best: dict[str, float] = {}
        for _ in range(ROUNDS):
            for host in (*running, *peers):
                best[host.name] = max(best.get(host.name, 0), rate(host, what))
        for baseline in (running[0], *peers):
            for name, answers in best.items():
                told, goal = f"{name}, {what}", GOALS.get((f"{name}, {what}", baseline.name), "")
                ratio = answers / best[baseline.name]
                yield Result(told + how, answers, unit, ratio, baseline.name, goal)


def cost(host: Host, what: str, times: int, clients: Crowd) -> float:
    """Seconds of a core for one request."""
    asked = asking_for(what, host)
    before = cpu_seconds(host.pid)
    clients.ask(host.address, asked, times, CONNECTIONS)
    return max(cpu_seconds(host.pid) - before, 0.01) / times  # 0.01: the kernel's clock tick


def asking_for(what: str, host: Host) -> bytes:
    if what == "304":
        known = once(host.address, request(host.path))
        if etag := known.header("ETag"):
            return request(host.path, If_None_Match=etag)
        return request(host.path, If_Modified_Since=known.header("Last-Modified"))
    return request(host.path, **({"Accept_Encoding": "gzip"} if "gzip" in what else {}))


def peer(url: str) -> Host:
    """What runs already, and is asked for nothing but its feed."""
    parts = urlsplit(url)
    path = f"{parts.path}?{parts.query}" if parts.query else parts.path
    return Host("the peer", 0, (parts.hostname or "127.0.0.1", parts.port or 80), path)


def with_slow_clients(host: Host, times: int, most: int) -> Iterator[Result]:
    undisturbed = slowest_but_a_hundredth(ask(host.address, request(PATH), times))
    for count in (each for each in SLOW if each <= most):
        waits: list[float] = []
        with slow_clients(host.address, count) as drip:
            sleep(0.5)  # the server has taken them all by then
            try:
                for _ in range(10):
                    drip()
                    waits += ask(host.address, request(PATH), times // 10, patience=DEAD)
            except (TimeoutError, ConnectionError):
                waits, dead = [DEAD], ", dead"
            else:
                dead = ""
        waited = slowest_but_a_hundredth(waits)
        name = f"{host.name} with {count} slow clients{dead}"
        yield Result(name, waited * 1e3, "ms (p99)", waited / undisturbed, "without slow clients")


def slowest_but_a_hundredth(waits: Sequence[float]) -> float:
    return sorted(waits)[int(len(waits) * 0.99) - (len(waits) == 1)]


def measure(
    folder: Path, records: int, times: int, processes: int, seconds: int, slow: int, url: str
) -> Iterator[Result]:
    with hosts(folder, records) as running, crowd(processes) as clients:

        def by_processor(host: Host, what: str) -> float:
            return 1 / cost(host, what, times, clients)

        def by_wrk(host: Host, what: str) -> float:
            return wrk(host.address, asking_for(what, host), seconds)

        yield from compared(running, by_processor, "requests/core-s")
        if seconds and shutil.which("wrk"):
            peers = [peer(url)] if url else []
            yield from compared(running, by_wrk, "requests/s", ", asked by wrk", peers)
        for host in running:
            if host.name != "nginx":
                yield from with_slow_clients(host, max(times // 10, 100), slow)


if __name__ == "__main__":
    given = options(records=32, requests=8000, processes=2, seconds=3, slow=max(SLOW), peer="")
    sizes = given.records, given.requests, given.processes, given.seconds, given.slow, given.peer
    with TemporaryDirectory() as place:
        for result in measure(Path(place), *sizes):
            report(result, as_json=given.json)
