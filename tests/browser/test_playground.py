"""The playground, typed into: with a script and without, wrongly, and from a link."""

from __future__ import annotations

import pytest
from selenium.webdriver.common.keys import Keys

from tests.browser.addresses import PAGES
from tests.browser.chromium import AXE, DESKTOP, LOOKS, Browser, Look, needed

EDITED = """\
topics:
  spiking:
    from: [hf-daily]
    include: [SNN, rain, nobody writes this]
"""
WRONG = "topics:\n  spiking:\n    inclde: [SNN]\n"


def replace_text(browser: Browser, text: str) -> None:
    """As somebody would: all of it selected, and typed over."""
    field = browser.find("#text")
    field.send_keys(Keys.CONTROL, "a")
    field.send_keys(text)


def says(browser: Browser, *parts: str) -> None:
    def said() -> bool:
        return all(part in browser.text("#counts") for part in parts)

    browser.until(f"{parts} is said", said)


def test_the_result_follows_what_one_types(browser: Browser) -> None:
    browser.open(PAGES["playground"])
    says(browser, "2 included", "Nothing enters or leaves")
    replace_text(browser, EDITED)
    says(browser, "5 included", "3 enter, 0 leave")
    assert "Rain without Training & 強化学習" in browser.text(".enters")
    assert "nobody writes this" in browser.text("#result")
    assert browser.complaints() == []


def test_a_link_holds_the_text_where_no_server_sees_it(browser: Browser) -> None:
    browser.open(PAGES["playground"])
    replace_text(browser, EDITED)
    says(browser, "5 included")
    link = browser.find("#share").get_attribute("data-copy") or ""
    assert "#" in link
    browser.driver.get("about:blank")
    browser.driver.get(link)
    says(browser, "5 included", "3 enter, 0 leave")
    assert browser.find("#text").get_property("value") == EDITED
    ours = {each.url for each in browser.sent() if each.url.startswith(browser.address)}
    paths = {url.removeprefix(browser.address) for url in ours}
    assert {path for path in paths if not path.startswith("/static/")} == {
        "/try?topic=spiking",
        "/try",
    }


@pytest.mark.parametrize("look", LOOKS, ids=str)
def test_a_mistake_is_told_beside_its_line_and_the_result_stays(
    browser: Browser, look: Look
) -> None:
    needed(AXE, how="make test installs it where npm is")
    browser.look(look)
    browser.open(PAGES["playground"])
    before = browser.text("#result")
    replace_text(browser, WRONG)
    says(browser, "error", "line 3")
    assert browser.find("#text").get_attribute("aria-invalid") == "true"
    assert 'unknown key "inclde"' in browser.text("#errors")
    assert browser.text("#result") == before
    assert browser.run("return document.documentElement.scrollWidth - innerWidth") <= 0
    assert browser.faults() == []
    browser.find("#errors a").click()
    assert browser.run("return [document.activeElement.id, text.selectionStart]") == [
        "text",
        WRONG.index("inclde"),
    ]


def test_without_a_script_a_button_does_the_same(browser: Browser) -> None:
    with browser.without_scripts():
        browser.look(Look(*DESKTOP, dark=False))
        browser.open(PAGES["playground"])
        assert not browser.find("#share").is_displayed()
        replace_text(browser, EDITED)
        browser.find("form.try button").click()
        says(browser, "5 included", "3 enter, 0 leave")
        assert browser.path == "/try"
        replace_text(browser, WRONG)
        browser.find("form.try button").click()
        says(browser, "error", "line 3")
        assert browser.find("#text").get_property("value") == WRONG
