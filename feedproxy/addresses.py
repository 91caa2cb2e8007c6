"""Which addresses may be connected to, which bypass the proxy, and how one is shown. Pure.

Not a resolver: `fetch` looks up names; the addresses it gets are judged here.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

ANYWHERE: tuple[Network, ...] = (ip_network("0.0.0.0/0"), ip_network("::/0"))

# The registries of special-purpose addresses (RFC 6890), written out: what
# `ipaddress.is_global` says of them differs between patch releases of Python.
_CLOSED: tuple[tuple[Network, str], ...] = tuple(
    (ip_network(network), kind)
    for kind, networks in {
        "an unspecified": "0.0.0.0/8 ::/128",
        "a loopback": "127.0.0.0/8 ::1/128",
        "a private": "10.0.0.0/8 172.16.0.0/12 192.168.0.0/16 fc00::/7 fec0::/10",
        "a link-local": "169.254.0.0/16 fe80::/10",
        "a carrier's shared": "100.64.0.0/10",
        "a multicast": "224.0.0.0/4 ff00::/8",
        "a tunnel's": "192.88.99.0/24 2001::/32 2002::/16 64:ff9b:1::/48",
        "a reserved": "192.0.0.0/24 192.0.2.0/24 198.18.0.0/15 198.51.100.0/24 203.0.113.0/24"
        " 240.0.0.0/4 2001::/23 2001:db8::/32 3fff::/20",
    }.items()
    for network in networks.split()
)
_PUBLIC_6 = ip_network("2000::/3")
_NAT64 = ip_network("64:ff9b::/96")

_LOCAL_NAME = re.compile(r"[^.]*|.*\.(?:localhost|local|internal|intranet|lan|home\.arpa)")

_USERINFO = re.compile(r"^([^/?#]*//)?[^/?#]*@")
# Each of these takes linear time for any text.
_USER = re.compile(r"""//[^\s/?#"'<>]*@""")
_PARAMETER = re.compile(r"""[?&][^\s?&#=]*+=[^\s&#"'<>]*+""")
_NAME = re.compile(r"[?&]([^?&=]*+)=")
_WORD_BORDER = re.compile(r"[^a-zA-Z]+|(?<=[a-z])(?=[A-Z])")
_SECRETS = tuple(
    "key token secret auth authorization sig signature pass passwd password passphrase pwd".split()
)
"""How words end that name a secret, since names are run together: `apikey`."""
_NO_SECRETS = frozenset("donkey hockey jockey monkey turkey whiskey bypass compass".split())
_SHOWN_LIMIT = 300


def closed_kind(address: Address, allowed: Iterable[Network]) -> str:
    """The kind of an address that must not be connected to, such as "a private"; else empty."""
    reached = _reached(address)
    if any(address in network or reached in network for network in allowed):
        return ""
    for network, kind in _CLOSED:
        if reached in network:
            return kind
    return "" if reached.version == 4 or reached in _PUBLIC_6 else "a reserved"


def _reached(address: Address) -> Address:
    """Where packets to it really go: an IPv6 address may stand for an IPv4 one."""
    if isinstance(address, IPv4Address):
        return address
    if address in _NAT64:
        return IPv4Address(int(address) & 0xFFFF_FFFF)
    return address.ipv4_mapped or address


def is_local_name(host: str) -> bool:
    """Whether the name has a local meaning wherever it is looked up: `localhost`, `wiki`."""
    return _LOCAL_NAME.fullmatch(host.rstrip(".").lower()) is not None


def bypasses_proxy(no_proxy: str, host: str, port: int) -> bool:
    """Whether NO_PROXY names the host: as a domain, an address, a network or `*`."""
    return any(_covers(entry, host, port) for entry in re.split(r"[\s,]+", no_proxy.lower()))


def _covers(entry: str, host: str, port: int) -> bool:
    if entry == "*":
        return True
    try:
        return ip_address(host) in ip_network(entry.strip("[]"), strict=False)
    except ValueError:  # the host or the entry is a name
        name, _, wanted = entry.removeprefix("*").removeprefix(".").partition(":")
    return name != "" and wanted in ("", str(port)) and (host == name or host.endswith("." + name))


def masked(text: str) -> str:
    """`text`, which may quote addresses, without any user, password or key in them."""
    return _PARAMETER.sub(_without_secret, _USER.sub("//", text))


def _without_secret(parameter: re.Match[str]) -> str:
    """Up to the first name of a secret: a value may be an address with parameters of its own."""
    for name in _NAME.finditer(parameter[0]):
        if _is_secret(name[1]):
            return parameter[0][: name.end()] + "…"
    return parameter[0]


def _is_secret(name: str) -> bool:
    words = (word.lower() for word in _WORD_BORDER.split(name))
    return any(word.endswith(_SECRETS) and word not in _NO_SECRETS for word in words)


def shown(url: str) -> str:
    """The URL as messages may show it: no user, password or keys, in one short line."""
    url = masked(_USERINFO.sub(r"\1", url))[: _SHOWN_LIMIT + 1]
    url = "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in url)
    return url if len(url) <= _SHOWN_LIMIT else url[: _SHOWN_LIMIT - 1] + "…"
