"""A headless Chromium that says what a page drew, asked for and complained about."""

import json
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from selenium import webdriver
from selenium.webdriver.chrome.options import Options
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.by import By
from selenium.webdriver.remote.webelement import WebElement

AXE = Path(__file__).parents[1] / "vendor" / "axe-core" / "axe.min.js"
SECONDS_FOR_A_SCRIPT = 30
FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--disable-dev-shm-usage",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


def missing_program() -> str | None:
    """What it would take to look at a page here, and is not there."""
    return next((name for name in ("chromium", "chromedriver") if shutil.which(name) is None), None)


@contextmanager
def started(profile: Path) -> Iterator["Browser"]:
    """A browser with a profile of its own, for as long as the block lasts."""
    options = Options()
    options.binary_location = shutil.which("chromium") or ""
    for flag in (*FLAGS, f"--user-data-dir={profile}"):
        options.add_argument(flag)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    with pytest.MonkeyPatch.context() as patch:
        # The driver listens on this machine: no proxy knows the way to it.
        patch.setenv("no_proxy", "localhost,127.0.0.1")
        driver = webdriver.Chrome(options=options, service=Service(shutil.which("chromedriver") or ""))
        driver.set_script_timeout(SECONDS_FOR_A_SCRIPT)
        try:
            yield Browser(driver)
        finally:
            driver.quit()


class Browser:
    """One window."""

    def __init__(self, driver: webdriver.Chrome) -> None:
        self.driver = driver
        # Selenium ships this one without types.
        self._log: Callable[[str], list[dict[str, Any]]] = driver.get_log

    def open(self, page: Path, *, width: int = 1_400, height: int = 900, scheme: str = "light") -> None:
        """Load the file, as somebody with such a screen and such a taste sees it."""
        self.driver.execute_cdp_cmd(
            "Emulation.setDeviceMetricsOverride",
            {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": False},
        )
        self.driver.execute_cdp_cmd(
            "Emulation.setEmulatedMedia", {"features": [{"name": "prefers-color-scheme", "value": scheme}]}
        )
        self.driver.get("about:blank")
        self._log("browser")
        self._log("performance")
        self.driver.get(page.as_uri())

    def value(self, expression: str) -> Any:
        """What a JavaScript expression is now."""
        return self.driver.execute_script(f"return ({expression})")

    def wait_for(self, expression: str) -> None:
        """Return with the first frame in which the expression holds."""
        self.driver.execute_async_script(
            f"const done = arguments[0]; (function look() {{"
            f" ({expression}) ? done() : requestAnimationFrame(look) }})()"
        )

    def element(self, selector: str) -> WebElement:
        return self.driver.find_element(By.CSS_SELECTOR, selector)

    def texts(self, selector: str) -> list[str]:
        """Text of all that match and can be seen."""
        texts = self.driver.execute_script(
            "return [...document.querySelectorAll(arguments[0])]"
            ".filter((element) => element.checkVisibility()).map((element) => element.innerText)",
            selector,
        )
        assert isinstance(texts, list)
        return texts

    def press(self, *keys: str) -> None:
        """Keys, to what has the focus."""
        for key in keys:
            ActionChains(self.driver).send_keys(key).perform()

    def point_at(self, element: WebElement) -> None:
        self.driver.execute_script("arguments[0].scrollIntoView({block: 'center'})", element)
        ActionChains(self.driver).move_to_element(element).perform()

    def complaints(self) -> list[str]:
        """What the page wrote to the console since it was opened."""
        return [entry["message"] for entry in self._log("browser")]

    def requests(self) -> list[str]:
        """Addresses that were asked for since the page was opened."""
        events = [json.loads(entry["message"])["message"] for entry in self._log("performance")]
        return [
            event["params"]["request"]["url"]
            for event in events
            if event["method"] == "Network.requestWillBeSent"
        ]

    def violations(self) -> list[str]:
        """What axe-core finds against accessibility, as `rule: selector`."""
        self.driver.execute_script(AXE.read_text(encoding="utf-8"))
        violations = self.driver.execute_async_script(
            "const done = arguments[0];"
            "axe.run({resultTypes: ['violations']}).then((result) => done(result.violations.flatMap("
            "  (rule) => rule.nodes.map((node) => `${rule.id}: ${node.target}`))))"
        )
        assert isinstance(violations, list)
        return violations
