"""refresh."""

from __future__ import annotations

import sys
from difflib import get_close_matches
from typing import Any

import click
from rich.progress import track

from feedproxy.cli.opening import open_pipeline
from feedproxy.cli.output import err, json_option, out, print_json, say
from feedproxy.config import Config
from feedproxy.errors import ArchiveError, FeedproxyError
from feedproxy.pipeline import Pipeline
from feedproxy.refresh.reading import BUSY, Report


@click.command()
@click.argument("sources", nargs=-1, metavar="[SOURCE]...")
@json_option
@click.pass_obj
def refresh(config: Config, sources: tuple[str, ...], as_json: bool) -> None:
    """Read each SOURCE now, or all that topics read.

    For cron, where nothing serves, or to see why a source cannot be read. Exit status 1 if
    any could not be; what was read of it until then is kept. A site that asked to be left alone
    is asked only for a SOURCE that is named.
    """
    pipeline = open_pipeline(config)
    names = known_sources(pipeline, sources) or pipeline.used_sources()
    progress = track(
        names, "reading", console=err, transient=True, disable=not err.is_terminal or not names
    )
    reports = [_read(pipeline, name, anyway=name in sources) for name in progress]
    if as_json:
        print_json([report_row(report) for report in reports])
    else:
        for report in reports:
            tell(report)
    sys.exit(1 if any(report.error for report in reports) else 0)


def _read(pipeline: Pipeline, name: str, *, anyway: bool) -> Report:
    if not anyway and (until := pipeline.left_alone_until(name)):
        why = f"not read: its site asked to be left alone until {until:%Y-%m-%d %H:%M} UTC"
        return Report(name, notes=(why,))
    try:
        return pipeline.refresh(name) or Report(name, notes=(BUSY,))
    except ArchiveError as error:
        return Report(name, error=str(error).removeprefix(f"{name}: "))


def known_sources(pipeline: Pipeline, names: tuple[str, ...]) -> list[str]:
    sources = pipeline.rules().sources
    for name in names:
        if name not in sources:
            near = get_close_matches(name, sources, 1)
            hint = f'did you mean "{near[0]}"?' if near else f"there are {', '.join(sources)}"
            raise FeedproxyError(f"no source {name!r}; {hint}")
    return list(dict.fromkeys(names))


def tell(report: Report) -> None:
    counts = f"{report.source}: {report.new} new, {report.changed} changed"
    if report.error:
        say(err, (f"{report.source}:", "red"), f" {report.error}")
    if report.listings or not report.error:
        by = f" (by {report.served_by})" if report.served_by else ""
        say(out, counts, by)
    for note in report.notes:
        say(out, (f"  {note}", "dim"))


def report_row(report: Report) -> dict[str, Any]:
    return {
        "source": report.source,
        "new": report.new,
        "changed": report.changed,
        "served_by": report.served_by,
        "notes": list(report.notes),
        "error": report.error or None,
    }
