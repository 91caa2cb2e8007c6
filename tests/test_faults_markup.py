"""Pages that are weapons: no file, no connection, no growth comes of them."""

from __future__ import annotations

import socket
from datetime import date
from pathlib import Path

import pytest

from feedproxy.errors import SourceError
from feedproxy.models import Page
from feedproxy.sources.huggingface import page as pages
from feedproxy.sources.huggingface import parts
from tests.clocks import NOON

LAUGHS = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10 if n else "ha"}">' for n in range(10))


def read(body: str) -> str:
    """Everything that came of it: the records, or what the error says."""
    page = Page("https://huggingface.co/papers/date/2026-11-20", body.encode(), NOON)
    try:
        return repr(pages.read(page, parts.day(date(2026, 11, 20))))
    except SourceError as error:
        return str(error)


def test_U_18_an_entity_that_grows_without_end_is_not_resolved() -> None:
    said = read(
        f"<?xml version='1.0'?><!DOCTYPE x [{LAUGHS}]><h3><a href='/papers/1'>&l9;</a></h3>"
    )
    assert "blocked or changed" in said
    assert "haha" not in said


def test_U_18_no_file_is_read_for_an_entity(tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("the secret of this machine")
    said = read(
        f"<!DOCTYPE x [<!ENTITY e SYSTEM 'file://{secret}'>]>"
        "<article><h3><a href='/papers/2611.00001'>&e;</a></h3></article>"
    )
    assert "2611.00001" in said
    assert "the secret" not in said


def test_U_18_no_connection_is_made_for_a_definition() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.setblocking(False)
        address = f"http://127.0.0.1:{listener.getsockname()[1]}/x.dtd"
        read(f"<!DOCTYPE x SYSTEM '{address}'><x xmlns='{address}'><link href='{address}'/></x>")
        with pytest.raises(BlockingIOError):
            listener.accept()


def test_U_18_depth_beyond_all_measure_is_survived() -> None:
    assert "blocked or changed" in read("<div>" * 200_000)
