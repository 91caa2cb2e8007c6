"""The pages for people, and the OPML."""

from __future__ import annotations

from urllib.parse import urlsplit

from flask import Blueprint, Response, jsonify, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from feedproxy.explain import Segment, found_in, highlights, reasons, sentences
from feedproxy.rules import Decision
from feedproxy.web.access import token_query
from feedproxy.web.context import config, pipeline

blueprint = Blueprint("pages", __name__)

THIS_MACHINE = ("localhost", "127.0.0.1", "::1")
VIEWS = ("included", "near", "excluded")


def address(path: str) -> str:
    """Absolute: by the setting, else by the host that was asked. Pages are never shared."""
    return (config().public_url or request.host_url.rstrip("/")) + path


def feed_address(topic: str, format_name: str) -> str:
    return address(f"/feeds/{topic}.{format_name}{token_query(config().access_key, topic)}")


def segments(decision: Decision, field: str, text: str) -> tuple[Segment, ...]:
    """`text`, the record's title or abstract, with what was found in it."""
    return highlights(text, found_in(decision, field))


@blueprint.app_context_processor
def helpers() -> dict[str, object]:
    return {
        "feed_address": feed_address,
        "thumbnails": config().thumbnails,
        "segments": segments,
        "reasons": reasons,
        "sentences": sentences,
    }


@blueprint.get("/")
def topics() -> str:
    return render_template(
        "topics.html",
        topics=pipeline().catalogue.topics(),
        health=pipeline().health(),
        rules_folder=config().rules,
        address_is_guessed=address_is_guessed(),
    )


def address_is_guessed() -> bool:
    """Whether feeds name another address than the one that was asked, and it matters."""
    asked = request.host_url.rstrip("/")
    at_home = urlsplit(asked).hostname in THIS_MACHINE
    return not config().public_url and asked != config().served_url and not at_home


@blueprint.get("/topics/<topic>")
def topic(topic: str) -> str | AnyResponse:
    if former := pipeline().former(topic):
        query = request.query_string.decode("latin-1")
        return redirect(url_for(".topic", topic=former) + (f"?{query}" if query else ""), 301)
    view = request.args.get("view", "included")
    view = view if view in VIEWS else "included"
    preview = pipeline().catalogue.preview(topic)
    return render_template(
        "topic.html",
        rule_set=preview.rule_set,
        view=view,
        views={name: getattr(preview, name) for name in VIEWS},
        status=pipeline().status(topic),
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
    response.headers["Cache-Control"] = "private, no-cache"
    return response
