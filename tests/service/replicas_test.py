"""Two replicas behind nginx with the files of deploy/: nothing is lost if one dies or ends.

Only ports and paths of the files are replaced. Needs nginx and openssl; any user may run it.
"""

import contextlib
import http.client
import json
import os
import pathlib
import re
import select
import shutil
import signal
import socket
import ssl
import subprocess
import tempfile
import threading
import time
import unittest

from service import ROOT, Service, ask, free_port

DEPLOY = ROOT / "deploy"
NGINX = shutil.which("nginx", path=os.environ.get("PATH", "") + ":/usr/sbin")
NAME = "trm.example.org"
CLIENTS = 8


def wait_until(condition, what, seconds=20):
    until = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > until:
            raise AssertionError(f"waited {seconds} seconds in vain: {what}")
        time.sleep(0.02)


def replaced(text, changes):
    for old, new in changes.items():
        if old not in text:
            raise AssertionError(f"the shipped file has no {old!r} any more")
        text = text.replace(old, new)
    return text


def make_certificate(folder):
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256",
         "-nodes", "-keyout", folder / "privkey.pem", "-out", folder / "fullchain.pem",
         "-days", "2", "-subj", f"/CN={NAME}", "-addext", f"subjectAltName=DNS:{NAME}"],
        check=True, capture_output=True)


class Proxy:
    """nginx with the shipped configuration, TLS included, in a folder of its own."""

    def __init__(self, replicas, changes=()):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="trm-nginx-"))
        self.folder.chmod(0o755)  # the workers are www-data when root starts this
        self.port, self.tls_port, self.plain_port = free_port(), free_port(), free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        make_certificate(self.folder)
        self.write_files(replicas, dict(changes))
        self.words = [NGINX, "-c", str(self.folder / "nginx.conf"), "-g", "daemon off;",
                      "-e", str(self.folder / "error.log")]
        self.process = subprocess.Popen(self.words)
        wait_until(self.listens, "nginx listens")

    def write_files(self, replicas, changes):
        kinds = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
        temporary = "".join(f"\n{kind}_temp_path {self.folder}/{kind};" for kind in kinds)
        changes |= {
            "127.0.0.1:8080": f"127.0.0.1:{self.port}",
            "127.0.0.1:8081": f"127.0.0.1:{replicas[0].port}",
            "127.0.0.1:8082": f"127.0.0.1:{replicas[1].port}",
            "/run/nginx.pid": f"{self.folder}/nginx.pid",
            "/var/log/nginx": str(self.folder),
            "#include tls.conf": "include tls.conf",
            "\nhttp {": "\nhttp {" + temporary,
        }
        if os.geteuid() != 0:
            changes["user www-data;"] = ""
        self.write("nginx.conf", changes)
        self.write("tls.conf", {
            "/etc/ssl/trm": str(self.folder),
            "listen 443 ": f"listen 127.0.0.1:{self.tls_port} ",
            "listen 80 ": f"listen 127.0.0.1:{self.plain_port} ",
        })
        self.write("locations.conf", {})

    def write(self, name, changes):
        text = (DEPLOY / name).read_text()
        (self.folder / name).write_text(replaced(text, changes))

    def listens(self):
        if self.process.poll() is not None:
            raise AssertionError(f"nginx left with {self.process.returncode}")
        with contextlib.suppress(OSError):
            socket.create_connection(("127.0.0.1", self.port), 1).close()
            return True
        return False

    def log(self):
        return (self.folder / "access.log").read_text()

    def stop(self):
        self.process.send_signal(signal.SIGQUIT)
        self.process.wait(30)
        shutil.rmtree(self.folder)


class Load:
    """Clients that solve boards with known answers until the end of the `with`."""

    def __init__(self, url, boards):
        self.url, self.boards = url, boards
        self.count, self.failures, self.lock = 0, [], threading.Lock()
        self.over = threading.Event()
        self.threads = [threading.Thread(target=self.run, args=(i,)) for i in range(CLIENTS)]

    def __enter__(self):
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *_):
        self.over.set()
        for thread in self.threads:
            thread.join()

    def run(self, client):
        for turn in range(client, 1_000_000):
            if self.over.is_set():
                return
            board, solution = self.boards[turn % len(self.boards)]
            failure = self.failure_of(board, solution)
            with self.lock:
                self.count += 1
                if failure:
                    self.failures.append(failure)

    def failure_of(self, board, solution):
        body = {"puzzle": "sudoku", "board": board, "fallback": "exact"}
        try:
            status, _, reply = ask(self.url + "/solve", body, timeout=30)
        except (OSError, http.client.HTTPException, ValueError) as error:
            return repr(error)
        if status != 200 or not reply["verified"] or reply["solution"] != solution:
            return f"{status}: {reply}"
        return None

    def wait_for_more(self, count):
        aim = self.count + count
        wait_until(lambda: self.count >= aim, f"{count} more answers")


def verified(service):
    """How many answers of this replica were verified since its start."""
    text = ask(service.url + "/metrics")[2]
    return sum(float(n) for n in re.findall(r"^trm_verified_total\{.*\} (\S+)$", text, re.M))


def boards_with_answers(url):
    # Small ones: a build with sanitizers shall answer some hundred of them in seconds.
    wanted = {"puzzle": "sudoku", "size": "6x6", "difficulty": "easy", "seed": 1, "count": 16}
    boards = ask(url + "/generate", wanted)[2]["boards"]
    wanted = {"puzzle": "sudoku", "boards": boards, "fallback": "exact"}
    results = ask(url + "/solve", wanted)[2]["results"]
    return [(result["board"], result["solution"]) for result in results]


class Replicas(unittest.TestCase):
    OPTIONS = ("--threads", "1", "--drain", "10")

    def setUp(self):
        self.replicas = []
        self.addCleanup(self.stop_replicas)
        for _ in range(2):
            self.replicas.append(Service(*self.OPTIONS))
        self.proxy = self.start_proxy()

    def start_proxy(self, changes=()):
        proxy = Proxy(self.replicas, changes)
        self.addCleanup(proxy.stop)
        return proxy

    def stop_replicas(self):
        for replica in self.replicas:
            if replica.process.poll() is None:
                replica.stop()

    def start_again(self, index):
        """A new replica on the port of one that is gone."""
        self.replicas[index] = Service(*self.OPTIONS, port=self.replicas[index].port)
        return self.replicas[index]

    def served_twice(self):
        """Requests that a second replica answered after the first one had failed."""
        return len(re.findall(r" said \d+, 200 ", self.proxy.log()))


class Loss(Replicas):
    def setUp(self):
        super().setUp()
        self.boards = boards_with_answers(self.replicas[0].url)

    def test_a_replica_that_is_killed_loses_nothing_and_comes_back(self):
        with Load(self.proxy.url, self.boards) as load:
            load.wait_for_more(300)
            self.assertGreater(verified(self.replicas[0]), 50)
            before = verified(self.replicas[1])
            self.replicas[0].kill()
            load.wait_for_more(300)
            self.assertGreater(verified(self.replicas[1]), before + 250)
            new = self.start_again(0)
            wait_until(lambda: verified(new) > 50, "the new replica is used")
        self.assertEqual(load.failures, [])
        self.assertGreater(self.served_twice(), 0, "nothing had to be asked twice")

    def test_restarting_one_after_the_other_loses_nothing(self):
        with Load(self.proxy.url, self.boards) as load:
            for index in (0, 1):
                load.wait_for_more(200)
                self.assertEqual(self.replicas[index].stop(), 0)
                load.wait_for_more(200)
                new = self.start_again(index)
                wait_until(lambda: verified(new) > 50, "the new replica is used")
        self.assertEqual(load.failures, [])
        self.assertGreater(self.served_twice(), 0, "nothing had to be asked twice")

    def test_no_replica_is_an_error_in_the_shape_of_the_others(self):
        for replica in self.replicas:
            replica.kill()
        status, headers, reply = ask(self.proxy.url + "/health")
        self.assertEqual((status, reply["error"]["code"]), (502, "unavailable"))
        self.assertEqual(len(headers.get_all("X-Request-Id")), 1)


class Streams(Replicas):
    OPTIONS = ("--threads", "1")
    # It has no solution, so that every attempt takes all of its steps.
    BODY = {"puzzle": "sudoku", "board": "12345678." + "........9" + 63 * ".",
            "attempts": 16, "max_steps": 16, "rules_ms": 0}

    def open(self, method, path, body=""):
        stream = socket.create_connection(("127.0.0.1", self.proxy.port), 30)
        self.addCleanup(stream.close)
        # HTTP/1.0: the body comes as it is, not in chunks.
        stream.sendall(f"{method} {path} HTTP/1.0\r\nHost: localhost\r\n"
                       "Content-Type: application/json\r\n"
                       f"Content-Length: {len(body)}\r\n\r\n{body}".encode())
        return stream

    def signal_all(self, number):
        for replica in self.replicas:
            replica.process.send_signal(number)

    def assert_is_passed_on_at_once(self, stream):
        """Replicas that stop in the middle: nothing that they said is left behind in nginx."""
        text = b""
        while text.count(b"event: step") < 3:
            piece = stream.recv(1 << 16)
            self.assertTrue(piece, text)
            text += piece
        self.signal_all(signal.SIGSTOP)
        try:
            while select.select([stream], [], [], 0.3)[0]:
                text += stream.recv(1 << 16)
        finally:
            self.signal_all(signal.SIGCONT)
        self.assertTrue(text.endswith(b"\n\n"), b"the rest of an event is missing: " + text[-80:])
        self.assertNotIn(b"event: result", text)
        text += b"".join(iter(lambda: stream.recv(1 << 16), b""))
        self.assertIn(b"\r\nContent-Type: text/event-stream\r\n", text)
        names = re.findall(rb"^event: (\w+)$", text, re.M)
        self.assertEqual((names[0], names[-1]), (b"attempt", b"result"))
        self.assertEqual(names.count(b"step"), 16 * 16)

    def test_a_stream_arrives_event_by_event(self):
        body = json.dumps(self.BODY)
        self.assert_is_passed_on_at_once(self.open("POST", "/solve?stream=true", body))

    def test_the_events_of_a_job_arrive_one_by_one(self):
        body = self.BODY | {"async": True, "trace": True}
        status, headers, job = ask(self.proxy.url + "/solve", body)
        self.assertEqual((status, headers["Location"]), (202, "/jobs/" + job["id"]))
        self.assert_is_passed_on_at_once(self.open("GET", headers["Location"] + "/events"))


class Proxied(Replicas):
    OPTIONS = ("--backend", "exact")

    def raw(self, method, path, body=None, headers=None):
        """(status, headers, text) of a request as it stands, not tidied up."""
        connection = http.client.HTTPConnection("127.0.0.1", self.proxy.port, timeout=30)
        with contextlib.closing(connection):
            connection.request(method, path, body, headers or {})
            reply = connection.getresponse()
            return reply.status, reply.headers, reply.read().decode()

    def test_the_shipped_files_are_valid(self):
        """The files in their own folder, as root sees them; the replaced ones with TLS as well."""
        wanted = [self.proxy.folder / "nginx.conf"]
        if os.geteuid() == 0:
            wanted.append(DEPLOY / "nginx.conf")
        for file in wanted:
            done = subprocess.run([NGINX, "-t", "-c", file], capture_output=True, text=True)
            self.assertEqual(done.returncode, 0, done.stderr)
            self.assertNotIn("[warn]", done.stderr)

    def test_every_job_is_found_again(self):
        board = "53..7....6..195....98....6.8...6...34..8.3..17...2...6.6....28....419..5....8..79"
        wanted = {"puzzle": "sudoku", "board": board, "async": True}
        ids = [ask(self.proxy.url + "/solve", wanted)[2]["id"] for _ in range(8)]
        for replica in self.replicas:
            known = [ask(f"{replica.url}/jobs/{job}")[0] for job in ids]
            self.assertEqual(set(known), {200, 404}, "each replica should have some of the jobs")
        for job in ids:
            for prefix in ("", "/v1"):
                status, _, reply = ask(f"{self.proxy.url}{prefix}/jobs/{job}")
                self.assertEqual((status, reply["id"]), (200, job))
            self.assertEqual(ask(f"{self.proxy.url}/jobs/{job}", method="DELETE")[0], 200)
            status, _, reply = ask(f"{self.proxy.url}/jobs/{job}")
            self.assertEqual((status, reply["error"]["code"]), (404, "not_found"))

    def test_foreign_host_names_are_refused(self):
        for path in ("/health", "/solve"):
            self.assertEqual(self.raw("GET", path, headers={"Host": "evil.example"})[0], 421)
        self.assertEqual(self.raw("GET", "/health", headers={"Host": "localhost:1"})[0], 200)

    def test_bodies_have_the_same_limit_as_in_the_server(self):
        limit = 1 << 20
        json_type = {"Content-Type": "application/json"}
        status, headers, text = self.raw("POST", "/solve", b"x" * (limit + 1), json_type)
        self.assertEqual((status, json.loads(text)["error"]["code"]), (413, "too_large"))
        self.assertEqual(len(headers.get_all("X-Request-Id")), 1)
        status, _, text = self.raw("POST", "/solve", b"x" * limit, json_type)
        self.assertEqual((status, json.loads(text)["error"]["code"]), (400, "invalid_json"))

    def test_what_belongs_to_one_replica_is_not_balanced(self):
        for path in ("/metrics", "/v1/metrics", "//metrics", "/x/../metrics", "/%6detrics"):
            status, _, text = self.raw("GET", path)
            self.assertEqual((status, json.loads(text)["error"]["code"]), (404, "not_found"), path)
        status, _, text = self.raw("POST", "/models/reload", "{}")
        self.assertIn("ask the replica itself", json.loads(text)["error"]["message"])

    def test_a_request_has_one_id(self):
        status, headers, _ = self.raw("GET", "/health", headers={"X-Request-Id": "mine-1"})
        ids = headers.get_all("X-Request-Id")
        self.assertEqual((status, len(ids)), (200, 1))
        wait_until(lambda: f" id {ids[0]}\n" in self.proxy.log(), "the id is in nginx's log")
        refused = self.raw("GET", "/metrics", headers={"X-Request-Id": "mine-2"})[1]
        self.assertEqual(refused.get_all("X-Request-Id"), ["mine-2"])

    def test_too_much_from_one_address_is_refused(self):
        strict = self.start_proxy({"127.0.0.0/8 1;": "127.0.0.0/8 0;"})
        replies = [ask(strict.url + "/health") for _ in range(80)]
        refused = [reply for reply in replies if reply[0] == 429]
        self.assertGreater(len(refused), 10)
        self.assertEqual({reply[0] for reply in replies}, {200, 429})
        for _, headers, reply in refused:
            self.assertEqual(reply["error"]["code"], "busy")
            self.assertEqual(headers.get_all("Retry-After"), ["1"])


class Tls(Replicas):
    OPTIONS = ("--backend", "exact")

    def connect(self, name=NAME, version=ssl.TLSVersion.TLSv1_3):
        context = ssl.create_default_context(cafile=self.proxy.folder / "fullchain.pem")
        context.minimum_version = context.maximum_version = version
        with contextlib.ExitStack() as stack:
            plain = socket.create_connection(("127.0.0.1", self.proxy.tls_port), 10)
            stack.callback(plain.close)
            secure = context.wrap_socket(plain, server_hostname=name)
            stack.pop_all()
            return secure

    def test_both_versions_answer_under_the_name(self):
        for version in (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3):
            with self.connect(version=version) as secure:
                secure.sendall(f"GET /health HTTP/1.1\r\nHost: {NAME}\r\n"
                               "Connection: close\r\n\r\n".encode())
                text = b"".join(iter(lambda: secure.recv(4096), b"")).decode()
            self.assertTrue(text.startswith("HTTP/1.1 200 "), text)
            self.assertIn("\r\nStrict-Transport-Security: max-age=31536000\r\n", text)
            self.assertIn('"status":"ok"', text)

    def test_foreign_names_are_refused(self):
        with self.assertRaisesRegex(ssl.SSLError, "UNRECOGNIZED_NAME"):
            self.connect(name="other.example.org")

    def test_plain_http_is_sent_to_https(self):
        connection = http.client.HTTPConnection("127.0.0.1", self.proxy.plain_port, timeout=10)
        with contextlib.closing(connection):
            connection.request("POST", "/solve?stream=true", "{}", {"Host": "other.example"})
            reply = connection.getresponse()
            self.assertEqual(reply.status, 308)
            self.assertEqual(reply.headers["Location"], f"https://{NAME}/solve?stream=true")


if __name__ == "__main__":
    unittest.main()
