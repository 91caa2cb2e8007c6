"""The pages where scripts are off: all there is can be used, and nothing else is shown."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.browser.addresses import PAGES
from tests.browser.chromium import Browser


@pytest.fixture(autouse=True)
def _no_scripts(browser: Browser) -> Iterator[None]:
    with browser.without_scripts():
        yield


@pytest.mark.parametrize("page", PAGES)
def test_every_button_that_is_seen_works_without_a_script(browser: Browser, page: str) -> None:
    browser.open(PAGES[page])
    assert browser.text("h1")
    seen = [each for each in browser.all("button") if each.is_displayed()]
    assert all(each.get_property("form") and each.get_property("type") == "submit" for each in seen)


def test_the_script_shows_what_only_it_can_do(browser: Browser) -> None:
    browser.open(PAGES["included"])
    assert not browser.find("[data-copy]").is_displayed()


def test_a_search_leads_to_the_reasons(browser: Browser) -> None:
    browser.open(PAGES["excluded"])
    browser.find("#q").send_keys("survey")
    browser.find(".search button").click()
    browser.until("what was found", lambda: "q=survey" in browser.path)
    browser.find("summary").click()
    assert browser.find("details p").is_displayed()
    browser.find(".records .links a").click()
    browser.until("why not", lambda: "/why/2611.90003" in browser.path)
    assert "survey" in browser.text(".rules")
