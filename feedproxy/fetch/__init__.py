"""URL -> Page: the one function that fetches everything feedproxy ever fetches.

    request -> check the URL -> look the name up, check its addresses -> connect
            -> answer -> a redirect? once more, five times at most
            -> cap, decode, judge -> Page, or a FetchError

One deadline covers all of it, and one policy (`addresses`) every connection. It keeps no
cookies, knows nothing about listings, and does not retry by itself: see `backoff`.
"""

from __future__ import annotations

import re
import socket
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from ipaddress import ip_address
from time import monotonic

import httpcore2
import httpx2

from feedproxy import __version__
from feedproxy.addresses import Network, bypasses_proxy, closed_kind, is_local_name, shown
from feedproxy.backoff import wait_wished
from feedproxy.errors import BadStatus, Refused, TooLarge
from feedproxy.fetch.answers import FOR_GOOD, PAGES, REDIRECTS, Answer, capped, decoded, judge
from feedproxy.fetch.connections import Connections, Resolve, seconds_left, why_closed
from feedproxy.models import Page, Request

USER_AGENT = f"feedproxy/{__version__} (+https://github.com/feedproxy/feedproxy)"
RAW_LIMIT = 20_000_000
BODY_LIMIT = 10_000_000
HEADERS_LIMIT = 500
REDIRECTS_LIMIT = 5

_HOST = re.compile(r"[a-z0-9._-]+|[0-9a-f:.]+")
_FOR_ANY_HOST = frozenset(
    {"user-agent", "accept", "accept-language", "accept-encoding"}
    | {"cache-control", "if-none-match", "if-modified-since"}
)


def look_up(host: str, port: int) -> list[str]:
    """The addresses of a host, from the system's resolver, which may be slow. Raises OSError."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(address[0]) for *_, address in found))


class Fetcher:
    """Fetches pages. Thread-safe; after a fork each process has its own connections.

    `deadline` is in seconds and covers everything that one call does. `allowed` are networks
    that are not public but may be connected to. `environ` is where HTTPS_PROXY, HTTP_PROXY,
    ALL_PROXY, NO_PROXY, SSL_CERT_FILE and SSL_CERT_DIR are looked up.
    """

    def __init__(
        self,
        *,
        clock: Callable[[], datetime],
        deadline: float = 10.0,
        allowed: tuple[Network, ...] = (),
        environ: Mapping[str, str],
        resolve: Resolve = look_up,
    ) -> None:
        self._clock = clock
        self._deadline = deadline
        self._allowed = allowed
        self._environ = environ
        certificates = environ.get("SSL_CERT_FILE", ""), environ.get("SSL_CERT_DIR", "")
        self._connections = Connections(resolve, allowed, certificates)

    def __call__(self, request: Request) -> Page:
        """The page at `request.url`: status 200, or 304 for a conditional request.

        Raises FetchError and nothing else. Even if it sent the page, the site may wish to be
        left alone for a while: see `backoff.wait_wished`.
        """
        end = monotonic() + self._deadline
        headers = self._headers(request)
        answer = self._follow(request.url, headers, end)
        if answer.status == 304 and not (request.etag or request.last_modified):
            answer = self._follow(request.url, headers | {"cache-control": "no-cache"}, end)
            if answer.status == 304:
                raise BadStatus(answer.label, "304, twice, though nothing was cached", status=304)
        now = self._clock()
        judge(answer, wait_wished(answer.headers, now))
        status = 304 if answer.status == 304 else 200
        return Page(answer.url, answer.body, now, status, answer.headers, answer.moved)

    def close(self) -> None:
        """Closes this process's connections; the next call opens new ones."""
        self._connections.close()

    def _headers(self, request: Request) -> dict[str, str]:
        headers = {"user-agent": USER_AGENT, "accept": "*/*"}
        headers |= {name.lower(): value for name, value in request.headers.items()}
        headers["accept-encoding"] = "gzip"
        if request.etag:
            headers["if-none-match"] = request.etag
        if request.last_modified:
            headers["if-modified-since"] = request.last_modified
        headers.pop("host", None)
        return headers

    def _follow(self, address: str, headers: Mapping[str, str], end: float) -> Answer:
        label = shown(address)
        url, moved, is_for_good = _parsed(label, address), "", True
        for _ in range(REDIRECTS_LIMIT + 1):
            answer = self._get(label, url, headers, end)
            location = answer.headers.get("location")
            if answer.status not in REDIRECTS or not location:
                return answer._replace(moved=moved)
            label = f"{shown(address)} (redirected to {shown(location)})"
            target = _redirected(label, url, location)
            if target.netloc != url.netloc:
                headers = {name: headers[name] for name in headers.keys() & _FOR_ANY_HOST}
            url, is_for_good = target, is_for_good and answer.status in FOR_GOOD
            moved = str(url) if is_for_good else moved
        raise Refused(label, f"more than {REDIRECTS_LIMIT} redirects")

    def _get(self, label: str, url: httpx2.URL, headers: Mapping[str, str], end: float) -> Answer:
        proxy = self._proxy(label, url)
        with self._connections.get(label, url, headers, proxy, end) as response:
            return _read(label, url, response, end)

    def _proxy(self, label: str, url: httpx2.URL) -> str:
        """The address of the proxy for `url`; empty if there is none."""
        host = url.raw_host.decode()
        port = url.port or {"http": 80, "https": 443}[url.scheme]
        proxy = self._variable(f"{url.scheme}_proxy") or self._variable("all_proxy")
        if not proxy or bypasses_proxy(self._variable("no_proxy"), host, port):
            return ""
        if "://" in proxy and not proxy.startswith("http://"):
            raise Refused(label, f"the proxy {shown(proxy)} must begin with http://")
        self._check_for_proxy(label, host)
        return proxy if "://" in proxy else f"http://{proxy}"

    def _variable(self, name: str) -> str:
        return self._environ.get(name.lower()) or self._environ.get(name.upper(), "")

    def _check_for_proxy(self, label: str, host: str) -> None:
        """Judges a host by its name alone, since the proxy will look it up."""
        try:
            literal = socket.getaddrinfo(host.rstrip("."), None, flags=socket.AI_NUMERICHOST)
        except (OSError, UnicodeError):
            if is_local_name(host):
                hint = "to connect to it without the proxy, add it to NO_PROXY"
                raise Refused(label, f"{host} is a local name; {hint}") from None
            return
        address = ip_address(literal[0][4][0])
        if kind := closed_kind(address, self._allowed):
            raise Refused(label, why_closed(address, kind, host))


def _parsed(label: str, address: str, base: httpx2.URL | None = None) -> httpx2.URL:
    try:
        url = base.join(address) if base else httpx2.URL(address)
        host = url.raw_host.decode()
    except (httpx2.InvalidURL, ValueError) as e:
        raise Refused(label, "this is not a URL") from e
    if url.scheme not in ("http", "https"):
        raise Refused(label, "only http:// and https:// are fetched")
    if url.userinfo:
        hint = "an `Authorization` among the source's `headers` may hold them"
        raise Refused(label, f"no user and password in addresses; {hint}")
    if not _HOST.fullmatch(host) or (url.port is not None and not 0 < url.port < 65536):
        raise Refused(label, "this URL has no host, or no port, that there could be")
    return url


def _redirected(label: str, url: httpx2.URL, location: str) -> httpx2.URL:
    target = _parsed(label, location, base=url)
    if url.scheme == "https" and target.scheme == "http":
        raise Refused(label, "a redirect must not lead from https to http")
    if target.port not in (None, url.port):
        raise Refused(label, f"a redirect must not lead to port {target.port}")
    return target


def _read(label: str, url: httpx2.URL, response: httpcore2.Response, end: float) -> Answer:
    if len(response.headers) > HEADERS_LIMIT:
        raise TooLarge(label, f"more than {HEADERS_LIMIT} headers")
    headers = dict(httpx2.Headers(response.headers).items())
    headers.pop("set-cookie", None)
    body = b""
    if response.status in PAGES:
        raw = capped(label, _in_time(response.iter_stream(), end), RAW_LIMIT)
        encoding = "" if response.status == 304 else headers.get("content-encoding", "")
        body = b"".join(decoded(label, raw, encoding.lower(), BODY_LIMIT))
    return Answer(label, str(url), response.status, headers, body)


def _in_time(chunks: Iterator[bytes], end: float) -> Iterator[bytes]:
    """The chunks; checks the deadline at each, since one read may bring a flood of tiny ones."""
    for chunk in chunks:
        seconds_left(end)
        yield chunk
