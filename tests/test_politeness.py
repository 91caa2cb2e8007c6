"""How often the sites are asked: what the README promises, counted."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

from tests.conftest import Installation

ROOT = Path(__file__).resolve().parents[1]


def test_the_default_set_up_asks_as_often_in_a_day_as_the_readme_says(
    installation: Installation,
) -> None:
    shutil.copy(ROOT / "rules" / "topics.yaml", installation.rules)
    pipeline, requests = installation.start(), installation.site.requests

    def a_day() -> int:
        before = len(requests)
        for _ in range(24 * 60):
            for name in pipeline.due():
                pipeline.refresh(name)
            installation.time.pass_by(minutes=1)
        return len(requests) - before

    a_day()  # the first reads everything once
    promised = re.search(r"makes about (\d+) requests", (ROOT / "README.md").read_text("utf-8"))
    assert promised
    assert abs(a_day() - int(promised[1])) <= 5


def test_a_source_that_no_topic_reads_from_is_never_asked(installation: Installation) -> None:
    pipeline = installation.start()
    assert pipeline.used_sources() == ["hf-daily"]
    for name in pipeline.due():
        pipeline.refresh(name)
    assert all("/api/daily_papers?date=" in url for url in installation.site.requests)
