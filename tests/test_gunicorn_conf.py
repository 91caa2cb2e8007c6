"""The server's settings: all known to gunicorn, and its log holds no secret."""

from __future__ import annotations

import logging

import pytest
from gunicorn.config import KNOWN_SETTINGS
from gunicorn.http import errors

from feedproxy import gunicorn_conf

NOT_SETTINGS = {"annotations", "logging", "memory", "mmap", "os", "re", "signal", "Path", "Any"} | {
    "AS_ROOT",
    "STOPS",
    "keep_over_forks",
    "guesses",
    "had_archive",
    "Tally",
    "tally",
    "WithoutSecrets",
}


def logged(message: str, *args: object) -> str:
    record = logging.LogRecord("gunicorn.error", logging.ERROR, "", 0, message, args, None)
    assert gunicorn_conf.WithoutSecrets().filter(record)
    return record.getMessage()


def test_every_name_is_a_setting_that_gunicorn_knows() -> None:
    names = {name for name in vars(gunicorn_conf) if not name.startswith("_")}
    assert names - NOT_SETTINGS <= {setting.name for setting in KNOWN_SETTINGS}


@pytest.mark.parametrize(
    "error",
    [
        errors.InvalidRequestLine("GET /feeds/x.atom?token=SECRET"),
        errors.InvalidRequestLine("GET /feeds/it's.atom\n?token=SECRET"),
        errors.InvalidHTTPVersion("SECRET HTTP/1.1"),
        errors.InvalidHeader("Authorization Basic SECRET"),
        errors.InvalidHeaderName("Basic SECRET"),
    ],
    ids=repr,
)
def test_an_invalid_request_is_logged_without_what_it_said(error: Exception) -> None:
    line = logged(f"Invalid request from ip=127.0.0.1: {error}")
    assert "SECRET" not in line
    assert line.startswith("Invalid request from ip=127.0.0.1: Invalid HTTP ")


def test_a_failed_request_is_logged_without_its_query() -> None:
    line = logged("Error handling request %s %s", "GET", "/feeds/x.atom?a=1&token=SECRET")
    assert line == "Error handling request GET /feeds/x.atom..."


def test_other_messages_are_logged_whole() -> None:
    for message in ("Listening at: http://[::1]:8000 (7)", "No module named 'feedproxi'"):
        assert logged(message) == message
