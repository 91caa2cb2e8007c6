"""The recorded past, walked through at the stand-in for the site.

Skipped where ../shared is not beside the checkout.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from feedproxy.assemble import assemble
from feedproxy.pipeline import Pipeline
from feedproxy.refresh.backfill import Day
from tests.clocks import FakeTime
from tests.conftest import RULES, Installation
from tests.invented import Site
from tests.test_huggingface_corpus import DAYS, EVERY_DAY, NEWEST, Emulated, listing_days, raw

pytestmark = pytest.mark.skipif(not DAYS.is_dir(), reason="no recorded answers beside the checkout")

DAY = timedelta(days=1)
TODAY = date.fromisoformat(NEWEST)
EVERYTHING = "  everything: {where: {upvotes: {min: 0}}}\n"


@pytest.fixture
def installed(tmp_path: Path) -> Installation:
    (tmp_path / "rules").mkdir()
    (tmp_path / "rules" / "topics.yaml").write_text(RULES + EVERYTHING)
    noon = datetime(TODAY.year, TODAY.month, TODAY.day, 12, tzinfo=UTC)
    return Installation(tmp_path, Site(), FakeTime(noon))


def opened(installed: Installation, web: Emulated) -> Pipeline:
    return assemble(installed.config(), web, installed.time.clock)


def walked(pipeline: Pipeline, days: int) -> list[Day]:
    plan = pipeline.backfill.plan("hf-daily", TODAY - days * DAY)
    return [step for step in pipeline.backfill.run(plan) if isinstance(step, Day)]


def recorded(days: int) -> dict[str, set[str]]:
    """The papers of each recorded day from so many days ago until yesterday."""
    within = [day for day in EVERY_DAY if (TODAY - days * DAY).isoformat() <= day < NEWEST]
    return {day: {row["paper"]["id"] for row in raw(day)} for day in within}


def test_weeks_of_the_recorded_past_are_there_at_once_each_paper_at_its_day(
    installed: Installation,
) -> None:
    days = walked(opened(installed, Emulated()), 24)
    assert [each.trouble for each in days] == [""] * 24
    found = opened(installed, Emulated()).catalogue.preview("everything").included
    dated = {each.record.short_id: (each.since, each.record.published) for each in found}
    wanted = recorded(24)
    assert set(dated) == set().union(*wanted.values())
    assert len(dated) > 300
    for name, (since, published) in dated.items():
        assert since == published
        assert (published.hour, published.minute) == (12, 0)
        assert published.date().isoformat() in listing_days()[name]
    moments = [each.since for each in found if each.since]
    assert moments == sorted(moments, reverse=True)


def test_with_the_api_out_of_order_all_but_the_weekends_is_read_and_under_its_own_day(
    installed: Installation,
) -> None:
    web = Emulated(without=("api",))
    days = walked(opened(installed, web), 10)
    missed = [each.day for each in days if each.trouble]
    assert [day.weekday() for day in missed] == [6, 5]
    assert len(web.asked) == 2 * 10
    found = opened(installed, Emulated()).catalogue.preview("everything").included
    assert {each.record.short_id for each in found} == set().union(*recorded(10).values())
