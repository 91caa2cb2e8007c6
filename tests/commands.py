"""The commands, run within the test's process on an Installation."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

from click.testing import CliRunner, Result

from feedproxy.cli import main
from tests.conftest import Installation

OURS = ("PORT", "DATABASE_URL", "WEB_CONCURRENCY")


def command(folder: Path, *arguments: str, charset: str = "utf-8", **settings: str) -> Result:
    """`feedproxy ...` with the rules and the archive of `folder`, and these settings alone."""
    nobody = {n: None for n in os.environ if n.startswith("FEEDPROXY_") or n in OURS}
    own = {
        "FEEDPROXY_RULES": str(folder / "rules"),
        "FEEDPROXY_DATABASE": f"sqlite:///{folder}/archive.db",
    }
    env = {**nobody, **own, **settings}
    return CliRunner(charset=charset).invoke(main, arguments, env=env, catch_exceptions=False)


def as_json(folder: Path, *arguments: str, **settings: str) -> Any:
    return json.loads(command(folder, *arguments, "--json", **settings).stdout)


def read(installation: Installation) -> None:
    """Let it read its sources once, with its rules in force."""
    pipeline = installation.start()
    for name in pipeline.due():
        pipeline.refresh(name)
