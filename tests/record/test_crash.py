"""A process killed in the middle of writing: all that was acknowledged is there, and all of it is whole."""

from __future__ import annotations

import signal
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from leaderboard.domain import Status, fold
from leaderboard.record import RatingQuery, Record
from leaderboard.record.folder import DATABASE

PROGRAM = """
import sys, threading
from pathlib import Path
from leaderboard.domain import Status
from leaderboard.record import Record
from tests import builders
from tests.record import scenes

record = Record.open(Path(sys.argv[1]))
said = threading.Lock()

def work(number):
    turn = 0
    while True:
        turn += 1
        plan = builders.plan(f"o/m-{number}-{turn}", hardware=f"class-{number}")
        claim = scenes.running(record, plan)
        run = builders.run(plan)
        rating = builders.rating(run.plan.model.repo_id, run_id=run.id)
        record.finish(claim.submission.id, claim.fence, scenes.ending(), run, [rating])
        with said:  # acknowledged: from here on it must not be lost
            print(claim.submission.id, run.id, rating.id, flush=True)

for number in range(4):
    threading.Thread(target=work, args=(number,)).start()
"""


@pytest.mark.parametrize("after", [1, 40])
def test_what_was_acknowledged_survives_a_kill(tmp_path: Path, after: int) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", PROGRAM, str(tmp_path)], stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        acknowledged = [process.stdout.readline().split() for _ in range(after)]
        process.send_signal(signal.SIGKILL)
        rest = process.stdout.read()
    complete = rest[: rest.rfind("\n") + 1]
    acknowledged += [line.split() for line in complete.splitlines()]
    assert process.returncode == -signal.SIGKILL
    assert len(acknowledged) >= after

    with Record.open(tmp_path) as record:
        for submission_id, run_id, rating_id in acknowledged:
            assert record.status(submission_id) is Status.DONE
            assert record.run(run_id).id == run_id
            assert record.rating(rating_id).run_id == run_id
        # And what was under way is whole: the state is the fold of the events, a row has its run.
        rows = record.submissions(limit=10_000)
        for row in rows:
            assert fold(record.events(row.submission.id)) is row.status
        done = [row for row in rows if row.status is Status.DONE]
        board = record.ratings(RatingQuery(development=True, limit=1000))
        assert board.total == len(done) >= len(acknowledged)
        for rating in board.items:
            assert rating.run_id is not None
            assert record.run(rating.run_id).plan.model.repo_id == rating.model
    with sqlite3.connect(tmp_path / DATABASE) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        assert connection.execute("PRAGMA foreign_key_check").fetchall() == []
    connection.close()
