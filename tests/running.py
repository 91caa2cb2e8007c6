"""A real `feedproxy serve` as a child process, and real readers against it."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import threading
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from email.message import Message
from pathlib import Path
from typing import Any

BOUND = 30.0
"""Seconds after which something that should have happened counts as not happening."""
ROOT = Path(__file__).resolve().parents[1]


@dataclass(frozen=True)
class Answer:
    status: int
    headers: Message
    body: bytes


@dataclass
class Server:
    process: subprocess.Popen[str]
    url: str

    def get(self, path: str, **headers: str) -> Answer:
        request = urllib.request.Request(self.url + path, headers=headers)
        try:
            with urllib.request.urlopen(request, timeout=BOUND) as response:
                return Answer(response.status, response.headers, response.read())
        except urllib.error.HTTPError as error:
            with error:
                return Answer(error.code, error.headers, error.read())

    def health(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.get("/healthz").body)
        return found

    def stop(self, how: signal.Signals = signal.SIGTERM) -> None:
        if self.process.poll() is None:
            self.process.send_signal(how)
        self.process.wait(BOUND)


@contextmanager
def serving(
    folder: Path, *arguments: str, command: str = "serve", **settings: str
) -> Iterator[Server]:
    """`feedproxy serve` in `folder` on a free port, until the block ends."""
    process = subprocess.Popen(
        [sys.executable, "-m", "feedproxy", command, "--port", "0", *arguments],
        cwd=folder,
        env=environment(settings),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        stdin=subprocess.DEVNULL,
        text=True,
    )
    assert process.stdout is not None
    lines: list[str] = []
    for line in process.stdout:
        lines.append(line)
        if found := re.search(r"http://\S+?:\d+", line):
            break
    else:
        raise AssertionError("it did not start:\n" + "".join(lines))
    drain = threading.Thread(target=lines.extend, args=(process.stdout,), daemon=True)
    drain.start()
    server = Server(process, found[0])
    try:
        yield server
    finally:
        server.stop()
        drain.join(BOUND)
        process.stdout.close()


def feedproxy(folder: Path, *arguments: str, **settings: str) -> subprocess.CompletedProcess[str]:
    """One command, run to its end."""
    return run(folder, sys.executable, "-m", "feedproxy", *arguments, **settings)


def without_rights(
    folder: Path, *arguments: str, **settings: str
) -> subprocess.CompletedProcess[str]:
    """One command of a user who may read only what its owner lets them: not even root all."""
    like_others = ["setpriv", "--bounding-set=-dac_override,-dac_read_search"]
    feedproxy = [sys.executable, "-m", "feedproxy", *arguments]
    return run(folder, *(like_others if os.geteuid() == 0 else []), *feedproxy, **settings)


@contextmanager
def shut(path: Path, mode: int = 0) -> Iterator[None]:
    """A file or folder that its owner has shut to themselves, until the block ends."""
    usual = path.stat().st_mode
    path.chmod(mode)
    try:
        yield
    finally:
        path.chmod(usual)


def run(folder: Path, *command: str, **settings: str) -> subprocess.CompletedProcess[str]:
    """A program, run to its end."""
    return subprocess.run(
        command,
        cwd=folder,
        env=environment(settings),
        capture_output=True,
        stdin=subprocess.DEVNULL,
        text=True,
        timeout=BOUND,
        check=False,
    )


def environment(settings: Mapping[str, str]) -> dict[str, str]:
    """This process's, without any setting of feedproxy that a developer may have made.

    Python finds this checkout's code first: what is installed may be another's, as in a worktree.
    """
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith("FEEDPROXY_") and name not in ("PORT", "DATABASE_URL")
    }
    made = {**kept, **settings}
    path = filter(None, (str(ROOT), made.get("PYTHONPATH")))
    return {**made, "PYTHONPATH": os.pathsep.join(path)}


def eventually(what: str, happened: Callable[[], bool]) -> None:
    """Wait until `happened`, looking again and again; fails after BOUND seconds."""
    again = threading.Event()
    for _ in range(int(BOUND / 0.05)):
        if happened():
            return
        again.wait(0.05)
    raise AssertionError(f"never: {what}")
