"""The access check: a WSGI layer around everything, so that no shorter path slips past it.

With a key, every path but `/healthz` wants it as the password of HTTP Basic, or, for one
feed, that feed's own `token`, which opens nothing else.
"""

from __future__ import annotations

import base64
import binascii
import hmac
import math
import time
from collections.abc import Callable, Iterable
from hashlib import sha256
from typing import TYPE_CHECKING
from urllib.parse import parse_qs

from feedproxy.web.guessing import Throttle

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

REFUSAL = b"This feedproxy wants its access key as the password (any user name).\n"
TOO_MANY = b"Too many wrong access keys came from this address: try again in a moment.\n"


def feed_token(key: str, topic: str) -> str:
    """What opens the feeds of `topic` alone. A new key makes new tokens."""
    return hmac.new(key.encode(), b"feed:" + topic.encode(), sha256).hexdigest()[:40]


def token_query(key: str, topic: str) -> str:
    """What a link to a feed of `topic` ends with; nothing without a key."""
    return f"?token={feed_token(key, topic)}" if key else ""


class Guard:
    """Lets a request through to `app` only if it may; says so in `environ` for `/healthz`."""

    def __init__(
        self,
        app: WSGIApplication,
        key: str,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._app = app
        self._key = key
        self._throttle = Throttle(monotonic)

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        may = self._has_token(environ)
        given = None if may else _password(environ)
        wait = self._throttle.wait(environ) if given is not None else 0.0
        if given is not None and not wait:
            may = same(given, self._key.encode())
            if not may:
                self._throttle.wrong(environ)
        environ["feedproxy.may_read"] = may
        if may or environ.get("PATH_INFO") == "/healthz":
            return self._app(environ, start_response)
        return _refuse(environ, start_response, wait)

    def _has_token(self, environ: WSGIEnvironment) -> bool:
        path = environ.get("PATH_INFO", "")
        if not path.startswith("/feeds/"):
            return False
        topic = path.removeprefix("/feeds/").partition(".")[0]
        given = parse_qs(environ.get("QUERY_STRING", "")[:4096]).get("token", [""])[0]
        return same(given.encode("utf-8", "replace"), feed_token(self._key, topic).encode())


def _password(environ: WSGIEnvironment) -> bytes | None:
    """Of HTTP Basic; None: there is none, and so it is no guess."""
    scheme, _, rest = environ.get("HTTP_AUTHORIZATION", "").partition(" ")
    if scheme.lower() != "basic":
        return None
    try:
        return base64.b64decode(rest.strip(), validate=True).partition(b":")[2]
    except (binascii.Error, ValueError):
        return None


def _refuse(
    environ: WSGIEnvironment, start_response: StartResponse, wait: float
) -> Iterable[bytes]:
    """`wait`: seconds until a key counts again that comes from this address."""
    status, body = ("429 Too Many Requests", TOO_MANY) if wait else ("401 Unauthorized", REFUSAL)
    headers = [
        ("Content-Type", "text/plain; charset=utf-8"),
        ("Content-Length", str(len(body))),
        ("Cache-Control", "no-store"),
    ]
    if wait:
        headers.append(("Retry-After", str(math.ceil(wait))))
    else:
        headers.append(("WWW-Authenticate", 'Basic realm="feedproxy", charset="UTF-8"'))
    start_response(status, headers)
    return [] if environ.get("REQUEST_METHOD") == "HEAD" else [body]


def same(given: bytes, wanted: bytes) -> bool:
    """Comparing digests takes the same time whatever was given, its length included."""
    return hmac.compare_digest(sha256(given).digest(), sha256(wanted).digest())
