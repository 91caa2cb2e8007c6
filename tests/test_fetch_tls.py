"""Certificates, and the proxies that many institutes have."""

from __future__ import annotations

import socket
import ssl
import subprocess
import warnings
from base64 import b64encode
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from threading import Thread

import pytest

from feedproxy.errors import DeadlineExceeded, FetchError, Refused, Unreachable
from feedproxy.models import Request
from tests.fetch_upstream import HANG_UP, Upstream, World, read_head, whole

Certificate = tuple[Path, Path]


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Certificate:
    """For good.test, signed by itself: the file and its key."""
    folder = tmp_path_factory.mktemp("certificates")
    file, key = folder / "good.pem", folder / "key.pem"
    openssl(
        "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=good.test"
        f" -addext subjectAltName=DNS:good.test -keyout {key} -out {file}"
    )
    return file, key


def openssl(arguments: str) -> None:
    subprocess.run(["openssl", *arguments.split()], check=True, capture_output=True)


def server(file: Path, key: Path) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(file, key)
    return context


def test_a_site_whose_authority_is_known_is_read(world: World, certificate: Certificate) -> None:
    site = world.site(whole(b"page"), tls=server(*certificate))
    fetch = world.fetcher(environ={"SSL_CERT_FILE": str(certificate[0])})
    for _ in range(2):
        assert fetch(Request(f"https://good.test:{site.port}/")).body == b"page"
    assert site.connections == 1


def test_u_19_a_self_signed_certificate_is_refused(world: World, certificate: Certificate) -> None:
    site = world.site(whole(b"page"), tls=server(*certificate))
    with pytest.raises(Unreachable, match=r"certificate is not valid: self.signed.*SSL_CERT_FILE"):
        world.fetcher()(Request(f"https://good.test:{site.port}/"))
    assert site.asked == []


def test_u_19_a_certificate_of_another_host_is_refused(
    world: World, certificate: Certificate
) -> None:
    site = world.site(whole(b"page"), tls=server(*certificate))
    fetch = world.fetcher(environ={"SSL_CERT_FILE": str(certificate[0])})
    for host in ("bad.test", "127.0.0.1"):
        with pytest.raises(Unreachable, match=f"not valid for '{host}'"):
            fetch(Request(f"https://{host}:{site.port}/"))
    assert site.asked == []


def test_u_19_an_expired_certificate_is_refused(
    world: World, certificate: Certificate, tmp_path: Path
) -> None:
    file, key = certificate
    expired = tmp_path / "expired.pem"
    openssl(f"x509 -in {file} -signkey {key} -days -1 -out {expired}")
    site = world.site(whole(b"page"), tls=server(expired, key))
    with pytest.raises(Unreachable, match="certificate has expired"):
        world.fetcher(environ={"SSL_CERT_FILE": str(expired)})(
            Request(f"https://good.test:{site.port}/")
        )
    assert site.asked == []


def test_u_19_tls_1_0_is_refused(world: World, certificate: Certificate) -> None:
    old = server(*certificate)
    old.set_ciphers("ALL:@SECLEVEL=0")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # that it is old is the point
        old.minimum_version = ssl.TLSVersion.TLSv1
        old.maximum_version = ssl.TLSVersion.TLSv1
    site = world.site(whole(b"page"), tls=old)
    with pytest.raises(Unreachable, match=r"(?i)protocol version|unsupported protocol"):
        world.fetcher(environ={"SSL_CERT_FILE": str(certificate[0])})(
            Request(f"https://good.test:{site.port}/")
        )
    assert site.asked == []


def test_u_1_a_handshake_cannot_outlast_the_deadline(world: World) -> None:
    site = world.site(b"")
    with pytest.raises(DeadlineExceeded):
        world.fetcher(deadline=0.3)(Request(f"https://good.test:{site.port}/"))


def test_a_wrong_ssl_cert_file_is_named(world: World, certificate: Certificate) -> None:
    site = world.site(whole(b"page"), tls=server(*certificate))
    with pytest.raises(FetchError, match=r"SSL_CERT_FILE=/no/such\.pem cannot be read"):
        world.fetcher(environ={"SSL_CERT_FILE": "/no/such.pem"})(
            Request(f"https://good.test:{site.port}/")
        )


def test_u_15_a_redirect_from_https_to_http_is_refused(
    world: World, certificate: Certificate
) -> None:
    answer = whole(status="302 Found", location="http://good.test/")
    site = world.site(answer, tls=server(*certificate))
    fetch = world.fetcher(environ={"SSL_CERT_FILE": str(certificate[0])})
    with pytest.raises(Refused, match="from https to http"):
        fetch(Request(f"https://good.test:{site.port}/"))


class Proxy(Upstream):
    """Tunnels a CONNECT to `port` on loopback, whatever host is asked for."""

    def __init__(self, port: int) -> None:
        self._target = port
        super().__init__(lambda _: [whole(b"by proxy"), HANG_UP])

    def _play(self, connection: socket.socket) -> None:
        head = read_head(connection)
        self.asked.append(head)
        if not head.startswith("connect "):
            connection.sendall(whole(b"by proxy"))
            return
        with socket.create_connection(("127.0.0.1", self._target)) as target:
            connection.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
            back = Thread(target=relay, args=(target, connection))
            back.start()
            relay(connection, target)
            back.join(5)


def relay(source: socket.socket, sink: socket.socket) -> None:
    with suppress(OSError):
        while piece := source.recv(65536):
            sink.sendall(piece)
        sink.shutdown(socket.SHUT_WR)


@pytest.fixture
def proxied(world: World, certificate: Certificate) -> tuple[Proxy, Upstream]:
    site = world.site(whole(b"page"), tls=server(*certificate))
    proxy = Proxy(site.port)
    world.callback(proxy.close)
    return proxy, site


@pytest.fixture
def environ(proxied: tuple[Proxy, Upstream], certificate: Certificate) -> dict[str, str]:
    address = f"127.0.0.1:{proxied[0].port}"
    return {
        "HTTPS_PROXY": f"http://user:s3cret@{address}",
        "http_proxy": address,
        "NO_PROXY": "direct.test",
        "SSL_CERT_FILE": str(certificate[0]),
    }


def test_u_24_https_goes_through_the_tunnel_of_a_proxy_on_a_private_address(
    world: World, proxied: tuple[Proxy, Upstream], environ: dict[str, str]
) -> None:
    """Nothing private is allowed, and yet the proxy, being configured, is connected to."""
    proxy, site = proxied
    fetch = world.fetcher(environ=environ, allowed=())
    for _ in range(2):
        assert fetch(Request("https://good.test/x")).body == b"page"
    [connect] = proxy.asked
    assert connect.startswith("connect good.test:443 http/1.1\r\n")
    credentials = b64encode(b"user:s3cret").decode().lower()
    assert f"proxy-authorization: basic {credentials}\r\n" in connect
    assert [head.split()[1] for head in site.asked] == ["/x", "/x"]
    assert "proxy-authorization" not in site.asked[0]


def test_u_24_the_certificate_is_checked_behind_a_proxy_too(
    world: World, proxied: tuple[Proxy, Upstream], environ: dict[str, str]
) -> None:
    with pytest.raises(Unreachable, match=r"not valid for 'bad\.test'"):
        world.fetcher(environ=environ)(Request("https://bad.test/"))
    assert proxied[1].asked == []


def test_u_24_http_is_asked_of_the_proxy_with_the_whole_address(
    world: World, proxied: tuple[Proxy, Upstream], environ: dict[str, str]
) -> None:
    page = world.fetcher(environ=environ, allowed=())(Request("http://a.test/x?q=1"))
    assert page.body == b"by proxy"
    [head] = proxied[0].asked
    assert head.startswith("get http://a.test/x?q=1 http/1.1\r\n")
    assert "host: a.test\r\n" in head


def test_u_24_what_no_proxy_names_is_connected_to_directly(
    world: World, proxied: tuple[Proxy, Upstream], environ: dict[str, str]
) -> None:
    site = world.site(whole(b"direct"))
    page = world.fetcher(environ=environ)(Request(f"http://direct.test:{site.port}/"))
    assert page.body == b"direct"
    assert proxied[0].connections == 0


def test_u_24_a_redirect_is_checked_behind_a_proxy_too(world: World) -> None:
    proxy = world.site(whole(status="302 Found", location="http://169.254.169.254/"))
    fetch = world.fetcher(environ={"ALL_PROXY": f"127.0.0.1:{proxy.port}"})
    with pytest.raises(Refused, match="link-local"):
        fetch(Request("http://a.test/"))
    assert len(proxy.asked) == 1


def test_u_24_a_proxy_that_refuses_is_named_without_its_password(world: World) -> None:
    proxy = world.site(whole(status="407 Proxy Authentication Required"))
    environ = {"HTTPS_PROXY": f"http://user:s3cret@127.0.0.1:{proxy.port}"}
    with pytest.raises(Unreachable, match=r"the proxy refused it: 407.*HTTPS_PROXY") as caught:
        world.fetcher(environ=environ)(Request("https://good.test/"))
    assert "s3cret" not in str(caught.value)


def test_u_24_a_proxy_cannot_outlast_the_deadline(world: World) -> None:
    def drip(_: str) -> Iterator[bytes]:
        yield b"HTTP/1.1 200 OK\r\na: "
        while not proxy.over.wait(0.05):
            yield b"x"

    proxy = world.site(drip)
    environ = {"HTTPS_PROXY": f"http://127.0.0.1:{proxy.port}"}
    with pytest.raises(DeadlineExceeded):
        world.fetcher(environ=environ, deadline=0.3)(Request("https://good.test/"))


@pytest.mark.parametrize("proxy", ["socks5://u:s3cret@127.0.0.1:1", "https://127.0.0.1:1"])
def test_u_24_a_kind_of_proxy_that_is_not_spoken_is_refused(world: World, proxy: str) -> None:
    with pytest.raises(Refused, match="must begin with http://") as caught:
        world.fetcher(environ={"ALL_PROXY": proxy})(Request("http://a.test/"))
    assert "s3cret" not in str(caught.value)


@pytest.mark.parametrize("proxy", ["http://u:s3cret@[::1", "http://p:s3cret/x", "http://"])
def test_u_24_a_proxy_that_is_no_address_is_a_fetch_error(world: World, proxy: str) -> None:
    with pytest.raises(FetchError) as caught:
        world.fetcher(environ={"HTTP_PROXY": proxy})(Request("http://a.test/"))
    assert "s3cret" not in str(caught.value)
