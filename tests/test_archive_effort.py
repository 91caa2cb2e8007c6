"""What it costs to follow a large archive: counted in the steps of SQLite, not in time."""

from __future__ import annotations

from pathlib import Path

from feedproxy.archive import Archive, sightings
from feedproxy.archive.database import Database, backend
from tests.archive_programs import NOW, listing, record


def test_what_changed_last_is_found_without_a_look_at_all_the_rest(
    sqlite: Archive, file: Path
) -> None:
    sqlite.remember("hf", listing(*map(record, range(1, 1000))), NOW)
    before = sqlite.versions().content
    sqlite.remember("hf", listing(record(1000)), NOW)
    steps: list[None] = []
    with Database(backend(f"sqlite:///{file}", 5, 5)).read() as conn:
        raw = conn.connection.driver_connection
        assert raw is not None
        raw.set_progress_handler(lambda: steps.append(None), 1)
        assert sightings.changed_after(conn, before) == [record(1000).id]
        raw.set_progress_handler(None, 0)
    assert len(steps) < 100
