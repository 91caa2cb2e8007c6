"""preview, explain: what a topic makes of the archive, and why. Nothing is fetched."""

from __future__ import annotations

from typing import Any

import click

from feedproxy.cli.opening import name_now, open_pipeline
from feedproxy.cli.output import (
    AT_MOST,
    err,
    highlighted,
    json_option,
    out,
    print_json,
    record_row,
    say,
    tell_rest,
)
from feedproxy.clock import stamp
from feedproxy.config import Config
from feedproxy.explain import Node, highlights, marked, sentences, tree
from feedproxy.models import Record
from feedproxy.rules import Decision


@click.command()
@click.argument("topic")
@json_option
@click.pass_obj
def preview(config: Config, topic: str, as_json: bool) -> None:
    """Show what TOPIC takes and leaves out.

    Each paper of the archive with its reasons: included, in the feed's order; near (exactly one
    number or exclusion keeps it out) and excluded, the newest first.
    """
    pipeline = open_pipeline(config)
    topic = name_now(pipeline, topic)
    found = pipeline.catalogue.preview(topic)
    views = {"included": found.included, "near": found.near, "excluded": found.excluded}
    if as_json:
        rows = {name: [decision_row(each) for each in view] for name, view in views.items()}
        print_json({"topic": topic, **rows})
        return
    for name, decisions in views.items():
        say(out, (name, "bold"), f" ({len(decisions)})")
        tell_decisions(decisions)
    if not any(views.values()):
        say(err, "nothing has been read yet: run feedproxy refresh, or feedproxy serve")


def tell_decisions(decisions: tuple[Decision, ...]) -> None:
    for each in decisions[:AT_MOST]:
        day = f"{each.since or each.listed:%Y-%m-%d}"
        say(out, f"  {day}  ", (each.record.short_id, "dim"), f"  {each.record.title}")
        say(out, ("              " + "; ".join(sentences(each)), "dim"))
    tell_rest(len(decisions))


def decision_row(decision: Decision) -> dict[str, Any]:
    return {**record_row(decision.record), "reasons": list(sentences(decision))}


@click.command()
@click.argument("topic")
@click.argument("id", metavar="ID")
@json_option
@click.pass_obj
def explain(config: Config, topic: str, id: str, as_json: bool) -> None:
    """Explain why TOPIC takes the paper ID, or why not.

    ID is what names the paper: an arXiv id in any form, a DOI, a link, its whole title in
    quotes, or an id as `preview --json` shows it. Every condition is shown, including those
    that did not decide.
    """
    pipeline = open_pipeline(config)
    decision = pipeline.catalogue.decision(name_now(pipeline, topic), id)
    if as_json:
        print_json(explanation_row(decision))
        return
    record, found = decision.record, highlights(decision)
    out.print(highlighted(marked(record.title, found, "title")))
    say(out, (f"{record.short_id}  {record.link}  listed {decision.listed:%Y-%m-%d}", "dim"))
    if len(record.appearances) > 1:
        say(out, (f"seen in {', '.join(seen_in(record))}", "dim"))
    out.print()
    tell_tree(tree(decision))
    if record.summary:
        out.print()
        out.print(highlighted(marked(record.summary, found, "abstract")))


def tell_tree(node: Node, depth: int = 0) -> None:
    """✓ for what holds, ✗ for what does not; a shut gate, which keeps the paper out, is red."""
    mark = "✓" if node.held else "✗"
    style = "bold green" if node.held else "bold red" if depth < 2 else "dim"
    said = node.label if node.children or not node.detail else node.detail
    adds = node.children and node.detail and (node.held or depth < 2)
    more = f"  {node.detail}" if adds else ""
    say(out, "  " * depth, (f"{mark} ", style), (said, "" if node.held else style), (more, "dim"))
    for child in node.children:
        tell_tree(child, depth + 1)


def explanation_row(decision: Decision) -> dict[str, Any]:
    record, found = decision.record, highlights(decision)
    return {
        "topic": decision.topic,
        **record_row(record),
        "link": record.link,
        "seen_in": seen_in(record),
        "aliases": list(record.aliases),
        "included": decision.included,
        "since": stamp(decision.since),
        "score": decision.score,
        "reasons": list(sentences(decision)),
        "found": {
            field: [each._asdict() for each in found.get((field, 0), ())]
            for field in ("title", "abstract")
        },
        "tree": node_row(tree(decision)),
    }


def seen_in(record: Record) -> list[str]:
    return [seen.source for seen in record.appearances]


def node_row(node: Node) -> dict[str, Any]:
    return {
        "label": node.label,
        "held": node.held,
        "detail": node.detail,
        "since": stamp(node.since),
        "children": [node_row(child) for child in node.children],
    }
