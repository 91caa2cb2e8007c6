"""`feedproxy serve` under the storm: started, killed in part or as a whole, reloaded."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

from tests.running import BOUND, environment


@dataclass
class Server:
    folder: Path
    workers: int
    settings: dict[str, str]
    port: int = 0
    process: subprocess.Popen[bytes] | None = None
    kills: list[float] = field(default_factory=list)
    """When a worker, or all of them, were killed: moments of the monotonic clock."""
    graceful: int = 0
    """Reloads and stops, which must cost nobody anything."""
    starts: list[float] = field(default_factory=list)
    """Seconds from each start to its first answer."""
    peak: int = 0
    """The most bytes that a worker ever had in memory."""

    @property
    def log(self) -> Path:
        return self.folder / "server.log"

    def start(self) -> None:
        """Raises AssertionError if it does not answer in time."""
        self.port = self.port or free_port()
        begun = time.monotonic()
        with self.log.open("ab") as log:
            arguments = ("--port", str(self.port), "--workers", str(self.workers))
            self.process = subprocess.Popen(
                [sys.executable, "-m", "feedproxy", "serve", *arguments],
                cwd=self.folder,
                env=environment(self.settings),
                stdout=log,
                stderr=log,
                stdin=subprocess.DEVNULL,
            )
        while time.monotonic() < begun + BOUND:
            if self.process.poll() is not None:
                break
            if self._answers():
                self.starts.append(time.monotonic() - begun)
                return
            time.sleep(0.02)
        raise AssertionError(f"it did not start:\n{self.log.read_text()[-2000:]}")

    def _answers(self) -> bool:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/healthz", timeout=BOUND):
                return True
        except OSError:
            return False

    @property
    def master(self) -> subprocess.Popen[bytes]:
        assert self.process is not None
        return self.process

    def worker_pids(self) -> list[int]:
        return children(self.master.pid)

    def kill_worker(self, pid: int) -> None:
        self.kills.append(time.monotonic())
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)

    def reload(self) -> None:
        self.graceful += 1
        self.master.send_signal(signal.SIGHUP)

    def stop(self) -> None:
        self.graceful += 1
        self.master.terminate()
        self.master.wait(BOUND)

    def kill(self) -> None:
        """All of it at once, as by a machine that is switched off."""
        self.master.send_signal(signal.SIGSTOP)  # it starts no worker any more
        workers = self.worker_pids()
        for pid in workers:
            self.kill_worker(pid)
        self.master.kill()
        self.master.wait(BOUND)
        while any(parent_of(pid) is not None for pid in workers):
            time.sleep(0.01)

    def measure(self) -> None:
        """Take note of the workers' memory."""
        for pid in self.worker_pids():
            try:
                status = Path(f"/proc/{pid}/status").read_text()
            except OSError:
                continue
            if found := re.search(r"VmHWM:\s*(\d+) kB", status):
                self.peak = max(self.peak, int(found[1]) * 1024)


@contextmanager
def running(server: Server) -> Iterator[None]:
    server.start()
    try:
        yield
    finally:
        if server.master.poll() is None:
            server.stop()


def children(parent: int) -> list[int]:
    """The processes that `parent` forked and that still run."""
    pids = (int(path.name) for path in Path("/proc").glob("[0-9]*"))
    return [pid for pid in pids if parent_of(pid) == parent]


def parent_of(pid: int) -> int | None:
    """None if it runs no more."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return None
    state, parent = stat.rpartition(")")[2].split()[:2]
    return None if state == "Z" else int(parent)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
