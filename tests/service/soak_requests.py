"""The requests of soak.py: each kind asks in its own way and says how it ended."""

import json
import re
import select
import socket
import struct
import time
import zlib

KEY = "no-secret-but-for-this-test"
JOBS = 256  # that the server keeps


class Wrong(Exception):
    """A reply that is none, or not the right one."""


def expect(condition, what):
    if not condition:
        raise Wrong(str(what)[:300])


class Reply:
    def __init__(self, text):
        head, _, self.body = text.partition(b"\r\n\r\n")
        expect(re.match(rb"HTTP/1\.1 \d{3} ", head), f"no reply: {text[:200]!r}")
        self.status, self.head = int(head[9:12]), head.decode()

    def json(self):
        return json.loads(self.body)


def request(method, path, body=None, headers=()):
    """Its bytes; a body that is not bytes is sent as JSON."""
    lines = [f"{method} {path} HTTP/1.1", "Host: localhost", f"Authorization: Bearer {KEY}"]
    if body is not None:
        if not isinstance(body, bytes):
            body = json.dumps(body).encode()
        lines += ["Content-Type: application/json", f"Content-Length: {len(body)}"]
    return "\r\n".join([*lines, *headers, "", ""]).encode() + (body or b"")


class Client:
    """Asks one server; a connection for each request. Used by several threads."""

    def __init__(self, port, corpus):
        self.port, self.corpus = port, corpus

    def connect(self, timeout=70):
        return socket.create_connection(("127.0.0.1", self.port), timeout)

    def exchange(self, data, timeout=70):
        with self.connect(timeout) as connection:
            connection.sendall(data)
            return self.read(connection)

    @staticmethod
    def read(connection):
        return Reply(b"".join(iter(lambda: connection.recv(1 << 16), b"")))

    def get(self, path, timeout=70):
        return self.exchange(request("GET", path), timeout)

    def post(self, path, body):
        return self.exchange(request("POST", path, body))

    def fill_jobs(self):
        """As many jobs as the server keeps, each as large as those that are asked for later."""
        for _ in range(JOBS):
            job = self.post("/solve", {"puzzle": "sudoku", "board": 81 * ".", **JOB_OPTIONS}).json()
            while self.get("/jobs/" + job["id"]).json()["status"] == "running":
                time.sleep(0.002)

    def queue_depth(self):
        text = self.get("/metrics").body.decode()
        return int(re.search(r"^trm_queue_depth (\d+)", text, re.M)[1])


JOB_OPTIONS = {"async": True, "trace": True, "max_steps": 4, "attempts": 4, "rules_ms": 0}


class Corpus:
    """Boards of each puzzle in each container, answers, and what the server says of itself."""

    SIZES = {"sudoku": ["4x4", "6x6", "9x9", "16x16"], "maze": ["8x8", "15x15", "10x20"]}
    ARC = {"train": [{"input": [[0, 5]], "output": [[0, 5], [0, 5]]}],
           "test": [{"input": [[0, 4, 0]]}]}

    def __init__(self, client, seed):
        self.boards = [("arc", self.ARC), ("arc", json.dumps(self.ARC)),
                       ("arc", ["10/03>01/30|023>320|123/456>?"])]
        # Without a model for them only chance answers.
        if client.post("/solve", {"puzzle": "arc", "board": self.ARC}).status != 200:
            self.boards = []
        self.lines = {}
        for puzzle, sizes in self.SIZES.items():
            self.lines[puzzle] = []
            for size in sizes:
                wanted = {"puzzle": puzzle, "size": size, "seed": seed, "count": 20}
                if puzzle == "maze":
                    wanted["options"] = {"min_path": 4}  # so that there is something to do
                self.lines[puzzle] += client.post("/generate", wanted).json()["boards"]
            for line in self.lines[puzzle]:
                self.boards += self.containers(puzzle, line)
        self.answers = []
        for puzzle, lines in self.lines.items():
            for board in lines[:60]:
                reply = client.post("/solve", {"puzzle": puzzle, "board": board, "rules_ms": 0,
                                               "fallback": "exact"})
                self.answers.append((puzzle, board, reply.json()["solution"]))

    @staticmethod
    def containers(puzzle, line):
        """The board as text, rows of text and rows of numbers."""
        if puzzle == "maze":
            rows = line.split("/")
            numbers = [[" #SG".index(cell) for cell in row] for row in rows]
        else:
            side = int(len(line) ** 0.5)
            rows = [line[at:at + side] for at in range(0, len(line), side)]
            numbers = [[".123456789ABCDEFG".index(cell) for cell in row] for row in rows]
        return [(puzzle, line), (puzzle, rows), (puzzle, numbers)]


class Kind:
    def __init__(self, name, weight, run, allowed):
        self.name, self.weight, self.run, self.allowed = name, weight, run, set(allowed)


KINDS, REAL_KINDS = [], []


def kind(name, weight, *allowed, real=False):
    """What a function asks for: how often, and how it may end."""
    def register(function):
        (REAL_KINDS if real else KINDS).append(Kind(name, weight, function, allowed))
        return function
    return register


def bad(name, weight, status, code, make):
    """A request that is refused: make(rng) is its bytes."""
    def run(client, rng):
        reply = client.exchange(make(rng))
        expect(reply.json()["error"]["code"] == code, reply.body)
        return str(reply.status)
    KINDS.append(Kind(name, weight, run, {str(status)}))


def some_board(client, rng):
    puzzle, board = rng.choice(client.corpus.boards)
    return {"puzzle": puzzle, "board": board}


def options(rng):
    return {"max_steps": rng.choice([1, 2, 8]), "attempts": rng.choice([1, 2, 8]),
            "seed": rng.randrange(1000), "rules_ms": rng.choice([0, 0, 0, 0, 0, 20])}


def hang_up(connection, rng):
    """In peace, or with a reset, as a client that has died."""
    if rng.random() < 0.5:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.close()
    return "hung up"


@kind("solve", 30, "200")
def solve(client, rng):
    body = some_board(client, rng) | options(rng)
    reply = client.post("/solve", body)
    if reply.status == 200:
        result = reply.json()
        expect(isinstance(result["board"], type(body["board"])), reply.body)
        expect("solution" in result, reply.body)
    return str(reply.status)


@kind("solve with trace", 2, "200")
def traced(client, rng):
    reply = client.post("/solve", some_board(client, rng) | options(rng) | {"trace": True})
    expect(reply.status != 200 or reply.json()["trace"], reply.body)
    return str(reply.status)


@kind("solve with fallback", 2, "200")
def with_fallback(client, rng):
    puzzle, board, _ = rng.choice(client.corpus.answers)
    body = {"puzzle": puzzle, "board": board, "max_steps": 2, "fallback": "exact", "rules_ms": 0}
    reply = client.post("/solve", body)
    expect(reply.status != 200 or reply.json()["verified"], reply.body)
    return str(reply.status)


@kind("solve, time is short", 2, "200", "504")
def in_a_hurry(client, rng):
    body = some_board(client, rng) | {"deadline_ms": rng.choice([1, 2, 5]), "max_steps": 64}
    return str(client.post("/solve", body).status)


@kind("solve, replaced", 2, "200", "503", "409")
def replaced(client, rng):
    body = some_board(client, rng) | {"replace_key": f"key {rng.randrange(3)}", "max_steps": 32}
    return str(client.post("/solve", body).status)


@kind("list of boards", 4, "200")
def boards(client, rng):
    puzzle = rng.choice(["sudoku", "maze"])
    chosen = [board for name, board in client.corpus.boards if name == puzzle]
    chosen = rng.choices(chosen, k=rng.randrange(1, 30))
    chosen.insert(rng.randrange(len(chosen)), "no board")
    reply = client.post("/solve", {"puzzle": puzzle, "boards": chosen} | options(rng))
    if reply.status == 200:
        results = reply.json()["results"]
        expect(len(results) == len(chosen), "results are missing")
        expect(sum("error" in result for result in results) == 1, "one board is none")
    return str(reply.status)


@kind("long list of boards", 0.2, "200")
def long_list(client, rng):
    lines = [line for line in client.corpus.lines["sudoku"] if len(line) <= 36]
    body = {"puzzle": "sudoku", "boards": rng.choices(lines, k=400), "max_steps": 1,
            "attempts": 1, "rules_ms": 0}
    reply = client.post("/solve", body)
    expect(reply.status != 200 or len(reply.json()["results"]) == 400, "results are missing")
    return str(reply.status)


@kind("stream", 4, "200")
def stream(client, rng):
    reply = client.post("/solve?stream=true", some_board(client, rng) | options(rng))
    expect(b"event: result" in reply.body and b"event: attempt" in reply.body, reply.body)
    expect(reply.body.endswith(b"0\r\n\r\n"), "the stream broke off")
    return str(reply.status)


@kind("stream, cut off", 4, "hung up")
def cut_off(client, rng):
    body = some_board(client, rng) | {"attempts": 8, "max_steps": 128, "rules_ms": 0}
    connection = client.connect()
    connection.sendall(request("POST", "/solve?stream=true", body))
    start = connection.recv(rng.choice([20, 500, 5000]))
    expect(start.startswith(b"HTTP/1.1 200 "), start)
    return hang_up(connection, rng)


@kind("job, polled, removed", 3, "200")
def job(client, rng):
    made = client.post("/solve", some_board(client, rng) | options(rng) | {"async": True})
    expect(made.status == 202, made.body)
    path = "/jobs/" + made.json()["id"]
    state = made.json()
    while state["status"] == "running":
        reply = client.get(path)
        if reply.status == 404:
            return "404"  # the oldest that has ended gives way
        state = reply.json()
    expect(state["status"] == "done", state)
    removed = client.exchange(request("DELETE", path))
    return str(removed.status)


@kind("job, its events", 1, "200", "404")
def job_events(client, rng):
    made = client.post("/solve", some_board(client, rng) | options(rng) | {"async": True}).json()
    reply = client.get(f"/jobs/{made['id']}/events")
    expect(reply.status != 200 or b"event: result" in reply.body, reply.body)
    return str(reply.status)


@kind("job, cancelled", 1, "200", "404")
def job_cancelled(client, rng):
    body = some_board(client, rng) | {"async": True, "attempts": 256, "max_steps": 256}
    made = client.post("/solve", body).json()
    return str(client.exchange(request("DELETE", "/jobs/" + made["id"])).status)


@kind("job, left alone", 2, "202")
def job_left_alone(client, rng):
    body = {"puzzle": "sudoku", "board": rng.choice(client.corpus.lines["sudoku"][:60])}
    return str(client.post("/solve", body | JOB_OPTIONS).status)


@kind("check", 6, "200")
def check(client, rng):
    puzzle, board, solution = rng.choice(client.corpus.answers)
    reply = client.post("/check", {"puzzle": puzzle, "board": board, "answer": solution})
    expect(reply.status != 200 or reply.json()["verified"], reply.body)
    return str(reply.status)


@kind("hint", 4, "200")
def hint(client, rng):
    puzzle, board, _ = rng.choice(client.corpus.answers)
    return str(client.post("/hint", {"puzzle": puzzle, "board": board}).status)


@kind("generate", 2, "200")
def generate(client, rng):
    puzzle, size = rng.choice([("sudoku", "4x4"), ("sudoku", "9x9"), ("maze", "15x15")])
    wanted = {"puzzle": puzzle, "size": size, "seed": rng.randrange(100), "count": 2}
    return str(client.post("/generate", wanted).status)


@kind("draw", 4, "200")
def draw(client, rng):
    puzzle, board, solution = rng.choice(client.corpus.answers)
    edit = {"row": 0, "col": 0, "value": 0}
    extra = rng.choice([{}, {"answer": solution}, {"edits": [edit] * rng.randrange(1, 20)}])
    reply = client.post("/draw", {"puzzle": puzzle, "board": board} | extra)
    expect(reply.status != 200 or reply.json()["svg"].startswith("<svg"), reply.body)
    return str(reply.status)


@kind("reading", 8, "200")
def reading(client, rng):
    return str(client.get(rng.choice([
        "/", "/openapi.json", "/web/icon.svg", "/health", "/ready", "/metrics", "/puzzles",
        "/puzzles/maze", "/models", "/props", "/v1/props", "/v1/health"])).status)


@kind("models anew", 0.02, "200")
def reload(client, _):
    return str(client.post("/models/reload", {}).status)


@kind("100-continue", 1, "200")
def expecting(client, rng):
    data = request("POST", "/solve", some_board(client, rng) | options(rng),
                   ["Expect: 100-continue"])
    head, _, body = data.partition(b"\r\n\r\n")
    with client.connect() as connection:
        connection.sendall(head + b"\r\n\r\n")
        expect(connection.recv(100) == b"HTTP/1.1 100 Continue\r\n\r\n", "no 100")
        connection.sendall(body)
        return str(client.read(connection).status)


@kind("dripping, in time", 1, "200")
def dripping(client, rng):
    data = request("POST", "/solve", some_board(client, rng) | options(rng))
    with client.connect() as connection:
        for at in range(0, len(data), len(data) // 5 + 1):
            connection.sendall(data[at:at + len(data) // 5 + 1])
            time.sleep(0.01)
        return str(client.read(connection).status)


@kind("dripping, too late", 0.3, "408")
def too_late(client, _):
    with client.connect() as connection:
        for byte in request("GET", "/" + 99 * "x"):
            connection.sendall(bytes([byte]))
            if select.select([connection], [], [], 0.05)[0]:
                break
        return str(client.read(connection).status)


@kind("half a request", 2, "hung up")
def half(client, rng):
    data = request("POST", "/solve", some_board(client, rng))
    connection = client.connect()
    connection.sendall(data[:rng.randrange(len(data))])
    return hang_up(connection, rng)


@kind("hangs up on a solve", 2, "hung up")
def hangs_up(client, rng):
    body = some_board(client, rng) | {"attempts": 64, "max_steps": 128, "rules_ms": 0}
    connection = client.connect()
    connection.sendall(request("POST", "/solve", body))
    time.sleep(rng.choice([0, 0.001, 0.01]))
    return hang_up(connection, rng)


@kind("sends too much", 0.3, "413")
def too_much(client, rng):
    return str(client.post("/solve", bytes(rng.choice([(1 << 20) + 1, 2 << 20]))).status)


@kind("without a key", 2, "401")
def without_key(client, rng):
    data = request("POST", "/solve", some_board(client, rng))
    data = data.replace(KEY.encode(), rng.choice([b"", b"x", KEY.encode() + b"x", 300 * b"x"]), 1)
    return str(client.exchange(data).status)


def solve_with(*headers, body=b"{}", length=True):
    lines = ["POST /solve HTTP/1.1", "Host: localhost", f"Authorization: Bearer {KEY}",
             "Content-Type: application/json", *headers]
    if length:
        lines.append(f"Content-Length: {len(body)}")
    return "\r\n".join([*lines, "", ""]).encode() + body


def member(name, value):
    board = {"puzzle": "maze", "board": [[2, 0, 3]]}
    return request("POST", "/solve", board | {name: value})


bad("malformed JSON", 2, 400, "invalid_json", lambda rng: request(
    "POST", "/solve", rng.choice([b"", b"{", b"nothing", b"\xff\xfe{}", b'{"a":1,}', bytes(99)])))
bad("deep JSON", 1, 413, "too_large", lambda rng: request(
    "POST", rng.choice(["/solve", "/check", "/draw"]), rng.choice([b"[", b'{"board":['])
    * rng.choice([300, 9000, 90000])))
bad("unknown field", 1, 400, "unknown_field", lambda rng: member(f"x{rng.randrange(99)}", 1))
bad("wrong field", 1, 400, "invalid_field", lambda rng: member(*rng.choice(
    [("max_steps", 0), ("attempts", "8"), ("seed", -1), ("deadline_ms", 1 << 40), ("halt", 0)])))
bad("unknown puzzle", 1, 404, "unknown_puzzle", lambda rng: request(
    "POST", "/solve", {"puzzle": f"none{rng.randrange(99)}", "board": "1"}))
bad("board against the rules", 1, 422, "invalid_board", lambda rng: request(
    "POST", "/solve", {"puzzle": "sudoku", "board": 2 * str(rng.randrange(1, 10)) + 79 * "."}))
bad("unknown address", 1, 404, "not_found", lambda rng: request(
    rng.choice(["GET", "POST", "DELETE"]), f"/x/{rng.randrange(99)}"))
bad("unknown job", 1, 404, "not_found", lambda rng: request("GET", f"/jobs/{rng.random()}"))
bad("wrong method", 1, 405, "unsupported", lambda rng: request(
    rng.choice(["GET", "PUT", "DELETE"]), "/solve"))
bad("not JSON by its type", 1, 415, "unsupported", lambda rng: request(
    "POST", "/solve", b"{}").replace(b"application/json", rng.choice([b"text/plain", b"x"])))
bad("compressed body", 1, 415, "unsupported", lambda rng: solve_with(
    "Content-Encoding: gzip", body=zlib.compress(bytes(9999))))
bad("chunked body", 1, 411, "invalid_field", lambda rng: solve_with(
    "Transfer-Encoding: chunked", body=b"2\r\n{}\r\n0\r\n\r\n", length=False))
bad("no length", 1, 411, "invalid_field", lambda rng: solve_with(length=False))
bad("two lengths", 1, 400, "invalid_field", lambda rng: solve_with(
    f"Content-Length: {rng.randrange(99)}"))
bad("foreign host name", 1, 421, "invalid_field", lambda rng: request(
    "GET", "/props").replace(b"localhost", b"example.org"))
bad("endless head", 0.5, 431, "too_large", lambda rng: request(
    "GET", "/props", headers=[f"X-{i}: {99 * 'x'}" for i in range(400)]))
bad("long address", 0.5, 414, "too_large", lambda rng: request("GET", "/" + 9000 * "x"))
bad("no HTTP", 1, 400, "invalid_field", lambda rng: rng.choice(
    [b"\x16\x03\x01\r\n\r\n", b"GET\r\n\r\n", b"GET / HTTP/9.9\r\n\r\n", bytes(40) + b"\r\n\r\n"]))


def solve_and_check(client, rng, **more):
    """A board by the real model; whoever says that it is verified is looked after."""
    puzzle, board, _ = rng.choice(client.corpus.answers)
    body = {"puzzle": puzzle, "board": board, "seed": rng.randrange(1000)} | more
    reply = client.post("/solve", body)
    if reply.status != 200:
        return str(reply.status)
    result = reply.json()
    answer = {"puzzle": puzzle, "board": board, "answer": result["solution"]}
    verdict = client.post("/check", answer).json()
    expect(verdict["verified"] == result["verified"], (result, verdict))
    return f"verified by {result['source']}" if result["verified"] else "not verified"


@kind("solve, then check", 60, "verified by model", "not verified", real=True)
def real_solve(client, rng):
    return solve_and_check(client, rng)


@kind("with the rule solver", 30, "verified by model", "verified by exact", real=True)
def real_fallback(client, rng):
    return solve_and_check(client, rng, fallback="exact", attempts=2)


for kind_of_both in KINDS:
    if kind_of_both.name in ("list of boards", "stream, cut off", "hangs up on a solve"):
        REAL_KINDS.append(kind_of_both)
