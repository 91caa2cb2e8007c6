"""The playground, typed into: with a script and without, wrongly, and from a link."""

from __future__ import annotations

from base64 import urlsafe_b64encode

import pytest
from selenium.webdriver.common.keys import Keys

from tests.browser.addresses import PAGES
from tests.browser.chromium import LOOKS, Browser, Look

EDITED = """\
topics:
  spiking:
    from: [hf-daily]
    include: [SNN, rain, nobody writes this]
"""
WRONG = "topics:\n  spiking:\n    inclde: [SNN]\n"


NEW = "topics: {fresh: {from: [hf-daily], include: [rain]}}"


TYPE_AND_COPY = """
text.value = arguments[0];
text.dispatchEvent(new Event("input"));
return share.dataset.copy;
"""

TWO = "topics: {fresh: {include: [rain]}, wet: {include: [SNN]}}"
ANOTHER = "form.try button[name=topic]"
SUBMIT_AND_CHOOSE = """
form.requestSubmit();
document.querySelector(arguments[0]).click();
"""
SCRIPT_COMES = """
const {src} = document.querySelector("script[src*=try]");
document.head.append(Object.assign(document.createElement("script"), {src}));
"""


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
    assert browser.find("#text") == browser.driver.switch_to.active_element
    browser.press(Keys.TAB)
    assert browser.find("#text") != browser.driver.switch_to.active_element


def test_a_link_holds_the_text_where_no_server_sees_it(browser: Browser) -> None:
    browser.open(PAGES["playground"])
    replace_text(browser, EDITED)
    says(browser, "5 included")
    link = browser.find("#share").get_attribute("data-copy") or ""
    assert link == browser.driver.current_url
    assert "#" in link
    browser.driver.get("about:blank")
    browser.driver.get(link)
    says(browser, "5 included", "3 enter, 0 leave")
    assert browser.find("#text").get_property("value") == EDITED
    sent = {each.url.removeprefix(browser.address) for each in browser.sent()}
    assert {url for url in sent if not url.startswith("/static/")} == {
        "/try?topic=spiking",
        "/try",
    }


def test_a_new_topic_outlasts_a_reload_and_its_link_opens_elsewhere(browser: Browser) -> None:
    browser.open(PAGES["playground"])
    replace_text(browser, NEW)
    says(browser, "A new topic")
    link = browser.driver.current_url
    browser.driver.refresh()
    for _ in range(2):
        says(browser, "1 included", "A new topic")
        assert browser.find("#text").get_property("value") == NEW
        assert browser.all("#missing") == []
        browser.open("/sources")
        browser.driver.get(link)


def test_the_way_past_the_navigation_leaves_the_text_in_the_address(browser: Browser) -> None:
    browser.open(PAGES["playground"])
    replace_text(browser, NEW)
    says(browser, "A new topic")
    link = browser.driver.current_url
    browser.find(".skip").send_keys(Keys.ENTER)
    browser.press(Keys.TAB)
    assert browser.run("return document.activeElement.closest('main') !== null")
    browser.until("the whole address", lambda: browser.driver.current_url == link)


def test_forced_colours_leave_the_text_behind_the_editor_unseen(browser: Browser) -> None:
    browser.force_colours()
    browser.open(PAGES["playground"])
    hidden = browser.run("return getComputedStyle(document.querySelector('.lines div')).color")
    assert hidden == "rgba(0, 0, 0, 0)"


def test_a_link_that_is_cut_off_says_so_and_leaves_the_topics_own_text(browser: Browser) -> None:
    browser.open(PAGES["playground"] + "#5by")
    says(browser, "cut off")
    assert "Spiking and neuromorphic papers" in str(browser.find("#text").get_property("value"))


def test_a_mistake_is_told_beside_its_line_until_it_is_mended(browser: Browser) -> None:
    browser.open(PAGES["playground"])
    before = browser.text("#result")
    replace_text(browser, WRONG)
    says(browser, "error", "line 3")
    for place in ("#errors", ".lines .error:nth-child(3) em"):
        assert 'unknown key "inclde"' in browser.text(place)
    assert browser.find("#text").get_attribute("aria-invalid") == "true"
    assert browser.text("#result.old") == before
    browser.find("#errors a").click()
    assert browser.run("return [document.activeElement.id, text.selectionStart]") == [
        "text",
        WRONG.index("inclde"),
    ]
    browser.press(*[Keys.ARROW_RIGHT] * 4, "u")
    says(browser, "4 included")
    assert browser.all("#errors > li, .lines em, .old") == []
    assert browser.find("#text").get_attribute("aria-invalid") is None


def test_a_mistake_behind_an_emoji_is_where_its_link_leads(browser: Browser) -> None:
    browser.open(PAGES["playground"])
    browser.run(TYPE_AND_COPY, 'topics:\n  sea: {title: "🌊🌊 𝔸", inclde: [tide]}')
    says(browser, "error", "line 2")
    browser.find("#errors a").click()
    behind = browser.run("return text.value.slice(text.selectionStart)")
    assert str(behind).startswith("inclde")


@pytest.mark.parametrize("look", LOOKS, ids=str)
def test_axe_finds_nothing_serious_beside_a_mistake(browser: Browser, look: Look) -> None:
    browser.look(look)
    browser.open(PAGES["playground"])
    replace_text(browser, WRONG)
    says(browser, "error", "line 3")
    assert browser.overhang() <= 0
    assert browser.faults() == []


def test_a_text_that_is_too_long_is_not_sent_and_typing_on_is_answered(browser: Browser) -> None:
    browser.open(PAGES["playground"])
    browser.sent()
    browser.run(TYPE_AND_COPY, EDITED + "#" + "ä" * 32_768)
    says(browser, "The text is longer than 64 kB: try one topic at a time.")
    assert browser.sent() == []
    browser.run(TYPE_AND_COPY, EDITED)
    says(browser, "5 included")


def test_while_the_server_is_away_the_page_says_so_and_asks_again_by_itself(
    browser: Browser,
) -> None:
    browser.open(PAGES["playground"])
    with browser.offline():
        replace_text(browser, EDITED)
        says(browser, "does not answer", "asked again in")
    says(browser, "5 included")


def test_it_rests_the_longer_the_more_was_in_vain_and_typing_ends_a_rest(browser: Browser) -> None:
    browser.open(PAGES["playground"])
    with browser.offline():
        replace_text(browser, EDITED)
        for seconds in (2, 4, 8):
            says(browser, f"in {seconds} s")
            browser.press(" ")
    says(browser, "5 included")


def test_an_edit_that_nobody_answered_outlasts_a_reload(browser: Browser) -> None:
    browser.open(PAGES["playground"])
    with browser.offline():
        replace_text(browser, EDITED)
        says(browser, "does not answer")
    browser.driver.refresh()
    says(browser, "5 included")
    assert browser.find("#text").get_property("value") == EDITED


def test_a_link_copied_right_after_a_keystroke_holds_it(browser: Browser) -> None:
    browser.open(PAGES["playground"])
    link = browser.run(TYPE_AND_COPY, EDITED)
    browser.driver.get("about:blank")
    browser.driver.get(link)
    says(browser, "5 included")
    assert browser.find("#text").get_property("value") == EDITED


def test_an_address_that_holds_the_user_and_key_is_no_obstacle(browser: Browser) -> None:
    browser.driver.get(browser.address.replace("://", "://me:secret@") + PAGES["playground"])
    replace_text(browser, EDITED)
    says(browser, "5 included")
    assert browser.complaints() == []
    assert "secret" not in (browser.find("#share").get_attribute("data-copy") or "secret")


def test_a_topic_that_is_chosen_before_an_answer_comes_is_shown_after_it(browser: Browser) -> None:
    browser.open(PAGES["playground"])
    replace_text(browser, TWO)
    browser.until("another topic is offered", lambda: browser.find(ANOTHER))
    browser.run(SUBMIT_AND_CHOOSE, ANOTHER)
    browser.until("it is shown", lambda: browser.text("#result strong") == "wet")


@pytest.mark.parametrize(
    "fragment", ["", "#" + urlsafe_b64encode(WRONG.encode()).decode()], ids=["alone", "over a link"]
)
def test_what_is_typed_before_the_script_comes_is_kept_and_tried(
    browser: Browser, fragment: str
) -> None:
    with browser.without_scripts():
        browser.open(PAGES["playground"] + fragment)
        replace_text(browser, EDITED)
    browser.run(SCRIPT_COMES)
    says(browser, "5 included")
    assert browser.find("#text").get_property("value") == EDITED


def test_without_a_script_a_button_does_the_same(browser: Browser) -> None:
    with browser.without_scripts():
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


def test_without_a_script_back_leads_to_the_text_that_was_tried(browser: Browser) -> None:
    with browser.without_scripts():
        browser.open(PAGES["playground"])
        replace_text(browser, EDITED)
        browser.find("form.try button").click()
        says(browser, "5 included", "3 enter, 0 leave")
        browser.open("/sources")
        browser.driver.back()
        says(browser, "5 included", "3 enter, 0 leave")
        assert browser.find("#text").get_property("value") == EDITED
