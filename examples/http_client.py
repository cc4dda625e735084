#!/usr/bin/env python3
"""Solves a puzzle with a running trm_server and shows the model at work.

Needs nothing but Python 3.8. Copy what you need: Client is the part for a game.
"""

import argparse
import json
import os
import sys
import time
import urllib.error
import urllib.request

SAMPLES = [
    "9.....8.53.1.......85.4.7.....7.5....3....92.2.....1..1....7......4..3.2....134..",
    "53..7....6..195....98....6.8...6...34..8.3..17...2...6.6....28....419..5....8..79",
]

VERIFIED, NOT_VERIFIED, ERROR, INTERRUPTED = 0, 1, 2, 130


class ServiceError(Exception):
    """What the server refused: its one error shape, {"error":{"code","message","field","type"}}."""

    def __init__(self, status, error):
        self.status, self.code, self.field = status, error.get("code"), error.get("field")
        place = f" (field {self.field})" if self.field else ""
        super().__init__(f"{self.code}: {error.get('message')}{place}")


class Client:
    """A trm_server. Each call raises ServiceError, or OSError when nobody answers."""

    def __init__(self, url, key=None, tries=5):
        self.url, self.key, self.tries = url.rstrip("/"), key, tries

    def solve(self, **request):
        """One result, or with boards=[...] {"results": [...]}: each a result or an error."""
        with self._open("POST", "/v1/solve", request) as reply:
            return json.load(reply)

    def solve_in_steps(self, **request):
        """Yields ("attempt" or "step", data) as they come, then ("result", data) and ends.

        Leaving the loop early closes the connection: the server then stops working on the board.
        """
        with self._open("POST", "/v1/solve?stream=true", request) as reply:
            name = None
            for line in reply:  # server-sent events: "event: NAME", "data: JSON", an empty line
                field, _, value = line.decode().rstrip("\r\n").partition(": ")
                if field == "event":
                    name = value
                elif field == "data":
                    data = json.loads(value)
                    if name == "error":
                        raise ServiceError(None, data["error"])
                    yield name, data
                    if name == "result":
                        return
        raise ConnectionError("the stream ended before the result")

    def start_job(self, **request):
        """The id of a solve that runs on while nobody waits."""
        with self._open("POST", "/v1/solve", {**request, "async": True}) as reply:
            return json.load(reply)["id"]

    def job(self, job_id):
        """{"id", "status": "running", "done" or "failed", "events", then "result" or "error"}."""
        with self._open("GET", f"/v1/jobs/{job_id}") as reply:
            return json.load(reply)

    def cancel_job(self, job_id):
        self._open("DELETE", f"/v1/jobs/{job_id}").close()

    def _open(self, method, path, body=None):
        headers = {"Content-Type": "application/json"}
        if self.key:
            headers["Authorization"] = "Bearer " + self.key
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self.url + path, data, headers, method=method)
        for tries_left in reversed(range(self.tries)):
            try:
                # Solves take up to a minute by default; a stream says something every 15 seconds.
                return urllib.request.urlopen(request, timeout=90)
            except urllib.error.HTTPError as refused:
                with refused:
                    if refused.code != 429 or tries_left == 0:
                        raise ServiceError(refused.code, error_of(refused)) from None
                    seconds = refused.headers.get("Retry-After", "1")
                    wait = max(1, min(int(seconds), 60)) if seconds.isdigit() else 1
            print(f"the server is busy: next try in {wait} s", file=sys.stderr)
            time.sleep(wait)


def error_of(reply):
    """The error in a reply; also of a proxy that answers with something else."""
    try:
        return json.load(reply)["error"]
    except (ValueError, KeyError, TypeError):
        return {"code": "no_trm_server", "message": f"{reply.url} did not answer as trm_server"}


def show(board):
    print("\n".join(map(str, board)) if isinstance(board, list) else board or "no answer")


def verdict(result):
    """Says honestly what an answer is worth; the exit status. Rows and columns count from 0."""
    if result["verified"]:
        print(f"verified: the rules hold ({result['steps']} steps, {result['time_ms']} ms)")
        return VERIFIED
    print(f"NOT verified: {result['status']}, {len(result['conflicts'])} conflicts")
    for conflict in result["conflicts"][:5]:
        print(f"  row {conflict['row']}, column {conflict['col']}: {conflict['message']}")
    return NOT_VERIFIED


def run_stream(client, request):
    for name, data in client.solve_in_steps(**request):
        if name == "step":
            conflicts = len(data["conflicts"])
            print(f"attempt {data['attempt']}, step {data['step']}: {conflicts} conflicts")
            show(data["board"])
        elif name == "result":
            show(data["solution"])
            return verdict(data)


def run_list(client, request):
    status = VERIFIED
    request["boards"] = request.pop("board")
    for number, result in enumerate(client.solve(**request)["results"], 1):
        if "error" in result:
            print(f"board {number}: {result['error']['message']}")
            status = max(status, ERROR)
            continue
        print(f"board {number}: {result['solution']}")
        status = max(status, verdict(result))
    return status


def run_job(client, request):
    job_id = client.start_job(**request)
    print(f"job {job_id}")
    try:
        while (state := client.job(job_id))["status"] == "running":
            time.sleep(0.2)
    except KeyboardInterrupt:
        client.cancel_job(job_id)
        raise
    if state["status"] == "failed":
        raise ServiceError(None, state["error"])
    show(state["result"]["solution"])
    return verdict(state["result"])


def read_board(path, is_list):
    """One line goes as text, several as rows: a board comes back in the notation it was sent in."""
    if path is None:
        return SAMPLES if is_list else [SAMPLES[0][at:at + 9] for at in range(0, 81, 9)]
    with sys.stdin if path == "-" else open(path, encoding="utf-8") as file:
        lines = file.read().rstrip("\r\n").splitlines()
    return lines[0] if len(lines) == 1 and not is_list else lines


def main():
    parser = argparse.ArgumentParser(
        description=__doc__.splitlines()[0],
        epilog="TRM_API_KEY in the environment: the key, if the server wants one. "
        "Exit status: 0 verified, 1 not verified, 2 error, 130 interrupted.")
    parser.add_argument("--url", default="http://127.0.0.1:8080", help="default: %(default)s")
    parser.add_argument("--puzzle", default="sudoku", help="default: %(default)s")
    parser.add_argument("--mode", choices=["stream", "list", "job"], default="stream",
                        help="list: each line is a board (default: %(default)s)")
    parser.add_argument("file", nargs="?", help="board; -: standard input; none: a sample")
    options = parser.parse_args()
    run = {"stream": run_stream, "list": run_list, "job": run_job}[options.mode]
    try:
        request = {"puzzle": options.puzzle,
                   "board": read_board(options.file, options.mode == "list")}
        return run(Client(options.url, os.environ.get("TRM_API_KEY")), request)
    except KeyboardInterrupt:
        print("cancelled", file=sys.stderr)
        return INTERRUPTED
    except urllib.error.URLError as failure:
        print(f"no answer from {options.url}: {failure.reason}", file=sys.stderr)
        print("start the server with: ./run server --port 8080", file=sys.stderr)
    except (ServiceError, OSError, ValueError) as failure:
        print(f"error: {failure}", file=sys.stderr)
    return ERROR


if __name__ == "__main__":
    sys.exit(main())
