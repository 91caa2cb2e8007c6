"""A rules file's text, whatever lies at its path. Reading it never hangs or takes too much."""

from __future__ import annotations

import codecs
import errno
import os
import re
import stat
from pathlib import Path

LARGEST = 1 << 20
_IRREGULAR = "not a regular file: remove it, or move it out of the rules folder"
_FORBIDDEN = re.compile("[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


class Unreadable(Exception):
    """Why a file cannot be read; line and column count from 1."""

    def __init__(self, message: str, line: int = 1, column: int = 1) -> None:
        super().__init__(message)
        self.message = message
        self.line = line
        self.column = column


def read(path: Path) -> str:
    """The file's text without BOM. Raises Unreadable, also for a link out of the folder."""
    try:
        _check_inside(path)
        return decoded(_bytes(path))
    except OSError as e:
        raise Unreadable(_reason(e)) from e


def decoded(body: bytes) -> str:
    """Raises Unreadable if it is not UTF-8 text."""
    if body.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise Unreadable("the file is UTF-16: save it as UTF-8")
    body = body.removeprefix(codecs.BOM_UTF8)
    try:
        text = body.decode()
    except UnicodeDecodeError as e:
        line, column = position(body[: e.start].decode())
        message = f"byte 0x{body[e.start]:02x} is not UTF-8: save the file as UTF-8"
        raise Unreadable(message, line, column) from e
    if found := _FORBIDDEN.search(text):
        message = f"a control character (U+{ord(found[0]):04X}) stands here: remove it"
        if found[0] == "\0":
            message = "a NUL character stands here: the file is damaged, or saved as UTF-16"
        raise Unreadable(message, *position(text[: found.start()]))
    return text


def position(before: str) -> tuple[int, int]:
    """The line and column, both from 1, of what stands behind this text."""
    return before.count("\n") + 1, len(before) - before.rfind("\n")


def _check_inside(path: Path) -> None:
    # Not Path.resolve: until Python 3.13 it raises RuntimeError for a link to itself.
    target = Path(os.path.realpath(path, strict=True))
    if not target.is_relative_to(path.parent.resolve()):
        raise Unreadable(f"is a link to {target}, outside the folder: copy the file here")


def _bytes(path: Path) -> bytes:
    # O_NONBLOCK: opening a FIFO would wait for a writer for ever.
    descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    try:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise Unreadable(_IRREGULAR)
        with os.fdopen(descriptor, "rb", closefd=False) as file:
            body = file.read(LARGEST + 1)
    finally:
        os.close(descriptor)
    if len(body) > LARGEST:
        raise Unreadable("larger than 1 MiB: split it into several files")
    return body


def _reason(error: OSError) -> str:
    if error.errno in (errno.EACCES, errno.EPERM):
        return (
            "permission denied: make the file readable for the user that feedproxy runs as, "
            "and its folder open to it (chmod +x)"
        )
    if error.errno == errno.ELOOP:
        return "a link that leads to itself: replace it by the file"
    if error.errno == errno.ENOENT:
        return "a link that leads nowhere, or a file that was just removed"
    if error.errno == errno.ENXIO:  # a socket
        return _IRREGULAR
    return f"cannot be read: {error.strerror}"
