"""try-source: how an address might be read, as a rules file."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import click

from feedproxy import assemble
from feedproxy.cli.output import err, json_option, print_json, say, working
from feedproxy.config import Config
from feedproxy.models import Record
from feedproxy.rulefiles.writing import source_name, written_source
from feedproxy.sources.guess import Found, Guess

SHOWN = 5
"""How many records stand in the comments; JSON has all."""


@click.command()
@click.argument("url")
@json_option
@click.pass_obj
def try_source(config: Config, url: str, as_json: bool) -> None:
    """Guess how URL could be a source.

    It reads the page once and prints a rules file that defines a source for it, with the first
    records found and how sure it is as comments:

    \b
    feedproxy try-source https://lab.example/papers > lab.yaml
    mv lab.yaml rules/

    Exit status 1 if nothing on it looks like a listing.
    """
    url = url if "://" in url else f"https://{url}"
    with working(f"reading {url}"):
        found = assemble.try_source(config, url)
    if as_json:
        print_json({"url": url, "feeds": list(found.feeds), "guesses": guess_rows(found)})
    elif found.best:
        click.echo(rules_file(url, found.best, found), nl=False)
    if not found.best:
        say(err, ("feedproxy:", "red"), f" {url}: nothing fits: it is {found.otherwise}")
        sys.exit(1)


def rules_file(url: str, best: Guess, found: Found) -> str:
    """The guess as YAML, below comments with what one should know about it."""
    name = source_name(urlsplit(url).hostname or "")
    lines = comments(name, url, best, found)
    return "".join(map(comment, lines)) + written_source(name, best.kind, best.options)


def comments(name: str, url: str, best: Guess, found: Found) -> Iterator[str]:
    yield f"feedproxy try-source {url}"
    if found.feeds:
        yield "The page names a feed, which is the better choice: it breaks less often."
        yield from (f"  {name}: {{kind: feed, url: {feed!r}}}" for feed in found.feeds)
        yield "From the page itself:"
    if "pages" in best.options:
        yield "Only the first page is read; raise `pages` for those that follow."
    yield f"A topic reads it by from: [{name}]. One without from reads every source that the"
    yield "files define, and hf-daily only where they define none or name it."
    yield f"How sure: {best.certainty}, {best.confidence:.0%}."
    yield from (f"  - {words}" for words in best.grounds)
    count = len(best.records)
    yield f"The first of {count} records:" if count > SHOWN else f"Its records ({count}):"
    for record in best.records[:SHOWN]:
        yield f"  {record.published:%Y-%m-%d} {record.title}"
        yield f"             {record.link}"


def comment(line: str) -> str:
    """The line as a comment, which cannot end early whatever the line holds."""
    return f"# {''.join(each if each.isprintable() else ' ' for each in line)}\n"


def guess_rows(found: Found) -> list[dict[str, Any]]:
    return [
        {
            "kind": each.kind,
            "options": dict(each.options),
            "confidence": each.confidence,
            "certainty": each.certainty,
            "grounds": list(each.grounds),
            "records": [guessed_row(record) for record in each.records],
        }
        for each in found.guesses
    ]


def guessed_row(record: Record) -> dict[str, Any]:
    return {
        "id": record.id,
        "title": record.title,
        "link": record.link,
        "published": record.published.isoformat(),
        "authors": list(record.authors),
        "abstract": record.summary,
    }
