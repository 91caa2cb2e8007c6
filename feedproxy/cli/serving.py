"""serve, demo, init."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from types import ModuleType
from typing import Any, TypeVar

import click
from click.core import ParameterSource

from feedproxy.config import Config
from feedproxy.errors import ConfigError
from feedproxy.starter import is_missing, write_starter_rules

ENVIRONMENT = ParameterSource.ENVIRONMENT
F = TypeVar("F", bound=Callable[..., Any])


def address_options(command: F) -> F:
    command = click.option(
        "--port",
        type=click.IntRange(0, 65535),
        help="Port to listen on; 0 takes any free one.  [default: PORT, or 8000]",
    )(command)
    return click.option(
        "--host",
        default="127.0.0.1",
        show_default=True,
        help="Address to listen on; 0.0.0.0 is every address of this machine.",
    )(command)


class Workers(click.IntRange):
    """A number of workers; an error names WEB_CONCURRENCY if the number came from there."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        try:
            return int(super().convert(value, param, ctx))
        except click.BadParameter as error:
            if ctx and param and ctx.get_parameter_source(param.name or "") is ENVIRONMENT:
                raise ConfigError(
                    f"WEB_CONCURRENCY is {value!r}, which should be "
                    f"a number of processes, {self.min} to {self.max}"
                ) from error
            raise


@click.command()
@address_options
@click.option(
    "--workers",
    type=Workers(1, 64),
    envvar="WEB_CONCURRENCY",
    help="Processes that answer.  [default: WEB_CONCURRENCY, or 2]",
)
@click.option(
    "--server",
    type=click.Choice(["gunicorn", "granian"]),
    default="gunicorn",
    show_default=True,
    help="granian, an extra, answers several times more.",
)
@click.pass_obj
def serve(config: Config, host: str, port: int | None, workers: int | None, server: str) -> None:
    """Serve the feeds and pages, and keep the sources warm.

    It starts without any configuration: rules are read from ./rules, and followed within two
    seconds of an edit; the archive is kept in ./feedproxy.db. Ctrl-C stops it.
    """
    offer_starter_rules(config.rules)
    server_module().serve(listening_at(config, host, port), workers, announce, server)


@click.command()
@address_options
@click.pass_obj
def demo(config: Config, host: str, port: int | None) -> None:
    """Serve an invented listing, to look around in.

    It needs no network and leaves nothing behind. Votes rise as you watch, and a paper
    arrives every minute.
    """
    server_module().demo(listening_at(config, host, port), announce)


@click.command()
@click.pass_obj
def init(config: Config) -> None:
    """Write the starter rules into the rules folder.

    Six topics that show the language. Nothing that is there already is overwritten.
    """
    path = write_starter_rules(config.rules)
    click.echo(f"wrote {path}: edit it to your taste, then run feedproxy serve")


def announce(line: str) -> None:
    """Prints the line, if it can: the server starts in any case."""
    with suppress(OSError):
        click.echo(line)


def server_module() -> ModuleType:
    """`feedproxy.server`, imported late: it imports gunicorn, which then reads WEB_CONCURRENCY, and
    no other command may fail because of that.
    """
    if os.environ.get("WEB_CONCURRENCY") == "":
        del os.environ["WEB_CONCURRENCY"]  # as if it were not set, like every setting
    try:
        from feedproxy import server
    except ValueError as error:
        raise ConfigError(f"WEB_CONCURRENCY should be a number of processes ({error})") from error
    return server


def listening_at(config: Config, host: str, port: int | None) -> Config:
    """An empty host, as of a variable without a value, is none: it would be every address."""
    return replace(config, host=host or config.host, port=config.port if port is None else port)


def offer_starter_rules(folder: Path) -> None:
    if not is_missing(folder):
        return
    question = f"There is no folder {folder} with rules yet. Write the starter rules there?"
    if sys.stdin.isatty() and click.confirm(question, default=True):
        click.echo(f"wrote {write_starter_rules(folder)}")
        return
    click.echo(
        f"There is no folder {folder} with rules: run feedproxy init for a start, "
        "or write your own; they are picked up as soon as they are there",
        err=True,
    )
