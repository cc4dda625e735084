"""A real trm_editor in a window of a display of its own (Xvfb), driven by real keys and a real mouse (xdotool).

What is on the screen says the editor itself (--probe), so that tests need not look at pixels to find a button.
TRM_BIN_DIR: folder of the programs (CTest sets it); default: build/release/bin.
"""

import json
import os
import pathlib
import shutil
import signal
import subprocess
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[3]
BIN = pathlib.Path(os.environ.get("TRM_BIN_DIR", ROOT / "build/release/bin"))
PATIENCE = 40  # seconds, on a busy machine


class Display:
    """An X server without a screen; `with Display() as display:` ends it."""

    def __init__(self, size="1280x800"):
        self.size = size

    def __enter__(self):
        readable, writable = os.pipe()
        self.process = subprocess.Popen(
            ["Xvfb", "-displayfd", str(writable), "-screen", "0", f"{self.size}x24", "-nolisten", "tcp",
             "-noreset"],
            pass_fds=[writable], stderr=subprocess.DEVNULL)
        os.close(writable)
        with os.fdopen(readable) as said:
            self.name = ":" + said.readline().strip()
        if self.name == ":":
            raise RuntimeError("Xvfb did not start")
        return self

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait()


class Editor:
    """A running editor; `with Editor(display, "--puzzle", "NAME") as editor:` ends it in peace."""

    def __init__(self, display, *options, state=None, environment=None):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="trm_editor_"))
        self.state = str(state or self.folder / "state")
        self.probe = self.folder / "probe.json"
        self.environment = {**os.environ, "DISPLAY": display.name, "OMP_WAIT_POLICY": "passive", **(environment or {})}
        words = [str(BIN / "trm_editor"), "--state", self.state, "--probe", str(self.probe), "--threads", "1", *options]
        self.process = subprocess.Popen(words, env=self.environment, cwd=ROOT, text=True,
                                        stdout=subprocess.PIPE, stderr=subprocess.PIPE)

    def __enter__(self):
        self.wait(lambda now: "board" in now["items"], "a board on the screen")
        found = self.xdotool("search", "--sync", "--pid", str(self.process.pid), "--onlyvisible", "--name", ".")
        self.window = found.split()[-1]
        self.xdotool("windowfocus", "--sync", self.window)
        return self

    def __exit__(self, *failure):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        output, errors = self.process.communicate(timeout=PATIENCE)
        shutil.rmtree(self.folder, ignore_errors=True)
        if failure[0] is None and self.process.returncode not in (0, -signal.SIGKILL):
            raise AssertionError(f"trm_editor left with {self.process.returncode}: {errors}{output}")

    def xdotool(self, *words):
        done = subprocess.run(["xdotool", *words], env=self.environment, capture_output=True, text=True,
                              timeout=PATIENCE, check=True)
        return done.stdout

    # What is there

    def now(self):
        """What the editor says is on the screen."""
        return json.loads(self.probe.read_text())

    def wait(self, holds, what):
        """Waits until holds(now) is true; the state then."""
        end = time.monotonic() + PATIENCE
        last = None
        while time.monotonic() < end:
            if self.process.poll() is not None:
                raise AssertionError(f"trm_editor left with {self.process.returncode}: {self.process.stderr.read()}")
            if self.probe.exists():
                last = self.now()
                if holds(last):
                    return last
            time.sleep(0.02)
        shown = {name: value for name, value in (last or {}).items() if name != "items"}
        raise AssertionError(f"waited {PATIENCE} s for {what}; there is {shown}")

    def cell(self, row, col, rows, cols, grid=0):
        """The middle of a cell, from the grid's corner cells."""
        items = self.now()["items"]
        x, y, width, height = items[f"board/cell/{grid}/0/0"]
        far_x, far_y, _, _ = items[f"board/cell/{grid}/{rows - 1}/{cols - 1}"]
        step_x = (far_x - x) / max(cols - 1, 1)
        step_y = (far_y - y) / max(rows - 1, 1)
        return x + width / 2 + step_x * col, y + height / 2 + step_y * row

    # What a user does

    def key(self, *keys):
        """Keys one after another, as xdotool names them: "ctrl+z", "F5", "Right"."""
        for key in keys:
            self.xdotool("key", "--delay", "30", key)

    def move(self, x, y):
        self.xdotool("mousemove", "--window", self.window, str(round(x)), str(round(y)))

    def click(self, x, y, button=1):
        self.move(x, y)
        time.sleep(0.05)
        self.xdotool("mousedown", str(button))
        time.sleep(0.08)
        self.xdotool("mouseup", str(button))
        time.sleep(0.05)

    def press(self, item):
        """Clicks a named item."""
        x, y, width, height = self.wait(lambda now: item in now["items"], item)["items"][item]
        self.click(x + width / 2, y + height / 2)

    def drag(self, points, button=1):
        """Presses at the first point, moves over the others, lets go."""
        self.move(*points[0])
        time.sleep(0.05)
        self.xdotool("mousedown", str(button))
        time.sleep(0.05)
        for point in points[1:]:
            self.move(*point)
            time.sleep(0.05)
        self.xdotool("mouseup", str(button))
        time.sleep(0.05)

    def kill(self):
        """SIGKILL: as a crash."""
        self.process.kill()
        self.process.wait()


def run(display, *options, environment=None, timeout=PATIENCE * 2):
    """(status, output, errors) of an editor that ends by itself."""
    environment = {**os.environ, "OMP_WAIT_POLICY": "passive", **(environment or {})}
    environment.pop("DISPLAY", None)
    if display is not None:
        environment["DISPLAY"] = display.name
    done = subprocess.run([str(BIN / "trm_editor"), *options], env=environment, cwd=ROOT, capture_output=True,
                          text=True, timeout=timeout)
    return done.returncode, done.stdout, done.stderr
