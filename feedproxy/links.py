"""Addresses on a page or in a feed -> http(s) addresses. Pure; no text makes it raise.

Whatever is no http or https address comes out empty: `javascript:`, `mailto:`, garbage.
"""

from __future__ import annotations

import re
from urllib.parse import quote, urljoin, urlsplit, urlunsplit

LONGEST = 2000
"""In characters; a longer address is dumped data, and opens nowhere."""

_MARGIN = "".join(map(chr, range(33))) + "\x7f\xa0\u3000\ufeff"
_SAFE = "%/:?#[]@!$&'()*+,;=~"
_PORTS = {"http": 80, "https": 443}
# Absolute addresses that `_resolved` would not change.
_AS_IT_IS = re.compile(
    r"https?://[a-z0-9-]+(?:\.[a-z0-9-]+)+(?:/[\w.~/%:@&=+,-]*)?(?:\?[\w.~/%:@&=+,-]+)?", re.ASCII
)
_FEED_TYPES = frozenset(
    f"application/{name}" for name in ("rss+xml", "atom+xml", "rdf+xml", "feed+json")
)
_TRACKING = frozenset(
    {"fbclid", "gclid", "dclid", "dgcid", "msclkid", "igshid", "mc_cid", "mc_eid", "yclid"}
    | {"jsessionid", "phpsessid"}
)
_SESSION = re.compile(r";jsessionid=[^/;]*", re.IGNORECASE)
"""What Java sites write into the path for clients that keep no cookies: another at each visit."""
_FROM_A_FEED = frozenset({"af=R", "rss=yes"})
"""What publishers' feeds append to their links; with other values these may mean anything."""
_TRACKING_AT = {"pubmed.ncbi.nlm.nih.gov": ("fc", "ff", "v")}
"""By host, query keys of its feed's links that change with every request."""


# Fragments that lead to no part of the page: they count clicks, or name what every page has.
_NO_PART = re.compile(
    r"(?:top|(?:from)?rss|comments|respond|(?:xtor|ref|echobox|intcid|(?:utm|mtm|pk|at)_\w+)=.*)?",
    re.IGNORECASE,
)


def absolute(base: str, href: str) -> str:
    """`href` on the page at `base` as an absolute address in ASCII; empty if it leads nowhere.

    An empty `href` stays empty, though a browser would take it for the page itself.
    """
    if not _AS_IT_IS.fullmatch(href):
        href = _resolved(base, href.strip(_MARGIN))
    return href if len(href) <= LONGEST else ""


def _resolved(base: str, href: str) -> str:
    if not href:
        return ""
    try:
        parts = urlsplit(urljoin(base.strip(_MARGIN), href))
        host, port = parts.hostname, parts.port
        if parts.scheme not in _PORTS or not host or _has_space(parts.netloc):
            return ""
        if not host.isascii():
            who, at, _ = parts.netloc.rpartition("@")
            name = host.encode("idna").decode("ascii")
            parts = parts._replace(netloc=f"{who}{at}{name}" + (f":{port}" if port else ""))
    except ValueError:
        return ""
    return quote(urlunsplit(parts), safe=_SAFE, errors="replace")


def leads_to_feed(relations: str, type_: str) -> bool:
    """Whether a `<link>` with this `rel` and `type` names a feed (autodiscovery).

    https://www.rssboard.org/rss-autodiscovery
    """
    return "alternate" in relations.lower().split() and type_.strip().lower() in _FEED_TYPES


def canonical(url: str) -> str:
    """The same address for every way of writing it; it still opens the same page.

    Scheme and host are in lower case. The default port and what only counts clicks (`utm_source`
    and the like) are removed. A fragment that names a part of the page stays: a list of news
    may link each item to one.
    """
    address = absolute("", url)
    if not address:
        return ""
    parts = urlsplit(address)
    who, at, host = parts.netloc.rpartition("@")
    host = host.lower().removesuffix(f":{_PORTS[parts.scheme]}").removesuffix(":")
    pairs = (pair for pair in parts.query.split("&") if pair)
    query = "&".join(pair for pair in pairs if not (_tracks(pair, host) or pair in _FROM_A_FEED))
    part = parts.fragment.partition(":~:")[0]  # https://wicg.github.io/scroll-to-text-fragment/
    fragment = "" if _NO_PART.fullmatch(part) else part
    path = _SESSION.sub("", parts.path) or "/"
    return urlunsplit((parts.scheme, f"{who}{at}{host}", path, query, fragment))


def untracked(address: str) -> str:
    """The absolute `address` without what only counts clicks; the rest stays as it is."""
    if "?" not in address:
        return address
    parts = urlsplit(address)
    pairs = parts.query.split("&")
    lasting = [pair for pair in pairs if not _tracks(pair, parts.hostname or "")]
    return address if lasting == pairs else urlunsplit(parts._replace(query="&".join(lasting)))


def problem_of_address(written: str) -> str | None:
    """For `Key.check`: what is wrong with a source's address, or None."""
    if absolute("", written):
        return None
    return f"{written!r} is no address of the web: write one such as https://lab.example/papers"


def _tracks(pair: str, host: str) -> bool:
    name = pair.partition("=")[0].lower()
    return name.startswith("utm_") or name in _TRACKING or name in _TRACKING_AT.get(host, ())


def _has_space(text: str) -> bool:
    return any(letter.isspace() for letter in text)
