"""The program: one storm, its figures, and exit status 1 if one of them is broken."""

from __future__ import annotations

import argparse
import random
import sys
import tempfile
from pathlib import Path

import pytest

from tests import postgres
from tests.storm.run import Options, storm
from tests.storm.site import EMULATOR


def arguments(given: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.storm", description=__doc__)
    parser.add_argument("--seconds", type=float, default=300)
    parser.add_argument(
        "--database", help="the URL of an empty one, or `postgresql`: one is started"
    )
    parser.add_argument("--workers", type=int, default=4)
    parser.add_argument("--clients", type=int, default=4)
    parser.add_argument("--seed", type=int, default=random.randrange(10**6))
    parser.add_argument(
        "--shared-machine",
        action="store_true",
        help="timings are printed but break nothing: others use the machine, too",
    )
    return parser.parse_args(given)


def main(given: list[str] | None = None) -> int:
    if not EMULATOR.exists():
        print(f"no storm: there is no {EMULATOR}")
        return 0
    args = arguments(given)
    database = postgres.server().new_database() if args.database == "postgresql" else args.database
    options = Options(args.seconds, args.seed, args.workers, args.clients)
    print(f"storm of {options.seconds:g} s, --seed {options.seed}", flush=True)
    with tempfile.TemporaryDirectory(prefix="feedproxy-storm-") as folder:
        broken = 0
        for figure in storm(options, Path(folder), database):
            print(figure, flush=True)
            broken += not (figure.holds or (figure.timed and args.shared_machine))
    print(f"broken figures: {broken}" if broken else "every figure holds")
    return 1 if broken else 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except pytest.skip.Exception as reason:
        print(f"no storm: {reason}")
