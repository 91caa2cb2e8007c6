"""The pages with a keyboard alone: everything is reached in order, is seen to be, and works."""

from __future__ import annotations

import pytest
from selenium.webdriver.common.keys import Keys

from tests.browser.addresses import PAGES
from tests.browser.chromium import Browser

REACHABLE = "a[href], button, input:not([type=hidden]), select, summary, textarea"

SHOWN = """
return [...document.querySelectorAll(arguments[0])].filter(each => each.checkVisibility());
"""


def tab_to(browser: Browser, css: str) -> None:
    """By as many tabs as it takes, which are no more than the page has stops."""
    for _ in browser.all(REACHABLE):
        browser.press(Keys.TAB)
        if browser.run("return document.activeElement.matches(arguments[0])", css):
            return
    raise AssertionError(f"no tab leads to {css}")


@pytest.mark.parametrize("page", PAGES)
def test_tab_reaches_everything_in_order_and_shows_where_it_is(browser: Browser, page: str) -> None:
    browser.open(PAGES[page])
    there = browser.run(SHOWN, REACHABLE)
    stops = browser.stops(len(there))
    assert [stop.element for stop in stops] == there
    assert [stop for stop in stops if not stop.outlined or not stop.in_view] == []


@pytest.mark.parametrize("page", ["included", "playground"])
def test_the_first_stop_skips_the_navigation(browser: Browser, page: str) -> None:
    browser.open(PAGES[page])
    browser.press(Keys.TAB)
    assert browser.text(":focus") == "Skip to the content"
    browser.press(Keys.ENTER, Keys.TAB)
    assert browser.run("return document.activeElement.closest('main') !== null")
    assert "damaged" not in browser.text("main")


def test_enter_follows_and_searches(browser: Browser) -> None:
    browser.open("/")
    tab_to(browser, ".topics h2 a")
    browser.press(Keys.ENTER)
    browser.until("the topic", lambda: browser.path == "/topics/spiking")
    tab_to(browser, ".tabs a:last-child")
    browser.press(Keys.ENTER)
    browser.until("another view", lambda: browser.path == "/topics/spiking?view=excluded")
    tab_to(browser, "#q")
    browser.press("rain train", Keys.ENTER)
    browser.until("what was found", lambda: "q=rain+train" in browser.path)
    assert [each.text for each in browser.all(".records h2")] == [
        "Rain without Training & 強化学習"
    ]
    tab_to(browser, ".records .links a")
    browser.press(Keys.ENTER)
    browser.until("why not", lambda: "/why/2611.90006" in browser.path)
    assert browser.text("#verdict") == "Not included"


def test_enter_opens_an_abstract_and_closes_it(browser: Browser) -> None:
    browser.open(PAGES["included"])
    tab_to(browser, "summary")
    assert not browser.find("details p").is_displayed()
    browser.press(Keys.ENTER)
    browser.until("it is open", browser.find("details p").is_displayed)
    browser.press(Keys.ENTER)
    browser.until("it is closed", lambda: not browser.find("details p").is_displayed())


def test_another_topic_of_a_tried_text_is_shown_and_the_focus_stays_there(
    browser: Browser,
) -> None:
    browser.open(PAGES["playground"])
    browser.find("#text").send_keys(Keys.CONTROL, "a")
    browser.press("topics: {first: {include: [rain]}, second: {include: [SNN]}}")
    browser.until("both are offered", lambda: "second" in browser.text("#result button"))
    tab_to(browser, "#result button")
    browser.press(Keys.ENTER)
    browser.until("the other is shown", lambda: "first" in browser.text("#result button"))
    assert browser.text(":focus") == "What it would do"
    browser.press(Keys.TAB, Keys.ENTER)
    browser.until("the first again", lambda: "second" in browser.text("#result button"))


def test_a_feeds_address_is_copied_and_that_is_said(browser: Browser) -> None:
    browser.open(PAGES["included"])
    tab_to(browser, "[data-copy]")
    label = browser.text(":focus")
    browser.press(Keys.ENTER)
    browser.until("it is said", lambda: browser.find("#said").text == "Copied")
    assert browser.run("return document.activeElement.matches('[data-copy]')")
    browser.find("#q").send_keys(Keys.CONTROL, "v")
    assert browser.find("#q").get_attribute("value") == browser.address + "/feeds/spiking.atom"
    browser.until("the button is as before", lambda: browser.text("[data-copy]") == label)
