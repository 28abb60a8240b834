"""Real records on disk, for the tests of publishing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from leaderboard.domain import Bands, Cell, Edition, Rating, Run, Status, content_hash
from leaderboard.publish.view import RecordView
from leaderboard.record import Record
from tests import builders


@contextmanager
def filled(folder: Path, view: RecordView) -> Iterator[Record]:
    """An open record that holds what a view holds."""
    with Record.open(folder) as record:
        for edition in view.editions:
            put(record, edition, view.rows.get(edition.id, ()), view.bands.get(edition.id))
        for run in view.runs:
            finish(record, run)
        for notice in view.notices:
            record.add_notice(notice)
        yield record


def put(
    record: Record, edition: Edition, rows: Sequence[Rating], bands: Mapping[Cell, Bands] | None = None
) -> None:
    """An edition with its rows, whatever was there before."""
    record.put_edition(
        edition,
        bands or {},
        rows,
        content_hash([edition.model_dump(mode="json"), *(row.model_dump(mode="json") for row in rows)]),
    )


def finish(record: Record, run: Run, ratings: Sequence[Rating] = ()) -> None:
    """A run as it comes in: submitted, claimed, run, verified, done or rejected."""
    submission = builders.submission(run.plan)
    record.submit(submission, builders.received_and_queued())
    claim = record.claim([run.plan.hardware], "a machine", 300.0)
    assert claim is not None and claim.submission.id == submission.id
    record.append(submission.id, builders.event(Status.RUNNING), fence=claim.fence)
    end = Status.DONE if run.valid else Status.REJECTED
    events = [builders.event(Status.VERIFYING), builders.event(end)]
    record.finish(submission.id, claim.fence, events, run, ratings)
