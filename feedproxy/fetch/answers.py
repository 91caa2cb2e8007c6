"""What a site's answer is: a page, a wish to be left alone, a challenge. Pure.

No parser: whether a page is the wanted listing is for `sources` to say.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterable, Iterator, Mapping
from http import HTTPStatus
from itertools import chain
from typing import NamedTuple

from feedproxy.errors import BadStatus, Blocked, FetchError, RateLimited, TooLarge, Unreachable

BLOCKED_WAIT = 3600.0
"""Seconds for which we leave a site alone that takes us for a bot; asking sooner convinces it."""

REDIRECTS = frozenset({301, 302, 303, 307, 308})
FOR_GOOD = frozenset({301, 308})
PAGES = frozenset({200, 203, 304})

_PIECE = 32 * 1024  # small, since zlib copies the rest of a piece for each file packed in it
_GZIP = b"\x1f\x8b"
_CODINGS = {"gzip", "x-gzip", "deflate"}
_NO_CODINGS = {"", "identity", "none", "binary", "utf-8", "aws-chunked"}
_CHALLENGES = {202, 401, 403, 405}  # 202 and 405 are AWS WAF's
_CHALLENGE_TITLE = re.compile(
    rb"<title>\s*(?:just a moment|attention required|human verification|verify you are human)",
    re.IGNORECASE,
)
_HINTS = {
    401: "; it wants a login or a captcha: a key goes into the source's `headers`",
    404: "; is the address right?",
    407: "; the proxy's user and password go into HTTPS_PROXY",
    410: "; it is gone for good",
}


class Answer(NamedTuple):
    label: str
    """The URL as messages show it, with where it was redirected from."""
    url: str
    status: int
    headers: Mapping[str, str]
    """Names in lower case."""
    body: bytes = b""
    """Decoded; empty unless the status is one of PAGES."""
    moved: str = ""
    """Where permanent redirects led, up to the first temporary one."""


def judge(answer: Answer, wished: float | None) -> None:
    """Raises BadStatus, RateLimited or Blocked if the answer is no page.

    `wished` is the seconds for which the site asked to be left alone.
    """
    label, status = answer.label, answer.status
    if status == 429 and not _is_challenge(answer):
        wish = f"asks to wait {wished:.0f} s" if wished else "does not say how long to wait"
        message = f"429, too many requests; it {wish}"
        raise RateLimited(label, message, status=status, retry_after=wished)
    if status in _CHALLENGES or _is_challenge(answer):
        message = f"{status}, a captcha or block instead of the page{_HINTS.get(status, '')}"
        wait = max(wished or 0.0, BLOCKED_WAIT)
        raise Blocked(label, message, status=status, retry_after=wait)
    if status not in PAGES:
        message = f"{_phrase(status)}{_HINTS.get(status, '')}"
        raise BadStatus(label, message, status=status, retry_after=wished)


def _is_challenge(answer: Answer) -> bool:
    headers = answer.headers
    if headers.get("cf-mitigated") == "challenge" or "x-amzn-waf-action" in headers:
        return True
    is_html = "html" in headers.get("content-type", "html")
    return is_html and _CHALLENGE_TITLE.search(answer.body, 0, 4096) is not None


def _phrase(status: int) -> str:
    try:
        return f"{status} {HTTPStatus(status).phrase}"
    except ValueError:
        return f"{status}, which is no status of HTTP"


def decoded(label: str, chunks: Iterable[bytes], encoding: str, limit: int) -> Iterator[bytes]:
    """The decoded body in small pieces, however much is packed in it.

    Some sites name an encoding that is none, name one twice, or send a gzip file without a word.
    """
    codings = {each.strip() for each in encoding.split(",")} - _NO_CODINGS
    if codings - _CODINGS:
        raise FetchError(label, f"its body is packed with {encoding!r}, which was not asked for")
    if codings:
        chunks = capped(label, _inflated(label, chunks, encoding), limit)
    start, chunks = _begun(chunks)
    if start.startswith(_GZIP):
        chunks = _inflated(label, chunks, "gzip")
    yield from capped(label, chunks, limit)


def _begun(chunks: Iterable[bytes]) -> tuple[bytes, Iterator[bytes]]:
    """The first bytes, and all chunks."""
    rest, start = iter(chunks), b""
    while len(start) < len(_GZIP) and (chunk := next(rest, None)) is not None:
        start += chunk
    return start, chain([start], rest)


def _inflated(label: str, chunks: Iterable[bytes], encoding: str) -> Iterator[bytes]:
    either = zlib.MAX_WBITS | 32  # gzip or zlib, by the first bytes
    inflater = zlib.decompressobj(either)
    try:
        for chunk in chunks:
            while chunk:
                if inflater.eof:  # a gzip file may be several, one after the other
                    if not _GZIP.startswith(chunk[:2]):
                        return  # PHP's line break, or padding, which browsers ignore too
                    inflater = zlib.decompressobj(either)
                yield inflater.decompress(chunk, _PIECE)
                chunk = inflater.unconsumed_tail or inflater.unused_data
    except zlib.error as e:
        raise FetchError(label, f"its body is not the {encoding} it says it is: {e}") from e
    if not inflater.eof:
        raise Unreachable(label, "the packed body was cut off")


def capped(label: str, chunks: Iterable[bytes], limit: int) -> Iterator[bytes]:
    """The same chunks, or TooLarge as soon as they are more than `limit` bytes."""
    size = 0
    for chunk in chunks:
        size += len(chunk)
        if size > limit:
            raise TooLarge(label, f"more than {limit // 1_000_000} MB, as no listing should be")
        yield chunk
