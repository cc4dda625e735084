"""The web page in a real browser: clicks, keys and fingers, at a desk and on a phone."""

import os
import re
import tempfile
import unittest

from selenium.webdriver import ActionChains, Keys
from selenium.webdriver.common.by import By
from selenium.webdriver.support.ui import Select

import service
from page import PHONE, SERVER_OPTIONS, PageTest, setUpModule  # noqa: F401


SUDOKU = "53..7....6..195....98....6.8...6...34..8.3..17...2...6.6....28....419..5....8..79"
HARD = "......9....2...74.69.4...38.43.7...1..6..3.7.....8.3...789.65..96..............1."
MAZE = "S#   / # # / # # /   #G"


class Drawing(PageTest):
    def test_every_puzzle_has_a_grid(self):
        self.open()
        _, _, reply = service.ask(self.server.url + "/puzzles")
        names = [puzzle["name"] for puzzle in reply["puzzles"]]
        options = Select(self.by_id("puzzle")).options
        self.assertEqual([option.get_attribute("value") for option in options], names)
        for name in names[1:] + names[:1]:
            self.choose_puzzle(name)
            self.assertTrue(self.browser.find_elements(By.CSS_SELECTOR, ".picture svg rect"), name)
            self.assertGreater(len(self.cells()), 1, name)
            self.assertIn(f"puzzle={name}", self.browser.current_url)

    def test_several_grids(self):
        self.open_board("arc", "10/03>01/30|023>320|123/456>?")
        grids = self.browser.find_elements(By.CSS_SELECTOR, "[role=grid]")
        names = [grid.get_attribute("aria-label") for grid in grids]
        self.assertEqual(names[0], "demonstration 1, input")
        self.assertEqual(len(names), 5)
        last = grids[4].find_elements(By.CSS_SELECTOR, "[role=gridcell]")
        last[5].click()
        self.press("8")
        self.wait_for_line("10/03>01/30|023>320|123/458>?")
        self.choose("resize-grid", "4")
        self.by_id("cols").clear()
        self.by_id("cols").send_keys("2", Keys.ENTER)
        self.wait_for_line("10/03>01/30|023>320|12/45>?")
        self.picture("several-grids")

    def test_conflict_comes_and_goes(self):
        self.open_board("sudoku", SUDOKU)
        self.assertFalse(self.by_id("problems-box").is_displayed())
        self.cell(1, 3).click()
        self.press("5")
        self.wait(lambda: self.problems())
        self.assertEqual(len(self.problems()), 2)
        self.assertIn("2 things stand against solving", self.text("status"))
        self.assertIn("Row 1, column 3: 5 stands twice", self.problems()[1])
        self.assertIn("conflict: 5 stands twice", self.label(1, 3))
        self.picture("conflict")
        self.chord(Keys.CONTROL, "z")
        self.wait_for_line(SUDOKU)
        self.wait(lambda: not self.by_id("problems-box").is_displayed())
        self.assertEqual(self.label(1, 3), "row 1, column 3: blank")
        self.chord(Keys.CONTROL, Keys.SHIFT, "z")
        self.wait(lambda: self.problems())
        self.press(Keys.BACKSPACE)
        self.wait_for_line(SUDOKU)

    def test_drag_paints_one_stroke(self):
        self.open_board("maze", "S       /        /        /       G")
        self.pick(1)
        (ActionChains(self.browser).move_to_element(self.cell(2, 2)).click_and_hold()
         .move_to_element(self.cell(2, 7)).release().perform())
        self.wait_for_line("S       / ###### /        /       G")
        ActionChains(self.browser).context_click(self.cell(2, 4)).perform()
        self.wait_for_line("S       / ## ### /        /       G")
        self.click("undo")
        self.click("undo")
        self.wait_for_line("S       /        /        /       G")
        self.assertFalse(self.by_id("undo").is_enabled())
        self.chord(Keys.CONTROL, "y")
        self.wait_for_line("S       / ###### /        /       G")
        self.click("clear")
        self.wait_for_line("        /        /        /        ")
        self.assertTrue(self.problems())

    def test_resize(self):
        self.open_board("maze", "S /G ")
        self.by_id("rows").clear()
        self.by_id("rows").send_keys("3", Keys.ENTER)
        self.wait_for_line("S /G /  ")
        self.assertEqual(len(self.cells()), 6)

    def test_reload_keeps_the_board(self):
        self.open_board("maze", MAZE)
        self.browser.refresh()
        self.wait_for_board()
        self.assertEqual(self.line(), MAZE)
        long = "/".join([" " * 64] * 64)
        self.paste(long)
        self.wait_for_line(long)
        self.assertLess(len(self.browser.current_url), 200)
        self.browser.refresh()
        self.wait_for_board()
        self.assertEqual(self.line(), long)


class Texts(PageTest):
    refusals = True

    def test_other_forms_are_read(self):
        self.open()
        self.choose_puzzle("maze")
        self.paste("2 1 0 0\n0 1 0 0\n0 0 0 3")
        self.wait_for_line("S#  / #  /   G")
        self.paste_anywhere("2100/0000/0003")
        self.wait_for_line("S#  /    /   G")
        self.click("undo")
        self.wait_for_line("S#  / #  /   G")

    def test_bad_text_leaves_the_board(self):
        self.open_board("sudoku", SUDOKU)
        before = self.labels()
        self.paste("12x")
        self.wait(lambda: self.text("text-error"))
        self.assertIn("3 characters: expected 16, 36, 81 or 256", self.text("text-error"))
        self.assertEqual(self.by_id("text").get_attribute("value"), "12x")
        self.assertEqual(self.line(), SUDOKU)
        self.assertEqual(self.labels(), before)
        self.paste_anywhere("neither")
        self.wait(lambda: self.text("board-error"))
        self.assertEqual(self.line(), SUDOKU)

    def test_broken_link_is_explained(self):
        self.open("#puzzle=maze&board=x!")
        self.wait(lambda: self.text("board-error"))
        self.assertEqual(self.by_id("text").get_attribute("value"), "x!")
        self.open("#puzzle=nothing")
        self.wait(lambda: "no puzzle" in self.text("board-error"))

    def test_refused_edit_is_taken_back(self):
        self.open_board("sudoku", SUDOKU)
        self.by_id("rows").clear()
        self.by_id("rows").send_keys("5", Keys.ENTER)
        self.wait(lambda: self.text("resize-error"))
        self.assertEqual(self.line(), SUDOKU)

    def test_copied_text(self):
        self.open_board("sudoku", SUDOKU)
        self.browser.execute_cdp_cmd("Browser.grantPermissions", {
            "permissions": ["clipboardReadWrite", "clipboardSanitizedWrite"], "origin": self.url})
        self.click("copy")
        self.wait(lambda: self.text("status") == "Copied.")
        read = "navigator.clipboard.readText().then(arguments[0])"
        self.assertEqual(self.browser.execute_async_script(read), SUDOKU)
        self.click("copy-link")
        self.wait(lambda: "#puzzle=" in self.browser.execute_async_script(read))
        self.assertEqual(self.browser.execute_async_script(read), self.browser.current_url)


class Solving(PageTest):
    def test_generated_board_is_solved(self):
        self.open()
        self.choose("size", "4x4")
        before = self.line()
        self.click("generate")
        self.wait(lambda: self.line() != before)
        self.wait(lambda: self.text("seed-used").startswith("Seed "))
        made = self.line()
        self.assertEqual(len(made), 16)
        self.by_id("seed-used").find_element(By.TAG_NAME, "button").click()
        self.click("clear")
        self.wait_for_line("." * 16)
        self.click("generate")
        self.wait_for_line(made)

    def test_verified_and_slider(self):
        self.open_board("sudoku", HARD)
        self.solve()
        self.assertIn("Solved: the rules hold", self.text("result"))
        self.wait(lambda: not re.search("blank|conflict", " ".join(self.labels())))
        last = self.labels()
        slider = self.by_id("step")
        steps = int(slider.get_attribute("max"))
        self.assertGreater(steps, 1)
        slider.send_keys(Keys.HOME)
        self.wait(lambda: self.text("step-text") == f"Step 1 of {steps}")
        self.wait(lambda: self.labels() != last)
        first = self.labels()
        self.assertIn("conflict", " ".join(first))
        slider.send_keys(Keys.ARROW_RIGHT)
        self.wait(lambda: any(label.endswith(", changed") for label in self.labels()))
        self.assertRegex(self.text("status"), r"^Step 2 of \d+: \d+ conflicts")
        self.picture("watch-light")
        self.scheme("dark")
        self.picture("watch-dark")
        plot = self.browser.find_element(By.CSS_SELECTOR, "#plot-halt svg")
        at_end = int(plot.rect["width"] / 2) - 12
        ActionChains(self.browser).move_to_element_with_offset(plot, at_end, 0).click().perform()
        self.wait(lambda: self.labels() == last)
        slider.send_keys(Keys.HOME)
        self.click("play-pause")
        self.wait(lambda: self.labels() == last)
        self.wait(lambda: self.by_id("play-pause").accessible_name == "Play the steps")
        self.mode("draw")
        self.wait(lambda: self.label(1, 1) == "row 1, column 1: blank")

    def test_unverified_says_so(self):
        self.open_board("sudoku", "1...............")
        self.browser.find_element(By.CSS_SELECTOR, "#solve-form summary").click()
        for name, value in {"attempts": "2", "max-steps": "2"}.items():
            self.by_id(name).clear()
            self.by_id(name).send_keys(value)
        self.solve()
        self.by_id("result").find_element(By.TAG_NAME, "summary").click()
        said = self.text("result")
        self.assertIn("Not solved: unverified", said)
        self.assertIn("all steps were used", said)
        self.assertIn("several solutions", said)
        self.assertRegex(said, r"Row \d, column \d: \d stands twice")
        self.assertNotIn("rules hold", said)
        self.assertGreater(len(Select(self.by_id("track")).options), 1)
        self.picture("unverified")
        self.click("fallback")
        self.click("solve")
        self.wait(lambda: "rule solver, not the model" in self.text("result"))
        self.assertIn("Solved: the rules hold", self.text("result"))
        self.assertEqual(self.text("step-text"), "Step 1 of 1")

    def test_cancel(self):
        self.open_board("sudoku", "." * 256)
        self.browser.find_element(By.CSS_SELECTOR, "#solve-form summary").click()
        for name, value in {"attempts": "4", "max-steps": "512"}.items():
            self.by_id(name).clear()
            self.by_id(name).send_keys(value)
        self.click("solve")
        self.wait(lambda: self.by_id("cancel").is_displayed())
        self.click("cancel")
        self.wait(lambda: self.text("solve-progress") == "Cancelled.")
        self.assertTrue(self.by_id("solve").is_displayed())

    def test_change_forgets_the_result(self):
        self.open_board("maze", "S  /   /  G")
        self.solve()
        self.assertIn("Solved", self.text("result"))
        self.mode("draw")
        self.cell(1, 2).click()
        self.press("#")
        self.wait_for_line("S# /   /  G")
        self.assertFalse(self.by_id("result").is_displayed())


class Playing(PageTest):
    def test_own_answer_is_checked(self):
        self.open_board("sudoku", "..21.13..2...41.")
        _, _, solved = service.ask(self.server.url + "/solve", {
            "puzzle": "sudoku", "board": self.line(), "fallback": "exact"})
        answer = solved["solution"]
        self.mode("play")
        self.cell(1, 3).click()
        self.press("3")  # given cells stay
        self.click("check")
        self.wait(lambda: "Not solved" in self.text("play-verdict"))
        self.assertEqual(self.label(1, 3), "row 1, column 3: 2")
        for index, digit in enumerate(answer):
            if self.line()[index] == ".":
                self.cell(index // 4 + 1, index % 4 + 1).click()
                self.press(digit)
        self.wait(lambda: "Solved: the rules hold" in self.text("play-verdict"))
        self.assertEqual(self.line(), "..21.13..2...41.")
        self.picture("play")
        self.chord(Keys.CONTROL, "z")
        self.wait(lambda: sum(label.endswith("blank") for label in self.labels()) == 1)

    def test_hint_of_a_path(self):
        self.open_board("maze", MAZE)
        self.mode("play")
        self.wait(lambda: self.browser.find_elements(By.CSS_SELECTOR, '[name=paint][value="4"]'))
        self.click("hint")
        self.wait(lambda: "One step nearer" in self.text("status"))
        self.assertIn("Row 2, column 1", self.text("status"))
        self.assertEqual(self.focused().get_attribute("aria-label"), "row 2, column 1: free")
        self.press("x")
        self.wait(lambda: self.label(2, 1) == "row 2, column 1: mark, yours")
        self.click("hint")
        self.wait(lambda: "Row 3, column 1" in self.text("status"))
        self.browser.refresh()
        self.wait_for_board()
        self.mode("play")
        self.wait(lambda: self.label(2, 1) == "row 2, column 1: mark, yours")


class Keyboard(PageTest):
    def tab_to(self, condition, most=60):
        for _ in range(most):
            if condition(self.focused()):
                return
            self.press(Keys.TAB)
        self.fail("the tab key does not get there")

    def test_whole_way_by_keys(self):
        self.open_board("sudoku", "..21.13..2...41.")
        self.tab_to(lambda element: element.get_attribute("role") == "gridcell")
        self.press(Keys.ARROW_DOWN, Keys.ARROW_DOWN, Keys.ARROW_RIGHT, Keys.ARROW_RIGHT)
        self.assertEqual(self.focused().get_attribute("aria-label"), "row 3, column 3: blank")
        self.press(Keys.END, Keys.HOME, Keys.ARROW_UP, Keys.ARROW_UP, Keys.ARROW_UP)
        self.assertEqual(self.focused().get_attribute("aria-label"), "row 1, column 1: blank")
        self.press("3")
        self.wait_for_line("3.21.13..2...41.")
        self.press(Keys.DELETE)
        self.wait_for_line("..21.13..2...41.")
        self.press(Keys.TAB)
        self.assertNotEqual(self.focused().get_attribute("role"), "gridcell")
        self.tab_to(lambda element: element.get_attribute("id") == "solve")
        self.press(Keys.ENTER)
        self.wait(lambda: self.by_id("result").is_displayed())
        self.assertIn(self.text("status").split(":")[0], ("Solved", "Not solved"))

    def test_every_control_has_a_name(self):
        self.open_board("sudoku", HARD)
        self.solve()
        for mode in ("watch", "play", "draw"):
            self.mode(mode)
            self.browser.execute_script(
                "document.querySelectorAll('details').forEach(one => { one.open = true; })")
            found = self.browser.find_elements(
                By.CSS_SELECTOR,
                "button, input, select, textarea, a, [role=grid], summary, svg[role]")
            # Radio buttons are transparent over their faces, so is_displayed() is no help.
            shown = self.browser.execute_script(
                "return arguments[0].filter(one => one.getClientRects().length > 0)", found)
            self.assertGreater(len(shown), 20)
            for element in shown:
                self.assertTrue(element.accessible_name, element.get_attribute("outerHTML"))
        ids = self.browser.execute_script(
            "return [...document.querySelectorAll('[id]')].map(element => element.id)")
        self.assertEqual(len(ids), len(set(ids)))


class Phone(PageTest):
    size = PHONE

    def no_overflow(self, where):
        wide = self.browser.execute_script(
            "return [document.documentElement.scrollWidth, window.innerWidth,"
            " visualViewport.width]")
        self.assertEqual(wide[0], PHONE[0], f"{where}: {wide}")
        self.assertEqual(wide[1], PHONE[0], f"{where}: {wide}")

    def test_nothing_is_wider_than_the_screen(self):
        _, _, reply = service.ask(self.server.url + "/puzzles")
        for puzzle in reply["puzzles"]:
            self.open("#puzzle=" + puzzle["name"])
            self.browser.execute_script(
                "document.querySelectorAll('details').forEach(one => { one.open = true; })")
            self.no_overflow(puzzle["name"])
        self.open_board("sudoku", HARD)
        self.picture("phone-draw")
        self.solve()
        self.no_overflow("watch")
        self.picture("phone-watch")

    def test_targets_fit_a_finger(self):
        self.open()
        small = self.browser.execute_script(
            "return [...document.querySelectorAll('button, select, input, summary, .swatch')]"
            ".map(one => one.closest('label') ?? one)"
            ".filter(one => one.offsetParent !== null && one.getBoundingClientRect().height < 40)"
            ".map(one => one.outerHTML)")
        self.assertEqual(small, [])

    def test_finger_paints(self):
        self.open_board("maze", "S       /        /        /       G")
        self.pick(1)
        self.browser.execute_script(
            "arguments[0].scrollIntoView({block: 'center'})", self.cell(2, 2))
        self.touch("touchStart", self.cell(2, 2))
        self.touch("touchMove", self.cell(2, 5))
        self.touch("touchEnd")
        self.wait_for_line("S       / ####   /        /       G")
        self.picture("phone-maze")


class SeveralGrids(PageTest):
    """Answers that lie beside the question, by chance: there is no model for such a puzzle."""

    @classmethod
    def setUpClass(cls):
        cls.chance = service.Service("--backend", "random")
        cls.addClassCleanup(cls.chance.stop)

    def page_url(self):
        return self.chance.url

    def grids(self):
        return self.browser.find_elements(By.CSS_SELECTOR, "[role=grid]")

    def watch(self, board):
        self.open_board("arc", board)
        self.solve()
        self.assertNotIn("rules hold", self.text("result"))
        self.assertFalse(self.text("board-error"))
        self.assertNotIn("changed", " ".join(self.labels()))

    def test_one_answer(self):
        self.watch("10/03>01/30|023>320|123/456>?")
        self.assertEqual(len(self.grids()), 5)
        self.picture("several-grids-answer")

    def test_two_answers(self):
        self.watch("10/03>01/30|023>320|123/456>?|11>?")
        tracks = [option.text for option in Select(self.by_id("track")).options]
        self.assertIn("Part 1, 0: plain", tracks)
        self.assertIn("Part 2, 0: plain", tracks)
        before = self.browser.find_element(By.CSS_SELECTOR, ".picture").get_attribute("innerHTML")
        self.choose("track", "1.0")
        self.wait(lambda: before != self.browser.find_element(
            By.CSS_SELECTOR, ".picture").get_attribute("innerHTML"))
        self.assertFalse(self.text("board-error"))


class Fit(PageTest):
    """A network is fitted to a task while its page tells how far it is."""

    def setUp(self):
        super().setUp()
        if not service.ask(f"{self.url}/props")[2]["fits"]:
            self.skipTest("this build has no LibTorch")
        self.open_board("arc", "10/03>20/04|013/111>024/222|3/1>4/2|110/300>?")

    def begin(self, seconds):
        self.browser.find_element(By.CSS_SELECTOR, "#solve-form summary").click()
        self.assertFalse(self.by_id("attempts").is_displayed())
        field = self.by_id("fit-seconds")
        field.clear()
        field.send_keys(str(seconds))
        self.click("solve")
        self.wait(lambda: re.search(rf"^\d+ of {seconds} s, \d of 3 demonstrations reproduced",
                                    self.text("solve-progress")), seconds=60)

    def test_candidates_and_what_speaks_for_them(self):
        self.begin(5)
        # Fits give way to whatever else the machine does, other tests for one.
        self.wait(lambda: self.by_id("result").is_displayed(), seconds=60)
        said = self.text("result")
        self.assertIn("of 3 demonstrations reproduced", said)
        self.assertIn("fitted to the demonstrations", said)
        self.assertNotIn("rules hold", said)
        tracks = [option.text for option in Select(self.by_id("track")).options]
        self.assertIn("1: candidate 1", tracks)
        self.assertFalse(self.text("board-error"))
        self.picture("fit")

    def test_cancel(self):
        self.begin(60)
        self.click("cancel")
        self.wait(lambda: self.text("solve-progress") == "Cancelled.")
        self.assertTrue(self.by_id("solve").is_displayed())


class Key(PageTest):
    refusals = True
    key = "a-key-for-the-page-test-0123456789"

    @classmethod
    def setUpClass(cls):
        with tempfile.NamedTemporaryFile("w", suffix=".keys", delete=False) as file:
            file.write(cls.key + "\n")
        cls.addClassCleanup(os.unlink, file.name)
        cls.guarded = service.Service(*SERVER_OPTIONS, "--api-key-file", file.name)
        cls.addClassCleanup(cls.guarded.stop)

    def page_url(self):
        return self.guarded.url

    def wait_for_board(self):
        pass  # there is none without a key

    def give(self, key):
        self.wait(lambda: self.by_id("key-form").is_displayed())
        self.by_id("key").send_keys(key, Keys.ENTER)

    def test_key_is_asked_for(self):
        self.open()
        self.wait(lambda: self.by_id("key-form").is_displayed())
        self.assertIn("wants a key", self.text("key-form"))
        self.assertFalse(self.by_id("main").is_displayed())
        self.assertEqual(self.focused().get_attribute("id"), "key")
        self.give("not-the-key-at-all-0123456789")
        self.wait(lambda: "does not know" in self.text("key-reason"))
        self.give(self.key)
        super().wait_for_board()
        self.assertFalse(self.by_id("key-form").is_displayed())
        self.solve()
        self.assertIn("Solved: the rules hold", self.text("result"))
        self.browser.refresh()
        super().wait_for_board()
        self.assertFalse(self.by_id("key-form").is_displayed())
        self.assertNotIn(self.key, self.browser.current_url)


class ServerGone(PageTest):
    """A server that ends and comes back at the same port."""

    refusals = True

    def tearDown(self):
        self.browser.get_log("browser")  # full of refused connections

    def test_strokes_outlive_the_server(self):
        port = service.free_port()
        first = service.Service(*SERVER_OPTIONS, port=port)
        try:
            self.url = first.url
            self.open_board("sudoku", "..21.13..2...41.")
        finally:
            first.stop()
        self.cell(1, 3).click()
        self.press("4")
        self.wait(lambda: self.by_id("banner").is_displayed())
        self.assertIn("does not answer", self.text("banner"))
        self.assertEqual(self.label(1, 3), "row 1, column 3: 4")
        self.press(Keys.ARROW_RIGHT, "3")
        with service.Service(*SERVER_OPTIONS, port=port):
            self.click("banner-retry")
            self.wait_for_line("..43.13..2...41.")
            self.assertFalse(self.by_id("banner").is_displayed())


class Headers(unittest.TestCase):
    """What a browser is told about the page."""

    @property
    def server(self):
        return PageTest.server

    def test_policy_and_files(self):
        status, headers, text = service.ask(self.server.url + "/")
        self.assertEqual(status, 200)
        self.assertIn("default-src 'none'", headers["Content-Security-Policy"])
        self.assertEqual(headers["X-Content-Type-Options"], "nosniff")
        self.assertNotRegex(text, r"https?://|<style|style=|\son\w+=")
        self.assertNotRegex(text, r'<script(?! type="module" src=)')
        for name in re.findall(r'(?:src|href)="(web/[^"]+)"', text):
            self.assertEqual(service.ask(f"{self.server.url}/{name}")[0], 200, name)

    def test_no_puzzle_is_named(self):
        _, _, reply = service.ask(self.server.url + "/puzzles")
        names = [puzzle["name"] for puzzle in reply["puzzles"]]
        for path in sorted((service.ROOT / "assets/web").glob("*.js")):
            if path.name.startswith("docs"):
                continue  # a page of its own
            code = path.read_text()
            self.assertLess(len(code.splitlines()), 400, path.name)
            for name in names:
                self.assertNotRegex(code, rf"(?i)\b{name}\b", path.name)


if __name__ == "__main__":
    unittest.main()
