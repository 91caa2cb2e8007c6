"""The access check: a WSGI layer around everything, so that no shorter path slips past it.

With a key, every path but `/healthz` wants it as the password of HTTP Basic, or, for one
feed, that feed's own `token`, which opens nothing else.
"""

from __future__ import annotations

import base64
import binascii
import hmac
from collections.abc import Iterable
from hashlib import sha256
from typing import TYPE_CHECKING
from urllib.parse import parse_qs

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

REFUSAL = b"This feedproxy wants its access key as the password (any user name).\n"


def feed_token(key: str, topic: str) -> str:
    """What opens the feeds of `topic` alone. A new key makes new tokens."""
    return hmac.new(key.encode(), b"feed:" + topic.encode(), sha256).hexdigest()[:40]


def token_query(key: str, topic: str) -> str:
    """What a link to a feed of `topic` ends with; nothing without a key."""
    return f"?token={feed_token(key, topic)}" if key else ""


class Guard:
    """Lets a request through to `app` only if it may; says so in `environ` for `/healthz`."""

    def __init__(self, app: WSGIApplication, key: str) -> None:
        self._app = app
        self._key = key

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        may = self._has_key(environ) or self._has_token(environ)
        environ["feedproxy.may_read"] = may
        if may or environ.get("PATH_INFO") == "/healthz":
            return self._app(environ, start_response)
        start_response(
            "401 Unauthorized",
            [
                ("Content-Type", "text/plain; charset=utf-8"),
                ("Content-Length", str(len(REFUSAL))),
                ("WWW-Authenticate", 'Basic realm="feedproxy", charset="UTF-8"'),
                ("Cache-Control", "no-store"),
            ],
        )
        return [] if environ.get("REQUEST_METHOD") == "HEAD" else [REFUSAL]

    def _has_key(self, environ: WSGIEnvironment) -> bool:
        scheme, _, rest = environ.get("HTTP_AUTHORIZATION", "").partition(" ")
        if scheme.lower() != "basic":
            return False
        try:
            _, _, password = base64.b64decode(rest.strip(), validate=True).partition(b":")
        except (binascii.Error, ValueError):
            return False
        return same(password, self._key.encode())

    def _has_token(self, environ: WSGIEnvironment) -> bool:
        path = environ.get("PATH_INFO", "")
        if not path.startswith("/feeds/"):
            return False
        topic = path.removeprefix("/feeds/").partition(".")[0]
        given = parse_qs(environ.get("QUERY_STRING", "")[:4096]).get("token", [""])[0]
        return same(given.encode("utf-8", "replace"), feed_token(self._key, topic).encode())


def same(given: bytes, wanted: bytes) -> bool:
    """Comparing digests takes the same time whatever was given, its length included."""
    return hmac.compare_digest(sha256(given).digest(), sha256(wanted).digest())
