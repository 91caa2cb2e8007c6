"""One storm over a new installation, and its figures."""

from __future__ import annotations

import random
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from feedproxy.archive import Archive
from feedproxy.models import SourceState
from tests.storm import figures
from tests.storm.clients import Client, Clients, Ledger
from tests.storm.figures import Figure
from tests.storm.server import Server, running
from tests.storm.site import Site, emulator_module, site
from tests.storm.weather import BLOCKING, DAILY, DAYS_ASKED, DEADLINE, LEASE, Weather

DAILY_EVERY, SEARCH_EVERY = 1.0, 5.0
"""Seconds: the `refresh` of the sources."""
LATE = LEASE + DEADLINE + 2.0
"""Seconds: a source may come back later than announced by the rest of a killed worker's lease,
a reading, a look at the clock and another at the database, each once a second."""
RATE = 50.0
"""Requests a second of each client."""
SLOWEST = 0.05
MEMORY = 250_000_000
KILLED_EVERY = (3.0, 7.0)
OF_AN_INSTALLATION = {"rules", "feedproxy.db", "feedproxy.db-hosts", "server.log"}
TOPICS = ["all", "spiking", "popular", "searched"]


@dataclass(frozen=True)
class Options:
    seconds: float
    seed: int
    workers: int = 4
    clients: int = 4
    still: float = 0.2
    """The part of the time in which nothing but the site hangs, and answers are timed."""


def rules(faults: list[str]) -> str:
    searches = "\n".join(
        f"  search-{kind}: {{kind: huggingface, listing: search, query: '{kind}', "
        f"refresh: {SEARCH_EVERY:g}s}}"
        for kind in faults
    )
    names = ", ".join(f"search-{kind}" for kind in faults)
    return f"""
sources:
  {DAILY}: {{kind: huggingface, listing: daily, lookback: 7d, refresh: {DAILY_EVERY:g}s}}
{searches}
topics:
  all: {{from: [{DAILY}], include: [paper], limit: 1000}}
  spiking: {{from: [{DAILY}], include: [spiking], exclude: [{{title: survey}}], limit: 1000}}
  popular: {{from: [{DAILY}], where: {{upvotes: {{min: 15}}}}, limit: 1000}}
  searched: {{from: [{names}], include: [paper], limit: 1000}}
"""


def storm(options: Options, folder: Path, database: str | None = None) -> Iterator[Figure]:
    """In `folder`, on the SQLite file of a new installation unless told otherwise."""
    home, temporary = folder / "home", folder / "tmp"
    faults = list(emulator_module().FAULTS)
    database = database or f"sqlite:///{home}/feedproxy.db"
    (home / "rules").mkdir(parents=True)
    (home / "rules" / "topics.yaml").write_text(rules(faults))
    temporary.mkdir()
    with site(folder, datetime.now(UTC).date(), options.seed) as listing:
        settings = {
            "FEEDPROXY_HF_URL": listing.address,
            "FEEDPROXY_ALLOW_PRIVATE": "127.0.0.0/8",
            "FEEDPROXY_MIN_REFRESH": "1s",
            "FEEDPROXY_FETCH_DEADLINE": f"{DEADLINE:g}s",
            "FEEDPROXY_DATABASE": database,
            "TMPDIR": str(temporary),
        }
        server = Server(home, options.workers, settings)
        with running(server), closing(Archive(database)) as archive:
            yield from weathered(options, listing, server, archive, faults)
    _write_again(database)
    left = [path.name for path in (*temporary.iterdir(), *home.iterdir())]
    yield figures.none_of("temporary files left", sorted(set(left) - OF_AN_INSTALLATION))


def _write_again(database: str) -> None:
    """As the next start does. A stop waits for no write, but cuts it off, and the journal stays
    until it is taken back.
    """
    with closing(Archive(database)) as archive:
        assert archive.take("the next start", "storm", 1, SourceState("the next start"))


def weathered(
    options: Options,
    listing: Site,
    server: Server,
    archive: Archive,
    faults: list[str],
) -> Iterator[Figure]:
    ledger, chance = Ledger(), random.Random(options.seed)
    clients = Clients(ledger, [])
    weather = Weather(listing, server, clients, archive, faults, chance)
    clients.each += [
        Client(server.port, TOPICS, RATE, lambda: weather.now, ledger, chance.randrange(10**9))
        for _ in range(options.clients)
    ]
    names = [DAILY, *(f"search-{kind}" for kind in faults)]
    weather.recover("nothing", names)
    weather.recovered.clear()
    with clients.at_work():
        with weather.deadly(KILLED_EVERY):
            weather.blow(options.seconds * (1 - options.still))
        if options.still:
            weather.stand_still(options.seconds * options.still)
        sources = [name for name in names if name.removeprefix("search-") not in BLOCKING]
        weather.recover("hang", sources)
        time.sleep(2)  # the other workers' next look
        server.measure()
    yield from weather_figures(weather)
    yield from figures.requests(ledger, server.kills, options.clients)
    yield from figures.latency(ledger, SLOWEST)
    periods = {DAYS_ASKED: DAILY_EVERY, "/papers/date/": DAILY_EVERY, "/": SEARCH_EVERY}
    yield from figures.site_requests(listing.fetches(), periods, server.kills)
    yield from figures.records(archive.records(), listing)
    yield Figure("most memory of a worker", f"{server.peak / 1e6:.0f} MB", server.peak < MEMORY)
    yield figures.none_of("tracebacks in the log", list(figures.tracebacks(server.log.read_text())))


def weather_figures(weather: Weather) -> Iterator[Figure]:
    met, server = weather.site.faults_met(), weather.server
    unmet = [kind for kind in weather.faults if not met.get(kind)]
    yield Figure(
        "faults met",
        f"{sum(met.values()):,} of {len(met)} kinds; {len(weather.in_turn)} kinds alone in turn",
        not unmet,
        tuple(unmet),
    )
    yield figures.none_of("what should have happened and did not", weather.missing)
    starts = ", ".join(f"{seconds:.1f}" for seconds in server.starts)
    yield Figure(
        "kills",
        f"{len(server.kills)}, and {server.graceful} graceful stops and reloads; "
        f"seconds from start to answer: {starts}",
    )
    seconds = [each.seconds for each in weather.recovered]
    late = [each for each in weather.recovered if each.late > LATE]
    yield Figure(
        "seconds to recover",
        f"p50 {figures.percentile(seconds, 0.5):.1f}, most {max(seconds, default=0):.1f}; at most "
        f"{max((each.late for each in weather.recovered), default=0):.1f} after the announced "
        f"attempt, limit {LATE:g}",
        not late,
        tuple(map(str, late)),
        timed=True,
    )
