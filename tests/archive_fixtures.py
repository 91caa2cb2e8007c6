"""What the archive's tests share: an archive of each database, and processes beside it."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from feedproxy.archive import Archive

Opened = Callable[..., Archive]
"""Takes what Archive takes."""


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """An empty database of each kind."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/archive.db"
    from tests.postgres import server  # only where it is wanted

    return server().new_database()


@pytest.fixture
def opened() -> Iterator[Opened]:
    """Opens archives, and closes them after the test."""
    archives: list[Archive] = []

    def open_archive(url: str, **settings: Any) -> Archive:
        archives.append(Archive(url, **settings))
        return archives[-1]

    yield open_archive
    for archive in archives:
        archive.close()


@pytest.fixture
def archive(url: str, opened: Opened) -> Archive:
    return opened(url)


@pytest.fixture
def postgresql(opened: Opened) -> Archive:
    from tests.postgres import server

    return opened(server().new_database())


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """Where `sqlite` is."""
    return tmp_path / "archive.db"


@pytest.fixture
def sqlite(file: Path, opened: Opened) -> Archive:
    """SQLite alone, and in a hurry."""
    return opened(f"sqlite:///{file}", wait=0.05, read_wait=0.05)


def start(*arguments: str) -> subprocess.Popen[str]:
    """One of `archive_programs`, as a process of its own."""
    return subprocess.Popen(
        [sys.executable, "-m", "tests.archive_programs", *arguments],
        stdout=subprocess.PIPE,
        text=True,
        cwd=Path(__file__).parents[1],
    )
