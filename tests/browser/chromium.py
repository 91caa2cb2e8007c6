"""Debian's Chromium, driven: at a given width and in a given light, with or without scripts.

It reaches this machine only. Every request that it makes is in its log, whether or not
anybody answered.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from selenium.common.exceptions import NoSuchElementException, StaleElementReferenceException
from selenium.webdriver import Chrome, ChromeOptions, ChromeService
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.remote.webelement import WebElement
from selenium.webdriver.support.ui import WebDriverWait

from tests.running import BOUND

CHROMIUM, DRIVER = Path("/usr/bin/chromium"), Path("/usr/bin/chromedriver")
AXE = Path(sys.prefix) / "axe" / "node_modules" / "axe-core" / "axe.min.js"
"""Installed by `make test` where npm is."""
ALONE = (
    "--headless=new",
    "--no-sandbox",  # which root cannot have
    "--disable-dev-shm-usage",  # where containers have little of it
    "--no-proxy-server",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
    "--disable-background-networking",
    "--disable-component-update",
    "--no-first-run",
)


@dataclass(frozen=True)
class Sent:
    """A request of the browser; `kind` is Document, Stylesheet, Script, Image, Fetch ..."""

    kind: str
    url: str
    headers: dict[str, str]


@dataclass(frozen=True)
class Stop:
    """An element that had the focus, and whether that was shown, where one looked."""

    element: WebElement
    outlined: bool
    in_view: bool


@dataclass(frozen=True)
class Look:
    """How a page is looked at: `width` in CSS pixels."""

    width: int
    height: int
    dark: bool

    def __str__(self) -> str:
        return f"{self.width}px {'dark' if self.dark else 'light'}"


PHONE, DESKTOP = (390, 844), (1280, 900)
LOOKS = [Look(*size, dark) for size in (PHONE, DESKTOP) for dark in (False, True)]


GONE = (NoSuchElementException, StaleElementReferenceException)
"""While a page is left for the next."""


class Browser:
    def __init__(self, driver: Chrome, address: str) -> None:
        self.driver = driver
        self.address = address

    def look(self, look: Look) -> None:
        """From now on, and at once: no colour fades in."""
        scheme = {"name": "prefers-color-scheme", "value": "dark" if look.dark else "light"}
        still = {"name": "prefers-reduced-motion", "value": "reduce"}
        self.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": [scheme, still]})
        metrics = {"width": look.width, "height": look.height, "deviceScaleFactor": 1}
        self.driver.execute_cdp_cmd(
            "Emulation.setDeviceMetricsOverride", {**metrics, "mobile": look.width < 600}
        )

    def force_colours(self) -> None:
        """As who needs more contrast has it: the page's own colours and shadows are left out."""
        forced = {"name": "forced-colors", "value": "active"}
        self.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": [forced]})

    @contextmanager
    def without_scripts(self) -> Iterator[None]:
        """Those of pages: the driver's own still run."""
        self.driver.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": True})
        try:
            yield
        finally:
            self.driver.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": False})

    @contextmanager
    def offline(self) -> Iterator[None]:
        """As if the network were gone."""
        slow = {"latency": 0, "downloadThroughput": -1, "uploadThroughput": -1}
        self.driver.execute_cdp_cmd("Network.emulateNetworkConditions", {**slow, "offline": True})
        try:
            yield
        finally:
            online = {**slow, "offline": False}
            self.driver.execute_cdp_cmd("Network.emulateNetworkConditions", online)

    def open(self, path: str) -> None:
        self.driver.get(self.address + path)

    @property
    def path(self) -> str:
        return self.driver.current_url.removeprefix(self.address)

    def run(self, script: str, *arguments: object) -> Any:
        return self.driver.execute_script(script, *arguments)

    def find(self, css: str) -> WebElement:
        return self.driver.find_element(By.CSS_SELECTOR, css)

    def all(self, css: str) -> list[WebElement]:
        return self.driver.find_elements(By.CSS_SELECTOR, css)

    def text(self, css: str = "main") -> str:
        return self.find(css).text

    def press(self, *keys: str) -> None:
        """On whatever has the focus."""
        ActionChains(self.driver, duration=0).send_keys(*keys).perform()

    def until(self, what: str, happened: Callable[[], object]) -> None:
        WebDriverWait(self.driver, BOUND, 0.05, GONE).until(lambda _: happened(), f"never: {what}")

    def stops(self, count: int) -> list[Stop]:
        """Where the focus goes by so many tabs."""
        self.run(WATCH_FOCUS)
        self.press(*[Keys.TAB] * count)
        return [Stop(**stop) for stop in self.run("return stops")]

    def sent(self) -> list[Sent]:
        """All requests since this was last asked."""
        entries = self.driver.get_log("performance")  # type: ignore[no-untyped-call]
        messages = [json.loads(entry["message"])["message"] for entry in entries]
        return [
            Sent(each["params"].get("type", ""), request["url"], request["headers"])
            for each in messages
            if each["method"] == "Network.requestWillBeSent"
            for request in [each["params"]["request"]]
        ]

    def complaints(self) -> list[str]:
        """What the console said since this was last asked, but for what could not be loaded."""
        entries = self.driver.get_log("browser")  # type: ignore[no-untyped-call]
        return [entry["message"] for entry in entries if entry["source"] != "network"]

    def overhang(self) -> int:
        """By how many pixels the page is wider than the window."""
        return int(self.run("return document.documentElement.scrollWidth - innerWidth"))

    def faults(self) -> list[str]:
        """What axe-core finds on the page that is serious: rule, and where."""
        if not AXE.exists():
            pytest.skip(f"{AXE} is not there: make test installs it where npm is")
        if not self.run("return typeof axe !== 'undefined'"):
            self.run(AXE.read_text())
        found = self.driver.execute_async_script(RUN_AXE)
        return [f"{rule['id']}: {rule['help']}: {node}" for rule in found for node in rule["nodes"]]


RUN_AXE = """
const done = arguments[arguments.length - 1];
axe.run(document, {resultTypes: ["violations"]}).then(({violations}) => done(
  violations.filter(({impact}) => impact === "serious" || impact === "critical")
    .map(({id, help, nodes}) => ({id, help, nodes: nodes.map(({html}) => html)}))));
"""
WATCH_FOCUS = """
window.stops = [];
addEventListener("focusin", ({target: element}) => {
  const {left, right, top, bottom} = element.getBoundingClientRect();
  stops.push({
    element,
    outlined: getComputedStyle(element).outlineStyle !== "none",
    in_view: right > left && bottom > top && right > 0 && bottom > 0
             && left < innerWidth && top < innerHeight,
  });
});
"""


@contextmanager
def chromium(profile: Path, address: str) -> Iterator[Browser]:
    """One that has `address` in front of its paths; skips the test where there is none."""
    needed(CHROMIUM, DRIVER)
    options = ChromeOptions()
    options.binary_location = str(CHROMIUM)
    for argument in (*ALONE, f"--user-data-dir={profile}"):
        options.add_argument(argument)
    options.set_capability("goog:loggingPrefs", {"performance": "ALL", "browser": "ALL"})
    driver = Chrome(options, ChromeService(str(DRIVER)))
    try:
        driver.set_page_load_timeout(BOUND)
        driver.set_script_timeout(BOUND)
        yield Browser(driver, address)
    finally:
        driver.quit()


def needed(*files: Path) -> None:
    """Skips where one of them is not installed, except where everything has to be."""
    missing = [file for file in files if not file.exists()]
    if missing and os.environ.get("CI") == "true":
        pytest.fail(f"{missing[0]} is not there, and CI=true wants it")
    if missing:
        pytest.skip(f"{missing[0]} is not there: apt-get install chromium chromium-driver")
