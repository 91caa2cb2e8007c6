"""The app under the path of its public address, whether or not a proxy in front strips that."""

from __future__ import annotations

from collections.abc import Container, Iterable
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

from flask import Flask

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment


def beginnings(app: Flask) -> set[str]:
    """The first segments of the app's paths."""
    return {rule.rule.split("/")[1] for rule in app.url_map.iter_rules()}


class Prefixed:
    """`app`, whose own links begin with the path of `public_url`."""

    def __init__(self, app: WSGIApplication, public_url: str, own: Container[str]) -> None:
        """`own`: the `beginnings` of the app's paths."""
        self._app = app
        self._own = own
        self._prefix = unquote(urlsplit(public_url).path, "latin-1").rstrip("/")
        """As in WSGI, each character stands for a byte."""

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        if self._prefix and not environ.get("SCRIPT_NAME"):
            path = environ.get("PATH_INFO", "")
            rest = path.removeprefix(self._prefix) or "/"
            if rest != path and rest.startswith("/") and rest.split("/")[1] in self._own:
                environ["PATH_INFO"] = rest
            environ["SCRIPT_NAME"] = self._prefix
        return self._app(environ, start_response)
