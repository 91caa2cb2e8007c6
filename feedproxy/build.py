"""Writes files into a folder that a web server or pages host serves, touching only what changed.

The files it made are listed in the folder itself, in MANIFEST, and only those are ever
overwritten or removed: other files may live beside them. A file is replaced as a whole, by
renaming, so whoever reads at that moment gets the old one or the new one. After a crash the next
build completes what is missing.
"""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from feedproxy.errors import ConfigError

MANIFEST = ".feedproxy-build.json"
PART = ".feedproxy-build.part"
"""A file while it is being written, before its renaming; the next build overwrites a leftover."""


@dataclass(frozen=True, slots=True)
class Built:
    files: int
    written: tuple[str, ...]
    """The files that are new or have changed."""
    removed: tuple[str, ...]
    """The files that an earlier build made, and this one did not."""


def publish(folder: Path, files: Mapping[str, bytes]) -> Built:
    """Make `folder` hold `files`, by names such as `feeds/spiking.atom`. Raises ConfigError."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with _alone(folder):
            return _publish(folder, files)
    except OSError as error:
        place = error.filename or folder
        raise ConfigError(f"cannot write {place}: {error.strerror or error}") from error


def _publish(folder: Path, files: Mapping[str, bytes]) -> Built:
    before = set(_made_before(folder))
    for name in sorted(files):
        _check(folder, name, ours=name in before)
    written = tuple(name for name in sorted(files) if _differs(folder / name, files[name]))
    gone = tuple(sorted(before - files.keys()))
    _write_manifest(folder, before | files.keys())  # a crash must not leave unlisted files
    for name in written:
        _replace(folder, name, files[name])
    for name in gone:
        _remove(folder, name)
    _write_manifest(folder, files)
    return Built(len(files), written, gone)


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Two builds at once, as when a cron job takes too long, would undo each other's work."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        os.close(handle)
        raise ConfigError(f"another build is writing to {folder}: try again later") from error
    try:
        yield
    finally:
        os.close(handle)


def _made_before(folder: Path) -> Iterator[str]:
    try:
        names = json.loads((folder / MANIFEST).read_bytes())["files"]
        yield from (name for name in names if _is_plain(name))
    except FileNotFoundError:
        return
    except (ValueError, TypeError, KeyError) as error:
        raise ConfigError(
            f"{folder / MANIFEST} is damaged, so what was built there before is not known: "
            "build into a new folder"
        ) from error


def _is_plain(name: str) -> bool:
    path = PurePosixPath(name)
    return str(path) == name and not path.is_absolute() and ".." not in path.parts


def _check(folder: Path, name: str, *, ours: bool) -> None:
    path = folder / name
    if not _is_plain(name) or not path.resolve().is_relative_to(folder.resolve()):
        raise ConfigError(f"{path} would lie outside of {folder}")
    if path.exists() and not ours:
        raise ConfigError(f"{path} is there already and was not built: choose another folder")


def _differs(path: Path, content: bytes) -> bool:
    try:
        return path.stat().st_size != len(content) or path.read_bytes() != content
    except FileNotFoundError:
        return True


def _write_manifest(folder: Path, names: Iterable[str]) -> None:
    content = json.dumps({"files": sorted(names)}, indent=0).encode() + b"\n"
    if _differs(folder / MANIFEST, content):
        _replace(folder, MANIFEST, content)


def _replace(folder: Path, name: str, content: bytes) -> None:
    part, path = folder / PART, folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    part.write_bytes(content)
    _make_newer(part, path)
    part.replace(path)


def _make_newer(part: Path, path: Path) -> None:
    """By a whole second: curl, and so newsboat, ignores what has no later `Last-Modified`."""
    with suppress(FileNotFoundError):
        least = int(path.stat().st_mtime) + 1
        if part.stat().st_mtime < least:
            os.utime(part, (least, least))


def _remove(folder: Path, name: str) -> None:
    """Remove the file, and the folders that are empty then."""
    path = folder / name
    path.unlink(missing_ok=True)
    for parent in path.parents:
        if parent == folder:
            break
        with suppress(OSError):
            parent.rmdir()
