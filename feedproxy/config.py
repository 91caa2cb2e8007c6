"""The settings, and the only reader of the environment.

`SETTINGS` is the table: the README shows it, and a test compares the two.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from difflib import get_close_matches
from ipaddress import ip_network
from pathlib import Path
from string import punctuation
from typing import Any
from urllib.parse import quote, urlsplit

from feedproxy.addresses import Network
from feedproxy.errors import ConfigError
from feedproxy.mailserver import MailServer, mail_server, recipients

_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400, "w": 604800}

_LONGEST_REFRESH = timedelta(days=366)
_LONGEST_DEADLINE = timedelta(minutes=30)
"""A lease outlasts a deadline, and one of an hour or more counts as given by a wrong clock."""

_ADDRESS = re.compile(
    r"https?://(?:[^\s/?#@]+@)?(?:\[[0-9a-f:.]+\]|(?:[a-z0-9._-]|[^ -~])+)(?::\d+)?(?:/[^\s?#]*)?",
    re.IGNORECASE,
)
"""A host's name may be in any script, but of ASCII holds only what names have."""

_BYTES = {"M": 10**6, "G": 10**9, "T": 10**12}

_OURS = "FEEDPROXY_"
"""What the names of our own variables begin with; others may hold the secrets of sources."""
_SECRET = {"access_key", "smtp"}
"""The settings whose values no error shows."""
_LOGIN = re.compile("(?<=//).*(?=@)|(?<=password=)[^&]*")


@dataclass(frozen=True, slots=True, kw_only=True)
class Config:
    rules: Path = Path("rules")
    database: str = "sqlite:///feedproxy.db"
    public_url: str = ""
    """Without a slash at the end; empty: the address that is served."""
    access_key: str = field(default="", repr=False)
    fetch_deadline: timedelta = timedelta(seconds=10)
    allow_private: tuple[Network, ...] = ()
    min_refresh: timedelta = timedelta(minutes=1)
    archive_size: int | None = None
    """In bytes; None: it may grow for ever."""
    thumbnails: bool = True
    hf_url: str = "https://huggingface.co"
    arxiv_url: str = ""
    """Empty: arXiv's own addresses, one for its API and one for its announcements."""
    smtp: MailServer | None = None
    digest_to: tuple[str, ...] = ()
    host: str = "127.0.0.1"
    port: int = 8000
    environ: Mapping[str, str] = field(default_factory=dict, repr=False)
    """For variables that are not ours: proxies, certificates, secrets named in source headers."""

    @property
    def served_url(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"http://{host}:{self.port}"

    @property
    def base_url(self) -> str:
        """What links in feeds begin with."""
        return self.public_url or self.served_url


@dataclass(frozen=True, slots=True)
class Setting:
    names: tuple[str, ...]
    """Environment variables; the first that is set counts."""
    key: str
    parse: Callable[[str], Any]
    default: str
    meaning: str


def _key(value: str) -> str:
    if not value.isprintable() or value != value.strip():
        raise ValueError("printable, without spaces around it")
    return value


def _duration(value: str, longest: timedelta, form: str) -> timedelta:
    found = re.fullmatch(r"(\d+(?:\.\d+)?)\s*([smhdw]?)", value.strip())
    seconds = float(found[1]) * _UNITS[found[2] or "s"] if found else 0.0
    if not 0 < seconds <= longest.total_seconds():
        raise ValueError(form)
    return timedelta(seconds=seconds)


def _deadline(value: str) -> timedelta:
    form = "a duration such as 10s or 1m, longer than 0s and 30m at most"
    return _duration(value, _LONGEST_DEADLINE, form)


def _refresh(value: str) -> timedelta:
    form = "a duration such as 10s, 30m or 2h, longer than 0s and a year at most"
    return _duration(value, _LONGEST_REFRESH, form)


def _networks(value: str) -> tuple[Network, ...]:
    try:
        return tuple(ip_network(part) for part in re.split(r"[,\s]+", value.strip()) if part)
    except ValueError as e:
        raise ValueError(f"networks such as 10.0.0.0/8, separated by commas ({e})") from e


def _switch(value: str) -> bool:
    known = {"on": True, "true": True, "yes": True, "1": True}
    known |= {"off": False, "false": False, "no": False, "0": False}
    if value.lower() not in known:
        raise ValueError("on or off")
    return known[value.lower()]


def _size(value: str) -> int:
    found = re.fullmatch(r"(\d+(?:\.\d+)?)\s*([MGT])B", value.strip(), re.IGNORECASE)
    size = float(found[1]) * _BYTES[found[2].upper()] if found else 0.0
    if not _BYTES["M"] <= size <= 999_999 * _BYTES["T"]:
        raise ValueError("a size such as 500MB or 2GB, from 1MB to 999999TB")
    return int(size)


def _url(value: str) -> str:
    form = "an address such as https://papers.example.org, with a port of 1 to 65535 or without"
    try:
        parts = urlsplit(value.rstrip("/"))
        has_port_0 = parts.port == 0
    except ValueError:
        raise ValueError(form) from None  # its text may quote a password
    if has_port_0 or not value.isprintable() or not _ADDRESS.fullmatch(value):
        raise ValueError(form)
    return parts._replace(path=quote(parts.path, safe=punctuation)).geturl()


def database_url(value: str) -> str:
    """The URL in the spelling that is used. Raises ValueError, which says what to write."""
    if value.startswith("postgres://"):
        value = "postgresql://" + value.removeprefix("postgres://")
    if not value.startswith(("sqlite:///", "postgresql://")):
        raise ValueError("sqlite:///path/to/file.db or postgresql://user@host/name")
    return value


def _port(value: str) -> int:
    if not re.fullmatch(r"[0-9]{1,5}", value) or int(value) > 65535:
        raise ValueError("a port number, 0 to 65535")
    return int(value)


SETTINGS: tuple[Setting, ...] = (
    Setting(("FEEDPROXY_RULES",), "rules", Path, "rules", "the folder with the rules files"),
    Setting(
        ("FEEDPROXY_DATABASE", "DATABASE_URL"),
        "database",
        database_url,
        "sqlite:///feedproxy.db",
        "the archive: `sqlite:///file` or `postgresql://...`",
    ),
    Setting(
        ("FEEDPROXY_PUBLIC_URL",),
        "public_url",
        _url,
        "the address that is served",
        "what links begin with; set it behind a proxy, with the path that it has there",
    ),
    Setting(
        ("FEEDPROXY_ACCESS_KEY",),
        "access_key",
        _key,
        "none: everybody who reaches the address may read",
        "the password for everything but `/healthz`",
    ),
    Setting(
        ("FEEDPROXY_FETCH_DEADLINE",),
        "fetch_deadline",
        _deadline,
        "10s",
        "how long one request to a site may take in all, 30m at most",
    ),
    Setting(
        ("FEEDPROXY_ALLOW_PRIVATE",),
        "allow_private",
        _networks,
        "none",
        "private networks that sources may be on, such as `10.0.0.0/8`",
    ),
    Setting(
        ("FEEDPROXY_MIN_REFRESH",),
        "min_refresh",
        _refresh,
        "1m",
        "the shortest `refresh` that a source may ask for",
    ),
    Setting(
        ("FEEDPROXY_ARCHIVE_SIZE",),
        "archive_size",
        _size,
        "none",
        "about how much the archive keeps, such as `2GB`; what was listed longest ago goes first",
    ),
    Setting(
        ("FEEDPROXY_THUMBNAILS",),
        "thumbnails",
        _switch,
        "on",
        "`off`: pages load no pictures from other hosts",
    ),
    Setting(
        ("FEEDPROXY_HF_URL",),
        "hf_url",
        _url,
        "https://huggingface.co",
        "where the Hugging Face listings are, for mirrors and tests",
    ),
    Setting(
        ("FEEDPROXY_ARXIV_URL",),
        "arxiv_url",
        _url,
        "arXiv's own addresses",
        "where arXiv's `/api/query` and `/atom/...` are, for mirrors and tests",
    ),
    Setting(
        ("FEEDPROXY_SMTP_URL",),
        "smtp",
        mail_server,
        "none",
        "the mail server of the digest, such as `smtp://user:password@mail.example.org:587`",
    ),
    Setting(
        ("FEEDPROXY_DIGEST_TO",),
        "digest_to",
        recipients,
        "nobody",
        "who has the digest by mail, separated by commas",
    ),
    Setting(("PORT",), "port", _port, "8000", "the port that `serve` and the Procfile listen on"),
)


def without_login(address: str) -> str:
    """The address as it may be shown."""
    return _LOGIN.sub("...", address)


def from_environ(environ: Mapping[str, str] = os.environ) -> Config:
    """The settings of this process. Raises ConfigError, naming the variable."""
    _refuse_misspelt(environ)
    values: dict[str, Any] = {}
    for setting in SETTINGS:
        name = next((name for name in setting.names if environ.get(name)), None)
        if name is None:
            continue
        try:
            values[setting.key] = setting.parse(environ[name])
        except ValueError as e:
            value = without_login(environ[name])
            shown = "" if setting.key in _SECRET else f" is {value!r}, which"
            raise ConfigError(f"{name}{shown} should be {e}") from e
    if values.get("digest_to") and not values.get("smtp"):
        raise ConfigError("FEEDPROXY_DIGEST_TO needs a server: set FEEDPROXY_SMTP_URL, too")
    return Config(**values, environ=dict(environ))


def _refuse_misspelt(environ: Mapping[str, str]) -> None:
    """A server whose access key is misspelt, say, would be open to all without a word."""
    known = {name.removeprefix(_OURS): name for setting in SETTINGS for name in setting.names}
    for name in environ:
        if not name.startswith(_OURS) or name in known.values():
            continue
        if meant := get_close_matches(name.removeprefix(_OURS), known, 1, 0.8):
            raise ConfigError(f"{name} is no setting: did you mean {known[meant[0]]}?")
