"""backfill: the past of a daily listing."""

from __future__ import annotations

import sys
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import click
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from feedproxy.cli.opening import open_pipeline
from feedproxy.cli.output import DayParam, counted, err, json_option, out, print_json, say
from feedproxy.cli.reading import known_sources
from feedproxy.config import Config
from feedproxy.errors import FeedproxyError
from feedproxy.refresh.backfill import PAUSE, Backfill, Day, Plan, Waiting

STOPPED = "stopped: the same command goes on where it was"


@dataclass
class Outcome:
    """What a backfill has read."""

    read: list[Day] = field(default_factory=list)
    missed: list[Day] = field(default_factory=list)
    stopped: str = ""
    """Why it stopped early, if it did."""

    def add(self, day: Day) -> None:
        (self.missed if day.trouble else self.read).append(day)

    @property
    def new(self) -> int:
        return sum(each.report.new for each in (*self.read, *self.missed))

    @property
    def changed(self) -> int:
        return sum(each.report.changed for each in (*self.read, *self.missed))


@click.command()
@click.argument("source")
@click.option(
    "--since",
    type=DayParam(),
    required=True,
    metavar="DATE",
    help="The oldest day that is read.",
)
@click.option(
    "--pause",
    type=click.FloatRange(min=0),
    default=PAUSE,
    show_default=True,
    metavar="SECONDS",
    help="How long to rest after each request.",
)
@json_option
@click.pass_obj
def backfill(config: Config, source: str, since: datetime, pause: float, as_json: bool) -> None:
    """Read the past of SOURCE, a daily listing, back to DATE.

    A new topic then shows months of history at once, each paper at its own day. It reads
    day by day, from yesterday backwards, slowly enough for the site; a server may be running.
    Ctrl-C stops it; the same command goes on where it stopped. Exit status 1 if a day could
    not be read.
    """
    pipeline = open_pipeline(config)
    [name] = known_sources(pipeline, (source,))
    plan = pipeline.backfill.plan(name, since.date())
    if plan.since > since.date():
        say(err, f"{name}: nothing before {plan.since} is read: its `keep` would forget it at once")
    elif not (plan.days or plan.filled):
        raise click.BadParameter("it should be a day before today", param_hint="--since")
    outcome = walk(pipeline.backfill, plan, pause)
    if as_json:
        print_json(outcome_row(plan, outcome))
    else:
        tell(plan, outcome)
    sys.exit(1 if outcome.missed or outcome.stopped else 0)


def walk(backfill: Backfill, plan: Plan, pause: float) -> Outcome:
    outcome = Outcome()
    try:
        with Progress(
            BarColumn(),
            MofNCompleteColumn(),
            TextColumn("days", markup=False),
            TimeRemainingColumn(),
            TextColumn("{task.description}", markup=False),
            console=err,
            transient=True,
            disable=not err.is_terminal,
        ) as progress:
            task = progress.add_task("", total=len(plan.days))
            for step in backfill.run(plan, pause):
                if isinstance(step, Day):
                    outcome.add(step)
                    progress.advance(task)
                if line := described(step):
                    progress.update(task, description=line)
                    if not err.is_terminal:
                        say(err, line)
    except FeedproxyError as error:
        outcome.stopped = str(error)
    except KeyboardInterrupt:
        outcome.stopped = STOPPED
    return outcome


def described(step: Day | Waiting) -> str:
    if isinstance(step, Waiting):
        return step.why and f"waiting for {step.seconds:.0f} s: {step.why}"
    return f"{step.day}: {step.trouble or f'{step.report.new} new'}"


def tell(plan: Plan, outcome: Outcome) -> None:
    before = f"; {plan.filled:,} filled before" if plan.filled else ""
    counts = f"{outcome.new:,} new, {outcome.changed:,} changed"
    say(out, f"{plan.source.name}: {counts}, of {counted(len(outcome.read), 'day')}{before}")
    for each in outcome.missed:
        say(err, (f"{each.day}: ", "yellow"), each.trouble)
    if outcome.missed:
        say(err, f"not read: {counted(len(outcome.missed), 'day')}; the same command tries again")
    if outcome.stopped:
        say(err, ("feedproxy:", "red"), f" {outcome.stopped}")


def outcome_row(plan: Plan, outcome: Outcome) -> dict[str, Any]:
    return {
        "source": plan.source.name,
        "since": str(plan.since),
        "filled_before": plan.filled,
        "read": [str(each.day) for each in outcome.read],
        "not_read": [{"day": str(each.day), "error": each.trouble} for each in outcome.missed],
        "new": outcome.new,
        "changed": outcome.changed,
        "error": outcome.stopped or None,
    }
