"""The playground in a real browser: what its script adds to a page that works without."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from threading import Thread

import pytest
from flask.testing import FlaskClient
from selenium.webdriver import Chrome, ChromeOptions, ChromeService, Keys
from selenium.webdriver.common.by import By
from selenium.webdriver.support.wait import WebDriverWait
from werkzeug.serving import make_server

CHROMIUM, DRIVER = shutil.which("chromium"), shutil.which("chromedriver")
pytestmark = pytest.mark.skipif(not (CHROMIUM and DRIVER), reason="no chromium here")

PATIENCE = 30


@pytest.fixture
def address(client: FlaskClient) -> Iterator[str]:
    server = make_server("127.0.0.1", 0, client.application, threaded=True)
    thread = Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/try?topic=spiking"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def browser(tmp_path: Path) -> Iterator[Chrome]:
    options = ChromeOptions()
    options.binary_location = CHROMIUM or ""
    for argument in ("headless=new", "no-sandbox", "disable-gpu", f"user-data-dir={tmp_path}/b"):
        options.add_argument(f"--{argument}")
    browser = Chrome(options=options, service=ChromeService(DRIVER))
    yield browser
    browser.quit()


def shows(browser: Chrome, selector: str, text: str) -> None:
    def found(browser: Chrome) -> bool:
        return any(
            text in str(each.text) for each in browser.find_elements("css selector", selector)
        )

    WebDriverWait(browser, PATIENCE).until(found, f"{selector} never said {text!r}")


def test_typing_shows_errors_in_their_lines_and_results_and_makes_a_link(
    browser: Chrome, address: str
) -> None:
    browser.get(address)
    text = browser.find_element(By.NAME, "text")
    text.send_keys(Keys.CONTROL, "a")
    text.send_keys("topics:\n  spiking:\ninclde: [rain]".replace("\nincl", "\n    incl"))
    shows(browser, ".lines .error:nth-child(3) em", 'did you mean "include"')
    shows(browser, "#counts", "One error in line 3.")
    assert text.get_attribute("aria-invalid") == "true"
    assert "old" in str(browser.find_element(By.ID, "result").get_attribute("class"))
    shows(browser, "#result.old", "Spiking Neural Networks at Scale")

    browser.find_element(By.CSS_SELECTOR, "#errors a").click()
    text.send_keys(Keys.ARROW_RIGHT * 4, "u")
    shows(browser, "#counts", "1 enters, 1 leaves.")
    shows(browser, "#result:not(.old) .enters", "Rain Forecasts without Training")
    assert text.get_attribute("aria-invalid") is None
    text.send_keys(Keys.TAB)
    assert browser.switch_to.active_element != text

    link = browser.find_element(By.ID, "share").get_attribute("data-copy")
    assert link == browser.current_url
    assert link.startswith(f"{address}#dG9waWNz")
    browser.get("about:blank")
    browser.get(link)
    shows(browser, "#result .enters", "Rain Forecasts without Training")
    assert "include: [rain]" in str(browser.find_element(By.NAME, "text").get_property("value"))
    assert browser.get_log("browser") == []  # type: ignore[no-untyped-call]  # selenium has no type
