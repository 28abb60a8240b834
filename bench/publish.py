"""What a new figure costs: all stars again from cell codes, and one run's way into the outbox, in one run.

Stars are held to the bare sort of the same energies, the least that any rating by rank must do. A run that
comes in may touch its own cell alone, however much is on the board.
"""

from __future__ import annotations

import sqlite3
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import numpy as np
from numpy.typing import NDArray

from leaderboard.domain import Reference, Rule
from leaderboard.rating.bands import make_bands
from leaderboard.rating.stars import stars
from leaderboard.record import Record
from tests import builders
from tests.publish import records

SMALL = "--small" in sys.argv[1:]
ROWS = 50_000 if SMALL else 1_000_000
CELLS = 60
REFERENCES = 40
ROUNDS = 3 if SMALL else 7
BOARD_ROWS = 200 if SMALL else 5_000
TARGET = 5.0


def seconds(work: Callable[[], object]) -> float:
    """Wall seconds of one call."""
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def every_star(
    energies: NDArray[np.float64],
    codes: NDArray[np.int16],
    rule: Rule,
    references: list[list[Reference]],
) -> NDArray[np.int64]:
    """The bands of every cell, and the stars of all energies, each inside the cell that its code names."""
    order = np.argsort(codes, kind="stable")
    ends = np.cumsum(np.bincount(codes, minlength=len(references)))
    # One cell after the other: each is read and written in one stretch of memory.
    by_cell = energies[order]
    of_cells = []
    for members, listed in zip(np.split(by_cell, ends[:-1]), references, strict=True):
        bands = make_bands(rule, listed)
        assert bands is not None
        of_cells.append(stars(members, bands))
    given = np.empty(len(energies), dtype=np.int64)
    given[order] = np.concatenate(of_cells)
    return given


def recomputation() -> tuple[str, bool]:
    """All stars again, by both rules, against the bare sort."""
    chance = np.random.default_rng(20261101)
    energies = chance.lognormal(3.0, 2.0, ROWS)
    codes = chance.integers(0, CELLS, ROWS).astype(np.int16)
    references = [_references(energies[codes == code]) for code in range(CELLS)]
    worst = 0.0
    for rule in Rule:
        work = partial(every_star, energies, codes, rule, references)
        pairs = [(seconds(work), seconds(partial(np.sort, energies))) for _ in range(ROUNDS)]
        ratio = statistics.median(ours / bare for ours, bare in pairs)
        ours, bare = (statistics.median(column) for column in zip(*pairs, strict=True))
        print(
            f"{rule.value:10} {ROWS:,} energies, {CELLS} cells: {ours:.4f} s, sort {bare:.4f} s, {ratio:.2f}×"
        )
        worst = max(worst, ratio)
    return f"stars {worst:.2f} × the bare sort", worst <= TARGET


def _references(energies: NDArray[np.float64]) -> list[Reference]:
    """Of one cell, ranked, as the record holds them."""
    ranked = sorted(energies[:REFERENCES].tolist())
    return [
        Reference(model=f"org/m{rank}", energy=energy, rank=rank)
        for rank, energy in enumerate(ranked, start=1)
    ]


def one_new_run() -> tuple[str, bool]:
    """A run, its rating and its place in the outbox: which rows of the record are others afterwards."""
    plan = builders.plan("org/new")
    ratings = [
        builders.rating(f"org/old-{place:05}", energy_wh_per_1000=0.1 + place) for place in range(BOARD_ROWS)
    ]
    new = builders.rating("org/new", energy_wh_per_1000=0.3)
    with tempfile.TemporaryDirectory() as folder, Record.open(Path(folder)) as record:
        records.put(record, builders.edition(new.edition), ratings)
        record.outbox_done([row.id for row in record.outbox()])
        before = _rows(Path(folder))
        took_s = seconds(lambda: records.finish(record, builders.run(plan), [new]))
        after = _rows(Path(folder))
        waiting = [row.subject for row in record.outbox()]
    touched = {table: len(rows ^ before[table]) for table, rows in after.items() if rows != before[table]}
    print(f"one run beside {BOARD_ROWS:,} ratings: {took_s * 1000:.0f} ms, rows changed: {touched}")
    alone = touched.get("ratings") == 1 and "bands" not in touched and waiting == [new.edition]
    return f"a new run changes {touched.get('ratings')} row of {BOARD_ROWS + 1:,}", alone


def _rows(folder: Path) -> dict[str, set[tuple[object, ...]]]:
    """Every row of the record's tables that a result can touch."""
    connection = sqlite3.connect(f"file:{folder / 'record.sqlite'}?mode=ro", uri=True)
    try:
        return {
            table: set(connection.execute(f"SELECT * FROM {table}"))
            for table in ("ratings", "bands", "editions", "runs", "outbox")
        }
    finally:
        connection.close()


MEASURED: tuple[Callable[[], tuple[str, bool]], ...] = (recomputation, one_new_run)
"""What is measured, in order; each prints its figures and says them in short, and whether they hold."""


def main() -> int:
    """Print each figure and the verdict; exit code 0 when all are within their targets."""
    found = [measure() for measure in MEASURED]
    verdict = "ok" if all(good for _, good in found) else "short"
    said = "; ".join(words for words, _ in found)
    print(f"publish: {said} (target ≤ {TARGET:g} × the bare sort, 1 row): {verdict}")
    return 0 if verdict == "ok" else 1


if __name__ == "__main__":
    sys.exit(main())
