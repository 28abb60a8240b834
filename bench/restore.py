"""The record out of its log, against the least that any restore must do: read its files, insert its rows.

The bare way reads each file with pyarrow and puts its rows into tables of the same schema without indexes,
hashes nothing and asks nothing. Ours checks every hash, builds indexes and triggers, and ends with a record.
"""

from __future__ import annotations

import shutil
import sqlite3
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import pyarrow.parquet as pq

from leaderboard.publish.hub import MemoryHub
from leaderboard.publish.log_manifest import read_log_manifest
from leaderboard.publish.record_log import RecordLog
from leaderboard.publish.restore import FolderSource, restore
from leaderboard.record import Record
from leaderboard.record.folder import DATABASE
from leaderboard.record.hashing import TRACKED
from tests.record import scenes

RUNS, SMALL_RUNS = 100_000, 500
ROUNDS = 3
TARGET = 0.5
_DATASET = "starwatt/energy"

_COPIES = """
INSERT INTO submissions SELECT :n + seq, printf('s%011d', :n), run_key, submitted_by,
    replace(body, id, printf('s%011d', :n)) FROM submissions WHERE seq = 1;
INSERT INTO submitters SELECT :n + seq, printf('s%011d', :n), person, owner, address, at_us
    FROM submitters WHERE seq = 1;
INSERT INTO events (submission_id, status, body)
    SELECT printf('s%011d', :n), status, body FROM events WHERE submission_id = :first;
INSERT INTO states SELECT printf('s%011d', :n), :n + seq, printf('%064d', :n), hardware, status, final, fence,
    attempt, worker, lease_s, finished_fence, progress FROM states WHERE seq = 1;
INSERT INTO runs SELECT :n + seq, printf('r%011d', :n), printf('%064d', :n), model, printf('s%011d', :n),
    accepted, current, finished_us + :n, body FROM runs WHERE seq = 1;
INSERT INTO ratings SELECT printf('q%011d', :n), edition, task, hardware, model_class, protocol, reasoning,
    provenance, licence, precision, model || :n, model_lower || :n, org, best, development, energy + :n,
    stars, quality, params, measured_us, library, weights_open, data_open, licence_open
    FROM ratings WHERE id = :rating;
INSERT INTO rating_bodies SELECT printf('q%011d', :n), body FROM rating_bodies WHERE id = :rating
"""


def seconds(work: Callable[[], object]) -> float:
    """Wall seconds of one call."""
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def make_log(folder: Path, runs: int) -> int:
    """A log of so many finished runs in a folder; returns its number of rows."""
    data = folder / "data"
    with Record.open(data) as record:
        claim, _, rating = scenes.done(record)
    with closing(sqlite3.connect(data / DATABASE)) as db, db:
        for n in range(1, runs):
            given = {"n": n, "first": claim.submission.id, "rating": rating.id}
            for statement in _COPIES.split(";"):
                db.execute(statement, given)
    hub = MemoryHub()
    with Record.open(data) as record:
        log = RecordLog(record, hub, _DATASET)
        rows = log.push().rows
    head = hub.head(log.repository)
    assert head is not None
    manifest = hub.read(log.repository, "manifest.json", head)
    assert manifest is not None
    for path in ("manifest.json", *read_log_manifest(manifest).files):
        (folder / "log" / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / "log" / path).write_bytes(hub.read(log.repository, path, head) or b"")
    shutil.rmtree(data)
    return rows


def bare(log: Path, target: Path, tables: list[tuple[str, str]]) -> None:
    """The same rows into a plain database."""
    with closing(sqlite3.connect(target, isolation_level=None)) as db:
        db.execute("PRAGMA journal_mode = OFF")
        db.execute("PRAGMA synchronous = OFF")
        for _, statement in tables:
            db.execute(statement)
        db.execute("BEGIN")
        for table, _ in tables:
            for path in sorted((log / table).glob("*.parquet")):
                read = pq.read_table(path)
                columns = [column.to_pylist() for column in read.columns[:-1]]
                marks = ", ".join("?" * len(columns))
                db.executemany(f"INSERT INTO {table} VALUES ({marks})", zip(*columns, strict=True))
        db.execute("COMMIT")


def plain_tables(folder: Path) -> list[tuple[str, str]]:
    """The record's tables with their keys, and nothing else of it."""
    with Record.open(folder):
        pass
    with closing(sqlite3.connect(folder / DATABASE)) as db:
        made = dict(db.execute("SELECT name, sql FROM sqlite_master WHERE type = 'table'").fetchall())
    return [(table, made[table]) for table in TRACKED]


def main() -> int:
    """Print a row per round and the verdict; exit code 0 when the median is within the target."""
    runs = SMALL_RUNS if "--small" in sys.argv[1:] else RUNS
    with tempfile.TemporaryDirectory(prefix="restore-") as root:
        folder = Path(root)
        rows = make_log(folder, runs)
        tables = plain_tables(folder / "schema")
        size = sum(path.stat().st_size for path in (folder / "log").rglob("*.parquet"))
        print(f"{runs:,} runs, {rows:,} rows, {size / 1e6:.0f} MB of segments; {ROUNDS} pairs")
        print(f"{'ours s':>8} {'bare s':>8} {'ratio':>6}")
        ratios = []
        for place in range(ROUNDS):
            target = folder / f"ours-{place}"
            ours = seconds(lambda: restore(FolderSource(folder / "log"), target))  # noqa: B023
            plain = seconds(lambda: bare(folder / "log", folder / f"bare-{place}", tables))  # noqa: B023
            ratios.append(plain / ours)
            print(f"{ours:8.2f} {plain:8.2f} {plain / ours:6.2f}")
            shutil.rmtree(target)
            (folder / f"bare-{place}").unlink()
    speed = statistics.median(ratios)
    verdict = "ok" if speed >= TARGET else "short"
    print(f"restore: {speed:.2f} (target ≥ {TARGET:g} × the speed of a bare read and insert): {verdict}")
    return 0 if verdict == "ok" else 1


if __name__ == "__main__":
    sys.exit(main())
