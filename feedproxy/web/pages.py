"""The pages for people, and the OPML."""

from __future__ import annotations

from dataclasses import replace

from flask import Blueprint, Response, jsonify, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from feedproxy.catalogue import window
from feedproxy.explain import grounds, highlights, marked, tree
from feedproxy.explain.counterfactual import in_words, ways
from feedproxy.explain.wording import quantity
from feedproxy.web import chart
from feedproxy.web.access import token_query
from feedproxy.web.cards import cards, cut, links, picture
from feedproxy.web.citation import AUTHORS, highwire
from feedproxy.web.context import config, pipeline
from feedproxy.web.events import events
from feedproxy.web.feeds import answer, page_number
from feedproxy.web.outline import outline

blueprint = Blueprint("pages", __name__)

THIS_MACHINE = ("localhost", "127.0.0.1", "::1")
"""Its names for itself: at the same port, they lead to the same server."""
VIEWS = {"included": "Included", "near": "Near misses", "excluded": "Excluded"}
CARDS, TOPICS, SOURCES = 25, 30, 20
"""How many stand on a page."""
LONG_TEXT, LONG_NAME, LONG_LINK = 20_000, 150, 1_000
"""Bytes of an abstract and a name on the page that explains a record; longer links are left out."""


def address(path: str) -> str:
    """`path` as an absolute address: by the setting, else by the requested host, since pages and
    OPML are never cached for others.
    """
    return (config().public_url or requested_base()) + path


def requested_base() -> str:
    """The address under which we were asked; if that is no host, the address that is served."""
    return f"{request.scheme}://{request.host}" if request.host else config().served_url


def feed_address(topic: str, format_name: str) -> str:
    return address(f"/feeds/{topic}.{format_name}{token_query(config().access_key, topic)}")


@blueprint.app_context_processor
def helpers() -> dict[str, object]:
    return {"feed_address": feed_address, "chart": chart}


@blueprint.after_request
def private(response: Response) -> Response:
    """Pages are private, since they may name the requested host and hold tokens."""
    response.headers.setdefault("Cache-Control", "private, no-cache")
    return response


@blueprint.get("/")
def topics() -> str:
    shown = pipeline().catalogue.topics(page_number(), TOPICS)
    health, folder = pipeline().health(), config().rules
    return render_template(
        "topics.html",
        topics=shown,
        status={each.rule_set.topic: pipeline().status(each.rule_set) for each in shown.items},
        health=health,
        rules_folder=folder,
        has_files=any(problem.file != str(folder) for problem in health.problems),
        other_address=other_address(),
    )


def other_address() -> str:
    """The requested address, if feeds name another one and that matters; else empty."""
    asked, here = requested_base(), config()
    names = THIS_MACHINE if here.host in THIS_MACHINE else (here.host,)
    same = {replace(here, host=name).served_url.removesuffix(":80") for name in names}
    return "" if here.public_url or asked.removesuffix(":80").lower() in same else asked


@blueprint.get("/topics/<topic>")
def topic(topic: str) -> str | AnyResponse:
    if new := pipeline().new_name(topic):
        query = request.query_string.decode("latin-1")
        return redirect(url_for(".topic", topic=new) + (f"?{query}" if query else ""), 301)
    view = request.args.get("view", "included")
    view = view if view in VIEWS else "included"
    query = request.args.get("q", "").strip()
    look = pipeline().catalogue.look(topic, view, query, page_number(), CARDS)
    return render_template(
        "topic.html",
        rule_set=look.rule_set,
        look=look,
        cards=cards(look.window.items, thumbnails=config().thumbnails),
        view=view,
        views=VIEWS,
        query=query,
        first=(look.window.page - 1) * CARDS + 1,
        status=pipeline().status(look.rule_set),
        unread=() if any(look.counts.values()) else pipeline().unread(look.rule_set),
    )


@blueprint.get("/topics/<topic>.bib")
def bibliography(topic: str) -> AnyResponse:
    if new := pipeline().new_name(topic):
        return redirect(url_for(".bibliography", topic=new), 301)
    rule_set = pipeline().rule_set(topic)
    return answer(pipeline().bibliography(topic), pipeline().status(rule_set))


@blueprint.get("/topics/<topic>/why/<path:named>")
def why(topic: str, named: str) -> str | AnyResponse:
    if new := pipeline().new_name(topic):
        return redirect(url_for(".why", topic=new, named=named), 301)
    decision = pipeline().catalogue.decision(topic, named)
    record, found = decision.record, highlights(decision)
    if named != record.short_id:
        return redirect(url_for(".why", topic=topic, named=record.short_id))
    return render_template(
        "why.html",
        decision=decision,
        record=record,
        rule_set=decision.rule_set,
        grounds=grounds(decision),
        numbers=[quantity(value, name) for name, value in sorted(record.numbers.items())],
        title=marked(record.title, found, "title"),
        abstract=cut(marked(record.summary, found, "abstract"), LONG_TEXT),
        authors=[
            cut(marked(author, found, "author", place), LONG_NAME)
            for place, author in enumerate(record.authors[:AUTHORS])
        ],
        link=record.link if len(record.link) <= LONG_LINK else "",
        links=[(label, link) for label, link in links(record) if len(link) <= LONG_LINK],
        thumbnail=picture(record) if config().thumbnails else "",
        gates=outline(tree(decision)),
        ways=[in_words(changes) for changes in ways(decision)],
        citation=highwire(record),
    )


@blueprint.get("/sources")
def sources() -> str:
    health = pipeline().health()
    shown = window(health.sources, page_number(), SOURCES)
    return render_template(
        "sources.html",
        health=health,
        sources=shown,
        events={each.source.name: events(each) for each in shown.items},
        newest=pipeline().catalogue.newest(),
        rules_folder=config().rules,
    )


@blueprint.get("/rules.schema.json")
def schema() -> Response:
    response = jsonify(pipeline().schema())
    response.content_type = "application/schema+json"
    return response


@blueprint.get("/opml")
def subscriptions() -> Response:
    response = Response(pipeline().opml(address("")), content_type="text/x-opml; charset=utf-8")
    response.headers["Content-Disposition"] = 'inline; filename="feedproxy.opml"'
    return response
