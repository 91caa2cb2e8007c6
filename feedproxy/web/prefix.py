"""The app under the path of its public address, whether the proxy in front cuts that off or not."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment


class Prefixed:
    """`app`, whose own links begin with the path of `public_url`."""

    def __init__(self, app: WSGIApplication, public_url: str) -> None:
        self._app = app
        self._prefix = unquote(urlsplit(public_url).path, "latin-1").rstrip("/")
        """As WSGI has paths: each letter is a byte."""

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        if self._prefix and not environ.get("SCRIPT_NAME"):
            path = environ.get("PATH_INFO", "")
            own = path.removeprefix(self._prefix)
            if own != path and own[:1] in ("", "/"):
                environ["PATH_INFO"] = own or "/"
            environ["SCRIPT_NAME"] = self._prefix
        return self._app(environ, start_response)
