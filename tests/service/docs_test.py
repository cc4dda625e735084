"""Runs docs/api.md: every line with curl, in order, against the servers that the page starts.

The page says how to read it: status 200 unless the line ends with another ("# 422"), the reply in the
block below, "…" for anything, objects without "…" complete. The port is the only thing that differs:
curl is told to connect to another one. Needs bash and curl 7.82 or later.
"""

import json
import os
import pathlib
import re
import shlex
import shutil
import subprocess
import tempfile
import threading
import unittest

import service

ROOT = service.ROOT
API = ROOT / "docs/api.md"
ANY = "…"
MODELS = str(ROOT / "assets/models")

CURL = """#!/bin/bash
# curl as the page shows it, but for the port; notes the status of each reply.
{curl} --silent --show-error --noproxy '*' --max-time 60 \\
  --connect-to "127.0.0.1:8080:127.0.0.1:$(cat {folder}/port)" \\
  --write-out '%{{stderr}}%{{http_code}}\\n' "$@" 2>>{folder}/statuses
status=$?
[ $status = 0 ] || echo "curl left with $status" >>{folder}/statuses
exit $status
"""


def blocks_of(text):
    """[(line, language, text)] of the fenced blocks of a page."""
    found = re.finditer(r"^```(\w*)\n(.*?)^```$", text, re.DOTALL | re.MULTILINE)
    return [(text[:block.start()].count("\n") + 1, *block.groups()) for block in found]


def heading_above(text, line):
    """The heading of the section in which a line of a page is."""
    return re.findall(r"^#+ (.*)$", "\n".join(text.splitlines()[:line]), re.MULTILINE)[-1]


def wanted_statuses(block):
    """The documented status of each curl of a block."""
    lines = [line for line in block.splitlines() if re.search(r"\bcurl ", line)]
    return [(re.search(r"# (\d{3})$", line) or ["", "200"])[1] for line in lines]


def read_shown(text):
    """The JSON values of a reply as the page shows it, with their …"""
    tokens = re.findall(r'"(?:\\.|[^"\\])*"|…|[^"…]+', text)
    out, before, inside = "", "", []
    for token in tokens:
        if token == ANY:
            member = before not in ("", ":") and inside and inside[-1] == "{"
            out += f'"{ANY}":0' if member else f'"{ANY}"'
            before = ANY
            continue
        out += token
        if token[0] != '"':
            for char in token:
                if char in "{[":
                    inside.append(char)
                elif char in "}]":
                    inside.pop()
            before = token.rstrip()[-1:] or before
        else:
            before = '"'
    return read_values(out)


def read_values(text):
    """The JSON values of a text, one after another."""
    decoder, values, at = json.JSONDecoder(), [], 0
    while at < len(text):
        if text[at].isspace():
            at += 1
            continue
        value, at = decoder.raw_decode(text, at)
        values.append(value)
    return values


def pattern_of(text):
    return re.compile(".*".join(map(re.escape, text.split(ANY))), re.DOTALL)


def differences(shown, real, place="reply"):
    """Where a real reply is not what the page shows."""
    if shown == ANY:
        return []
    if isinstance(shown, str) and isinstance(real, str):
        return [] if pattern_of(shown).fullmatch(real) else [f"{place}: {real!r}, not {shown!r}"]
    if isinstance(shown, dict) and isinstance(real, dict):
        missing = [key for key in shown if key != ANY and key not in real]
        more = [] if ANY in shown else [key for key in real if key not in shown]
        found = [f"{place}: no member {key!r}" for key in missing]
        found += [f"{place}: member {key!r} is not shown" for key in more]
        for key in shown.keys() & real.keys():
            found += differences(shown[key], real[key], f"{place}.{key}")
        return found
    if isinstance(shown, list) and isinstance(real, list):
        is_open = bool(shown) and shown[-1] == ANY
        fixed = shown[:-1] if is_open else shown
        if len(real) < len(fixed) or (len(real) > len(fixed) and not is_open):
            return [f"{place}: {len(real)} elements, not {len(fixed)}"]
        return [found for i, one in enumerate(fixed)
                for found in differences(one, real[i], f"{place}[{i}]")]
    same = type(shown) is type(real) and shown == real
    return [] if same else [f"{place}: {real!r}, not {shown!r}"]


def text_pattern(shown):
    """A line … stands for any lines, within a line for any characters."""
    lines = [r"(?:[^\n]*\n)*" if line == ANY else
             "[^\n]*".join(map(re.escape, line.split(ANY))) + "\n" for line in shown.splitlines()]
    return re.compile("".join(lines))


class Shell:
    """One bash for the whole page, so that variables live on."""

    END = "end of block 5a0c"

    def __init__(self, folder):
        (folder / "bin").mkdir()
        curl = folder / "bin/curl"
        curl.write_text(CURL.format(curl=shutil.which("curl"), folder=folder), encoding="utf-8")
        curl.chmod(0o755)
        path = f"{folder}/bin:{os.environ['PATH']}"
        self.statuses = folder / "statuses"
        self.folder = folder / "work"
        self.folder.mkdir()
        self.process = subprocess.Popen(
            ["bash"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, encoding="utf-8",
            cwd=self.folder, env={**os.environ, "PATH": path})

    def run(self, block):
        """(what it printed, the lines that curl noted)"""
        self.statuses.write_text("", encoding="utf-8")
        self.process.stdin.write(f"{block}\necho '{self.END}'\n")
        self.process.stdin.flush()
        timer = threading.Timer(120, self.process.kill)
        timer.start()
        out = ""
        for line in self.process.stdout:
            if line.endswith(self.END + "\n"):
                timer.cancel()
                return out + line[:-len(self.END) - 1], self.statuses.read_text().split("\n")[:-1]
            out += line
        raise AssertionError(f"bash ended in\n{block}\nafter {out[-2000:]}")

    def close(self):
        self.process.stdin.close()
        self.process.stdout.close()
        self.process.wait(30)


def without_options(variables):
    """What the machine says of trm_server's options is not the page's business."""
    return {name: value for name, value in variables.items() if "TRM_SERVER_" not in name}


class PageServer:
    """The trm_server of a line of the page, on a port of its own."""

    def __init__(self, line, folder):
        words = shlex.split(line)
        at = words.index("trm_server")
        variables = dict(word.split("=", 1) for word in words[:at])
        options = words[at + 1:]
        if "--port" in options:
            options[options.index("--port") + 1] = "0"
        self.process = subprocess.Popen(
            [str(service.BIN / "trm_server"), *options, "--device", "cpu", "--models", MODELS],
            text=True, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, cwd=folder,
            env={**without_options(os.environ), **variables})
        said = self.process.stdout.readline()
        if "listening on " not in said:
            self.process.stdout.close()
            raise AssertionError(f"{line}: left with {self.process.wait()}")
        self.port = (re.search(r"http://.*:(\d+) ", said) or ["", "1"])[1]

    def stop(self):
        self.process.terminate()
        self.process.stdout.close()
        return self.process.wait(30)


class Page(unittest.TestCase):
    """docs/api.md, line by line."""

    def setUp(self):
        temporary = tempfile.TemporaryDirectory()
        self.addCleanup(temporary.cleanup)
        self.folder = pathlib.Path(temporary.name)
        self.shell = Shell(self.folder)
        self.addCleanup(self.shell.close)
        self.server = None
        self.addCleanup(self.end_server)

    def end_server(self):
        server, self.server = self.server, None
        if server is not None:
            self.assertEqual(server.stop(), 0)

    def start_server(self, line):
        self.end_server()
        self.server = PageServer(line, self.shell.folder)
        (self.folder / "port").write_text(self.server.port, encoding="utf-8")

    def can_fit(self):
        return service.ask(f"http://127.0.0.1:{self.server.port}/props")[2]["fits"]

    def run_block(self, block):
        """What its curls printed, and their statuses; starts the server that the block names."""
        before, started, after = [], False, []
        for line in block.splitlines():
            if re.match(r"(\w+=\S+ )*trm_server ", line):
                self.shell.run("\n".join(before))
                self.start_server(line)
                started, before = True, []
            else:
                (after if started else before).append(line)
        return self.shell.run("\n".join(after if started else before))

    def test_every_line_does_what_the_page_says(self):
        text = API.read_text(encoding="utf-8")
        blocks = blocks_of(text)
        curls = 0
        for at, (number, language, block) in enumerate(blocks):
            if language != "sh":
                continue
            if heading_above(text, number) == "A fit" and not self.can_fit():
                continue  # a build without LibTorch refuses, as tests/http/fit_test.cpp checks
            wanted = wanted_statuses(block)
            with self.subTest(line=number):
                out, statuses = self.run_block(block)
                self.assertEqual(statuses, wanted, f"\n{block}{out[:2000]}")
                curls += len(wanted)
                reply = blocks[at + 1] if at + 1 < len(blocks) else (0, "sh", "")
                if wanted and reply[1] != "sh":
                    self.check_reply(*reply, out)
        self.assertGreater(curls, 40)

    def check_reply(self, number, language, shown, out):
        if language == "text":
            real = out.replace("\r", "")
            self.assertRegex(real if real.endswith("\n") else real + "\n",
                             re.compile(r"\A" + text_pattern(shown).pattern + r"\Z"),
                             f"line {number}")
            return
        shown, real = read_shown(shown), read_values(out)
        self.assertEqual(len(real), len(shown), f"line {number}: {out[:2000]}")
        wrong = [found for i, one in enumerate(shown) for found in differences(one, real[i])]
        self.assertEqual(wrong, [], f"line {number}: {out[:4000]}")


class Completeness(unittest.TestCase):
    """What the server has and the page must name."""

    @classmethod
    def setUpClass(cls):
        cls.page = API.read_text(encoding="utf-8")
        cls.server = service.Service("--backend", "exact")
        cls.addClassCleanup(cls.server.stop)
        cls.maze = {"puzzle": "maze", "board": [[2, 0, 3]]}

    def ask(self, path, body=None):
        return service.ask(self.server.url + path, body)[2]

    def rows(self, heading):
        """The first cells of the tables below a heading, up to the next one."""
        part = re.split(r"^#+ ", self.page.split(f" {heading}\n", 1)[1], 1, re.MULTILINE)[0]
        return re.findall(r"^\| (.*?) \|", part, re.MULTILINE)

    def named(self, heading):
        """Those of them that are one name."""
        return {cell for cell in self.rows(heading) if re.fullmatch(r"`\w+`", cell)}

    def test_every_address_has_a_line_with_curl(self):
        known = self.ask("/nowhere")["error"]["message"].split("there are ")[1].split(", ")
        self.assertGreater(len(known), 10)
        curls = [line for line in self.page.splitlines() if "curl " in line]
        for path in known:
            literal = "[^ /]+".join(re.escape(part) for part in path.split("..."))
            asked = re.compile("http://127.0.0.1:8080" + literal + "(?=[ '?]|$)")
            self.assertTrue(any(asked.search(line) for line in curls), path)

    def test_every_field_of_a_solve_is_in_the_table(self):
        message = self.ask("/solve", {**self.maze, "nope": 1})["error"]["message"]
        known = message.split("expected ")[1].split(", ")
        self.assertGreater(len(known), 15)
        self.assertEqual({f"`{name}`" for name in known}, self.named("Fields"))

    def test_every_field_of_a_result_is_in_the_table(self):
        fields = "".join(self.rows("The result"))
        for options in ({}, {"trace": True}):
            for name in self.ask("/solve", {**self.maze, **options}):
                self.assertIn(f"`{name}`", fields)

    def test_every_option_is_named(self):
        text = subprocess.run([service.BIN / "trm_server", "--help"], stdout=subprocess.PIPE,
                              text=True, check=True).stdout
        options = set(re.findall(r"^ +(?:-\w,)?(--[a-z-]+)", text, re.MULTILINE))
        self.assertGreater(len(options), 15)
        self.assertEqual(options, set(re.findall(r"`(--[a-z-]+)`", "".join(self.rows("Options")))))

    def test_every_metric_is_in_the_table(self):
        self.ask("/solve", self.maze)
        real = set(re.findall(r"^# TYPE (\w+) ", self.ask("/metrics"), re.MULTILINE))
        self.assertEqual({f"`{name}`" for name in real}, self.named("Metrics"))

    def test_every_error_code_stands_at_its_status(self):
        source = (ROOT / "http/status.cpp").read_text(encoding="utf-8")
        real, codes = {}, []
        for code, status in re.findall(r"case ErrorCode::(\w+):|return (\d+);", source):
            if code:
                codes.append(code)
            elif codes:
                real.setdefault(status, set()).update(codes)
                codes = []
        table = self.page.split("| status | codes |\n", 1)[1].split("\n\n", 1)[0]
        shown = {status: set(re.findall(r"`(\w+)`", row.split(":")[0]))
                 for status, row in re.findall(r"^\| (\d+) \| (.*) \|$", table, re.MULTILINE)}
        self.assertEqual(shown, real)


class Links(unittest.TestCase):
    """Pages point to what there is."""

    PAGES = ["docs/api.md", "http/README.md", "examples/README.md"]

    def test_links_lead_somewhere(self):
        for page in self.PAGES:
            text = (ROOT / page).read_text(encoding="utf-8")
            for target in re.findall(r"\]\(([^)\s]+)\)", text):
                path, _, anchor = target.partition("#")
                with self.subTest(page=page, target=target):
                    file = ((ROOT / page).parent / path) if path else ROOT / page
                    self.assertTrue(file.exists())
                    if anchor:
                        heads = re.findall(r"^#+ (.*)$", file.read_text("utf-8"), re.MULTILINE)
                        self.assertIn(anchor, [re.sub(r"[^\w -]", "", head.lower())
                                               .replace(" ", "-") for head in heads])

    def test_tests_that_are_named_exist(self):
        text = (ROOT / "http/README.md").read_text(encoding="utf-8")
        named = re.findall(r"`(\w+_test)`: “(.*?)”", text)
        self.assertGreater(len(named), 10)
        for file, title in named:
            with self.subTest(file=file, title=title):
                source = (ROOT / f"tests/http/{file}.cpp").read_text(encoding="utf-8")
                self.assertIn(f'TEST_CASE("{title}"', source)


if __name__ == "__main__":
    unittest.main()
