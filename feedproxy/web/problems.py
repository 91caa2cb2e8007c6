"""Failures as answers: a page with a next step for people, one line for feed readers."""

from __future__ import annotations

import logging
import re

from flask import Flask, Response, render_template, request
from werkzeug.exceptions import BadHost, HTTPException

from feedproxy.checking.trial import TOO_LONG
from feedproxy.errors import FeedproxyError, NoSuchPage, NotReadYet, UnknownRecord, UnknownTopic

NEXT = {
    400: "Something in the address cannot be read: begin again from one of these pages.",
    404: "The address may be misspelt, or what it named is not in the archive any more.",
    405: "This address can only be looked at.",
    410: "It was taken out of the rules. If a reader still asks for its feed, unsubscribe there.",
    413: f"The text is {TOO_LONG}.",
    500: "That is a fault of feedproxy itself: its log says more. Feeds go on from the archive.",
    503: "It is tried again by itself; reload this page in a moment.",
}
"""What to do next, by status."""
NOT_KEPT = {"Cache-Control": "no-store"}
SEARCH = (
    "Search the topic's page for words of its title. "
    "In an address, the arXiv id or the DOI of a paper will do, too."
)


def register(app: Flask) -> None:
    app.register_error_handler(UnknownTopic, unknown_topic)
    app.register_error_handler(UnknownRecord, unknown_record)
    app.register_error_handler(NoSuchPage, no_such_page)
    app.register_error_handler(NotReadYet, not_read_yet)
    app.register_error_handler(FeedproxyError, not_now)
    app.register_error_handler(BadHost, bad_host)
    app.register_error_handler(HTTPException, http_problem)
    app.logger.addFilter(OneLine())


class OneLine(logging.Filter):
    """Escapes what a client sent, so that it can neither forge log lines nor control a terminal."""

    ODD = re.compile(r"[^ -~]")

    def filter(self, record: logging.LogRecord) -> bool:
        shown = self.ODD.sub(lambda odd: ascii(odd[0])[1:-1], record.getMessage())
        record.msg, record.args = shown, ()
        return True


def unknown_topic(error: UnknownTopic) -> Response:
    return answer(410 if error.gone else 404, str(error), topic=error.nearest)


def unknown_record(error: UnknownRecord) -> Response:
    return answer(404, error.told, topic=asked_topic(), further=SEARCH)


def no_such_page(error: NoSuchPage) -> Response:
    return answer(404, str(error), topic=asked_topic())


def asked_topic() -> str | None:
    return (request.view_args or {}).get("topic")


def not_read_yet(error: NotReadYet) -> Response:
    response = answer(503, "Nothing to show yet: no source could be read.", error.reasons)
    response.headers["Retry-After"] = str(int(min(max(error.retry_after, 5), 3600)))
    return response


def not_now(error: FeedproxyError) -> Response:
    """For failures such as an archive that cannot be read; the message says what to do."""
    return answer(503, str(error))


def bad_host(_: BadHost) -> Response:
    """Without a host, no page could link to another."""
    return _plain(400, "The Host header of the request is no name of a host.")


def http_problem(error: HTTPException) -> Response:
    response = answer(error.code or 500, f"{error.name}.")
    allow = dict(error.get_headers()).get("Allow")
    if allow:
        response.headers["Allow"] = allow
    return response


def answer(
    status: int,
    message: str,
    reasons: tuple[str, ...] = (),
    *,
    topic: str | None = None,
    further: str = "",
) -> Response:
    """`topic` is one to go on with; `further` says what to do, instead of the status's own hint."""
    if request.path.startswith("/feeds/"):
        return _plain(status, "\n  ".join((message, *reasons)))
    page = render_template(
        "problem.html",
        message=message,
        reasons=reasons,
        topic=topic,
        next=further or NEXT.get(status, "Nothing was changed."),
    )
    return Response(page, status, NOT_KEPT)


def _plain(status: int, text: str) -> Response:
    return Response(f"{text}\n", status, NOT_KEPT, content_type="text/plain; charset=utf-8")
