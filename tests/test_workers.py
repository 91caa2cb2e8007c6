"""Several processes on one archive, as far as one process can show it."""

from __future__ import annotations

import pytest

from feedproxy.archive import Archive
from feedproxy.pipeline import Pipeline
from tests.conftest import RULES, Installation


def test_what_another_worker_has_just_read_is_not_read_again(installation: Installation) -> None:
    late, quick = installation.start(), installation.start()
    assert late.due() == ["hf-daily"]
    quick.do_if_due("hf-daily")
    asked = len(installation.site.requests)
    assert asked
    installation.time.pass_by(seconds=2)  # so that `late` looks at the archive on its way

    late.do_if_due("hf-daily")
    assert len(installation.site.requests) == asked
    assert late.refresh("hf-daily") is not None


def test_what_an_edit_removed_while_it_was_queued_is_let_alone(installation: Installation) -> None:
    pipeline = installation.start()
    assert pipeline.due() == ["hf-daily"]
    installation.rules.write_text(
        "sources: {lab: {kind: feed, url: https://lab.example/feed}}\n"
        "topics: {spiking: {from: [lab], include: [spiking]}}\n"
    )
    for _ in range(2):
        installation.time.pass_by(seconds=2)
        pipeline.rules()
    pipeline.do_if_due("hf-daily")
    assert not installation.site.requests


RAIN = RULES + "  rain: {include: [rain]}\n"
SNOW = RULES + "  snow: {include: [snow]}\n"
WIND = "topics: {wind: {include: [wind]}}\n"
BROKEN = "  x: [\n"


def topics(installation: Installation, *pipelines: Pipeline) -> list[set[str]]:
    """Of each, once it has seen what stands in the folder, one after the other."""
    for pipeline in pipelines:
        for _ in range(2):
            installation.time.pass_by(seconds=2)
            pipeline.rules()
    return [set(pipeline.rules().topics) - {"spiking", "popular"} for pipeline in pipelines]


def test_what_was_good_for_a_moment_holds_for_a_worker_that_did_not_see_it(
    installation: Installation,
) -> None:
    quick, late = installation.start(), installation.start()
    assert topics(installation, quick, late) == [set(), set()]
    installation.rules.write_text(RAIN)
    assert topics(installation, quick) == [{"rain"}]
    installation.rules.write_text(RAIN + BROKEN)
    assert topics(installation, late, quick) == [{"rain"}, {"rain"}]
    assert late.rules().problems == quick.rules().problems
    assert late.rules().topics == quick.rules().topics

    installation.rules.write_text(SNOW)
    assert topics(installation, late) == [{"snow"}]
    installation.rules.write_text(RAIN)
    assert topics(installation, late) == [{"rain"}]
    installation.rules.write_text(RAIN + BROKEN)
    assert topics(installation, quick) == [{"rain"}]


def test_what_a_worker_did_not_see_it_does_not_undo(installation: Installation) -> None:
    quick, late = installation.start(), installation.start()
    assert topics(installation, quick, late) == [set(), set()]
    installation.rules.write_text(RAIN)
    assert topics(installation, quick) == [{"rain"}]
    installation.rules.write_text(RAIN + BROKEN)
    installation.rules.with_name("wind.yaml").write_text(WIND)
    assert topics(installation, late, quick) == [{"rain", "wind"}, {"rain", "wind"}]
    assert topics(installation, installation.start()) == [{"rain", "wind"}]


@pytest.mark.parametrize("kept", ["topics: {rain: {inclde: [rain]}}", RULES + WIND, WIND])
def test_a_kept_text_that_cannot_come_into_force_changes_nothing(
    kept: str, installation: Installation
) -> None:
    """As of another version of the program, or from another host's folder."""
    worker = installation.start()
    installation.rules.with_name("wind.yaml").write_text(WIND)
    installation.rules.write_text(RAIN)
    assert topics(installation, worker) == [{"rain", "wind"}]
    installation.rules.write_text(RAIN + BROKEN)
    assert topics(installation, worker) == [{"rain", "wind"}]
    archive = Archive(installation.config().database)
    archive.kept.keep_rules({"topics.yaml": kept})
    before = worker.rules()
    assert topics(installation, worker) == [{"rain", "wind"}]
    assert worker.rules() == before
    assert archive.kept.rules()["topics.yaml"] == kept
    archive.close()


def test_two_hosts_with_different_folders_come_to_rest(installation: Installation) -> None:
    other = installation.folder / "other"
    other.mkdir()
    here, there = installation.start(), installation.start(rules=other)
    (other / "topics.yaml").write_text(SNOW)
    assert topics(installation, here, there) == [set(), {"snow"}]
    installation.rules.write_text(RULES + BROKEN)
    assert topics(installation, here, there, here) == [{"snow"}] * 3
    (other / "topics.yaml").write_text(SNOW + BROKEN)
    assert topics(installation, there, here, there) == [{"snow"}] * 3
    installation.rules.write_text(RAIN)
    assert topics(installation, here, there, here) == [{"rain"}] * 3
