"""The folder of a build: only what changed, only what is ours, and whole files at any moment."""

from __future__ import annotations

import fcntl
import os
import threading
from pathlib import Path

import pytest

from feedproxy.build import MANIFEST, PART, publish
from feedproxy.errors import ConfigError
from tests.faults import files_no_longer_than

FILES = {"index.html": b"<p>1", "feeds/a.atom": b"<feed/>", "feeds/b.atom": b"<feed/>"}


def contents(folder: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file() and path.name != MANIFEST
    }


def stamps(folder: Path) -> dict[str, tuple[int, int]]:
    found = {path: path.stat() for path in folder.rglob("*") if path.is_file()}
    return {str(path): (stat.st_mtime_ns, stat.st_ino) for path, stat in found.items()}


def test_a_second_build_of_the_same_touches_nothing(tmp_path: Path) -> None:
    folder = tmp_path / "new" / "public"
    assert publish(folder, FILES).written == tuple(sorted(FILES))
    before = stamps(folder)
    again = publish(folder, FILES)
    assert (again.files, again.written, again.removed) == (3, (), ())
    assert stamps(folder) == before


def test_only_what_changed_is_written_and_what_is_gone_removed(tmp_path: Path) -> None:
    publish(tmp_path, FILES)
    before = stamps(tmp_path)
    built = publish(tmp_path, {"index.html": b"<p>2", "feeds/a.atom": b"<feed/>"})
    assert (built.written, built.removed) == (("index.html",), ("feeds/b.atom",))
    assert contents(tmp_path) == {"index.html": b"<p>2", "feeds/a.atom": b"<feed/>"}
    assert stamps(tmp_path)[f"{tmp_path}/feeds/a.atom"] == before[f"{tmp_path}/feeds/a.atom"]
    publish(tmp_path, {"index.html": b"<p>2"})
    assert not (tmp_path / "feeds").exists()


def test_a_file_is_newer_than_the_one_before_in_whole_seconds(tmp_path: Path) -> None:
    seconds = []
    for content in (b"<p>1", b"<p>2", b"<p>3"):
        publish(tmp_path, {"index.html": content})
        seconds.append(int((tmp_path / "index.html").stat().st_mtime))
    assert seconds == sorted(set(seconds))


def test_other_files_are_let_alone(tmp_path: Path) -> None:
    (tmp_path / "feeds").mkdir()
    others = {"CNAME": b"you.example", "feeds/mine.atom": b"<feed>mine</feed>"}
    for name, content in others.items():
        (tmp_path / name).write_bytes(content)
    publish(tmp_path, FILES)
    publish(tmp_path, {})
    assert contents(tmp_path) == others


def test_a_file_that_is_not_ours_is_not_overwritten(tmp_path: Path) -> None:
    (tmp_path / "index.html").write_text("my own page")
    with pytest.raises(ConfigError, match=r"index\.html is there already"):
        publish(tmp_path, FILES)
    assert contents(tmp_path) == {"index.html": b"my own page"}


@pytest.mark.parametrize("name", ["../out", "feeds/../../out", "/out", "a//out", "linked/out"])
def test_nothing_is_written_outside(tmp_path: Path, name: str) -> None:
    folder, outside = tmp_path / "public", tmp_path / "outside"
    folder.mkdir()
    outside.mkdir()
    (folder / "linked").symlink_to(outside)
    with pytest.raises(ConfigError, match="outside"):
        publish(folder, {name: b"x"})
    assert contents(outside) == contents(folder) == {}
    assert not (tmp_path / "out").exists()


def test_nothing_is_removed_outside_whatever_the_manifest_says(tmp_path: Path) -> None:
    folder, precious = tmp_path / "public", tmp_path / "precious"
    precious.write_text("x")
    folder.mkdir()
    (folder / MANIFEST).write_text(f'{{"files": ["../precious", "{precious}"]}}')
    assert publish(folder, {}).removed == ()
    assert precious.exists()


@pytest.mark.parametrize("manifest", ["", "[]", '{"files": 7}', '{"files": [7]}', "\x00"])
def test_a_damaged_manifest_is_told(tmp_path: Path, manifest: str) -> None:
    (tmp_path / MANIFEST).write_text(manifest)
    with pytest.raises(ConfigError, match="build into a new folder"):
        publish(tmp_path, FILES)
    assert contents(tmp_path) == {}


def test_a_build_that_broke_off_left_whole_files_and_is_finished_by_the_next(
    tmp_path: Path,
) -> None:
    publish(tmp_path, {"m": b"old", "gone": b""})
    new = {"a": b"new", "m": b"x" * 50_000, "z": b"new"}
    with files_no_longer_than(20_000), pytest.raises(ConfigError, match="cannot write"):
        publish(tmp_path, new)
    (tmp_path / PART).unlink()
    assert contents(tmp_path) == {"a": b"new", "m": b"old", "gone": b""}
    (tmp_path / PART).write_bytes(b"what another one left")
    publish(tmp_path, new)
    assert contents(tmp_path) == new


def test_a_reader_gets_the_old_file_or_the_new_one(tmp_path: Path) -> None:
    versions = [bytes([letter]) * 300_000 for letter in b"ab"]
    publish(tmp_path, {"feed": versions[0]})
    seen, done = set(), threading.Event()

    def read() -> None:
        while not done.is_set():
            seen.add((tmp_path / "feed").read_bytes())

    reader = threading.Thread(target=read)
    reader.start()
    for turn in range(60):
        publish(tmp_path, {"feed": versions[turn % 2]})
    done.set()
    reader.join()
    assert seen <= set(versions)


def test_of_two_builds_at_once_one_is_refused(tmp_path: Path) -> None:
    handle = os.open(tmp_path, os.O_RDONLY)
    fcntl.flock(handle, fcntl.LOCK_EX)
    with pytest.raises(ConfigError, match="another build"):
        publish(tmp_path, FILES)
    os.close(handle)
    publish(tmp_path, FILES)
    assert contents(tmp_path) == FILES


def test_a_web_server_of_another_user_may_read_it(tmp_path: Path) -> None:
    publish(tmp_path, FILES)
    assert all((tmp_path / name).stat().st_mode & 0o044 == 0o044 for name in FILES)


def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "public").write_text("a file")
    with pytest.raises(ConfigError, match=f"cannot write {tmp_path}/public"):
        publish(tmp_path / "public", FILES)
