"""digest: what is new by topic, by mail or on the terminal."""

from __future__ import annotations

import sys
from datetime import UTC, datetime

import click

from feedproxy.cli.opening import open_pipeline
from feedproxy.cli.output import DayParam, err, out, say, working
from feedproxy.config import Config
from feedproxy.mailing import Sent
from feedproxy.mailserver import recipients


def addresses(
    ctx: click.Context,  # noqa: ARG001  click asks so
    param: click.Parameter,  # noqa: ARG001
    given: tuple[str, ...],
) -> tuple[str, ...]:
    try:
        return tuple(dict.fromkeys(each for text in given for each in recipients(text)))
    except ValueError as error:
        raise click.BadParameter(f"write {error}") from error


@click.command()
@click.option(
    "--to",
    multiple=True,
    callback=addresses,
    metavar="ADDRESS",
    help="Who gets it; may be repeated.  [default: FEEDPROXY_DIGEST_TO]",
)
@click.option("--print", "as_text", is_flag=True, help="Show it here and send nothing.")
@click.option(
    "--since",
    type=DayParam(),
    metavar="DATE",
    help="What is new since that day (UTC), whoever was told before.",
)
@click.pass_obj
def digest(config: Config, to: tuple[str, ...], as_text: bool, since: datetime | None) -> None:
    """Mail what is new by topic.

    For cron: the topics with `digest: daily` once a day, and the weekly ones once a week,
    each from where the last mail ended. If nothing is new, no mail is sent. `serve` does the
    same by itself if FEEDPROXY_DIGEST_TO is set. `--print` shows the last day, and week.
    """
    if not (to or as_text or config.digest_to):
        raise click.UsageError("name who gets it by --to ADDRESS, or show it by --print")
    if since and since.replace(tzinfo=UTC) > datetime.now(UTC):
        raise click.BadParameter("that day is still to come", param_hint="--since")
    begin = since and since.replace(tzinfo=UTC) - datetime.resolution
    mailing = open_pipeline(config).mailing
    if as_text:
        click.echo(mailing.text(begin), nl=False)
        return
    with working("sending"):
        sent = mailing.send(to, begin)
    tell(sent, to or config.digest_to)


def tell(sent: Sent | None, to: tuple[str, ...]) -> None:
    if sent is None:
        say(
            out,
            "no mail is due: the last was sent already, or had nothing new; "
            "--since DATE sends what is new since then",
        )
    elif not sent.digest.count:
        say(out, "nothing is new: no mail was sent")
    else:
        reached = [each for each in to if each not in sent.refused]
        say(out, f"{sent.digest.count} new: sent to {', '.join(reached)}")
    if sent and sent.refused:
        refused = ", ".join(sent.refused.values())
        say(err, ("feedproxy: ", "red"), f"the server refused {refused}")
        sys.exit(1)
