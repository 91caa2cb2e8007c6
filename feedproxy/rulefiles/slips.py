"""An unforeseen exception becomes a problem of the file that it came from, and of no other."""

from __future__ import annotations

import logging

from feedproxy.errors import Problem, unforeseen

log = logging.getLogger(__name__)


def slip(file: str, error: Exception) -> Problem:
    """The problem. Call it while handling `error`, since it logs the traceback."""
    log.exception("reading %s failed in an unexpected way", file)
    return Problem(file, 1, 1, f"feedproxy could not read this file: {unforeseen(error)}")
