"""A long, mixed load on a real trm_server: good requests and bad ones, and what they leave behind.

    python3 tests/service/soak.py [--requests 100000] [--real 1000] [--clients 16] [--seed 1]

First --requests on the backend "random", then --real ones on the default backend. What is asked
depends on the seed alone. Looks on at memory, file descriptors, statuses and the time of /health;
says in the end what was seen, and leaves with 1 if a limit was broken.
TRM_BIN_DIR: folder of the programs; default: build/release/bin.
"""

import argparse
import collections
import multiprocessing
import os
import pathlib
import random
import statistics
import sys
import tempfile
import threading
import time

from service import Service
from soak_requests import KEY, KINDS, REAL_KINDS, Client, Corpus, Wrong

SETTLED = 0.1       # part of the requests after which memory may grow no more
GROWTH = 0.05       # but for this
HEALTH_P99 = 0.25   # seconds
HEALTH_WORST = 2.0
REST_FILES = 2      # descriptors that may differ at rest from before
MEGABYTE = 1 << 20


class Watch(threading.Thread):
    """Resident memory and file descriptors of a process, as the requests go by."""

    def __init__(self, pid, progress):
        super().__init__(daemon=True)
        self.proc, self.progress = pathlib.Path(f"/proc/{pid}"), progress
        self.samples, self.over = [], threading.Event()
        self.rest = self.files()
        self.start()

    def run(self):
        while not self.over.wait(0.1):
            self.samples.append((self.progress(), self.memory(), self.files()))

    def stop(self):
        self.over.set()
        self.join()

    def memory(self):
        status = (self.proc / "status").read_text()
        return 1024 * int(status.split("VmRSS:")[1].split()[0])

    def files(self):
        return len(os.listdir(self.proc / "fd"))

    def memory_in(self, first, last):
        """The median while that part of the requests went by."""
        seen = [memory for part, memory, _ in self.samples if first <= part <= last]
        return statistics.median(seen or [self.samples[-1][1]])

    def files_at_rest(self):
        """Descriptors when nobody asks any more, after at most five seconds."""
        until = time.monotonic() + 5
        while self.files() > self.rest + REST_FILES and time.monotonic() < until:
            time.sleep(0.05)
        return self.files()


def probe(port, over, answer):
    """GET /health again and again, in a process of its own, so that nothing here slows it."""
    client, times, failures = Client(port, None), [], 0
    while not over.is_set():
        since = time.monotonic()
        try:
            ok = client.get("/health", timeout=5).status == 200
        except (OSError, Wrong):
            ok = False
        times.append(time.monotonic() - since)
        failures += not ok
        time.sleep(0.05)
    answer.send((times, failures))


class Bar:
    """A progress bar on a terminal; elsewhere a line for each tenth."""

    def __init__(self, name, total):
        self.name, self.total, self.since, self.shown = name, total, time.monotonic(), -1

    def show(self, done, memory):
        tty = sys.stderr.isatty()
        part = done / self.total
        step = int(part * (1000 if tty else 10))
        if step == self.shown:
            return
        self.shown = step
        rate = done / max(1e-9, time.monotonic() - self.since)
        text = (f"{self.name} [{'#' * int(30 * part):<30}] {done}/{self.total} "
                f"{rate:.0f}/s {memory / MEGABYTE:.1f} MiB")
        print("\r" + text if tty else text, end="" if tty else "\n", file=sys.stderr, flush=True)
        if tty and done == self.total:
            print(file=sys.stderr)


class Run:
    """`total` requests by some clients on one server."""

    def __init__(self, name, options, kinds, total, arguments):
        self.name, self.kinds, self.total, self.seed = name, kinds, total, arguments.seed
        self.weights = [kind.weight for kind in kinds]
        self.options, self.clients = options, arguments.clients
        self.outcomes = collections.defaultdict(collections.Counter)  # of each kind
        self.times = collections.defaultdict(list)
        self.wrong, self.done, self.lock = [], 0, threading.Lock()

    def measure(self):
        with tempfile.NamedTemporaryFile("w", suffix=".keys") as keys:
            keys.write(KEY + "\n")
            keys.flush()
            service = Service(*self.options, "--read-timeout", "1", "--api-key-file", keys.name)
            try:
                self.measure_on(service)
            finally:
                since = time.monotonic()
                self.exit_status = service.stop()
                self.stop_seconds = time.monotonic() - since

    def measure_on(self, service):
        client = Client(service.port, Corpus(Client(service.port, None), self.seed))
        client.fill_jobs()  # so that they are no growth later
        self.watch = watch = Watch(service.process.pid, lambda: self.done / self.total)
        over, (here, there) = multiprocessing.Event(), multiprocessing.Pipe()
        prober = multiprocessing.Process(target=probe, args=(service.port, over, there))
        prober.start()
        since = time.monotonic()
        try:
            self.ask_all(client)
        finally:
            over.set()
            self.health, self.health_failures = here.recv()
            prober.join()
            self.seconds = time.monotonic() - since
            watch.stop()
        self.files_at_rest = watch.files_at_rest()
        self.depth = client.queue_depth()

    def ask_all(self, client):
        numbers = iter(range(self.total))
        threads = [threading.Thread(target=self.ask, args=(client, numbers), daemon=True)
                   for _ in range(self.clients)]
        for thread in threads:
            thread.start()
        bar = Bar(self.name, self.total)
        while any(thread.is_alive() for thread in threads):
            time.sleep(0.1)
            bar.show(self.done, self.watch.memory())
        bar.show(self.done, self.watch.memory())

    def ask(self, client, numbers):
        for number in numbers:
            rng = random.Random(f"{self.seed} {self.name} {number}")
            kind = rng.choices(self.kinds, self.weights)[0]
            since = time.monotonic()
            try:
                outcome = kind.run(client, rng)
                wrong = outcome not in kind.allowed and f"not among {sorted(kind.allowed)}"
            except (Wrong, OSError, ValueError) as error:
                outcome, wrong = type(error).__name__, str(error)
            with self.lock:
                self.done += 1
                self.outcomes[kind.name][outcome] += 1
                self.times[kind.name].append(time.monotonic() - since)
                if wrong:
                    self.wrong.append(f"request {number}, {kind.name}: {outcome}: {wrong}")

    def limits(self):
        """(what, found, limit, whether it holds)"""
        settled = self.watch.memory_in(SETTLED, 2 * SETTLED)
        growth = self.watch.memory_in(1 - SETTLED, 1) / settled - 1
        p99 = statistics.quantiles(self.health, n=100)[98] if len(self.health) > 1 else 0
        worst, rest = max(self.health, default=0), self.watch.rest + REST_FILES
        return [
            ("answers other than expected", len(self.wrong), "0", not self.wrong),
            ("growth of memory", f"{growth:+.1%}", f"{GROWTH:+.0%}", growth < GROWTH),
            ("file descriptors at rest", self.files_at_rest, rest, self.files_at_rest <= rest),
            ("boards left in the queue", self.depth, 0, self.depth == 0),
            ("/health failed", self.health_failures, 0, self.health_failures == 0),
            ("/health, 99 % within ms", f"{1000 * p99:.1f}", f"{1000 * HEALTH_P99:.0f}",
             p99 < HEALTH_P99),
            ("/health, slowest ms", f"{1000 * worst:.1f}", f"{1000 * HEALTH_WORST:.0f}",
             worst < HEALTH_WORST),
            ("exit status", self.exit_status, 0, self.exit_status == 0),
        ]

    def report(self):
        """Prints it; whether all limits hold."""
        print(f"\n{self.name}: {self.total} requests, {self.clients} clients, seed {self.seed}: "
              f"{self.seconds:.0f} s, {self.total / self.seconds:.0f}/s, "
              f"ended in {self.stop_seconds:.1f} s")
        print(f"{'kind':<26}{'requests':>9}{'median ms':>11}{'slowest':>9}  outcomes")
        for kind in self.kinds:
            if times := self.times[kind.name]:
                outcomes = self.outcomes[kind.name].most_common()
                print(f"{kind.name:<26}{len(times):>9}{1000 * statistics.median(times):>11.1f}"
                      f"{1000 * max(times):>9.0f}  "
                      + ", ".join(f"{outcome}: {count}" for outcome, count in outcomes))
        for text in self.wrong[:20]:
            print("WRONG", text)
        tenths = [self.watch.memory_in(i / 10, (i + 1) / 10) / MEGABYTE for i in range(10)]
        print("MiB in each tenth:", " ".join(f"{memory:.1f}" for memory in tenths),
              f"(most {max(m for _, m, _ in self.watch.samples) / MEGABYTE:.1f}; file descriptors "
              f"{self.watch.rest} before, {max(f for _, _, f in self.watch.samples)} at most)")
        for what, found, limit, holds in self.limits():
            print(f"{'ok    ' if holds else 'BROKEN'} {what:<30}{found:>9}  limit {limit}")
        return all(holds for *_, holds in self.limits())


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--requests", type=int, default=100_000, help="on the backend random")
    parser.add_argument("--real", type=int, default=1000, help="on the default backend")
    parser.add_argument("--clients", type=int, default=16, help="that ask at the same time")
    parser.add_argument("--seed", type=int, default=1, help="decides what is asked")
    arguments = parser.parse_args()
    runs = [Run("random", ("--backend", "random"), KINDS, arguments.requests, arguments),
            Run("model", (), REAL_KINDS, arguments.real, arguments)]
    good = True
    for run in runs:
        if run.total > 0:
            run.measure()
            good = run.report() and good
    print("\nall limits hold" if good else "\na limit is broken")
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
