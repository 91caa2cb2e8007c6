"""The program is in memory once, however many workers there are."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.faults import workers
from tests.running import Server, environment
from tests.test_stopping import said

ROOT = Path(__file__).resolve().parents[1]
SERVE = ("feedproxy", "serve", "--port", "0", "--workers", "1")
DEPLOYED = ("-c", str(ROOT / "gunicorn.conf.py"), "--bind", "127.0.0.1:0", "feedproxy.wsgi:app")
SERVERS = {
    "gunicorn": SERVE,
    "granian": (*SERVE, "--server", "granian"),
    "deployed": ("gunicorn", *DEPLOYED),
}
IN_WORKERS = """
import gc, os, sys

def begin():
    gc.collect()
    model = sys.modules["feedproxy.rulefiles.model"]
    with open("made-before", "w") as told:
        print(len(model.File.__subclasses__()), "encodings.idna" in sys.modules, file=told)

os.register_at_fork(after_in_child=begin)
"""


@pytest.mark.parametrize("name", SERVERS)
def test_a_worker_shares_it_with_who_forked_it(tmp_path: Path, name: str) -> None:
    """Also once the garbage collector has looked at everything, which marks what it looks at; and
    with it what each worker would make for itself.
    """
    (tmp_path / "rules").mkdir()
    (tmp_path / "sitecustomize.py").write_text(IN_WORKERS)
    with subprocess.Popen(
        [sys.executable, "-m", *SERVERS[name]],
        cwd=tmp_path,
        env=environment({"WEB_CONCURRENCY": "1", "PYTHONPATH": str(tmp_path)}),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as process:
        try:
            server = Server(process, said(process, r"(http://[\d.]+:\d+)"))
            assert server.get("/healthz").status == 200
            assert (tmp_path / "made-before").read_text() == "1 True\n"
            [worker] = workers(server)
            assert shared(worker) > 0.4 * written(process.pid) > 16
        finally:
            process.terminate()


def shared(worker: int) -> float:
    """MB that it has from its parent, and to which neither has written since."""
    return megabytes(worker, "Shared_Dirty")


def written(parent: int) -> float:
    """MB of all that it has made itself, such as classes and functions."""
    return megabytes(parent, "Private_Dirty") + megabytes(parent, "Shared_Dirty")


def megabytes(pid: int, kind: str) -> float:
    rows = Path(f"/proc/{pid}/smaps_rollup").read_text()
    found = re.search(rf"{kind}: +(\d+) kB", rows)
    assert found, rows
    return int(found[1]) * 1024 / 1e6
