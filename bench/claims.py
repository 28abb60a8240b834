"""What the queue bears: durable submissions and claims a second beside bare SQLite; what a long queue costs.

Bare is what a careful person would write by hand with `sqlite3` for the same outcome on the disk: the same
rows in the same tables with the same indexes and triggers, eight to a commit, FULL as ours, and no Python
checks (`bench/peers/bare_record.py`). Putting the JSON alone into one table is a quarter of that writing; its
rate is printed, and nothing is held to it. Ours: eight threads, each waiting for its own to be on disk. The
two take turns, so that what else happens meets both; shares are medians over the rounds.

A claim is timed alone, in turn from a record where 10³ wait and from one where 10⁶ do. Both are filled by the
bare statements, many to a commit, and looked through afterwards.
"""

from __future__ import annotations

import argparse
import os
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from peers.bare_record import BareRecord, one_row_rate, rows_of

from leaderboard import __version__
from leaderboard.domain import Submission
from leaderboard.record import Record
from runners.space import SpaceClient
from submissions import beside
from submissions.tokens import token_file
from tests import builders

ROOT = Path(__file__).resolve().parents[1]
WRITERS = 8
ROUNDS = 10
"""Of ours and of bare, in turn."""
TOGETHER = 50_000
"""To a commit, where only the queue's length matters."""
LEASE_S = 300.0
LEAST_SHARE, MOST_P99_MS, MOST_GROWTH = 0.5, 10.0, 2.0


def submissions(count: int, first: int = 0) -> list[Submission]:
    """Made beforehand: making one is not what is measured."""
    like = builders.submission()
    made = []
    for number in range(first, first + count):
        plan = like.plan.model_copy(update={"seed": number})
        made.append(like.model_copy(update={"id": plan.run_key[-12:], "plan": plan}))
    return made


def timed(work: Callable[[int], object], numbers: range) -> tuple[float, list[float]]:
    """How many a second eight threads do, and what each took, seconds."""
    took: list[list[float]] = [[] for _ in range(WRITERS)]
    start = threading.Barrier(WRITERS + 1)

    def thread(place: int) -> None:
        start.wait()
        for number in numbers[place::WRITERS]:
            began = time.perf_counter()
            work(number)
            took[place].append(time.perf_counter() - began)

    with ThreadPoolExecutor(WRITERS) as pool:
        ends = [pool.submit(thread, place) for place in range(WRITERS)]
        start.wait()
        began = time.perf_counter()
        for end in ends:
            end.result()
    return len(numbers) / (time.perf_counter() - began), [one for each in took for one in each]


@dataclass
class Pairs:
    """Rounds of ours and of bare."""

    ours: list[float] = field(default_factory=list)
    bare: list[float] = field(default_factory=list)
    """Of each round, how many a second."""
    ours_cpu_s: float = 0.0
    bare_cpu_s: float = 0.0
    """Processor time of all rounds, which a busy machine changes least."""
    took: list[float] = field(default_factory=list)
    """What each of ours took, seconds."""

    def add(self, work: Callable[[int], object], bare: Callable[[range], None], numbers: range) -> None:
        """One round of both; who begins changes from round to round."""

        def ours() -> None:
            rate, took = timed(work, numbers)
            self.ours.append(rate)
            self.took += took

        def by_hand() -> None:
            began = time.perf_counter()
            bare(numbers)
            self.bare.append(len(numbers) / (time.perf_counter() - began))

        for one in (ours, by_hand) if len(self.ours) % 2 else (by_hand, ours):
            began = time.process_time()
            one()
            spent = time.process_time() - began
            if one is ours:
                self.ours_cpu_s += spent
            else:
                self.bare_cpu_s += spent

    @property
    def share(self) -> float:
        return statistics.median(ours / bare for ours, bare in zip(self.ours, self.bare, strict=True))

    @property
    def p99_ms(self) -> float:
        return sorted(self.took)[int(0.99 * (len(self.took) - 1))] * 1e3

    def line(self, name: str) -> str:
        rate, bare = statistics.median(self.ours), statistics.median(self.bare)
        return (
            f"{name:<16} {rate:10,.0f} /s    p99 {self.p99_ms:6.1f} ms    "
            f"bare {bare:10,.0f} /s    {self.share:.2f} of it    "
            f"processor {self.ours_cpu_s / len(self.took) * 1e6:4.0f} µs, "
            f"bare {self.bare_cpu_s / len(self.took) * 1e6:4.0f} µs"
        )


def rates(folder: Path, made: list[Submission]) -> tuple[Pairs, Pairs]:
    """Submissions and claims."""
    queued = builders.received_and_queued()
    rows = [rows_of(one, queued) for one in made]
    submitting, claiming = Pairs(), Pairs()
    print(f"one row, bare    {one_row_rate(folder, rows, WRITERS):10,.0f} /s    (held to nothing)")
    each = len(made) // ROUNDS
    rounds = [range(place, place + each) for place in range(0, each * ROUNDS, each)]
    with Record.open(folder / "ours") as record, BareRecord(folder / "bare") as bare:
        for numbers in rounds:
            submitting.add(
                lambda n: record.submit(made[n], queued),
                lambda these: bare.submit(rows[these.start : these.stop], WRITERS),
                numbers,
            )
        for numbers in rounds:
            claiming.add(
                lambda n: record.claim(["cpu"], f"rack-{n % 8}:1", LEASE_S),
                lambda these: bare.claim(len(these), WRITERS),
                numbers,
            )
    return submitting, claiming


def claim_costs(folder: Path, depths: tuple[int, int], times: int) -> list[float]:
    """The median of one claim, alone, in ms, from each of two records with so many that wait."""
    for depth in depths:
        fill(folder / str(depth), depth)
    took: list[list[float]] = [[], []]
    with Record.open(folder / str(depths[0])) as short, Record.open(folder / str(depths[1])) as long:
        for _ in range(times):
            for record, mine in zip((short, long), took, strict=True):
                began = time.perf_counter()
                assert record.claim(["cpu"], "rack-1:1", LEASE_S) is not None
                mine.append(time.perf_counter() - began)
    return [statistics.median(mine) * 1e3 for mine in took]


def fill(folder: Path, count: int) -> None:
    """A record where so many wait."""
    queued = builders.received_and_queued()
    with BareRecord(folder, cache_mib=512) as bare:
        for place in range(0, count, TOGETHER):
            # In the order of most indexes: pages are then touched once to a commit, not in turns.
            made = sorted(submissions(min(TOGETHER, count - place), first=place), key=lambda one: one.id)
            bare.submit([rows_of(one, queued) for one in made], TOGETHER)
        bare.check_queued(count)


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
        submitting, claiming = rates(Path(name), made)
        print(submitting.line("submissions"))
        print(claiming.line("claims"))
        print(f"claims by HTTP   {http_claims(Path(name) / 'http', made):10,.0f} /s")
        costs = claim_costs(Path(name) / "depths", (short, long), min(200, short // 2))
        for depth, cost in zip((short, long), costs, strict=True):
            print(f"claim of {depth:>9,}  {cost:9.2f} ms")
    share, growth = min(submitting.share, claiming.share), costs[1] / costs[0]
    p99_ms = max(submitting.p99_ms, claiming.p99_ms)
    ok = share >= LEAST_SHARE and p99_ms < MOST_P99_MS and growth <= MOST_GROWTH
    print(
        f"claims: {share:.2f} of bare, p99 {p99_ms:.1f} ms, a long queue {growth:.2f} × "
        f"(target {LEAST_SHARE}, {MOST_P99_MS:g} ms, {MOST_GROWTH:g} ×): {'ok' if ok else 'short'}"
    )
    return 0 if ok else 1


if __name__ == "__main__":
    sys.exit(main())
