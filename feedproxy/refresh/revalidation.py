"""Conditional requests: a page that has not changed is not sent again.

A page's validators are used only for the same source with the same options, and by the same
version of feedproxy: whoever looks for something else in the page must see it again.
"""

from __future__ import annotations

import hashlib
from dataclasses import replace

from feedproxy import __version__
from feedproxy.archive import Archive, Validators
from feedproxy.models import Page, Request, Source, SourceState
from feedproxy.states import definition


class Revalidation:
    """During one reading: sends the validators that are kept, and keeps the new ones at the end."""

    def __init__(self, archive: Archive, source: Source, state: SourceState) -> None:
        self._archive = archive
        self._source = source
        self._has_records = state.records > 0
        self._came: dict[str, Validators] = {}

    def conditional(self, request: Request) -> Request:
        """With validators, unless the source wants the page anyway or nothing of it is archived."""
        if not (request.may_be_unchanged and self._has_records):
            return request
        etag, last_modified = self._archive.kept.validators(self._key(request.url))
        return replace(request, etag=etag, last_modified=last_modified)

    def note(self, request: Request, page: Page) -> None:
        """`page` came in answer to `request`."""
        if request.may_be_unchanged and page.status != 304:
            came = Validators(page.headers.get("etag"), page.headers.get("last-modified"))
            self._came[self._key(request.url)] = came

    def keep(self) -> None:
        """Everything on the pages is in the archive now: they need not be sent again."""
        for key, came in self._came.items():
            self._archive.kept.keep_validators(key, came)

    def _key(self, url: str) -> str:
        read_as = repr((url, definition(self._source), __version__))
        return f"{self._source.name} {hashlib.sha256(read_as.encode()).hexdigest()}"
