"""check: what is wrong with the rules, what looks odd in them, what an edit would change."""

from __future__ import annotations

import sys
from typing import Any

import click

from feedproxy.assemble import examine
from feedproxy.checking import TopicChange
from feedproxy.checking.checkup import Checkup
from feedproxy.cli.output import (
    AT_MOST,
    counted,
    err,
    json_option,
    out,
    print_json,
    record_row,
    say,
    tell_rest,
    working,
)
from feedproxy.config import Config
from feedproxy.starter import is_missing


@click.command()
@json_option
@click.pass_obj
def check(config: Config, as_json: bool) -> None:
    """Say what is wrong with the rules.

    If there is an archive, it also runs the rules' own tests against it, names terms that
    match nothing or more than half of it, and shows which papers each edited topic would gain
    and lose compared with what is served. It needs no network. Exit status 1 if there is an
    error.
    """
    with working("reading the rules and the archive"):
        found = examine(config)
    if found.trouble:
        say(err, ("feedproxy: ", "yellow"), f"checked without the archive: {found.trouble}")
    if as_json:
        print_json(checkup_row(found))
    else:
        tell_checkup(found)
    if is_missing(config.rules):
        say(err, "run feedproxy init for a start")
    sys.exit(1 if found.errors else 0)


def tell_checkup(found: Checkup) -> None:
    for problem in found.errors:
        say(out, (str(problem), "red"))
    for problem in found.warnings:
        place = f"{problem.file}:{problem.line}:{problem.column}:"
        say(out, place, (" warning: ", "yellow"), problem.text)
    for change in found.changes:
        tell_change(change)
    if not found.errors:
        beside = f"beside {counted(found.records, 'record')}" if found.records else "no records yet"
        say(out, ("ok", "green"), f": {counted(len(found.topics), 'topic')}, {beside}")


def tell_change(change: TopicChange) -> None:
    how = f" ({change.how})" if change.how else ""
    say(out, (change.topic, "bold"), f": +{len(change.added)} -{len(change.removed)}{how}")
    for sign, style, records in (("+", "green", change.added), ("-", "red", change.removed)):
        for record in records[:AT_MOST]:
            say(out, (f"  {sign} {record.title}", style))
        tell_rest(len(records))


def checkup_row(found: Checkup) -> dict[str, Any]:
    return {
        "errors": [problem.row() for problem in found.errors],
        "warnings": [problem.row() for problem in found.warnings],
        "changes": [
            {
                "topic": change.topic,
                "how": change.how,
                "added": [record_row(record) for record in change.added],
                "removed": [record_row(record) for record in change.removed],
            }
            for change in found.changes
        ],
        "topics": sorted(found.topics),
    }
