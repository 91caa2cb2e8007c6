"""How a command comes by the pipeline, and by a topic of it."""

from __future__ import annotations

from feedproxy.assemble import assemble, need_archive, need_rules
from feedproxy.cli.output import err, say
from feedproxy.config import Config
from feedproxy.pipeline import Pipeline


def open_pipeline(config: Config) -> Pipeline:
    """The pipeline for a command that goes by what is in the archive, as `with_rules` has it.

    Raises ArchiveError, too, if that cannot be read.
    """
    pipeline = with_rules(config)
    need_archive(pipeline)
    return pipeline


def with_rules(config: Config) -> Pipeline:
    """The pipeline for a command, by the rules as they are now; says what is wrong with them.

    Raises ConfigError if there are none, so that nothing is left behind in a wrong folder.
    """
    need_rules(config)
    pipeline = assemble(config, in_force=False)
    for problem in pipeline.rules().problems:
        say(err, ("rules: ", "yellow"), str(problem))
    return pipeline


def name_now(pipeline: Pipeline, topic: str) -> str:
    """The topic's name, also if a former one is given, which is then said."""
    new = pipeline.new_name(topic)
    if new:
        say(err, f"the topic {topic!r} is called {new!r} now")
    return new or topic
