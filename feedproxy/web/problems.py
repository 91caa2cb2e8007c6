"""Failures as answers: a page with a next step for people, one line for feed readers."""

from __future__ import annotations

from flask import Flask, Response, render_template, request
from werkzeug.exceptions import HTTPException

from feedproxy.errors import NoSuchPage, NotReadYet, UnknownRecord, UnknownTopic


def register(app: Flask) -> None:
    app.register_error_handler(UnknownTopic, unknown_topic)
    app.register_error_handler(UnknownRecord, not_there)
    app.register_error_handler(NoSuchPage, not_there)
    app.register_error_handler(NotReadYet, not_read_yet)
    app.register_error_handler(HTTPException, http_problem)


def unknown_topic(error: UnknownTopic) -> Response:
    return answer(410 if error.gone else 404, str(error), nearest=error.nearest)


def not_there(error: UnknownRecord | NoSuchPage) -> Response:
    return answer(404, str(error))


def not_read_yet(error: NotReadYet) -> Response:
    response = answer(503, "Nothing to show yet: no source could be read.", error.reasons)
    response.headers["Retry-After"] = str(int(min(max(error.retry_after, 5), 3600)))
    return response


def http_problem(error: HTTPException) -> Response:
    response = answer(error.code or 500, f"{error.name}.")
    allow = dict(error.get_headers()).get("Allow")
    if allow:
        response.headers["Allow"] = allow
    return response


def answer(
    status: int, message: str, reasons: tuple[str, ...] = (), nearest: str | None = None
) -> Response:
    if request.path.startswith("/feeds/"):
        text = "\n  ".join((message, *reasons)) + "\n"
        response = Response(text, status, content_type="text/plain; charset=utf-8")
    else:
        page = render_template(
            "problem.html", status=status, message=message, reasons=reasons, nearest=nearest
        )
        response = Response(page, status)
    response.headers["Cache-Control"] = "no-store"
    return response
