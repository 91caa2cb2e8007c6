"""The commands, one function each. Exit status: 0 done, 1 it failed, 2 called wrongly.

serving   serve, demo, init
check     check: what is wrong with the rules
looking   preview, explain: what they make of the archive
reading   refresh
backfill  backfill
trying    try-source
digest    digest
keeping   backup, copy-to
exports   build, opml, schema
opening   how these come by the pipeline
output    what they print
"""

from __future__ import annotations

import errno
import io
import logging
import sys
from pathlib import Path
from typing import Any, NoReturn

import click

from feedproxy import __version__
from feedproxy.cli.backfill import backfill
from feedproxy.cli.check import check
from feedproxy.cli.digest import digest
from feedproxy.cli.exports import build, opml, schema
from feedproxy.cli.keeping import backup, copy_to
from feedproxy.cli.looking import explain, preview
from feedproxy.cli.output import err, say, visible
from feedproxy.cli.reading import refresh
from feedproxy.cli.serving import demo, init, serve
from feedproxy.cli.trying import try_source
from feedproxy.config import from_environ
from feedproxy.errors import ConfigError, FeedproxyError

FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO}
"""Errors that mean that standard output cannot be written; commands tell of files themselves."""


TOLD = "%(levelname)s %(name)s: %(message)s"
LOG_LINE = f"%(asctime)s [%(process)d] {TOLD}"
"""Of what runs for days, in several processes."""


class Commands(click.Group):
    """Tells expected failures in words on standard error, never as a traceback."""

    def main(self, *args: Any, **settings: Any) -> Any:
        try:
            return super().main(*args, **settings)
        except OSError as error:
            if error.errno not in FULL or error.filename is not None:
                raise
            fail(f"cannot write the output: {error.strerror}")

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except FeedproxyError as error:
            fail(str(error))

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002  click asks so
        """The commands in the order in which one needs them."""
        return list(self.commands)


def fail(why: str) -> NoReturn:
    say(err, ("feedproxy:", "red"), f" {why}")
    sys.exit(1)


class Visible(logging.Formatter):
    """Escapes what a terminal would obey: a traceback in the log may quote a site."""

    def format(self, record: logging.LogRecord) -> str:
        return visible(super().format(record))


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__)
@click.pass_context
def main(ctx: click.Context) -> None:
    """Paper listings in, one personal feed per topic out.

    Begin with `feedproxy demo`, or with `feedproxy init` and `feedproxy serve`. The settings
    are environment variables, such as FEEDPROXY_RULES and FEEDPROXY_DATABASE: see the README.
    """
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")  # a terminal that cannot show a title gets a ?
    handler = logging.StreamHandler()
    handler.setFormatter(Visible(LOG_LINE if ctx.invoked_subcommand == "serve" else TOLD))
    logging.basicConfig(handlers=[handler], level=logging.WARNING)
    need_current_folder()
    ctx.obj = from_environ()


def need_current_folder() -> None:
    """Raises ConfigError if it was deleted: most paths are named from it."""
    try:
        Path.cwd()
    except FileNotFoundError as error:
        raise ConfigError("the current folder was deleted: change to another one (cd)") from error


for command in (
    serve,
    init,
    check,
    preview,
    explain,
    refresh,
    backfill,
    try_source,
    digest,
    backup,
    copy_to,
    build,
    opml,
    schema,
    demo,
):
    main.add_command(command)
