"""Connections that end at a deadline and lead only to where `addresses` allows.

Not a client: it sends one request and returns its answer as it came, be it a redirect.
"""

from __future__ import annotations

import os
import ssl
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import Future
from contextlib import contextmanager
from functools import cache
from ipaddress import ip_address
from threading import BoundedSemaphore, Thread
from time import monotonic
from typing import Any

import httpcore2
import httpx2

from feedproxy.addresses import ANYWHERE, Address, Network, closed_kind
from feedproxy.errors import DeadlineExceeded, FetchError, Refused, TooLarge, Unreachable

Resolve = Callable[[str, int], Iterable[str]]

_LOOKUPS = 16  # at once: getaddrinfo has no timeout, and its threads must not pile up
_UNKNOWN_ISSUER = {18, 19, 20, 21}  # OpenSSL's X509_V_ERR_*: self-signed, or by nobody we know


class Connections:
    """Pools of connections, one for each proxy and one without; each process has its own."""

    def __init__(
        self, resolve: Resolve, allowed: tuple[Network, ...], certificates: tuple[str, str]
    ) -> None:
        """`certificates`: file and folder of the authorities to trust; each may be empty."""
        self._resolve = resolve
        self._allowed = allowed
        self._certificates = certificates
        self._pools: dict[tuple[int, str], httpcore2.ConnectionPool] = {}

    @contextmanager
    def get(
        self, label: str, url: httpx2.URL, headers: Mapping[str, str], proxy: str, end: float
    ) -> Iterator[httpcore2.Response]:
        """The answer to one GET, its body still unread; nothing lasts beyond `end`.

        `end` is a moment of the monotonic clock, `proxy` an http:// address or "".
        Whatever goes wrong inside the block becomes a FetchError about `label`.
        """
        with _only_fetch_errors(label):
            # Absolute, for _Stream to count down; only the pool's own queue takes a duration.
            timeout = {"connect": end, "read": end, "write": end, "pool": seconds_left(end)}
            target = httpcore2.URL(
                scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=url.raw_path
            )
            with self._pool(proxy).stream(
                "GET",
                target,
                headers=[(b"host", url.netloc)]
                + [(name.encode(), value.encode()) for name, value in headers.items()],
                extensions={"timeout": timeout},
            ) as response:
                yield response

    def close(self) -> None:
        for key, pool in list(self._pools.items()):
            if key[0] == os.getpid():
                pool.close()
                del self._pools[key]

    def _pool(self, proxy: str) -> httpcore2.ConnectionPool:
        key = (os.getpid(), proxy)  # a connection shared over a fork would mix two answers up
        return self._pools.get(key) or self._pools.setdefault(key, self._new_pool(proxy))

    def _new_pool(self, proxy: str) -> httpcore2.ConnectionPool:
        options: dict[str, Any] = {
            "ssl_context": _trusting(*self._certificates),
            "max_connections": 64,
            "keepalive_expiry": 5.0,
        }
        if not proxy:
            network = _Network(self._resolve, self._allowed)
            return httpcore2.ConnectionPool(network_backend=network, **options)
        url = httpx2.URL(proxy)
        return httpcore2.HTTPProxy(
            httpcore2.URL(scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=b"/"),
            proxy_auth=(url.username.encode(), url.password.encode()) if url.userinfo else None,
            network_backend=_Network(self._resolve, ANYWHERE),  # where it is, is the user's choice
            **options,
        )


@cache
def _trusting(cafile: str, capath: str) -> ssl.SSLContext:
    """A context that trusts the authorities in the file, else the folder, else the system's."""
    if cafile:
        try:
            return ssl.create_default_context(cafile=cafile)
        except OSError as e:
            raise OSError(f"SSL_CERT_FILE={cafile} cannot be read: {e}") from e
    if capath:
        return ssl.create_default_context(capath=capath)
    return httpx2.create_ssl_context(trust_env=False)


class _Network(httpcore2.NetworkBackend):
    """Looks up names itself, and connects to the very addresses that it has checked."""

    def __init__(self, resolve: Resolve, allowed: tuple[Network, ...]) -> None:
        self._resolve = resolve
        self._allowed = allowed
        self._sockets = httpcore2.SyncBackend()
        self._free_lookups = BoundedSemaphore(_LOOKUPS)

    def connect_tcp(
        self, host: str, port: int, timeout: float | None = None, *_: Any, **__: Any
    ) -> httpcore2.NetworkStream:
        addresses = self._look_up(host, port, timeout)
        for address in addresses:  # one bad address refuses all: it may come first the next time
            if kind := closed_kind(address, self._allowed):
                raise _NotAllowed(why_closed(address, kind, host))
        return _Stream(self._connect(addresses, port, timeout))

    def _connect(
        self, addresses: list[Address], port: int, end: float | None
    ) -> httpcore2.NetworkStream:
        error: Exception = httpcore2.ConnectError("the name has no address")
        for tried, address in enumerate(addresses):
            share = seconds_left(end) / (len(addresses) - tried)
            try:
                return self._sockets.connect_tcp(str(address), port, share)
            except (httpcore2.ConnectError, httpcore2.ConnectTimeout) as e:
                error = e
        raise error

    def _look_up(self, host: str, port: int, end: float | None) -> list[Address]:
        if not self._free_lookups.acquire(timeout=seconds_left(end)):
            raise httpcore2.ConnectTimeout("too many names are being looked up")
        answer: Future[list[str]] = Future()
        thread = Thread(target=self._resolve_into, args=(answer, host, port), daemon=True)
        try:
            thread.start()
        except RuntimeError as e:  # the system allows no more threads
            self._free_lookups.release()
            raise httpcore2.ConnectError(e) from e
        try:
            return [ip_address(found) for found in answer.result(seconds_left(end))]
        except TimeoutError as e:
            raise httpcore2.ConnectTimeout("the name could not be looked up in time") from e
        except (OSError, UnicodeError) as e:
            raise httpcore2.ConnectError(f"the name {host} is not known: {e}") from e

    def _resolve_into(self, answer: Future[list[str]], host: str, port: int) -> None:
        try:
            answer.set_result(list(self._resolve(host, port)))
        except Exception as e:
            answer.set_exception(e)
        finally:
            self._free_lookups.release()


class _Stream(httpcore2.NetworkStream):
    """A socket whose `timeout` is not a duration but the moment at which all must be over.

    Even if an answer comes in small drips, each read gets only the time that is left.
    """

    def __init__(self, stream: httpcore2.NetworkStream) -> None:
        self._stream = stream

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._stream.read(max_bytes, seconds_left(timeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._stream.write(buffer, seconds_left(timeout))

    def close(self) -> None:
        self._stream.close()

    def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,
    ) -> httpcore2.NetworkStream:
        return _Stream(self._stream.start_tls(ssl_context, server_hostname, seconds_left(timeout)))

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)


class _NotAllowed(Exception):
    """An address that must not be connected to, and why."""


def seconds_left(end: float | None) -> float:
    """Seconds until `end`; raises httpcore2.ReadTimeout if it is over."""
    seconds = (end or 0.0) - monotonic()
    if seconds <= 0:
        raise httpcore2.ReadTimeout("the deadline is over")
    return seconds


def why_closed(address: Address, kind: str, host: str) -> str:
    where = str(address) if host == str(address) else f"{host} leads to {address}, which"
    setting = f"FEEDPROXY_ALLOW_PRIVATE={address}"
    return f"{where} is {kind} address; if it is meant, set {setting} or a network around it"


@contextmanager
def _only_fetch_errors(label: str) -> Iterator[None]:
    try:
        yield
    except httpcore2.TimeoutException as e:
        hint = "FEEDPROXY_FETCH_DEADLINE gives it more time"
        raise DeadlineExceeded(label, f"no whole answer before the deadline; {hint}") from e
    except _NotAllowed as e:
        raise Refused(label, str(e)) from e
    except httpcore2.ProxyError as e:
        raise Unreachable(label, f"the proxy refused it: {e}; see HTTPS_PROXY") from e
    except httpcore2.RemoteProtocolError as e:
        if "too long" in str(e):  # h11: headers, or one line of a chunk, over 100 kB
            raise TooLarge(label, "headers of more than 100 kB") from e
        raise Unreachable(label, f"the answer is cut off or no HTTP: {e}") from e
    except (httpcore2.NetworkError, OSError) as e:
        raise Unreachable(label, _reason(e)) from e
    except httpx2.InvalidURL as e:  # what it says may hold the password, and so may the next one
        raise FetchError(label, "the proxy's address is not a URL; see HTTPS_PROXY") from e
    except (httpcore2.ProtocolError, ValueError) as e:
        hint = "is there a line break or an odd character in the source's `headers`?"
        raise FetchError(label, f"the request cannot be sent; {hint}") from e


def _reason(error: Exception) -> str:
    """The innermost reason: httpcore wraps the socket's errors."""
    cause = error.args[0] if error.args and isinstance(error.args[0], Exception) else error
    if not isinstance(cause, ssl.SSLCertVerificationError):
        return str(cause) or type(cause).__name__
    hint = ""
    if cause.verify_code in _UNKNOWN_ISSUER:
        hint = "; if it is your own, name its authority's PEM file in SSL_CERT_FILE"
    return f"its certificate is not valid: {cause.verify_message}{hint}"
