"""An archive for Hypothesis to play with, which a reader follows by its versions."""

from __future__ import annotations

import tempfile
from pathlib import Path

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from feedproxy.archive import Archive
from feedproxy.models import Record
from tests.archive_programs import HOUR, NOW


class ArchiveMachine(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory()
        self.archive = self.open()
        self.now = NOW
        self.cache: dict[str, Record] = {}
        self.version = 0

    def open(self) -> Archive:
        return Archive(f"sqlite:///{Path(self.folder.name) / 'archive.db'}")

    def teardown(self) -> None:
        self.archive.close()
        self.folder.cleanup()

    @rule(hours=st.integers(-30, 50))
    def time_jumps(self, hours: int) -> None:
        self.now += hours * HOUR

    @rule()
    def restart(self) -> None:
        self.archive.close()
        self.archive = self.open()

    @invariant()
    def a_reader_that_follows_the_versions_knows_everything(self) -> None:
        versions = self.archive.versions()
        if versions.epoch > self.version:
            self.cache = {id_: self.cache[id_] for id_ in self.archive.ids() & self.cache.keys()}
        self.cache |= {found.id: found for found in self.archive.records(self.version)}
        self.version = versions.content
        assert self.cache == {found.id: found for found in self.archive.records()}
