"""build, opml, schema: what other programs read."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import click

from feedproxy import assemble
from feedproxy.cli.opening import with_rules
from feedproxy.cli.output import json_option, out, print_json, say, working
from feedproxy.config import Config


@click.command()
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path, file_okay=False))
@click.option("--public", is_flag=True, help="Build although FEEDPROXY_ACCESS_KEY is set.")
@json_option
@click.pass_obj
def build(config: Config, folder: Path, public: bool, as_json: bool) -> None:
    """Write feeds, pages and OPML into DIR.

    For any web server or pages host, at the address in FEEDPROXY_PUBLIC_URL. Only what has
    changed is written, and what an earlier build wrote and this one does not is removed; other
    files in DIR are left alone. It reads no source: run feedproxy refresh first.
    """
    with working(f"building {folder}"):
        built = assemble.build(replace(config, access_key="") if public else config, folder)
    if as_json:
        print_json({"files": built.files, "written": built.written, "removed": built.removed})
        return
    counts = f"{len(built.written):,} written, {len(built.removed):,} removed"
    say(out, f"{folder}: {built.files:,} files, {counts}")


@click.command()
@click.pass_obj
def opml(config: Config) -> None:
    """Print the topics as OPML, for a reader's import.

    Addresses begin with FEEDPROXY_PUBLIC_URL, if it is set.
    """
    click.echo(with_rules(config).opml(), nl=False)


@click.command()
def schema() -> None:
    """Print the JSON Schema of the rules, for editors.

    Save it beside the rules and name it in their first line:

    \b
    # yaml-language-server: $schema=rules.schema.json
    """
    print_json(assemble.schema())
