"""opml, schema: what other programs read."""

from __future__ import annotations

import click

from feedproxy import assemble
from feedproxy.cli.looking import opened
from feedproxy.cli.output import print_json
from feedproxy.config import Config


@click.command()
@click.pass_obj
def opml(config: Config) -> None:
    """Print the topics as OPML, for a reader's import.

    Addresses begin with FEEDPROXY_PUBLIC_URL, if it is set.
    """
    click.echo(opened(config).opml(), nl=False)


@click.command()
@click.pass_obj
def schema(config: Config) -> None:
    """Print the JSON Schema of the rules, for editors.

    Save it beside the rules and name it in their first line:

    \b
    # yaml-language-server: $schema=rules.schema.json
    """
    print_json(assemble.schema(config))
