"""A web page in a real browser, for tests: what it shows, and what a user does.

Needs selenium, chromium and chromedriver. TRM_SCREENSHOTS: folder for pictures of the page.
"""

import base64
import os
import pathlib
import unittest

from selenium import webdriver
from selenium.webdriver import ActionChains
from selenium.webdriver.chrome.service import Service as Driver
from selenium.webdriver.common.by import By
from selenium.webdriver.support.ui import Select, WebDriverWait

import service

SERVER_OPTIONS = ["--backend", "auto", "--models", "assets/models"]
DESK = (1280, 900)
PHONE = (360, 740)


def start_browser():
    options = webdriver.ChromeOptions()
    options.binary_location = "/usr/bin/chromium"
    words = ["--headless=new", "--disable-dev-shm-usage", "--hide-scrollbars", "--no-proxy-server"]
    if os.geteuid() == 0:
        words.append("--no-sandbox")  # which refuses to run as root
    for word in words:
        options.add_argument(word)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    return webdriver.Chrome(options, Driver("/usr/bin/chromedriver"))


def setUpModule():
    """One server and one browser for all tests of the module that imports this."""
    PageTest.server = service.Service(*SERVER_OPTIONS)
    unittest.addModuleCleanup(PageTest.server.stop)
    PageTest.browser = start_browser()
    unittest.addModuleCleanup(PageTest.browser.quit)


class PageTest(unittest.TestCase):
    """One page a test; at its end the browser's console must be empty."""

    server = None  # shared by all tests of a module, as is the browser
    browser = None
    size = DESK
    refusals = False  # whether the test makes the server refuse a request

    def setUp(self):
        self.resize(*self.size)
        self.scheme("light")
        self.url = self.page_url()

    def tearDown(self):
        complaints = self.browser.get_log("browser")
        if self.refusals:
            complaints = [c for c in complaints if "the server responded" not in c["message"]]
        self.assertEqual(complaints, [])

    def page_url(self):
        return self.server.url

    def open(self, fragment=""):
        """The page as somebody sees it who comes for the first time."""
        if self.browser.current_url.startswith(self.url):
            self.browser.execute_script("sessionStorage.clear()")
        self.browser.get("about:blank")  # another fragment alone would not load the page
        self.browser.get(self.url + "/" + fragment)
        self.wait_for_board()

    # What the page shows.

    def wait(self, condition, message="the page did not get there", seconds=15):
        return WebDriverWait(self.browser, seconds, 0.03).until(lambda _: condition(), message)

    def by_id(self, name):
        return self.browser.find_element(By.ID, name)

    def text(self, name):
        return self.by_id(name).text

    def line(self):
        return self.by_id("line").get_attribute("value")

    def wait_for_board(self):
        self.wait(lambda: self.line() != "" and self.cells() != [])

    def wait_for_line(self, line):
        self.wait(lambda: self.line() == line, f"the board did not become {line!r}")

    def cells(self):
        return self.browser.find_elements(By.CSS_SELECTOR, "[role=gridcell]")

    def cell(self, row, col):
        return self.browser.find_element(
            By.CSS_SELECTOR, f'[role=gridcell][aria-label^="row {row}, column {col}:"]')

    def label(self, row, col):
        return self.cell(row, col).get_attribute("aria-label")

    def labels(self):
        return self.browser.execute_script(
            "return [...document.querySelectorAll('[role=gridcell]')]"
            ".map(cell => cell.getAttribute('aria-label'))")

    def problems(self):
        return [item.text for item in self.browser.find_elements(By.CSS_SELECTOR, "#problems li")]

    def focused(self):
        return self.browser.switch_to.active_element

    # What a user does.

    def resize(self, width, height):
        self.browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", {
            "width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 500})
        self.browser.execute_cdp_cmd("Emulation.setTouchEmulationEnabled", {"enabled": width < 500})

    def scheme(self, name):
        self.browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {
            "features": [{"name": "prefers-color-scheme", "value": name},
                         {"name": "prefers-reduced-motion", "value": "reduce"}]})

    def click(self, name):
        self.by_id(name).click()

    def choose(self, name, value):
        Select(self.by_id(name)).select_by_value(value)

    def choose_puzzle(self, name):
        before = self.line()
        self.choose("puzzle", name)
        self.wait(lambda: self.line() not in ("", before))

    def mode(self, name):
        self.browser.find_element(By.CSS_SELECTOR, f"[name=mode][value={name}]").click()

    def pick(self, value):
        self.browser.find_element(By.CSS_SELECTOR, f'[name=paint][value="{value}"]').click()

    def press(self, *keys):
        ActionChains(self.browser).send_keys(*keys).perform()

    def chord(self, *keys):
        chain = ActionChains(self.browser)
        for key in keys[:-1]:
            chain.key_down(key)
        chain.send_keys(keys[-1])
        for key in keys[:-1]:
            chain.key_up(key)
        chain.perform()

    def touch(self, kind, element=None):
        points = []
        if element is not None:
            box = self.browser.execute_script(
                "return arguments[0].getBoundingClientRect().toJSON()", element)
            points = [{"x": box["x"] + box["width"] / 2, "y": box["y"] + box["height"] / 2}]
        self.browser.execute_cdp_cmd(
            "Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})

    def paste(self, text):
        self.by_id("text").clear()
        self.by_id("text").send_keys(text)
        self.click("paste")

    def paste_anywhere(self, text):
        self.browser.execute_script(
            "const data = new DataTransfer(); data.setData('text/plain', arguments[0]);"
            "document.body.dispatchEvent(new ClipboardEvent('paste',"
            "{clipboardData: data, bubbles: true, cancelable: true}))", text)

    def solve(self):
        self.click("solve")
        self.wait(lambda: self.by_id("result").is_displayed() or self.text("solve-error"))

    def open_board(self, puzzle, board):
        fragment = self.browser.execute_script(
            "return new URLSearchParams({puzzle: arguments[0], board: arguments[1]}).toString()",
            puzzle, board)
        self.open("#" + fragment)

    def picture(self, name):
        """The whole page, when somebody wants to see it."""
        folder = os.environ.get("TRM_SCREENSHOTS")
        if folder is None:
            return
        shot = self.browser.execute_cdp_cmd(
            "Page.captureScreenshot", {"captureBeyondViewport": True})
        path = pathlib.Path(folder) / f"{name}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(base64.b64decode(shot["data"]))
