"""Conditional requests: a page that has not changed is not sent again.

Its validators count only for the source that read it, with the options it was read with, and
by the same feedproxy: whoever looks for something else in a page must see it again.
"""

from __future__ import annotations

import hashlib
from dataclasses import replace

from feedproxy import __version__
from feedproxy.archive import Archive, Validators
from feedproxy.models import Page, Request, Source, SourceState


class Revalidation:
    """The validators of one reading: those kept are sent, those that came are kept at its end."""

    def __init__(self, archive: Archive, source: Source, state: SourceState) -> None:
        self._archive = archive
        self._source = source
        self._has_records = state.records > 0
        self._came: dict[str, Validators] = {}

    def conditional(self, request: Request) -> Request:
        """As it is, where the source wants the page anyhow or the archive has nothing of it."""
        if not (request.may_be_unchanged and self._has_records):
            return request
        etag, last_modified = self._archive.kept.validators(self._key(request.url))
        return replace(request, etag=etag, last_modified=last_modified)

    def note(self, request: Request, page: Page) -> None:
        """What came to `request`."""
        if request.may_be_unchanged and page.status != 304:
            came = Validators(page.headers.get("etag"), page.headers.get("last-modified"))
            self._came[self._key(request.url)] = came

    def keep(self) -> None:
        """All that came with the pages is remembered: they need not come again."""
        for key, came in self._came.items():
            self._archive.kept.keep_validators(key, came)

    def _key(self, url: str) -> str:
        source = self._source
        options = sorted(source.options.items()), sorted(source.headers.items()), source.keep
        read_as = repr((url, source.kind, options, __version__))
        return f"{source.name} {hashlib.sha256(read_as.encode()).hexdigest()}"
