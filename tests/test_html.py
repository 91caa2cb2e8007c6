"""A page and where things stand on it -> records, each page beside what it must give."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, cast

import pytest
import yaml

from feedproxy.errors import SourceError
from feedproxy.models import Page, Record
from feedproxy.rulefiles import RulesFolder
from feedproxy.sources import SOURCES
from feedproxy.sources.html import Shown, read_items
from feedproxy.sources.items import MOST_ITEMS
from tests.clocks import NOON

DATA = Path(__file__).parent / "data" / "html"
KINDS = {name: kind.keys for name, kind in SOURCES.items()}
URL = "https://lab.example/papers"


@dataclass(frozen=True)
class Case:
    options: dict[str, Any]
    records: tuple[dict[str, Any], ...] = ()
    """Of each record the fields that matter."""
    notes: tuple[str, ...] = ()
    following: str = ""
    error: str = ""
    kind: str = ""


def cases() -> list[Path]:
    found = sorted((DATA / "pages").glob("*.html"))
    assert found, "no pages"
    assert [path.with_suffix(".yaml") for path in found] == sorted((DATA / "pages").glob("*.yaml"))
    return found


def options(written: dict[str, Any], folder: Path) -> dict[str, Any]:
    """As they arrive from a rules file."""
    source = {"kind": "html", "url": URL, **written}
    (folder / "a.yaml").write_text(yaml.safe_dump({"sources": {"lab": source}}))
    rules = RulesFolder(folder, KINDS).current()
    assert rules.problems == ()
    return dict(rules.sources["lab"].options)


def page(body: bytes, url: str = URL, seen: datetime = NOON, **headers: str) -> Page:
    return Page(url, body, seen, headers={name.replace("_", "-"): v for name, v in headers.items()})


def named(record: Record, wanted: dict[str, Any]) -> dict[str, Any]:
    found = {name: getattr(record, name) for name in wanted}
    return {name: list(v) if isinstance(v, tuple) else v for name, v in found.items()}


@pytest.mark.parametrize("path", cases(), ids=lambda path: path.stem)
def test_a_page_gives_what_is_written_beside_it(path: Path, tmp_path: Path) -> None:
    case = Case(**yaml.safe_load(path.with_suffix(".yaml").read_text()))
    given = options(case.options, tmp_path)
    shown, trouble = Shown(()), cast("SourceError | None", None)
    try:
        shown = read_items(page(path.read_bytes()), given)
        trouble = shown.trouble
    except SourceError as error:
        trouble = error
    found = [named(*pair) for pair in zip(shown.records, case.records, strict=True)]
    assert found == list(case.records)
    assert list(shown.notes) == list(case.notes)
    assert shown.following == case.following
    assert (trouble.message if trouble else "") == case.error
    assert (type(trouble).__name__ if trouble else "") == case.kind


def test_the_recipe_of_the_readme_reads_the_page_that_it_describes(tmp_path: Path) -> None:
    readme = (Path(__file__).resolve().parents[1] / "README.md").read_text("utf-8")
    recipe = readme.split("### A page that has no feed\n\n```yaml\n")[1].split("```")[0]
    (tmp_path / "a.yaml").write_text(recipe)
    source = RulesFolder(tmp_path, KINDS).current().sources["lab"]
    body = b"""<li class="paper"><h3><a href="/p/1">Spiking Kelp</a></h3><p>All of it.</p>
        <i class="author">Ada</i><i class="author">Bob</i><i class="date">3 March 2026</i>
        <i class="votes">read 50 times, 12 likes</i></li><a class="next" href="?page=2">older</a>"""
    shown = read_items(page(body, source.options["url"]), source.options)
    [record] = shown.records
    assert (record.title, record.link) == ("Spiking Kelp", "https://lab.example/p/1")
    assert (record.summary, record.authors) == ("All of it.", ("Ada", "Bob"))
    assert (record.published.date().isoformat(), record.numbers) == ("2026-03-03", {"upvotes": 12})
    assert shown.following == "https://lab.example/papers?page=2"


def test_items_beyond_the_most_that_are_read_are_not_said_to_be_within_others() -> None:
    items = "".join(f"<li><a href='/{n}'>Kelp {n}</a></li>" for n in range(MOST_ITEMS + 9))
    fields = {"title": ("a",), "link": ("a",)}
    shown = read_items(page(items.encode()), {"item": "li", "fields": fields})
    assert len(shown.records) == MOST_ITEMS
    assert shown.notes == (f"only the first {MOST_ITEMS} items were read",)
