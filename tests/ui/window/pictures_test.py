"""Every view of the editor in light and dark, of several puzzles, as a picture; the test looks whether each is one.

TRM_SCREENSHOTS=FOLDER keeps them (docs/editor holds them).
"""

import os
import pathlib
import tempfile
import unittest

from editor import Display, run
from window_test import png_size

VIEWS = ["steps", "models", "help", "log"]  # board, tools and solver are beside the first
BOARDS = {
    "sudoku": ["--open", "assets/samples/sudoku.txt"],
    "maze": ["--open", "assets/samples/maze.txt"],
    "pairs": ["--puzzle", "arc"],
}


class PicturesTest(unittest.TestCase):
    def test_every_view_in_light_and_dark(self):
        with tempfile.TemporaryDirectory() as scratch, Display() as display:
            folder = pathlib.Path(os.environ.get("TRM_SCREENSHOTS", scratch))
            folder.mkdir(parents=True, exist_ok=True)
            for theme in ("light", "dark"):
                for board, options in BOARDS.items():
                    for view in VIEWS if board == "sudoku" else ["steps"]:
                        with self.subTest(theme=theme, board=board, view=view):
                            path = folder / f"{board}-{view}-{theme}.png"
                            steps = "0" if board == "pairs" else "3"
                            status, _, errors = run(display, "--state", "-", "--theme", theme, "--view", view,
                                                    "--threads", "1", "--screenshot", str(path), "--after-steps", steps,
                                                    *options)
                            self.assertEqual(status, 0, errors)
                            self.assertEqual(png_size(path), (1280, 800))
                            self.assertGreater(path.stat().st_size, 20_000, "more than an empty window")


if __name__ == "__main__":
    unittest.main()
