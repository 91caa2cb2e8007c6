"""What is built in from others: each has its one purpose and its one version, and no address."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, requires
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parents[1]
PYPROJECT = (ROOT / "pyproject.toml").read_text("utf-8")
PROJECT = tomllib.loads(PYPROJECT)["project"]
EXTRAS = PROJECT["optional-dependencies"]
PINS = dict(
    line.split("==") for line in (ROOT / "constraints.txt").read_text("utf-8").splitlines() if line
)
PINNED = {canonicalize_name(name) for name in PINS}
SHIPPED = [*PROJECT["dependencies"], *EXTRAS["postgres"], *EXTRAS["granian"]]
ADDRESS = re.compile(r"index-url|find-links|trusted-host|--extra-index|https?://[^\s)>\"']*/simple")


def installed_with(requirements: list[str]) -> set[str]:
    """The names of the packages that `requirements` bring along here, and theirs in turn."""
    found: set[tuple[str, str]] = set()
    wanted = list(_asked_for(requirements, ""))
    while wanted:
        if (each := wanted.pop()) not in found:
            found.add(each)
            wanted += _asked_for(_requirements(each[0]), each[1])
    return {name for name, _ in found}


def _asked_for(requirements: list[str], extra: str) -> Iterator[tuple[str, str]]:
    """Name and extra, "" for none."""
    for each in map(Requirement, requirements):
        if each.marker is None or each.marker.evaluate({"extra": extra}):
            name = canonicalize_name(each.name)
            yield from ((name, asked) for asked in {"", *each.extras})


def _requirements(name: str) -> list[str]:
    try:
        return requires(name) or []
    except PackageNotFoundError:  # an extra that is not installed here
        return []


@pytest.mark.parametrize("requirement", SHIPPED)
def test_what_is_needed_has_one_purpose_beside_it(requirement: str) -> None:
    [line] = [line for line in PYPROJECT.splitlines() if f'"{requirement}"' in line]
    assert re.search(r"  # [a-zA-Z/]", line), line


def test_every_package_has_one_version() -> None:
    assert installed_with([*SHIPPED, *EXTRAS["dev"]]) - PINNED == set()
    assert all(re.fullmatch(r"[0-9][\w.]*", version) for version in PINS.values())


def test_no_file_says_where_packages_come_from() -> None:
    """That is for who installs to choose."""
    names = ("*.toml", "*.txt", "*.md", "Makefile", "Dockerfile", "Procfile", ".ci/*", "deploy/*")
    files = [path for name in names for path in ROOT.glob(name) if path.is_file()]
    assert len(files) > 6
    assert [path.name for path in files if ADDRESS.search(path.read_text("utf-8"))] == []


def test_whoever_is_told_to_install_gets_the_tested_versions_and_ours_from_the_clone() -> None:
    """`-U` is for who looks for newer ones. Another's `feedproxy` may be on an index."""
    names = ("*.md", "Makefile", "Dockerfile", "deploy/*", "feedproxy/**/*.py")
    texts = [path.read_text("utf-8") for name in names for path in ROOT.glob(name)]
    told = re.findall(r"pip install(?: [^`\n]+)?", "\n".join(texts))
    assert len(told) > 8
    assert [each for each in told if not re.search(r" (-c \S*constraints\.txt|-U) ", each)] == []
    assert [each for each in told if re.search(r"[ '\"]feedproxy\b", each)] == []
