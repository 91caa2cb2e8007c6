"""Arrows point down only: read from the imports themselves."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

PACKAGE = Path(__file__).resolve().parents[1] / "feedproxy"

LAYERS: tuple[tuple[str, set[str]], ...] = (
    (
        "bottom",
        {
            "__init__",
            "addresses",
            "errors",
            "models",
            "kinds",
            "links",
            "pasted",
            "clock",
            "memory",
            "signals",
            "tally",
            "gunicorn_conf",
        },
    ),
    ("text", {"text"}),
    ("terms", {"terms"}),
    ("rules", {"rules"}),
    ("judging", {"explain", "index", "search"}),
    (
        "pure beside",
        {
            "backoff",
            "conditional",
            "digest",
            "entries",
            "healthfeed",
            "mailserver",
            "plausible",
            "states",
        },
    ),
    (
        "edges",
        {
            "archive",
            "build",
            "config",
            "demo",
            "fetch",
            "formats",
            "granian_server",
            "gunicorn_server",
            "rulefiles",
            "smtp",
            "sources",
            "starter",
        },
    ),
    ("memory", {"library", "metrics", "prepared", "splicing", "view", "watch"}),
    ("catalogue", {"catalogue", "checking", "mailing", "refresh"}),
    ("pipeline", {"pipeline"}),
    ("web", {"web"}),
    ("assemble", {"assemble", "wsgi"}),
    ("commands", {"server", "cli", "__main__"}),
)

ROOM_OF_PACKAGE = {
    "cachetools": "prepared",
    "click": "cli",
    "feedgen": "formats",
    "feedparser": "sources",
    "flask": "web",
    "granian": "granian_server",
    "gunicorn": "gunicorn_server",
    "httpcore2": "fetch",
    "jmespath": "sources",
    "httpx2": "fetch",
    "lxml": "sources",
    "msgspec": "sources",
    "nh3": "sources",
    "prometheus_client": "metrics",
    "pydantic": "rulefiles",
    "pylatexenc": "text",
    "re2": "terms",
    "rich": "cli",
    "sqlalchemy": "archive",
    "werkzeug": "web",
    "yaml": "rulefiles",
}

PURE = {name for _, names in LAYERS[:6] for name in names} - {
    "clock",
    "signals",
    "tally",
    "gunicorn_conf",
}
IMPURE_MODULES = {"io", "os", "pathlib", "random", "socket", "sqlite3", "subprocess", "time"}
SAYS_SO = re.compile(r"\bPure\b|\bNo I/O(?!, but)")
IMPURE_CALLS = {"open", "datetime.now", "date.today"}


def modules() -> Iterator[tuple[str, Path]]:
    """(room, file); a package is one room."""
    for path in sorted(PACKAGE.rglob("*.py")):
        yield path.relative_to(PACKAGE).with_suffix("").parts[0], path


def imports(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            if node.module == "feedproxy":
                yield from (f"feedproxy.{alias.name}" for alias in node.names)
            else:
                yield node.module


def layer(room: str) -> int:
    return next(place for place, (_, rooms) in enumerate(LAYERS) if room in rooms)


def test_every_room_has_its_layer_and_no_layer_names_a_room_that_is_gone() -> None:
    assert {room for room, _ in modules()} == {room for _, rooms in LAYERS for room in rooms}


def test_arrows_point_down_only_and_edges_never_meet() -> None:
    wrong = []
    edges = dict(LAYERS)["edges"]
    for room, path in modules():
        for name in imports(path):
            parts = name.split(".")
            if parts[0] != "feedproxy" or len(parts) == 1 or parts[1] in (room, "__version__"):
                continue
            sideways = {room, parts[1]} <= edges
            if layer(parts[1]) > layer(room) or sideways:
                wrong.append(f"{path.relative_to(PACKAGE)} imports {name}")
    assert wrong == []


def test_a_third_party_package_is_imported_in_one_room() -> None:
    wrong = [
        f"{path.relative_to(PACKAGE)} imports {name}"
        for room, path in modules()
        for name in imports(path)
        if ROOM_OF_PACKAGE.get(name.split(".")[0], room) != room
    ]
    assert wrong == []


def test_pure_rooms_have_no_clock_file_or_connection() -> None:
    wrong = []
    for room, path in modules():
        tree = ast.parse(path.read_text("utf-8"))
        if room not in PURE and not SAYS_SO.search(ast.get_docstring(tree) or ""):
            continue
        calls = {ast.unparse(node.func) for node in ast.walk(tree) if isinstance(node, ast.Call)}
        used = {name.split(".")[0] for name in imports(path)} & IMPURE_MODULES
        used |= calls & IMPURE_CALLS
        wrong += [f"{path.relative_to(PACKAGE)} uses {name}" for name in sorted(used)]
    assert wrong == []


def test_files_stay_small() -> None:
    long = {
        str(path.relative_to(PACKAGE)): lines
        for _, path in modules()
        if (lines := len(path.read_text("utf-8").splitlines())) >= 300
    }
    assert long == {}
