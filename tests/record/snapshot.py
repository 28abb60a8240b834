"""What each version of the schema left behind, as SQL, so that no later one forgets how to read it.

A released version's snapshot is never written again. For a new one, once its migration is final:

    python -m tests.record.snapshot
"""

from __future__ import annotations

import sqlite3
import tempfile
from contextlib import closing
from datetime import timedelta
from pathlib import Path

from leaderboard.domain import Cell, Status
from leaderboard.record import RatingQuery, Record
from leaderboard.record.clock import HandClock
from leaderboard.record.folder import DATABASE
from leaderboard.record.migrations import MIGRATIONS
from tests import builders
from tests.record import scenes

_PLANS = {
    "done": builders.plan(seed=1),
    "rejected": builders.plan(seed=2),
    "running": builders.plan(seed=3),
    "queued": builders.plan(seed=4),
}
_FILL = "INSERT INTO model_trigrams (rowid, name) SELECT id, name FROM model_names;"
_EDITION = builders.edition()
_CELL = Cell(_EDITION.id, "sentence-similarity", "cpu", "", "offline-b1", "off")


def path(version: int) -> Path:
    return Path(__file__).parent / "snapshots" / f"version-{version}.sql"


def fill(record: Record) -> None:
    """One of everything."""
    record.put_edition(_EDITION, {}, [], "hash of the edition")
    _, _, rating = scenes.done(record, _PLANS["done"])
    record.freeze_edition(_EDITION, {_CELL: builders.bands()}, [rating])
    claim = scenes.running(record, _PLANS["rejected"])
    run = builders.run(_PLANS["rejected"])
    record.finish(claim.submission.id, claim.fence, scenes.ending(Status.REJECTED), run, [])
    claim = scenes.running(record, _PLANS["running"])
    record.heartbeat(claim.submission.id, claim.fence, builders.progress(0.25), scenes.LEASE_S)
    record.append_log(claim.submission.id, claim.fence, "loading\n")
    scenes.queued(record, _PLANS["queued"])
    record.add_notice(builders.notice(rating.id))
    record.saw_worker(scenes.WORKER, ["cpu"])
    record.add_control(builders.control(), builders.run())
    record.add_proposal(builders.proposal())
    record.decide(builders.decision(builders.proposal().id))
    record.put_setting("key", "value")
    record.put_ticket("nonce", "secret", subject="0", body="{}", expires=builders.NOON + timedelta(days=1))
    record.add_token("0123456789", "person", "secret", subject="0", body="{}")
    record.add_act(builders.act())


def check(record: Record) -> None:
    """Whether all that `fill` wrote is there."""
    # Version 1 knew no controls.
    assert record.controls() in ([], [builders.control()])
    # Version 5 is the first that knew people.
    assert record.acts() in ([], [builders.act()])
    assert [token.id for token in record.tokens("person")] in ([], ["0123456789"])
    # Version 3 is the first that knew proposals.
    assert record.proposals() in ([], [builders.proposal()])
    assert record.decisions() in ([], [builders.decision(builders.proposal().id)])
    ids = {name: builders.submission(plan).id for name, plan in _PLANS.items()}
    assert {name: record.status(id).value for name, id in ids.items()} == {name: name for name in ids}
    assert record.submission(ids["done"]).plan == _PLANS["done"]
    assert [event.status.value for event in record.events(ids["done"])] == [
        "received",
        "queued",
        "claimed",
        "running",
        "verifying",
        "done",
    ]
    progress = record.progress(ids["running"])
    assert progress is not None
    assert progress.fraction == 0.25
    assert record.log(ids["running"]) == "loading\n"
    assert [row.submission.id for row in record.queue()] == [ids["running"], ids["queued"]]
    (rating,) = record.ratings(RatingQuery(edition=_EDITION.id)).items
    assert record.ratings_of(builders.MODEL) == [rating]
    assert record.run(str(rating.run_id)).plan == _PLANS["done"]
    assert len(record.runs_of(builders.MODEL)) == 2
    assert record.editions() == [_EDITION]
    assert record.bands(_CELL) == builders.bands()
    assert [notice.reason for notice in record.notices(rating.id)] == ["The run was throttled."]
    assert [row.worker for row in record.workers()] == [scenes.WORKER]
    assert record.setting("key") == "value"
    assert [(row.kind, row.subject) for row in record.outbox()] == [("edition", _EDITION.id)]


def dumped(folder: Path) -> list[str]:
    """The record in a folder as SQL, but for the search index: without content of its own it has no dump."""
    with closing(sqlite3.connect(":memory:")) as copy:
        with closing(sqlite3.connect(folder / DATABASE)) as connection:
            connection.backup(copy)
        copy.execute("DROP TABLE model_trigrams")
        return list(copy.iterdump())


def write() -> Path:
    """Write the snapshot of the newest version."""
    target = path(len(MIGRATIONS))
    with tempfile.TemporaryDirectory() as folder:
        with Record.open(Path(folder), clock=HandClock(builders.NOON)) as record:
            fill(record)
            check(record)
        with closing(sqlite3.connect(Path(folder) / DATABASE)) as connection:
            index = connection.execute(
                "SELECT sql FROM sqlite_master WHERE name = 'model_trigrams'"
            ).fetchone()
        version = f"PRAGMA user_version = {len(MIGRATIONS)};"
        lines = [*dumped(Path(folder)), f"{index};", _FILL, version]
    target.parent.mkdir(exist_ok=True)
    target.write_text("\n".join(lines) + "\n")
    return target


if __name__ == "__main__":
    print(write())
