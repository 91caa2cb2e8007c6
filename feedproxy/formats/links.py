"""Where a feed's pages are served, and which of an entry's links are media."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import PurePosixPath
from urllib.parse import urlsplit

from feedproxy.models import Feed, Record

# Not `mimetypes`, which reads the host's own files: bytes must not differ between hosts.
_MEDIA = {
    ".mp3": "audio/mpeg",
    ".m4a": "audio/mp4",
    ".ogg": "audio/ogg",
    ".opus": "audio/ogg",
    ".flac": "audio/flac",
    ".wav": "audio/wav",
    ".mp4": "video/mp4",
    ".m4v": "video/mp4",
    ".webm": "video/webm",
    ".mov": "video/quicktime",
    ".qt": "video/quicktime",
}


_ANY_AUDIO = "audio/mpeg"


def address(feed: Feed, name: str, page: int) -> str:
    """Where the feed's page `page` is served in the format `name`.

    A query in the feed's base, such as an access token, is kept.
    """
    base, _, query = feed.base.partition("?")
    parts = [query] if query else []
    if page > 1:
        parts.append(f"page={page}")
    return f"{base}.{name}" + ("?" + "&".join(parts) if parts else "")


def own_links(feed: Feed, name: str) -> Mapping[str, str]:
    """The feed's addresses by relation: `self`, and RFC 5005's if there are several pages."""
    pages = {"self": feed.page}
    if feed.pages > 1:
        pages |= {"first": 1, "last": feed.pages}
    if feed.page > 1:
        pages["previous"] = feed.page - 1
    if feed.page < feed.pages:
        pages["next"] = feed.page + 1
    return {relation: address(feed, name, page) for relation, page in pages.items()}


def labelled(record: Record) -> tuple[tuple[str, str], ...]:
    """The record's links as (label, address), the paper's own first, each address once."""
    rows = (
        ("Paper", record.link),
        ("PDF", record.pdf),
        ("Code", record.code),
        ("Project", record.project),
        ("Audio", record.audio),
        ("Video", record.video),
        ("Discussion", record.discussion),
    )
    first: dict[str, str] = {}
    for label, address in rows:
        if address:
            first.setdefault(address, label)
    return tuple((label, address) for address, label in first.items())


def media_type(link: str) -> str | None:
    """The media type of a link to a video or audio file; None if it leads to something else."""
    return _MEDIA.get(PurePosixPath(urlsplit(link).path).suffix.lower())


def medium(record: Record) -> tuple[str, str] | None:
    """Link and type of the one file that a reader may play.

    A video link may lead to a page instead of a file. Audio is always a file, whatever its link
    ends in, since podcasts count downloads by redirects.
    """
    if kind := media_type(record.video):
        return record.video, kind
    if record.audio:
        return record.audio, media_type(record.audio) or _ANY_AUDIO
    return None
