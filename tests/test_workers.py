"""Several processes on one archive, as far as one process can show it."""

from __future__ import annotations

from tests.conftest import Installation


def test_what_another_worker_has_just_read_is_not_read_again(installation: Installation) -> None:
    late, quick = installation.start(), installation.start()
    assert late.due() == ["hf-daily"]
    assert quick.refresh("hf-daily", only_if_due=True) is not None
    asked = len(installation.site.requests)
    installation.time.pass_by(seconds=2)  # so that `late` looks at the archive on its way

    assert late.refresh("hf-daily", only_if_due=True) is None
    assert len(installation.site.requests) == asked
    assert late.refresh("hf-daily") is not None
