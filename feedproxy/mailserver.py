"""Parses two settings: the server through which mail goes out, and its recipients. No connection.

smtp://host                       port 25, encrypted if the server offers STARTTLS
smtp://user:password@host         port 587, STARTTLS or nothing is sent
smtps://user:password@host        port 465, encrypted from the first byte on
...?from=papers@example.org       the sender; without it the user, else feedproxy@host
"""

from __future__ import annotations

from dataclasses import dataclass, field
from email.headerregistry import Address
from email.policy import SMTP
from ipaddress import ip_address
from typing import Any
from urllib.parse import SplitResult, parse_qs, unquote, urlsplit

FORM = "an address such as smtp://user:password@mail.example.org:587, or smtps://..."
SPECIAL = "; in user and password write %40 for @, %3A for :, %2F for /, %3F for ?, %23 for #"


@dataclass(frozen=True, slots=True)
class MailServer:
    host: str
    port: int
    sender: str
    """The mail's sender, as `name@host` or `Name <name@host>`."""
    implicit_tls: bool = False
    user: str = ""
    password: str = field(default="", repr=False)

    def __str__(self) -> str:
        return f"{self.host}:{self.port}"


def mail_server(url: str) -> MailServer:
    """Raises ValueError, which says what to write, but does not quote `url`: it has a password."""
    parts, host, port = _address(url)
    user, password = unquote(parts.username or ""), unquote(parts.password or "")
    if bool(user) != bool(password):
        raise ValueError(f"{FORM}, with both a user and a password, or neither{SPECIAL}")
    if not f"{host}{user}{password}".isascii() or not f"{user}{password}".isprintable():
        raise ValueError(f"{FORM}, in printable ASCII: servers know nothing else")
    query = parse_qs(parts.query, keep_blank_values=True)
    if query.keys() - {"from"} or parts.fragment or parts.path.strip("/"):
        raise ValueError(f"{FORM}, which nothing may follow but ?from=name@example.org{SPECIAL}")
    implicit = parts.scheme == "smtps"
    return MailServer(
        host=host,
        port=port or (465 if implicit else 587 if user else 25),
        sender=_sender(query, user, host),
        implicit_tls=implicit,
        user=user,
        password=password,
    )


def recipients(text: str) -> tuple[str, ...]:
    """The addresses, each once. Raises ValueError."""
    form = "mail addresses such as ada@example.org, separated by commas"
    return tuple(dict.fromkeys(each.addr_spec for each in addresses(text, form)))


def addresses(text: str, form: str) -> tuple[Address, ...]:
    """The addresses, at least one. Raises ValueError, which says to write `form`."""
    if not text.isascii() or not text.isprintable():
        raise ValueError(f"{form}, in ASCII (a foreign domain as xn--...)")
    try:
        header: Any = SMTP.header_factory("to", text)
        found: tuple[Address, ...] = header.addresses
    except Exception as error:  # malformed text makes its parser raise all kinds of errors
        raise ValueError(form) from error
    if not found or header.defects or not all(each.username and each.domain for each in found):
        raise ValueError(form)
    return found


def _address(url: str) -> tuple[SplitResult, str, int | None]:
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError:
        raise ValueError(FORM + SPECIAL) from None  # its text may quote the password
    if parts.scheme not in ("smtp", "smtps") or not host or port == 0:
        raise ValueError(FORM + SPECIAL)
    return parts, host, port


def _sender(query: dict[str, list[str]], user: str, host: str) -> str:
    form = f"{FORM}, and ?from= an address such as papers@example.org"
    default = user if "@" in user else f"feedproxy@{_domain(host)}"
    [sender, *others] = addresses(", ".join(query.get("from", [default])), form)
    if others:
        raise ValueError(form)
    return str(sender)


def _domain(host: str) -> str:
    """The domain for a sender's address; an IP address cannot be one."""
    try:
        ip_address(host)
    except ValueError:
        return host
    return "localhost"
