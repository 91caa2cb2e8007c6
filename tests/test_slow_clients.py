"""FAULTS H-5: whoever sends slowly, for hours, keeps nobody else from an answer."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.faults import FEED, invented, served, warm
from tests.raw import held

ASKED = {FEED: 200, "/healthz": 200, "/feeds/nothing.atom": 404, "/": 200}


@pytest.mark.parametrize(
    ("server", "slow"), [("gunicorn", 50), ("granian", 300)], ids=["gunicorn", "granian"]
)
def test_everybody_else_is_answered_as_ever(tmp_path: Path, server: str, slow: int) -> None:
    with (
        served(invented()) as url,
        warm(tmp_path, url, "--workers", "2", "--server", server) as running,
        held(running, slow, b"GET / HTTP/1.1\r\nHost: a\r\nX-Slow: ") as clients,
    ):
        for path, status in [*ASKED.items()] * 5:
            for client in clients:
                client.sendall(b"a")
            assert running.get(path).status == status
