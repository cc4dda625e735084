"""A real trm_server for the tests written in Python. Needs nothing but the standard library.

TRM_BIN_DIR: folder of the programs (CTest sets it); default: build/release/bin.
"""

import contextlib
import json
import os
import pathlib
import socket
import subprocess
import urllib.error
import urllib.request

ROOT = pathlib.Path(__file__).resolve().parents[2]
BIN = pathlib.Path(os.environ.get("TRM_BIN_DIR", ROOT / "build/release/bin"))


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Service:
    """A running trm_server; `with Service("--backend", "exact") as service:` ends it in peace."""

    def __init__(self, *options, port=0):
        words = [str(BIN / "trm_server"), "--port", str(port), "--log", "off", *options]
        self.process = subprocess.Popen(words, stdout=subprocess.PIPE, text=True, cwd=ROOT)
        line = self.process.stdout.readline()  # it says so when the models are there
        if "listening on http://" not in line:
            raise RuntimeError(f"{words}: said {line!r}, left with {self.process.wait()}")
        self.port = int(line.split("http://")[1].split()[0].rsplit(":", 1)[1])
        self.url = f"http://127.0.0.1:{self.port}"

    def __enter__(self):
        return self

    def __exit__(self, *failure):
        status = self.stop()
        if failure[0] is None and status != 0:
            raise AssertionError(f"trm_server left with {status}")

    def stop(self):
        """SIGTERM, as a user would; the exit status."""
        self.process.terminate()
        with contextlib.closing(self.process.stdout):
            return self.process.wait(30)

    def kill(self):
        """SIGKILL: as a machine that is lost."""
        self.process.kill()
        with contextlib.closing(self.process.stdout):
            self.process.wait()


def ask(url, body=None, method=None, headers=None, timeout=60):
    """(status, headers, JSON or text) of a request; a body is sent as JSON."""
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(url, data, headers or {}, method=method)
    if data is not None:
        request.add_header("Content-Type", "application/json")
    try:
        reply = urllib.request.urlopen(request, timeout=timeout)
    except urllib.error.HTTPError as refused:
        reply = refused
    with reply:
        text = reply.read().decode()
        is_json = reply.headers.get_content_type() == "application/json"
        return reply.status, reply.headers, json.loads(text) if is_json else text
