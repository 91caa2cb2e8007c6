"""Which fault when, and who dies when."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import NamedTuple

from feedproxy.archive import Archive
from feedproxy.errors import ArchiveError
from feedproxy.models import SourceState
from tests.storm.clients import Clients
from tests.storm.server import Server
from tests.storm.site import Site

BLOCKING = frozenset({"403", "nohydration"})
"""What takes us for a bot is left alone for an hour: only a source of its own may meet it."""
DAILY = "daily"
"""The source that meets the faults in turn; the `search-...` meet each its own when mixed."""
DAYS_ASKED = "/api/daily_papers"
SETTLING = 4.0
"""Seconds until a worker that was killed is replaced, and every worker has made every feed."""
DEADLINE = 1.0
"""Seconds: the setting of that name."""
LEASE = DEADLINE + 2.0
"""Seconds that a source waits whose reader was killed."""
NEVER = 200.0
"""Seconds after which something that should have happened counts as not happening: longer than
backoff can make a source wait that was healthy in between."""
DISTURBED_EVERY = 15.0
"""Seconds between two restarts, of which there are three kinds."""


class Recovery(NamedTuple):
    """How a source came back from its last fault."""

    source: str
    fault: str
    seconds: float
    """From the end of the fault on."""
    late: float
    """Seconds of it that the source had not announced, and that no lease of a worker killed
    meanwhile explains."""


@dataclass
class Weather:
    site: Site
    server: Server
    clients: Clients
    archive: Archive
    faults: Collection[str]
    chance: random.Random
    now: str = "calm"
    """`calm`, `storm` or `site hangs`."""
    in_turn: dict[str, int] = field(default_factory=dict)
    """How often each fault was alone, and met."""
    recovered: list[Recovery] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)
    """What did not happen at all."""
    deaths: threading.Lock = field(default_factory=threading.Lock)
    """Held by whoever kills or restarts."""

    def blow(self, seconds: float) -> None:
        """Every fault at once first, then one after the other, until the time is up."""
        end = time.monotonic() + seconds
        disturbances = self._disturbances(end)
        while time.monotonic() < end:
            self._mixed()
            kinds = sorted(set(self.faults) - BLOCKING)
            self.chance.shuffle(kinds)
            for kind in kinds:
                if time.monotonic() > end:
                    break
                self._alone(kind, next(disturbances))

    def _mixed(self) -> None:
        """Every search meets the fault it is named after, the daily listing any of them."""
        rest = self.chance.choice(sorted(set(self.faults) - BLOCKING))
        before = self.site.faults_met()
        fresh = {kind for kind in self.faults if kind not in BLOCKING or kind not in before}
        with self._fault("storm", rest=rest):
            self._expect(
                "all faults are met at once",
                lambda: all(self._met(kind) > before.get(kind, 0) for kind in fresh),
            )

    def _alone(self, kind: str, disturb: Callable[[], None] | None) -> None:
        with self._fault(kind):
            asked = self.site.asked(DAYS_ASKED)
            if disturb:
                disturb()
            self._expect(f"{kind} is met", lambda: self.site.asked(DAYS_ASKED) > asked)
            self.in_turn[kind] = self.in_turn.get(kind, 0) + 1
        self.recover(kind, [DAILY])

    def stand_still(self, seconds: float) -> None:
        """The site hangs, and nothing else happens: after a while, all that is asked is old."""
        with self._fault("hang"):
            time.sleep(SETTLING)
            self.now = "site hangs"
            time.sleep(seconds)

    @contextmanager
    def _fault(self, kind: str, **more: str) -> Iterator[None]:
        self.site.fault(kind, **more)
        self.now = "storm"
        self.site.publish()
        self.site.vote()
        yield
        self.site.fault("none")
        self.now = "calm"

    def _met(self, kind: str) -> int:
        return self.site.faults_met().get(kind, 0)

    def recover(self, after: str, names: Collection[str]) -> None:
        """Wait until each of them was read anew."""
        lifted, due = datetime.now(UTC), dict[str, datetime]()
        back, killed = dict[str, Recovery](), len(self.server.kills)

        def all_back() -> bool:
            for name, state in self.states().items():
                if name not in names or name in back:
                    continue
                if state.last_success and state.last_success > lifted:
                    seconds = (state.last_success - lifted).total_seconds()
                    announced = (due.get(name, lifted) - lifted).total_seconds()
                    leases = (len(self.server.kills) - killed) * LEASE
                    late = seconds - max(announced, 0.0) - leases
                    back[name] = Recovery(name, after, seconds, late)
                elif state.next_attempt:
                    due[name] = state.next_attempt
            return len(back) == len(names)

        if not happens(all_back):
            self.missing += [f"{name} is read again" for name in set(names) - set(back)]
        self.recovered += back.values()

    def states(self) -> Mapping[str, SourceState]:
        try:
            return self.archive.states()
        except ArchiveError:
            return {}

    def _expect(self, what: str, happened: Callable[[], bool]) -> None:
        if not happens(happened):
            self.missing.append(what)

    # --- deaths

    def _disturbances(self, end: float) -> Iterator[Callable[[], None] | None]:
        """A restart now and then, none near the end."""
        last, kinds = time.monotonic() - DISTURBED_EVERY / 2, 0
        restarts = [self._restart_killed, self.server.reload, self._restart_stopped]
        while True:
            now = time.monotonic()
            if now - last >= DISTURBED_EVERY and now < end:
                last, kinds = now, kinds + 1
                yield restarts[(kinds - 1) % len(restarts)]
            else:
                yield None

    def _restart_killed(self) -> None:
        with self.deaths, self.clients.paused():
            self.server.kill()
            self.server.start()

    def _restart_stopped(self) -> None:
        with self.deaths, self.clients.paused():
            self.server.stop()
            self.server.start()

    @contextmanager
    def deadly(self, seconds: tuple[float, float]) -> Iterator[None]:
        """A worker dies every so many seconds, meanwhile, at random."""
        done, chance = threading.Event(), random.Random(self.chance.random())

        def run() -> None:
            while not done.wait(chance.uniform(*seconds)):
                with self.deaths:
                    self.server.measure()
                    if workers := self.server.worker_pids():
                        self.server.kill_worker(chance.choice(workers))

        reaper = threading.Thread(target=run, daemon=True)
        reaper.start()
        try:
            yield
        finally:
            done.set()
            reaper.join()


def happens(happened: Callable[[], bool]) -> bool:
    end = time.monotonic() + NEVER
    while time.monotonic() < end:
        if happened():
            return True
        time.sleep(0.1)
    return False
