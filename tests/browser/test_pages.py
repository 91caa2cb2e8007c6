"""Every page: its width, its light, what axe-core finds, and what it asks of other hosts."""

from __future__ import annotations

import pytest
from selenium.webdriver.remote.webelement import WebElement

from tests.browser.addresses import PAGES
from tests.browser.chromium import LOOKS, PHONE, Browser, Look


def open_whole(browser: Browser, page: str) -> None:
    """With nothing folded."""
    browser.open(PAGES[page])
    browser.run("document.querySelectorAll('details').forEach(each => { each.open = true })")


@pytest.mark.parametrize("page", PAGES)
def test_every_page_fits_in_any_width_and_light(browser: Browser, page: str) -> None:
    open_whole(browser, page)
    for look in LOOKS:
        browser.look(look)
        assert browser.overhang() <= 0, look
        assert _ground_is_dark(browser) == look.dark
    assert browser.complaints() == []


@pytest.mark.parametrize("page", PAGES)
def test_axe_finds_nothing_serious_in_any_width_and_light(browser: Browser, page: str) -> None:
    open_whole(browser, page)
    for look in LOOKS:
        browser.look(look)
        assert browser.faults() == [], look


def test_the_current_page_is_told_from_the_others_without_our_colours(browser: Browser) -> None:
    browser.force_colours()
    for path, css in (("/sources", "header nav a"), (PAGES["included"], ".tabs a")):
        browser.open(path)
        widths = {
            (each.get_attribute("aria-current"), each.value_of_css_property("border-bottom-width"))
            for each in browser.all(css)
        }
        assert widths == {("page", "3px"), (None, "0px")}


@pytest.mark.parametrize("page", PAGES)
def test_other_hosts_are_asked_for_pictures_only_and_not_told_from_where(
    browser: Browser, page: str
) -> None:
    browser.open(PAGES[page])
    pictures = browser.all("main img")
    for picture in pictures:
        browser.run("arguments[0].scrollIntoView()", picture)
    browser.until("all were tried", lambda: all(_tried(browser, each) for each in pictures))
    sent = [each for each in browser.sent() if each.url.startswith("http")]
    abroad = [each for each in sent if not each.url.startswith(browser.address + "/")]
    assert {each.kind for each in abroad} <= {"Image"}
    assert {each.url for each in abroad} == {each.get_attribute("src") for each in pictures}
    assert not any(each.headers.get("Referer") for each in abroad)
    assert [each.kind for each in sent].count("Document") == 1


def test_pictures_are_not_asked_for_before_they_are_near(browser: Browser) -> None:
    browser.look(Look(*PHONE, dark=False))
    browser.open(PAGES["included"])
    assert {each.get_attribute("loading") for each in browser.all("main img")} == {"lazy"}


def _tried(browser: Browser, picture: WebElement) -> bool:
    """Whether it was loaded, or could not be."""
    return bool(browser.run("return arguments[0].complete", picture))


def _ground_is_dark(browser: Browser) -> bool:
    ground = browser.find("body").value_of_css_property("background-color")
    red, green, blue = ground[ground.index("(") + 1 :].split(",")[:3]
    return int(red) + int(green) + int(blue) < 3 * 128
