"""Many feeds polled in turn by readers that have them already, against readers that never do.

There is not room for all their bytes, so that who has none makes each be written again.
"""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter

from werkzeug.test import run_wsgi_app

from benchmarks.common import Result, options, report
from benchmarks.hot_path import config, environ, unreachable
from benchmarks.loading import write
from feedproxy.assemble import assemble
from feedproxy.web import create_app, security_headers
from feedproxy.web.hotpath import HotPath

ROUNDS = 3


class Polled:
    def __init__(self, folder: Path, records: int, topics: int) -> None:
        made = config(folder, records)
        write(made.rules, topics)
        pipeline = assemble(made, unreachable)
        pipeline.refresher.stop()
        app = create_app(pipeline, made)
        self._app = HotPath(app, pipeline, security_headers(made), private=False)
        paths = [f"/feeds/{topic}.atom" for topic in pipeline.rules().topics]
        self._etags = {path: self._ask(path, 200) for path in paths}

    def by_the_informed(self) -> float:
        """Seconds for a poll of each feed by readers that send the ETag that they were given."""
        begun = perf_counter()
        for path, etag in self._etags.items():
            self._ask(path, 304, HTTP_IF_NONE_MATCH=etag)
        return perf_counter() - begun

    def by_the_others(self) -> float:
        begun = perf_counter()
        for path in self._etags:
            self._ask(path, 200)
        return perf_counter() - begun

    def _ask(self, path: str, expected: int, **headers: str) -> str:
        _, status, sent = run_wsgi_app(self._app, environ(path, **headers))
        assert status.startswith(str(expected)), status
        return sent["ETag"]


def measure(folder: Path, records: int, topics: int) -> Result:
    polled = Polled(folder, records, topics)
    quick = min(polled.by_the_informed() for _ in range(ROUNDS))
    slow = polled.by_the_others()
    name = f"{topics:,} feeds polled in turn, nothing new"
    baseline = "readers that do not say what they have"
    return Result(name, quick / topics * 1e6, "us", slow / quick, baseline)


if __name__ == "__main__":
    given = options(records=10_000, topics=1000)
    with TemporaryDirectory() as place:
        report(measure(Path(place), given.records, given.topics), as_json=given.json)
