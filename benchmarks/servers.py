"""A feed of 79 kB, gzipped, and a 304, of gunicorn and granian, against nginx's static file.

The figure is how many requests a server answers for a second of a core: it holds whatever else
the machine does, and however slow the asking is. Where nginx (Debian's package) is missing,
gunicorn is compared with. Where `wrk` (Debian's) is installed, it also asks from the other cores as
fast as it can, for `--seconds` each time: that is how PERF.md was measured. Then slow clients: the
wait of a healthy one.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from time import sleep

from benchmarks.common import Result, options, report
from benchmarks.hosts import Host, hosts
from benchmarks.hot_path import PATH
from benchmarks.load import Crowd, ask, cpu_seconds, crowd, once, request, slow_clients, wrk

CONNECTIONS = 8
"""Of each process that asks."""
ROUNDS = 3
GOALS = {"granian, 200": "0.6 of nginx's static file"}
SLOW = (50, 300)
DEAD = 2.0
"""Seconds without an answer."""


def compared(
    running: Sequence[Host], rate: Callable[[Host, str], float], unit: str, how: str = ""
) -> Iterator[Result]:
    """The best of some rounds of all in turns; `rate`: how many requests a host answers."""
    first = running[0].name
    baseline = "nginx, static file" if first == "nginx" else first
    for what in ("200", "200, gzip", "304"):
        best = [0.0] * len(running)
        for _ in range(ROUNDS):
            for place, host in enumerate(running):
                best[place] = max(best[place], rate(host, what))
        for host, answers in zip(running, best, strict=True):
            name = f"{host.name}, {what}"
            goal = GOALS.get(name, "")
            yield Result(name + how, answers, unit, answers / best[0], baseline, goal)


def cost(host: Host, what: str, times: int, clients: Crowd) -> float:
    """Seconds of a core for one request."""
    asked = asking_for(what, host)
    before = cpu_seconds(host.pid)
    clients.ask(host.address, asked, times, CONNECTIONS)
    return max(cpu_seconds(host.pid) - before, 0.01) / times  # 0.01: the kernel's clock tick


def asking_for(what: str, host: Host) -> bytes:
    if what == "304":
        return request(PATH, If_None_Match=once(host.address, request(PATH)).etag)
    return request(PATH, **({"Accept_Encoding": "gzip"} if "gzip" in what else {}))


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
    folder: Path, records: int, times: int, processes: int, seconds: int, slow: int
) -> Iterator[Result]:
    with hosts(folder, records) as running, crowd(processes) as clients:

        def by_processor(host: Host, what: str) -> float:
            return 1 / cost(host, what, times, clients)

        def by_wrk(host: Host, what: str) -> float:
            return wrk(host.address, asking_for(what, host), seconds)

        yield from compared(running, by_processor, "requests/core-s")
        if seconds and shutil.which("wrk"):
            yield from compared(running, by_wrk, "requests/s", ", asked by wrk")
        for host in running:
            if host.name != "nginx":
                yield from with_slow_clients(host, max(times // 10, 100), slow)


if __name__ == "__main__":
    given = options(records=32, requests=8000, processes=2, seconds=3, slow=max(SLOW))
    sizes = given.records, given.requests, given.processes, given.seconds, given.slow
    with TemporaryDirectory() as place:
        for result in measure(Path(place), *sizes):
            report(result, as_json=given.json)
