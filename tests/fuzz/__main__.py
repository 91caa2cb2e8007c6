"""The program: each PARSER for so many seconds, with new examples each time; what was found.

Exit status 1 if anything was. Hypothesis prints the smallest example that shows it.
"""

from __future__ import annotations

import argparse
import sys
import traceback
import warnings
from collections import Counter
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


def tried(trial: Trial, examples: int, count: Counter[str], *, again: bool = False) -> None:
    """Counts the examples, and those of which anything was read; raises what was found.

    With `again` they are the same in every run.
    """

    @settings(
        max_examples=examples,
        derandomize=again,
        database=None,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(trial.given)
    def each(drawn: object) -> None:
        count["examples"] += 1
        count["read"] += trial.check(drawn) > 0

    each()


def fuzzed(parser: str, trials: tuple[Trial, ...], seconds: float) -> int:
    """How many of its kinds of examples found something; those are not tried again."""
    begun, left, count = monotonic(), list(trials), Counter(examples=0, read=0)
    for trial in cycle(trials):
        if not left or monotonic() - begun > seconds:
            break
        if trial in left:
            try:
                tried(trial, ROUND, count)
            except Exception:
                left.remove(trial)
                traceback.print_exc(limit=-6)
    found = len(trials) - len(left)
    tries = f"{count['examples']:,} examples, {count['read']:,} of them read"
    print(f"{parser}: {tries}, in {monotonic() - begun:.0f} s: {found} findings", flush=True)
    return found


def main(given: list[str] | None = None) -> int:
    args = arguments(given)
    warnings.simplefilter("error")
    warnings.filterwarnings("ignore", "deprecated string literal", PendingDeprecationWarning)
    found = [fuzzed(each, PARSERS[each], args.seconds) for each in args.parsers or PARSERS]
    return 1 if any(found) else 0


if __name__ == "__main__":
    sys.exit(main())
