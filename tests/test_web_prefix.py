"""Behind a proxy that serves it under a path, which it cuts off or not: no link leads elsewhere."""

from __future__ import annotations

import re
from typing import Any

import pytest
from werkzeug.test import Client

from feedproxy.web import create_app
from feedproxy.web.prefix import Prefixed, beginnings
from tests.conftest import RULES, Installation

LINK = re.compile(r"""(?:href|src|action)=["']?(/[^"'\s>#]*)""")
RENAMED = RULES.replace("title: Spiking papers", "title: Spiking papers\n    renamed: [brains]")


@pytest.fixture(params=["/lab/papers", "/feeds", "/topics"])
def prefix(request: pytest.FixtureRequest) -> str:
    """Of which some look as paths of our own do."""
    return str(request.param)


@pytest.fixture(params=["cut off", "handed on"])
def asked(request: pytest.FixtureRequest, installation: Installation, prefix: str) -> Any:
    """What the app answers to a path of the public address."""
    installation.rules.write_text(RENAMED)
    config = installation.config(public_url=f"https://uni.example{prefix}")
    pipeline = installation.start(public_url=config.public_url)
    pipeline.refresher.stop()
    for name in pipeline.due():
        pipeline.refresh(name)
    app = create_app(pipeline, config)
    client = Client(Prefixed(app, config.public_url, beginnings(app)))

    def ask(path: str) -> Any:
        assert path.startswith(f"{prefix}/"), path
        path = path.removeprefix(prefix) if request.param == "cut off" else path
        return client.get(path, buffered=True)

    return ask


def test_every_link_of_every_page_is_answered(asked: Any, prefix: str) -> None:
    seen, left = set(), [f"{prefix}/"]
    while left:
        seen.add(path := left.pop())
        answer = asked(path)
        assert answer.status_code in (200, 302), path
        links = set(LINK.findall(answer.text)) if answer.mimetype == "text/html" else set()
        left += sorted(links - seen - set(left))
    assert {f"{prefix}/try", f"{prefix}/static/style.css", f"{prefix}/topics/spiking"} <= seen


def test_a_renamed_topic_is_found_there(asked: Any, prefix: str) -> None:
    moved = asked(f"{prefix}/feeds/brains.atom")
    assert moved.status_code == 301
    assert asked(moved.headers["Location"]).status_code == 200


def test_without_a_path_nothing_is_touched(installation: Installation) -> None:
    app = create_app(installation.start(), installation.config())
    plain = Client(app).get("/", buffered=True)
    prefixed = Prefixed(app, "https://papers.example", beginnings(app))
    assert Client(prefixed).get("/").data == plain.data
