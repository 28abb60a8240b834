"""Records full of made-up ratings: seeded, in the record's own schema, kept in `.cache/bench`.

They are put in as a restore does it: rows without indexes and triggers, then both, then what follows from the
rows. A million takes about two minutes so, and is made once.
"""

from __future__ import annotations

import hashlib
import json
import random
import shutil
import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from leaderboard import editions
from leaderboard.domain import Edition, Provenance, Rating, Rule
from leaderboard.domain.editions import EditionStatus, Source
from leaderboard.domain.ratings import rating_id
from leaderboard.record import Record, rating_rows
from leaderboard.record.folder import DATABASE
from leaderboard.record.migrations import MIGRATIONS, board
from leaderboard.record.rebuild import _drop_indexes_and_triggers
from leaderboard.record.tables import ratings

CACHE = Path(__file__).resolve().parents[2] / ".cache" / "bench"
TASKS = ("text-generation", "reasoning", "summarization", "question-answering", "text-classification")
HARDWARE = ("h100-sxm-80gb", "t4-16gb", "h100-pcie-80gb")
PROTOCOLS = ("offline-b1", "serving-b64")
EDITIONS = (("crowd-2026", date(2026, 12, 24)), ("crowd-2025", date(2025, 12, 24)))
LICENCES = ("apache-2.0", "mit", "llama3.1", "gemma", "cc-by-nc-4.0", "other", None)
ORGS = ("Qwen", "meta-llama", "mistralai", "google", "microsoft", "ibm-granite", "tiiuae", "someone")
FAMILIES = ("Llama", "Qwen", "Mistral", "Gemma", "Phi", "Falcon", "Granite", "Bert")
_START = datetime(2026, 1, 1, tzinfo=UTC)
_CHUNK = 50_000
_EMPTY = (
    "DELETE FROM rating_counts",
    "DELETE FROM model_names",
    "INSERT INTO model_trigrams (model_trigrams) VALUES ('delete-all')",
)
"""What follows from rows is made anew from all of them, the catalogue's own among them."""
_ROWS_OF_A_MODEL = 3
_MADE = 1
"""Raise it when the rows change: those that are kept are then made again."""


def model_facts(number: int, choose: random.Random) -> dict[str, Any]:
    """What all rows of one model share."""
    params = int(10 ** choose.uniform(8, 11.6))
    kind = choose.choice(("Base", "Instruct"))
    name = f"{choose.choice(ORGS)}/{choose.choice(FAMILIES)}-{number}-{params / 1e9:.1f}B-{kind}"
    licence = choose.choice(LICENCES)
    return {
        "model": name,
        "revision": hashlib.sha1(name.encode(), usedforsecurity=False).hexdigest(),
        "params": params,
        "model_class": "A" if params < 7e9 else "B" if params < 4e10 else "C",
        "licence": licence,
        "library": "transformers" if choose.random() < 0.9 else "mlx",
        "weights_open": choose.random() < 0.8,
        "data_open": choose.random() < 0.1,
        "licence_open": licence in ("apache-2.0", "mit"),
    }


def fields(number: int, facts: dict[str, Any], choose: random.Random) -> dict[str, Any]:
    """One rating as its JSON holds it. Four in five of a model's rows are its best."""
    edition, _ = EDITIONS[choose.random() < 0.2]
    task = TASKS[min(int(choose.expovariate(0.7)), len(TASKS) - 1)]
    hardware = HARDWARE[min(int(choose.expovariate(1.0)), len(HARDWARE) - 1)]
    energy = facts["params"] / 1e9 * choose.lognormvariate(0.0, 0.7)
    stars = choose.choice((1, 2, 3, 4, 5, 5, 4, 3, 2, 1, None))
    best = choose.random() < 0.8
    return {
        **facts,
        "id": rating_id("crowd", str(number)),
        "edition": edition,
        "task": task,
        "hardware": hardware,
        "protocol": PROTOCOLS[choose.random() < 0.3],
        "reasoning": "off" if choose.random() < 0.85 else choose.choice(("on", "low", "high")),
        "precision": choose.choice(("bf16", "bf16", "fp16", "int4", "fp32")),
        "configuration": "" if best else f"batch {2 ** choose.randrange(1, 7)}",
        "best": best,
        "energy_wh_per_1000": energy,
        "energy_low": energy * 0.97,
        "energy_high": energy * 1.03,
        "stars": stars,
        "stars_low": stars,
        "stars_high": stars,
        "not_rated": "" if stars else "Too few reference models.",
        "quality": None if choose.random() < 0.2 else round(choose.random(), 4),
        "quality_metric": "exact match",
        "cell_size": 40,
        "provenance": Provenance.MEASURED.value if choose.random() < 0.7 else Provenance.ATTESTED.value,
        "development": False,
        "rule": Rule.QUINTILE.value,
        "measured_at": (_START + timedelta(seconds=choose.randrange(26_000_000))).isoformat(),
        "latency_s": round(choose.uniform(0.01, 3.0), 3),
    }


def some(count: int) -> Iterator[dict[str, Any]]:
    """As many rows; fewer are the first of more."""
    choose = random.Random(20261101)
    facts: dict[str, Any] = {}
    for number in range(count):
        if number % _ROWS_OF_A_MODEL == 0:
            facts = model_facts(number, choose)
        yield fields(number, facts, choose)


def data_folder(count: int) -> Path:
    """The data folder of a Space with so many ratings; made where it is not there yet."""
    schema = _schema_hash()
    folder = CACHE / f"crowd-{count}-{_MADE}-{len(MIGRATIONS)}-{schema}"
    if not folder.is_dir():
        for old in CACHE.glob(f"crowd-{count}-*"):
            shutil.rmtree(old)
        unfinished = CACHE / f"unfinished-{count}"
        shutil.rmtree(unfinished, ignore_errors=True)
        fill(unfinished, count)
        unfinished.rename(folder)
    return folder


def _schema_hash() -> str:
    """Of the statements that make an empty record."""
    with tempfile.TemporaryDirectory() as empty:
        with Record.open(Path(empty)):
            pass
        with closing(sqlite3.connect(Path(empty) / DATABASE)) as db:
            made = db.execute("SELECT sql FROM sqlite_master WHERE sql IS NOT NULL ORDER BY name").fetchall()
    return hashlib.sha256(repr(made).encode()).hexdigest()[:10]


def fill(folder: Path, count: int) -> None:
    """Make the record."""
    with Record.open(folder) as record:
        for id, dated in EDITIONS:
            record.put_edition(edition(id, dated), {}, [], "crowd")
        editions.load_catalogue(record)
        # Nothing waits to be published: a publisher that reads it all is not what is measured here.
        record.outbox_done([row.id for row in record.outbox()])
    with closing(sqlite3.connect(folder / DATABASE, isolation_level=None)) as db:
        db.execute("PRAGMA journal_mode = OFF")
        db.execute("PRAGMA synchronous = OFF")
        db.execute("PRAGMA cache_size = -400000")
        made_again = _drop_indexes_and_triggers(db)
        names = list(ratings.c.keys())
        into = f"INSERT INTO ratings VALUES ({', '.join('?' * len(names))})"
        db.execute("BEGIN")
        chunk: list[dict[str, Any]] = []
        for row in some(count):
            chunk.append(row)
            if len(chunk) == _CHUNK:
                _insert(db, into, chunk)
                chunk = []
        _insert(db, into, chunk)
        for statement in (*_EMPTY, *made_again, *board.REFILL):
            db.execute(statement)
        db.execute("UPDATE meta SET version = version + 1")
        db.execute("COMMIT")
        db.execute("PRAGMA journal_mode = WAL")


def _insert(db: sqlite3.Connection, into: str, chunk: list[dict[str, Any]]) -> None:
    # Values are taken from a row as the record itself takes them, without asking the word for each again.
    rows = [Rating.model_construct(**row) for row in chunk]
    for row in rows:
        row.__dict__["measured_at"] = datetime.fromisoformat(row.__dict__["measured_at"])
        row.__dict__["provenance"] = Provenance(row.provenance)
    db.executemany(into, [tuple(rating_rows._columns(row).values()) for row in rows])
    db.executemany("INSERT INTO rating_bodies VALUES (?, ?)", [(row["id"], json.dumps(row)) for row in chunk])


def edition(id: str, dated: date) -> Edition:
    """A frozen edition of figures that somebody published: nobody carries it on while it is measured."""
    return Edition(
        id=id,
        title=f"Crowd {id[-4:]}",
        summary="Made-up rows, to measure the site with.",
        rule=Rule.QUINTILE,
        status=EditionStatus.FROZEN,
        dated=dated,
        source=Source(
            title="Chance", where="bench", unit="Wh per 1,000 queries", terms="none", file="", format="aies"
        ),
    )
