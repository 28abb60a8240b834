"""What the queue bears: durable submissions and claims a second beside bare SQLite; what a long queue costs.

Bare: the same bytes of each submission put into one table by one thread, eight to a commit, FULL as ours.
Ours: eight threads, each waiting for its own to be on disk. The claim is timed with 10³ and with 10⁶ waiting.
"""

from __future__ import annotations

import argparse
import os
import socket
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from leaderboard import __version__
from leaderboard.domain import Submission
from leaderboard.record import Record
from runners.space import SpaceClient
from submissions import beside
from submissions.tokens import token_file
from tests import builders

ROOT = Path(__file__).resolve().parents[1]
WRITERS = 8
LEASE_S = 300.0
LEAST_SHARE, MOST_P99_MS, MOST_GROWTH = 0.5, 10.0, 2.0


def submissions(count: int, first: int = 0) -> list[Submission]:
    """Made beforehand: making one is not what is measured."""
    plan, facts = builders.plan(), builders.facts()
    made = []
    for number in range(first, first + count):
        seeded = plan.model_copy(update={"seed": number})
        made.append(builders.submission(seeded, facts=facts))
    return made


def bare(folder: Path, made: list[Submission]) -> float:
    """Rows a second."""
    connection = sqlite3.connect(folder / "bare.sqlite", isolation_level=None)
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=FULL")
    connection.execute("CREATE TABLE one (id TEXT PRIMARY KEY, body TEXT)")
    rows = [(one.id, one.model_dump_json()) for one in made]
    began = time.perf_counter()
    for place in range(0, len(rows), WRITERS):
        connection.execute("BEGIN IMMEDIATE")
        connection.executemany("INSERT INTO one VALUES (?, ?)", rows[place : place + WRITERS])
        connection.execute("COMMIT")
    seconds = time.perf_counter() - began
    connection.close()
    return len(rows) / seconds


def timed(work: Callable[[int], object], count: int) -> tuple[float, float]:
    """A second's worth by eight threads, and the 99th percentile of one, ms."""

    def one(number: int) -> float:
        began = time.perf_counter()
        work(number)
        return time.perf_counter() - began

    began = time.perf_counter()
    with ThreadPoolExecutor(WRITERS) as pool:
        took = sorted(pool.map(one, range(count)))
    return count / (time.perf_counter() - began), took[int(0.99 * (len(took) - 1))] * 1e3


def claim_ms(record: Record, times: int) -> float:
    """The median of one claim, alone."""
    took = []
    for _ in range(times):
        began = time.perf_counter()
        assert record.claim(["cpu"], "rack-1:1", LEASE_S) is not None
        took.append(time.perf_counter() - began)
    return statistics.median(took) * 1e3


def http_claims(data: Path, made: list[Submission]) -> float:
    """Claims a second by eight runners over HTTP, each on a connection that it keeps."""
    with Record.open(data) as record, ThreadPoolExecutor(64) as pool:
        list(pool.map(lambda one: record.submit(one, builders.received_and_queued()), made))
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    environment = {
        **os.environ,
        "STARWATT_DATA": str(data),
        "PORT": str(port),
        "HF_ENDPOINT": "http://127.0.0.1:9",
    }
    space = subprocess.Popen(
        [sys.executable, str(ROOT / "app.py")], env=environment, stderr=subprocess.DEVNULL
    )
    try:
        address = f"http://127.0.0.1:{port}"
        if not beside.wait_until_ready(address, space):
            raise RuntimeError("the Space did not start")
        token = token_file(data, "runner").read_text().strip()

        def runner(number: int) -> int:
            taken = 0
            with SpaceClient(address, token) as client:
                while client.claim(("cpu",), f"rack-{number}:1", __version__) is not None:
                    taken += 1
            return taken

        began = time.perf_counter()
        with ThreadPoolExecutor(WRITERS) as pool:
            taken = sum(pool.map(runner, range(WRITERS)))
        return taken / (time.perf_counter() - began)
    finally:
        beside.end(space)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--small", action="store_true", help="so small that it only shows that it runs")
    parser.add_argument("--long", type=int, default=1_000_000, metavar="N", help="the long queue (10⁶)")
    given = parser.parse_args()
    count, short = (200, 100) if given.small else (4000, 1000)
    long = 500 if given.small else given.long
    with tempfile.TemporaryDirectory() as name:
        made = submissions(count)
        bare_rate = bare(Path(name), made)
        with Record.open(Path(name) / "rates") as record:
            rate, p99_ms = timed(lambda n: record.submit(made[n], builders.received_and_queued()), count)
            claims, claim_p99_ms = timed(lambda n: record.claim(["cpu"], f"rack-{n % 8}:1", LEASE_S), count)
        print(f"bare SQLite      {bare_rate:10,.0f} rows/s")
        print(f"submissions      {rate:10,.0f} /s    p99 {p99_ms:6.1f} ms")
        print(f"claims           {claims:10,.0f} /s    p99 {claim_p99_ms:6.1f} ms")
        print(f"claims by HTTP   {http_claims(Path(name) / 'http', made[:count]):10,.0f} /s")
        costs = []
        with Record.open(Path(name) / "long") as record:
            waiting = 0
            for depth in (short, long):
                fill(record, waiting, depth)
                costs.append(claim_ms(record, min(200, short // 2)))
                waiting = depth
                print(f"claim of {depth:>9,}  {costs[-1]:9.2f} ms")
    share, growth = min(rate, claims) / bare_rate, costs[1] / costs[0]
    ok = share >= LEAST_SHARE and max(p99_ms, claim_p99_ms) < MOST_P99_MS and growth <= MOST_GROWTH
    print(
        f"claims: {share:.2f} of bare, p99 {max(p99_ms, claim_p99_ms):.1f} ms, a long queue {growth:.2f} × "
        f"(target {LEAST_SHARE}, {MOST_P99_MS:g} ms, {MOST_GROWTH:g} ×): {'ok' if ok else 'short'}"
    )
    return 0 if ok else 1


def fill(record: Record, first: int, until: int) -> None:
    """Many in one commit: threads that wait share one."""
    with ThreadPoolExecutor(64) as pool:
        for place in range(first, until, 10_000):
            made = submissions(min(10_000, until - place), first=10_000_000 + place)
            list(pool.map(lambda one: record.submit(one, builders.received_and_queued()), made))


if __name__ == "__main__":
    sys.exit(main())
