"""Views that readers ask for at a million ratings, and how long the record takes for each."""

from __future__ import annotations

import random
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any, get_args

from boards.figures import percentile
from boards.rows import FAMILIES, HARDWARE, LICENCES, ORGS, PROTOCOLS, TASKS
from leaderboard.board.pages import PAGE_ROWS
from leaderboard.domain import Rating
from leaderboard.record import RatingQuery, Record
from leaderboard.record.connections import CACHE_KIB
from leaderboard.record.cursor import Cursor
from leaderboard.record.folder import DATABASE
from leaderboard.record.query import MOST_ROWS, Order, Sort
from leaderboard.record.shelf import microseconds

_SORTS = ("energy", "model", "stars", "quality", "params", "measured_at")


def views(count: int) -> Iterator[RatingQuery]:
    """A filter or three, a sort, either order: inside a cell, as the board asks."""
    choose = random.Random(20261102)
    for _ in range(count):
        given: dict[str, Any] = {
            "edition": "crowd-2026",
            "task": choose.choice(TASKS[:3]),
            "hardware": choose.choice(HARDWARE[:2]),
            "protocol": choose.choice(PROTOCOLS),
            "reasoning": "off",
            "sort": choose.choice(_SORTS),
            "order": choose.choice(("asc", "desc")),
        }
        for name, values in (
            ("licence", [licence for licence in LICENCES if licence]),
            ("precision", ("bf16", "fp16", "int4")),
            ("library", ("transformers", "mlx")),
            ("params_min", (10**9, 7 * 10**9)),
        ):
            if choose.random() < 0.3:
                given[name] = choose.choice(values)
        yield RatingQuery(**given)


def searches(count: int) -> Iterator[RatingQuery]:
    """A part of a name, as it is typed: common words, families with a number, rare ones, nothing at all."""
    choose = random.Random(20261103)
    for _ in range(count):
        part = choose.choice(
            (
                choose.choice(FAMILIES),
                choose.choice(ORGS),
                "instruct",
                f"{choose.choice(FAMILIES)}-{choose.randrange(10, 999)}",
                f"-{choose.randrange(1000, 99999)}-",
                f"{choose.randrange(1, 99)}.{choose.randrange(9)}B",
                "nobody-has-this",
            )
        )
        yield RatingQuery(
            edition="crowd-2026", task=choose.choice(TASKS[:3]), hardware=HARDWARE[0], reasoning="off", q=part
        )


_KEYS: dict[Sort, Callable[[Rating], str | int | float | None]] = {
    "energy": lambda row: row.energy_wh_per_1000,
    "model": lambda row: row.model.lower(),
    "stars": lambda row: row.stars,
    "quality": lambda row: row.quality,
    "params": lambda row: row.params,
    "measured_at": lambda row: microseconds(row.measured_at) if row.measured_at else None,
}


def pages(folder: Path) -> list[str]:
    """Full pages of the fullest cell, each once and mixed: `sort`, `order` and `after` of a query string."""
    found = []
    cell = {"edition": "crowd-2026", "task": TASKS[0], "hardware": HARDWARE[0], "protocol": PROTOCOLS[0]}
    with Record.read(folder) as record:
        for sort, key in _KEYS.items():
            for order in get_args(Order):
                query = RatingQuery(**cell, reasoning="off", sort=sort, order=order, limit=MOST_ROWS)
                for row in record.ratings(query).items[:-PAGE_ROWS]:
                    after = Cursor(sort, order, key(row), row.id).encode()
                    found.append(f"sort={sort}&order={order}&after={after}")
    random.Random(20261104).shuffle(found)
    return found


def p95_against_bare(folder: Path, asked: list[RatingQuery]) -> tuple[float, float]:
    """Seconds that 95 % of the questions take at most: of the record, and of the bare SQL.

    The bare SQL is what the record itself asks SQLite, statement by statement, through Python's driver and
    with nothing around it: no better SQL is known to us. Each question is put to both in turn, after both
    were asked once, so that neither finds a cold disk.
    """
    ours_s, bare_s = [], []
    with Record.read(folder) as record, closing(_connect(folder)) as db:
        statements: list[str] = []
        with record._readers._engine.connect() as connection:  # the one that every question gets
            driver = connection.connection.driver_connection
            assert driver is not None
        for query in asked:
            statements.clear()
            driver.set_trace_callback(statements.append)
            record.ratings(query)
            driver.set_trace_callback(None)
            bare = [statement for statement in statements if statement.startswith("SELECT")]
            _run(db, bare)
            started = time.perf_counter()
            record.ratings(query)
            between = time.perf_counter()
            _run(db, bare)
            ended = time.perf_counter()
            ours_s.append(between - started)
            bare_s.append(ended - between)
    return percentile(ours_s, 0.95), percentile(bare_s, 0.95)


def _connect(folder: Path) -> sqlite3.Connection:
    db = sqlite3.connect(f"file:{folder / DATABASE}?mode=ro", uri=True)
    db.execute(f"PRAGMA cache_size = -{CACHE_KIB}")
    return db


def _run(db: sqlite3.Connection, statements: list[str]) -> None:
    for statement in statements:
        db.execute(statement).fetchall()
