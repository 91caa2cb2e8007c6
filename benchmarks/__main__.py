"""All of them, one after the other: `make bench`. Exit status 1 if one could not be run."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

FOLDER = Path(__file__).parent


def scripts() -> list[str]:
    """The names of those that run by themselves."""
    paths = sorted(FOLDER.glob("[a-z]*.py"))
    return [path.stem for path in paths if 'if __name__ == "__main__"' in path.read_text("utf-8")]


def run(names: Iterable[str]) -> int:
    failed = []
    for name in names:
        print(f"\n{name}", flush=True)
        done = subprocess.run([sys.executable, "-m", f"benchmarks.{name}"], check=False)
        failed += [name] * (done.returncode != 0)
    if failed:
        print(f"\nfailed: {', '.join(failed)}", file=sys.stderr)
    return bool(failed)


if __name__ == "__main__":
    sys.exit(run(scripts()))
