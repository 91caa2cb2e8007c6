"""Behind a proxy that serves it under a path, which it cuts off or not: no link leads elsewhere."""

from __future__ import annotations

import re
from typing import Any

import pytest
from werkzeug.test import Client

from feedproxy.pipeline import Pipeline
from feedproxy.web import create_app
from feedproxy.web.prefix import Prefixed
from tests.conftest import RULES, Installation

PREFIX = "/lab/papers"
LINK = re.compile(r"""(?:href|src|action)=["']?(/[^"'\s>#]*)""")
RENAMED = RULES.replace("title: Spiking papers", "title: Spiking papers\n    renamed: [brains]")


@pytest.fixture(params=["cut off", "handed on"])
def asked(request: pytest.FixtureRequest, installation: Installation) -> Any:
    """What the app answers to a path of the public address."""
    installation.rules.write_text(RENAMED)
    settings = {"public_url": f"https://uni.example{PREFIX}"}
    pipeline: Pipeline = installation.start(**settings)
    pipeline.refresher.stop()
    for name in pipeline.due():
        pipeline.refresh(name)
    app = create_app(pipeline, installation.config(**settings))
    client = Client(Prefixed(app, settings["public_url"]))

    def ask(path: str) -> Any:
        assert path.startswith(f"{PREFIX}/"), path
        path = path.removeprefix(PREFIX) if request.param == "cut off" else path
        return client.get(path, buffered=True)

    return ask


def test_every_link_of_every_page_is_answered(asked: Any) -> None:
    seen, left = set(), [f"{PREFIX}/"]
    while left:
        seen.add(path := left.pop())
        answer = asked(path)
        assert answer.status_code in (200, 302), path
        links = set(LINK.findall(answer.text)) if answer.mimetype == "text/html" else set()
        left += sorted(links - seen - set(left))
    assert {f"{PREFIX}/try", f"{PREFIX}/static/style.css", f"{PREFIX}/topics/spiking"} <= seen


def test_a_renamed_topic_is_found_there(asked: Any) -> None:
    moved = asked(f"{PREFIX}/feeds/brains.atom")
    assert moved.status_code == 301
    assert asked(moved.headers["Location"]).status_code == 200


@pytest.mark.parametrize("public", ["https://papers.example", "https://papers.example/"])
def test_without_a_path_nothing_is_touched(public: str) -> None:
    seen: dict[str, Any] = {}

    def app(environ: Any, start_response: Any) -> list[bytes]:
        seen.update(environ)
        start_response("200 OK", [])
        return []

    Client(Prefixed(app, public)).get("/lab/papers")
    assert (seen["SCRIPT_NAME"], seen["PATH_INFO"]) == ("", "/lab/papers")


def test_a_path_of_ours_that_begins_alike_is_left_as_it_is() -> None:
    seen: dict[str, Any] = {}

    def app(environ: Any, start_response: Any) -> list[bytes]:
        seen.update(environ)
        start_response("200 OK", [])
        return []

    Client(Prefixed(app, "https://papers.example/feed")).get("/feeds/spiking.atom")
    assert (seen["SCRIPT_NAME"], seen["PATH_INFO"]) == ("/feed", "/feeds/spiking.atom")
