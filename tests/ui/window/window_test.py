"""The real editor in a real window: keys, mouse, clipboard, files, crashes.

pictures_test.py takes the pictures.
"""

import os
import pathlib
import subprocess
import tempfile
import time
import unittest

from editor import Display, Editor, run

SUDOKU = "53..7....6..195....98....6.8...6...34..8.3..17...2...6.6....28....419..5....8..79"


def png_size(path):
    data = pathlib.Path(path).read_bytes()
    assert data[:8] == b"\x89PNG\r\n\x1a\n"
    return int.from_bytes(data[16:20], "big"), int.from_bytes(data[20:24], "big")


class WindowTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.display = cls.enterClassContext(Display()) if hasattr(cls, "enterClassContext") else Display().__enter__()

    @classmethod
    def tearDownClass(cls):
        if not hasattr(cls, "enterClassContext"):
            cls.display.__exit__()

    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)
        self.state = pathlib.Path(self.folder.name) / "state"

    def editor(self, *options, **more):
        return Editor(self.display, *options, state=self.state, **more)

    def test_draw_a_sudoku_by_keys_solve_it_and_undo(self):
        with self.editor("--puzzle", "sudoku", "--size", "9x9") as editor:
            editor.click(*editor.cell(0, 0, 9, 9))
            for row in range(9):
                line = SUDOKU[9 * row:9 * row + 9]
                for digit in line:
                    if digit != ".":
                        editor.key(digit)
                    editor.key("Right")
                editor.click(*editor.cell(min(row + 1, 8), 0, 9, 9))
            drawn = editor.wait(lambda now: now["board"] == SUDOKU, "the drawn board")
            self.assertEqual(drawn["layer"], "question")
            editor.wait(lambda now: now["count"] == "exactly one solution", "the number of solutions")
            editor.key("F5")
            editor.wait(lambda now: not now["solving"] and now["steps"] > 0 and "Solved" in (now["log"] or ""),
                        "the model's solution")
            editor.press("solver/take_over")
            solved = editor.wait(lambda now: now["status"] == "verified", "the solution on the board")
            self.assertEqual(solved["board"], SUDOKU)
            self.assertTrue(solved["entries"].startswith("534678912"))
            editor.key("ctrl+z")
            editor.wait(lambda now: now["status"] != "verified" and now["entries"] == SUDOKU, "undo of the solution")
            editor.key("ctrl+y")
            editor.wait(lambda now: now["status"] == "verified", "redo")
            editor.key(*["ctrl+z"] * 31)
            editor.wait(lambda now: set(now["board"]) == {"."}, "undo back to the empty board")

    def test_conflicts_show_while_drawing(self):
        with self.editor("--puzzle", "sudoku", "--size", "4x4") as editor:
            editor.click(*editor.cell(0, 0, 4, 4))
            editor.key("3", "Right", "3")
            editor.wait(lambda now: now["problems"] == 2, "two red cells")
            editor.key("Delete")
            editor.wait(lambda now: now["problems"] == 0, "no red cell")

    def test_draw_a_maze_by_dragging(self):
        with self.editor("--puzzle", "maze", "--size", "8x8") as editor:
            at = lambda row, col: editor.cell(row, col, 8, 8)
            editor.press("tools/brush/2")
            editor.click(*at(0, 0))
            editor.press("tools/brush/3")
            editor.click(*at(7, 7))
            editor.press("tools/brush/1")
            editor.drag([at(3, 0), at(3, 6)])
            editor.wait(lambda now: now["board"].split("/")[3] == "####### ", "a wall without gaps")
            editor.drag([at(3, 2), at(3, 3)], button=3)
            editor.wait(lambda now: now["board"].split("/")[3] == "##  ### ", "cells erased by the right button")
            # The start moves along and erases nothing on its way.
            editor.drag([at(0, 0), at(3, 0), at(5, 0)])
            rows = editor.wait(lambda now: now["board"].split("/")[5][0] == "S", "the start in its new place")["board"]
            self.assertEqual(rows.split("/")[3], "##  ### ")
            self.assertEqual(rows.count("S"), 1)
            editor.key("ctrl+z", "ctrl+z")
            editor.wait(lambda now: now["board"].split("/")[3] == "####### ", "each drag undone as one move")
            editor.key("F5")
            editor.wait(lambda now: "Solved" in (now["log"] or ""), "the way through")

    def test_paste_text_anywhere(self):
        with self.editor("--puzzle", "maze", "--size", "8x8") as editor:
            clip = subprocess.Popen(["xclip", "-selection", "clipboard", "-quiet"], stdin=subprocess.PIPE,
                                    stderr=subprocess.DEVNULL, env=editor.environment)
            self.addCleanup(clip.wait)
            self.addCleanup(clip.kill)
            clip.stdin.write(SUDOKU.encode())
            clip.stdin.close()
            time.sleep(0.3)
            editor.key("ctrl+v")
            editor.wait(lambda now: now["puzzle"] == "sudoku" and now["board"] == SUDOKU, "the pasted board")

    def test_copy_gives_text_that_other_programs_read(self):
        with self.editor("--open", "maze:size=10x10#7") as editor:
            board = editor.now()["board"]
            editor.key("ctrl+c")
            time.sleep(0.3)
            copied = subprocess.run(["xclip", "-selection", "clipboard", "-o"], env=editor.environment, text=True,
                                    capture_output=True, timeout=20, check=True).stdout
            self.assertEqual(copied.rstrip("\n").replace("\n", "/"), board)

    def test_a_broken_file_is_refused_in_words_and_nothing_is_lost(self):
        broken = pathlib.Path(self.folder.name) / "broken.trm"
        broken.write_text('{"format":"trm-board","version":1,"puzzle":"sudoku","at":0,"moments":[{"label":"x","board":7}]}')
        with self.editor("--open", "sudoku:size=9x9#3") as editor:
            board = editor.now()["board"]
            editor.key("ctrl+o")
            editor.wait(lambda now: now["dialog"] and "open/name" in now["items"], "the dialog")
            editor.press("open/name")
            editor.key("ctrl+a")
            editor.xdotool("type", "--delay", "20", str(broken))
            editor.key("Return")
            said = editor.wait(lambda now: "broken.trm" in (now["log"] or ""), "a message")
            self.assertIn("board", said["log"].split("broken.trm")[1])
            self.assertEqual(said["board"], board)
            editor.key("Escape")
            editor.wait(lambda now: not now["dialog"], "the dialog closed")

    def test_a_broken_file_on_the_command_line_ends_with_a_message(self):
        broken = pathlib.Path(self.folder.name) / "broken.txt"
        broken.write_bytes(b"\xff\xfe\x00 nothing")
        status, _, errors = run(self.display, "--state", "-", "--open", str(broken))
        self.assertEqual(status, 1)
        self.assertIn("trm_editor:", errors)

    def test_kill_9_loses_nothing(self):
        with self.editor("--puzzle", "sudoku", "--size", "4x4") as editor:
            editor.click(*editor.cell(0, 0, 4, 4))
            editor.key("1", "Right", "2")
            drawn = editor.wait(lambda now: now["board"].startswith("12"), "what was typed")
            time.sleep(1.0)  # five times what the autosave waits
            editor.kill()
        with self.editor() as editor:
            now = editor.wait(lambda now: now["board"] == drawn["board"], "the board after the crash")
            self.assertEqual(now["puzzle"], "sudoku")
            editor.key("ctrl+z")  # with its history
            editor.wait(lambda now: now["board"].startswith("1."), "undo of a move before the crash")

    def test_two_editors_keep_their_own_boards(self):
        with self.editor("--puzzle", "sudoku", "--size", "4x4") as first:
            with self.editor("--puzzle", "maze", "--size", "8x8") as second:
                self.assertEqual(second.now()["puzzle"], "maze")
                self.assertEqual(first.now()["puzzle"], "sudoku")

    def test_live_mode_solves_after_a_stroke(self):
        with self.editor("--open", "maze:size=10x10,difficulty=easy#5") as editor:
            editor.key("l")
            editor.press("tools/draw")
            before = editor.now()
            editor.press("tools/brush/0")
            spots = [(row, col) for row, line in enumerate(before["board"].split("/"))
                     for col, cell in enumerate(line) if cell == "#"]
            editor.click(*editor.cell(*spots[len(spots) // 2], 10, 10))
            editor.wait(lambda now: now["revision"] > before["revision"] and not now["solving"] and now["steps"] > 0
                        and "olved" in (now["log"] or ""), "a solve after the stroke")

    def test_a_tiny_window_stays_usable(self):
        with self.editor("--open", "maze:size=64x64#2") as editor:
            editor.xdotool("windowsize", "--sync", editor.window, "200", "100")
            editor.wait(lambda now: now["narrow"], "the narrow layout")
            editor.key("F5")
            editor.wait(lambda now: now["steps"] > 0, "a solve in the tiny window")
            editor.xdotool("windowsize", "--sync", editor.window, "1200", "760")
            editor.wait(lambda now: not now["narrow"], "the wide layout again")

    def test_an_idle_window_sleeps(self):
        with self.editor("--open", "maze:size=64x64#2") as editor:
            editor.wait(lambda now: now["count"] is not None, "the rules' word")
            time.sleep(2)
            hertz = os.sysconf("SC_CLK_TCK")

            def seconds():
                fields = pathlib.Path(f"/proc/{editor.process.pid}/stat").read_text().rsplit(")", 1)[1].split()
                return (int(fields[11]) + int(fields[12])) / hertz

            before = seconds()
            time.sleep(5)
            self.assertLess((seconds() - before) / 5, 0.02)

    def test_screenshots_without_a_user(self):
        for steps in ("0", "2", "-1"):
            path = pathlib.Path(self.folder.name) / f"shot{steps}.png"
            status, _, errors = run(self.display, "--state", "-", "--open", "assets/samples/sudoku.txt",
                                    "--threads", "1", "--screenshot", str(path), "--after-steps", steps)
            self.assertEqual(status, 0, errors)
            width, height = png_size(path)
            self.assertGreaterEqual(min(width, height), 400)

    def test_without_a_display_it_says_so(self):
        status, _, errors = run(None, "--state", "-")
        self.assertEqual(status, 1)
        self.assertIn("display", errors.lower())

    def test_without_opengl_it_says_so(self):
        status, _, errors = run(self.display, "--state", "-",
                                environment={"LIBGL_DRIVERS_PATH": "/nowhere", "GALLIUM_DRIVER": "none",
                                             "MESA_LOADER_DRIVER_OVERRIDE": "none"})
        self.assertEqual(status, 1)
        self.assertIn("OpenGL", errors)

    def test_without_models_one_can_draw(self):
        empty = pathlib.Path(self.folder.name) / "models"
        empty.mkdir()
        with self.editor("--puzzle", "sudoku", "--size", "4x4", "--models", str(empty)) as editor:
            editor.click(*editor.cell(0, 0, 4, 4))
            editor.key("1")
            editor.wait(lambda now: now["board"].startswith("1"), "a drawn digit")
            editor.key("F5")
            editor.wait(lambda now: "model" in (now["log"] or ""), "what is missing")

    def test_help_and_wrong_options(self):
        status, output, _ = run(None, "--help")
        self.assertEqual(status, 0)
        self.assertIn("Examples:", output)
        self.assertEqual(run(None, "--nonsense")[0], 2)
        status, _, errors = run(None, "--state", "-", "--puzzle", "nonsense")
        self.assertEqual(status, 1)
        self.assertIn("sudoku", errors)


if __name__ == "__main__":
    unittest.main()
