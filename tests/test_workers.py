"""Several processes on one archive, as far as one process can show it."""

from __future__ import annotations

from tests.conftest import Installation


def test_what_another_worker_has_just_read_is_not_read_again(installation: Installation) -> None:
    late, quick = installation.start(), installation.start()
    assert late.due() == ["hf-daily"]
    quick.do_due("hf-daily")
    asked = len(installation.site.requests)
    assert asked
    installation.time.pass_by(seconds=2)  # so that `late` looks at the archive on its way

    late.do_due("hf-daily")
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
    pipeline.do_due("hf-daily")
    assert not installation.site.requests
