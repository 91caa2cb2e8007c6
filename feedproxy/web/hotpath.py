"""The hot path: a feed that is prepared and still valid is answered before Flask is reached.

A plain WSGI callable. It only answers the first page of a topic's feed, if that is prepared or its
reader has it already. All else goes on to the app, which would answer these requests the same, to
the byte. An answer is repeated within the same second, unless something new was learnt meanwhile.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from feedproxy.formats import FORMATS
from feedproxy.pipeline import Pipeline
from feedproxy.rules.conditions import TOPIC_NAME
from feedproxy.web.delivery import at_once

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

STATUS = {200: "200 OK", 304: "304 NOT MODIFIED"}
ASKED = (
    "PATH_INFO",
    "QUERY_STRING",
    "REQUEST_METHOD",
    "HTTP_ACCEPT_ENCODING",
    "HTTP_IF_NONE_MATCH",
    "HTTP_IF_MODIFIED_SINCE",
)
"""The parts of a request on which its answer depends."""
MOST_ANSWERS = 32
"""How many answers of one second are kept: each may hold a whole feed."""
_FEED = re.compile(rf"/feeds/({TOPIC_NAME})\.({'|'.join(FORMATS)})")
_MAY_NAME_A_PAGE = re.compile(r"page|%", re.IGNORECASE)

Asked = tuple[str | None, ...]
Answer = tuple[str, list[tuple[str, str]], list[bytes]]
"""Status, headers and body."""


class HotPath:
    def __init__(
        self,
        app: WSGIApplication,
        pipeline: Pipeline,
        always: Mapping[str, str],
        *,
        private: bool,
    ) -> None:
        """`always` are the headers of every answer of `app`; `private`: there is an access key."""
        self._app = app
        self._pipeline = pipeline
        self._always = list(always.items())
        self._private = private
        self._kept: tuple[object, dict[Asked, Answer]] = (None, {})
        """A moment, and the answers to repeat while it lasts."""

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        answer = self._answer(environ)
        if answer is None:
            return self._app(environ, start_response)
        status, headers, body = answer
        start_response(status, headers.copy())
        return body.copy()

    def _answer(self, environ: WSGIEnvironment) -> Answer | None:
        if not environ.get("PATH_INFO", "").startswith("/feeds/"):
            return None
        moment, kept = self._pipeline.moment(), self._kept
        if kept[0] != moment:
            kept = self._kept = (moment, {})
        answers, asked = kept[1], tuple(map(environ.get, ASKED))
        answer = answers.get(asked)
        if answer is None and (answer := self._made(environ)) and len(answers) < MOST_ANSWERS:
            answers[asked] = answer
        return answer

    def _made(self, environ: WSGIEnvironment) -> Answer | None:
        asked, method = _FEED.fullmatch(environ["PATH_INFO"]), environ["REQUEST_METHOD"]
        reads = method in ("GET", "HEAD")
        if not (asked and reads) or _MAY_NAME_A_PAGE.search(environ.get("QUERY_STRING", "")):
            return None
        self._pipeline.refresher.start()

        def sent(name: str) -> str | None:
            value: str | None = environ.get("HTTP_" + name.upper().replace("-", "_"))
            return value

        found = self._pipeline.at_hand(asked[1], asked[2])
        delivery = found and at_once(*found, sent, private=self._private)
        if delivery is None:
            return None
        status, headers, body = delivery
        if status == 200:
            headers.append(("Content-Length", str(len(body))))
        return STATUS[status], headers + self._always, [] if method == "HEAD" else [body]
