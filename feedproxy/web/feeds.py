"""`/feeds/<topic>.atom`, `.rss`, `.json`: prepared bytes, validators and state headers."""

from __future__ import annotations

import re

from flask import Blueprint, Response, abort, redirect, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from feedproxy.errors import NoSuchPage, UnknownTopic
from feedproxy.formats import FORMATS
from feedproxy.healthfeed import TOPIC as HEALTH
from feedproxy.prepared import Prepared
from feedproxy.rules.conditions import TOPIC_NAME
from feedproxy.watch import Status
from feedproxy.web.access import token_query
from feedproxy.web.context import config, pipeline
from feedproxy.web.delivery import deliver

blueprint = Blueprint("feeds", __name__)

_FORMAT = "|".join(FORMATS)
_NAME = re.compile(rf"(?P<topic>{TOPIC_NAME}|{HEALTH})(?:\.(?P<format>{_FORMAT}))?")
_NEARLY = re.compile(r"(\w[\w-]{0,63})(?:\.\w{1,10})?", re.ASCII)


@blueprint.get("/feeds/<name>")
def feed(name: str) -> AnyResponse:
    found = _NAME.fullmatch(name)
    if not found:
        tell_nearest(name)
        abort(404)
    topic, format_name = found["topic"], found["format"]
    if new := pipeline().new_name(topic):
        return redirect(moved_address(name.replace(topic, new, 1), new), 301)
    if format_name is not None:
        return feed_response(topic, format_name)
    response = redirect_to_page(topic) if wants_html() else feed_response(topic, "atom")
    response.vary.add("Accept")
    return response


def tell_nearest(name: str) -> None:
    """Raises UnknownTopic with the nearest name, if `name` looks like that of a feed."""
    if nearly := _NEARLY.fullmatch(name):
        topic = pipeline().rule_set(nearly[1]).topic
        raise UnknownTopic(name, f"{topic}.atom")


def redirect_to_page(topic: str) -> AnyResponse:
    if topic == HEALTH:
        return redirect(url_for("pages.topics"))
    return redirect(url_for("pages.topic", topic=topic))


def feed_response(topic: str, format_name: str) -> Response:
    if topic == HEALTH:
        if (page := page_number()) > 1:
            raise NoSuchPage(f"{topic} has no page {page}: the last is 1")
        return answer(*pipeline().health_feed(format_name))
    rule_set = pipeline().rule_set(topic)
    return answer(pipeline().feed(topic, format_name, page_number()), pipeline().status(rule_set))


def moved_address(name: str, topic: str) -> str:
    """Where the feed is under its topic's new name, with that topic's token."""
    address = url_for(".feed", name=name) + token_query(config().access_key, topic)
    if "page" in request.args:
        address += ("&" if "?" in address else "?") + f"page={page_number()}"
    return address


def page_number() -> int:
    """The page that the address asks for. Raises NoSuchPage."""
    given = request.args.get("page", "1")
    if not given.isascii() or not given.isdigit() or len(given) > 6 or int(given) < 1:
        raise NoSuchPage(f"there is no page {given[:20]!r}: write a number from 1 on")
    return int(given)


def wants_html() -> bool:
    best = request.accept_mimetypes.best_match(
        ["application/atom+xml", "application/xml", "text/html"], default="application/atom+xml"
    )
    return best == "text/html"


def answer(prepared: Prepared, status: Status) -> Response:
    """The answer, 200 or 304. Only its headers depend on the request or on the time."""
    private = bool(config().access_key)
    code, headers, body = deliver(prepared, status, request.headers.get, private=private)
    response = Response(body, code)
    del response.headers["Content-Type"]
    response.headers.extend(headers)
    return response
