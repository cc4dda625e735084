"""The examples in examples/ against a real trm_server, and against servers that misbehave.

TRM_EXAMPLE: the C++ example; default: ../examples/example_http_client beside TRM_BIN_DIR.
"""

import contextlib
import http.server
import json
import os
import pathlib
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import unittest

import service

FOLDER = service.ROOT / "examples"
CPP = os.environ.get("TRM_EXAMPLE", service.BIN.parent / "examples/example_http_client")
MODELS = ("--models", str(service.ROOT / "assets/models"))
KEY = "examples-test-0123456789"
SOLVED = ["8 5 2 | 6 1 3 | 4 7 9",  # the last rows of the two samples
          "534678912672195348198342567859761423426853791713924856961537284287419635345286179"]
RESULT = {"solution": ["12", "34"], "verified": True, "status": "verified", "steps": 1,
          "conflicts": [], "time_ms": 1.5}
BUSY = {"error": {"code": "busy", "message": "too many", "field": None, "type": "x"}}


def event(name, data):
    return f"event: {name}\ndata: {json.dumps(data)}\n\n".encode()


class Fake:
    """A server that answers as `answer(handler, number of the request)` says."""

    def __init__(self, answer):
        self.requests = []  # (time, method, path)
        fake = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def handle_any(self):
                fake.requests.append((time.monotonic(), self.command, self.path))
                self.rfile.read(int(self.headers.get("Content-Length", 0)))
                with contextlib.suppress(ConnectionError):  # the client may leave
                    answer(self, len(fake.requests))

            do_GET = do_POST = do_DELETE = handle_any

            def reply(self, status, body, **headers):
                data = body if isinstance(body, bytes) else json.dumps(body).encode()
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name.replace("_", "-"), value)
                self.send_header("Content-Length", str(len(data)))
                self.end_headers()
                self.wfile.write(data)

            def start_stream(self):
                self.send_response(200)  # HTTP/1.0: the end of the connection ends the stream
                self.send_header("Content-Type", "text/event-stream")
                self.end_headers()

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"

    def __enter__(self):
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_):
        self.server.shutdown()
        self.server.server_close()


def environment(key=None):
    """Without what the machine says about keys and proxies."""
    variables = {name: value for name, value in os.environ.items()
                 if not name.lower().endswith("_proxy") and name != "TRM_API_KEY"}
    return {**variables, "TRM_API_KEY": key} if key else variables


class Examples:
    """What every example does; subclasses say which."""

    command = ()
    after_interrupt = 130

    def run_it(self, url, *options, board=None, key=None):
        """(exit status, stdout, stderr)"""
        done = subprocess.run(
            [*self.command, "--url", url, *options, *(["-"] if board else [])], text=True,
            input=board, stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=60,
            env=environment(key), check=False)
        return done.returncode, done.stdout, done.stderr

    def check_verified(self, got):
        status, out, err = got
        self.assertEqual((status, err), (0, ""))
        self.assertIn("verified: the rules hold (", out)
        self.assertNotIn("NOT", out)
        return out

    def check_error(self, got, *words):
        status, _, err = got
        self.assertEqual(status, 2, err)
        for word in words:
            self.assertIn(word, err)
        for word in ("Traceback", "    at ", "terminate called"):
            self.assertNotIn(word, err)

    def test_solves_in_all_modes(self):
        with service.Service(*MODELS) as server:
            out = self.check_verified(self.run_it(server.url))
            self.assertIn("attempt 0, step 1: ", out)
            self.assertEqual(out.splitlines()[-2], SOLVED[0])
            out = self.check_verified(self.run_it(server.url, "--mode", "job"))
            self.assertRegex(out, "^job [0-9a-f]{32}\n")
            self.assertEqual(out.splitlines()[-2], SOLVED[0])
            out = self.check_verified(self.run_it(server.url, "--mode", "list"))
            self.assertEqual(out.count("verified: the rules hold"), 2)
            self.assertIn("board 2: " + SOLVED[1], out)

    def test_reads_boards_from_files_and_standard_input(self):
        with service.Service("--backend", "exact") as server, tempfile.TemporaryDirectory() as at:
            out = self.check_verified(
                self.run_it(server.url, "--puzzle", "maze", board="S  \n## \nG  \n"))
            self.assertIn("Soo\n##o\nGoo\n", out)
            file = pathlib.Path(at, "board.txt")
            file.write_text("S  /## /G  \n", encoding="utf-8")
            out = self.check_verified(self.run_it(server.url, "--puzzle", "maze", str(file)))
            self.assertIn("Soo/##o/Goo\n", out)
            boards = "S /G /\nS#G/\nS G/\n"
            status, out, _ = self.run_it(
                server.url, "--puzzle", "maze", "--mode", "list", board=boards)
            self.assertEqual(status, 2)
            self.assertRegex(out, "board 2: .*no way leads")
            self.assertIn("board 3: SoG/", out)

    def test_says_what_is_not_verified(self):
        with service.Service("--backend", "random") as server:
            for mode in ("stream", "list", "job"):
                status, out, _ = self.run_it(server.url, "--mode", mode)
                self.assertEqual(status, 1, mode)
                self.assertRegex(out, r"NOT verified: unverified, \d+ conflicts\n  row \d")
                self.assertNotIn("the rules hold", out)

    def test_shows_its_key(self):
        with tempfile.NamedTemporaryFile("w", suffix=".keys") as file:
            print(KEY, file=file, flush=True)
            with service.Service("--backend", "exact", "--api-key-file", file.name) as server:
                self.check_error(self.run_it(server.url), "unauthorized: ")
                self.check_error(self.run_it(server.url, key="wrong" + KEY), "unauthorized: ")
                for mode in ("stream", "list", "job"):
                    self.check_verified(self.run_it(server.url, "--mode", mode, key=KEY))

    def test_names_what_was_refused(self):
        with service.Service("--backend", "exact") as server:
            for mode in ("stream", "job"):
                got = self.run_it(server.url, "--mode", mode, board="12\n")
                self.check_error(got, "invalid_text: ", "(field line 1)")
            self.check_error(self.run_it(server.url, "--puzzle", "chess"), "unknown_puzzle: ")

    def test_says_how_to_start_a_server_that_is_not_there(self):
        url = f"http://127.0.0.1:{service.free_port()}"
        self.check_error(self.run_it(url), url, "start the server with: ./run server")

    def test_refuses_options_that_it_does_not_know(self):
        for words in (["--nope"], ["--mode", "dream"], ["one", "two"], ["/nowhere/board.txt"]):
            self.assertEqual(self.run_it("http://127.0.0.1:9", *words)[0], 2, words)
        done = subprocess.run([*self.command, "--help"], stdout=subprocess.PIPE, check=True)
        for word in (b"--url", b"--puzzle", b"--mode", b"TRM_API_KEY", b"Exit status"):
            self.assertIn(word, done.stdout)

    def test_waits_as_long_as_a_busy_server_says(self):
        def answer(handler, number):
            if number == 1:
                return handler.reply(429, BUSY, Retry_After="2")
            handler.start_stream()
            handler.wfile.write(b": still at it\n\n" + event("result", RESULT))

        with Fake(answer) as fake:
            status, out, err = self.run_it(fake.url)
        self.assertEqual(status, 0, err)
        self.assertIn("12\n34\nverified", out)
        self.assertIn("next try in 2 s", err)
        self.assertEqual(len(fake.requests), 2)
        self.assertGreater(fake.requests[1][0] - fake.requests[0][0], 1.9)

    def test_gives_up_when_the_server_stays_busy(self):
        with Fake(lambda handler, _: handler.reply(429, BUSY)) as fake:
            self.check_error(self.run_it(fake.url), "busy: too many")
        self.assertEqual(len(fake.requests), 5)

    def test_is_not_misled_by_other_servers(self):
        with Fake(lambda handler, _: handler.reply(502, b"<html>Bad Gateway</html>")) as fake:
            self.check_error(self.run_it(fake.url), "trm_server")

    def test_errors_of_a_stream_and_its_early_end_are_errors(self):
        def answer(handler, number):
            handler.start_stream()
            handler.wfile.write(event("attempt", {"attempt": 0, "description": "plain"}))
            if number == 1:
                error = {"code": "deadline_exceeded", "message": "time is up", "field": None}
                handler.wfile.write(event("error", {"error": error}))

        with Fake(answer) as fake:
            self.check_error(self.run_it(fake.url), "deadline_exceeded: time is up")
            self.check_error(self.run_it(fake.url), "stream ended before the result")

    @contextlib.contextmanager
    def started(self, fake, *options):
        process = subprocess.Popen(
            [*self.command, "--url", fake.url, *options], stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL, env=environment())
        try:
            yield process
        finally:
            process.kill()
            process.communicate()

    def test_interrupt_closes_the_connection(self):
        under_way, closed = threading.Event(), threading.Event()

        def answer(handler, _):
            handler.start_stream()
            handler.wfile.write(event("attempt", {"attempt": 0, "description": "plain"}))
            under_way.set()
            handler.connection.settimeout(30)
            with contextlib.suppress(socket.timeout):
                if handler.connection.recv(1) == b"":
                    closed.set()

        with Fake(answer) as fake, self.started(fake) as process:
            self.assertTrue(under_way.wait(30))
            time.sleep(0.5)  # for the client to come back to its wait
            process.send_signal(signal.SIGINT)
            self.assertEqual(process.wait(10), self.after_interrupt)
            self.assertTrue(closed.wait(10))

    def test_interrupt_removes_the_job(self):
        polled = threading.Event()

        def answer(handler, number):
            if number > 2:
                polled.set()
            handler.reply(202 if number == 1 else 200,
                          {"id": "0123", "status": "running", "events": 0})

        with Fake(answer) as fake, self.started(fake, "--mode", "job") as process:
            self.assertTrue(polled.wait(30))
            process.send_signal(signal.SIGINT)
            self.assertEqual(process.wait(10), 130)
            self.assertEqual(fake.requests[-1][1:], ("DELETE", "/v1/jobs/0123"))


class PythonExample(Examples, unittest.TestCase):
    command = (sys.executable, str(FOLDER / "http_client.py"))


class CppExample(Examples, unittest.TestCase):
    command = (str(CPP),)
    after_interrupt = -signal.SIGINT  # it lets the signal end it

    def setUp(self):
        self.assertTrue(os.access(CPP, os.X_OK), f"{CPP} is not built (or set TRM_EXAMPLE)")


@unittest.skipUnless(shutil.which("node"), "node is not installed (Debian package nodejs)")
class NodeExample(Examples, unittest.TestCase):
    command = ("node", str(FOLDER / "http_client.mjs"))


if __name__ == "__main__":
    unittest.main()
