"""The access check: a WSGI layer around everything, so that no other layer can slip past it.

If there is a key, every path but `/healthz` requires it as the password of HTTP Basic. A feed
also opens with its own `token`, which opens nothing else.
"""

from __future__ import annotations

import base64
import binascii
import hmac
import math
import time
from collections.abc import Callable, Iterable
from hashlib import sha256
from mmap import mmap
from typing import TYPE_CHECKING
from urllib.parse import parse_qs

from feedproxy.web.guessing import Throttle

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

REFUSAL = b"This feedproxy wants its access key as the password (any user name).\n"
TOO_MANY = b"Too many wrong access keys came from this address: try again in a moment.\n"


def feed_token(key: str, topic: str) -> str:
    """The token that opens only the feeds of `topic`. A new key makes new tokens."""
    return hmac.new(key.encode(), b"feed:" + topic.encode(), sha256).hexdigest()[:40]


def token_query(key: str, topic: str) -> str:
    """What a link to a feed of `topic` ends with; empty without a key."""
    return f"?token={feed_token(key, topic)}" if key else ""


class Guard:
    """Lets permitted requests through, and `/healthz`, which is told whether it may say all."""

    def __init__(
        self,
        app: WSGIApplication,
        key: str,
        monotonic: Callable[[], float] = time.monotonic,
        memory: mmap | None = None,
    ) -> None:
        """`memory` is shared by all workers and records who guesses: see `Throttle`."""
        self._app = app
        self._key = key
        self._throttle = Throttle(monotonic, memory)

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        may, wait = self._judge(environ)
        environ["feedproxy.may_read"] = may
        if may or environ.get("PATH_INFO") == "/healthz":
            return self._app(environ, start_response)
        return _refuse(environ, start_response, wait)

    def _judge(self, environ: WSGIEnvironment) -> tuple[bool, float]:
        """Whether the request is permitted; if not, the seconds until its sender may try a key."""
        if self._has_token(environ):
            return True, 0.0
        if (login := _login(environ)) is None:
            return False, 0.0
        user, given = login
        wait = self._throttle.wait(environ)
        if wait and not self._throttle.knows(environ, user):
            return False, wait  # the key is not even compared, or a guesser could still learn
        if same(given, self._key.encode()):
            self._throttle.right(environ, user)
            return True, 0.0
        if not wait:
            self._throttle.wrong(environ)
        return False, wait

    def _has_token(self, environ: WSGIEnvironment) -> bool:
        path = environ.get("PATH_INFO", "")
        if not path.startswith("/feeds/"):
            return False
        topic = path.removeprefix("/feeds/").partition(".")[0]
        given = parse_qs(environ.get("QUERY_STRING", "")[:4096]).get("token", [""])[0]
        return same(given.encode("utf-8", "replace"), feed_token(self._key, topic).encode())


def _login(environ: WSGIEnvironment) -> tuple[bytes, bytes] | None:
    """User and password of HTTP Basic; None if there are none, which is no guess either."""
    scheme, _, rest = environ.get("HTTP_AUTHORIZATION", "").partition(" ")
    if scheme.lower() != "basic" or not rest.strip():
        return None
    try:
        user, _, password = base64.b64decode(rest.strip(), validate=True).partition(b":")
    except (binascii.Error, ValueError):
        return None
    return user, password


def _refuse(
    environ: WSGIEnvironment, start_response: StartResponse, wait: float
) -> Iterable[bytes]:
    """Answers 401, or 429 if the sender must `wait` seconds before the next key counts."""
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
    """Compares digests, which takes the same time whatever was given, and however long it is."""
    return hmac.compare_digest(sha256(given).digest(), sha256(wanted).digest())
