"""backup, copy-to: the archive as a whole, while a server may be running."""

from __future__ import annotations

from pathlib import Path

import click

from feedproxy import assemble
from feedproxy.cli.output import json_option, out, print_json, say
from feedproxy.config import Config


@click.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.pass_obj
def backup(config: Config, file: Path) -> None:
    """Copy the archive, as it is at this moment, into FILE.

    A running server is not disturbed. FILE is an archive itself. To restore it, stop the
    server, remove the archive and any -journal, -wal and -shm beside it, and copy FILE to
    where the archive was.
    """
    assemble.existing_archive(config).backup(file)
    say(out, f"{file}: {file.stat().st_size:,} bytes")


@click.command("copy-to")
@click.argument("database_url")
@json_option
@click.pass_obj
def copy_to(config: Config, database_url: str, as_json: bool) -> None:
    """Copy the whole archive to DATABASE_URL.

    It must be empty; the counts are compared on both sides. From SQLite to PostgreSQL, or
    back. Stop the server first, so that nothing new is left behind; then set
    FEEDPROXY_DATABASE to DATABASE_URL and start it again.
    """
    counts = assemble.copy(config, database_url)
    if as_json:
        print_json(counts)
        return
    for table, rows in counts.items():
        say(out, f"{rows:9,} {table}")
    say(out, "the counts agree on both sides")
