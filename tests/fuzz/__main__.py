"""The program: each PARSER for so many seconds, with new examples each time; what was found.

Exit status 1 if anything was. Hypothesis prints the smallest example that shows it.
"""

from __future__ import annotations

import argparse
import sys
import traceback
import warnings
from itertools import cycle
from time import monotonic

from hypothesis import HealthCheck, given, settings

from tests.fuzz.parsers import PARSERS, Trial

ROUND = 300
"""Examples of one kind before the next has its turn."""


def arguments(given: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    parser.add_argument("--seconds", type=float, default=60, help="for each parser")
    parser.add_argument("parsers", nargs="*", metavar="PARSER", help=", ".join(PARSERS))
    args = parser.parse_args(given)
    if unknown := set(args.parsers) - set(PARSERS):
        parser.error(f"no parser {', '.join(sorted(unknown))}: there are {', '.join(PARSERS)}")
    return args


def tried(trial: Trial, examples: int) -> int:
    """How many examples were; raises what was found."""
    count = 0

    @settings(
        max_examples=examples,
        derandomize=False,
        database=None,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(trial.given)
    def each(drawn: object) -> None:
        nonlocal count
        count += 1
        trial.check(drawn)

    each()
    return count


def fuzzed(parser: str, seconds: float) -> int:
    """How many of its kinds of examples found something; those are not tried again."""
    begun, count, left = monotonic(), 0, list(PARSERS[parser])
    for trial in cycle(PARSERS[parser]):
        if not left or monotonic() - begun > seconds:
            break
        if trial in left:
            try:
                count += tried(trial, ROUND)
            except Exception:
                left.remove(trial)
                traceback.print_exc(limit=-6)
    found = len(PARSERS[parser]) - len(left)
    spent = monotonic() - begun
    print(f"{parser}: {count:,} examples in {spent:.0f} s, {found} findings", flush=True)
    return found


def main(given: list[str] | None = None) -> int:
    args = arguments(given)
    warnings.simplefilter("error")
    warnings.filterwarnings("ignore", "deprecated string literal", PendingDeprecationWarning)
    found = [fuzzed(parser, args.seconds) for parser in args.parsers or PARSERS]
    return 1 if any(found) else 0


if __name__ == "__main__":
    sys.exit(main())
