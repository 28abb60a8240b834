"""A finished run becomes a row, once, whatever the runner repeats."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from leaderboard import editions
from leaderboard.domain import (
    BadFile,
    BadInput,
    Conflict,
    Event,
    FenceLost,
    Rating,
    Run,
    Status,
    WrongSchema,
    failed,
    now,
)
from leaderboard.record import Claim, Record
from submissions import scheduler
from submissions.intake import Intake
from submissions.results import Outcome, Results
from tests import builders
from tests.submissions.conftest import request


@pytest.fixture
def results(record: Record) -> Results:
    return Results(record)


@pytest.fixture
def claim(intake: Intake, record: Record) -> Claim:
    return running(intake, record)


def running(intake: Intake, record: Record, model: str = builders.MODEL) -> Claim:
    intake.submit(request(model), builders.person())
    claim = record.claim(["cpu"], "this-machine", 300)
    assert claim is not None
    record.append(claim.submission.id, Event(status=Status.RUNNING, at=now(), actor="w"), fence=claim.fence)
    return claim


def hand_in(results: Results, claim: Claim, run: Run) -> None:
    body = run.model_dump_json().encode()
    results.incoming.put_file(claim.submission.id, claim.fence, "run.json", body)


def outcome(claim: Claim, kind: str = "done", **fields: str) -> Outcome:
    return Outcome.model_validate({"fence": claim.fence, "outcome": kind, **fields})


def test_done_is_a_row_in_the_development_edition(record: Record, results: Results, claim: Claim) -> None:
    run = builders.run(claim.submission.plan)
    hand_in(results, claim, run)
    assert results.finish(claim.submission.id, outcome(claim), "w") == (Status.DONE, run.id)
    (row,) = record.ratings_of(builders.MODEL)[:1]
    assert (row.edition, row.development, row.stars) == ("dev-2026-11", True, None)
    assert row.not_rated == "not rated (1 of 10)"
    assert row.run_id == run.id
    assert record.run(run.id) == run
    assert json.loads((record.run_folder(run.id) / "run.json").read_text())["run_key"] == run.run_key


def test_finishing_twice_is_harmless(record: Record, results: Results, claim: Claim) -> None:
    hand_in(results, claim, builders.run(claim.submission.plan))
    first = results.finish(claim.submission.id, outcome(claim), "w")
    events = record.events(claim.submission.id)
    assert results.finish(claim.submission.id, outcome(claim), "w") == first
    assert record.events(claim.submission.id) == events


def test_an_old_fence_ends_nothing(results: Results, claim: Claim) -> None:
    stale = Outcome(fence=claim.fence - 1, outcome="failed", cause="late")
    with pytest.raises(FenceLost):
        results.finish(claim.submission.id, stale, "w")
    with pytest.raises(FenceLost):
        results.incoming.put_file(claim.submission.id, claim.fence - 1, "run.json", b"{}")
    hand_in(results, claim, builders.run(claim.submission.plan))
    results.finish(claim.submission.id, outcome(claim), "w")
    with pytest.raises(FenceLost):
        results.finish(claim.submission.id, stale, "w")


def test_a_run_that_its_checks_reject_gets_no_row(record: Record, results: Results, claim: Claim) -> None:
    no = failed("drift", "The temperature drifted by 9 °C.", "Let the card cool down.")
    run = builders.run(claim.submission.plan, findings=(no,))
    hand_in(results, claim, run)
    status, run_id = results.finish(claim.submission.id, outcome(claim, "done"), "w")
    assert status is Status.REJECTED
    assert run_id == run.id
    assert record.events(claim.submission.id)[-1].message == no.message
    assert [row for row in record.ratings_of(builders.MODEL) if row.edition == "dev-2026-11"] == []


def test_a_failure_keeps_its_cause(record: Record, results: Results, claim: Claim) -> None:
    told = outcome(claim, "failed", cause="Out of memory.", remedy="A smaller model.", log_tail="boom")
    assert results.finish(claim.submission.id, told, "w") == (Status.FAILED, None)
    last = record.events(claim.submission.id)[-1]
    assert (last.message, last.remedy) == ("Out of memory.", "A smaller model.")
    assert "boom" in record.log(claim.submission.id)


def test_run_json_must_be_there_be_json_and_be_of_this_plan(results: Results, claim: Claim) -> None:
    submission = claim.submission.id
    with pytest.raises(BadFile, match="not handed in"):
        results.finish(submission, outcome(claim), "w")
    results.incoming.put_file(submission, claim.fence, "run.json", b"{")
    with pytest.raises(BadFile, match="not JSON"):
        results.finish(submission, outcome(claim), "w")
    results.incoming.put_file(submission, claim.fence, "run.json", b'{"schema_version": 9}')
    with pytest.raises(WrongSchema):
        results.finish(submission, outcome(claim), "w")
    hand_in(results, claim, builders.run(builders.plan(seed=99)))
    with pytest.raises(Conflict, match="another plan"):
        results.finish(submission, outcome(claim), "w")
    with pytest.raises(BadInput, match="no file"):
        results.incoming.put_file(submission, claim.fence, "../run.json", b"")


def ten_rows(protocol: str) -> list[Rating]:
    """Ten models of one development cell, each with twice the energy of the one before."""
    return [
        builders.rating(
            id=f"{index:010d}",
            model=f"org/m{index}",
            edition="dev-2026-11",
            task="sentence-similarity",
            hardware="cpu",
            model_class="",
            protocol=protocol,
            reasoning="off",
            energy_wh_per_1000=float(2**index),
            development=True,
            stars=None,
            stars_low=None,
            stars_high=None,
            not_rated="not rated yet",
        )
        for index in range(10)
    ]


def test_ten_models_freeze_and_the_eleventh_is_rated_at_once(
    record: Record, intake: Intake, results: Results
) -> None:
    rows = ten_rows("offline-b1")
    edition = record.edition("dev-2026-11")
    record.put_edition(edition, {}, rows, "with rows")
    with pytest.raises(BadInput, match="published figures"):
        editions.freeze(record, "aies-2025-02")
    assert editions.freeze(record, "dev-2026-11") == {"sentence-similarity/cpu//offline-b1/off": 10}
    before = {row.id: row.stars for row in record.edition_rows("dev-2026-11")}
    assert sorted(stars for stars in before.values() if stars) == [1, 1, 2, 2, 3, 3, 4, 4, 5, 5]

    claim = running(intake, record)
    hand_in(results, claim, builders.run(claim.submission.plan, energy_per_query_j=0.0036))
    results.finish(claim.submission.id, outcome(claim), "w")
    after = {row.model: row for row in record.edition_rows("dev-2026-11")}
    assert after[builders.MODEL].stars == 5
    assert after[builders.MODEL].cell_size == 10
    assert {row.id: row.stars for row in after.values() if row.id in before} == before
    assert editions.freeze(record, "dev-2026-11") == {}


def test_an_edition_without_enough_models_cannot_be_frozen(record: Record) -> None:
    with pytest.raises(BadInput, match="ten reference models"):
        editions.freeze(record, "dev-2026-11")


def test_a_protocol_that_is_only_shown_gets_no_bands(record: Record) -> None:
    shown = [row.model_copy(update={"id": f"s{row.id[1:]}"}) for row in ten_rows("offline-b1-30-steps")]
    edition = record.edition("dev-2026-11")
    record.put_edition(edition, {}, shown, "shown")
    with pytest.raises(BadInput, match="ten reference models"):
        editions.freeze(record, "dev-2026-11")
    record.put_edition(edition, {}, [*ten_rows("offline-b1"), *shown], "both")
    editions.freeze(record, "dev-2026-11")
    rows = record.edition_rows("dev-2026-11")
    assert {row.protocol for row in rows if row.stars} == {"offline-b1"}
    assert {row.not_rated for row in rows if row.protocol != "offline-b1"} == {"shown, never rated"}


@pytest.mark.parametrize("how", ["cancelled", "lost"])
def test_what_a_runner_left_is_swept(
    intake: Intake, record: Record, results: Results, claim: Claim, how: str
) -> None:
    hand_in(results, claim, builders.run(claim.submission.plan))
    folder = record.folder / "incoming" / f"{claim.submission.id}-{claim.fence}"
    beside = folder.with_name("bundle-1234567")
    beside.mkdir()
    scheduler.sweep(record)
    assert (folder / "run.json").is_file()
    left = {beside.name}
    status = Status.CANCELLED if how == "cancelled" else Status.QUEUED
    record.append(claim.submission.id, Event(status=status, at=now(), actor="w"))
    if how == "lost":
        # Held again, and under another fence.
        again = record.claim(["cpu"], "that-machine", 300)
        assert again is not None
        hand_in(results, again, builders.run(claim.submission.plan))
        left.add(f"{claim.submission.id}-{again.fence}")
    scheduler.sweep(record)
    assert {path.name for path in folder.parent.iterdir()} == left


def test_a_file_that_comes_while_its_folder_is_swept(
    record: Record, results: Results, claim: Claim, monkeypatch: pytest.MonkeyPatch
) -> None:
    id = claim.submission.id
    folder = record.folder / "incoming" / f"{id}-{claim.fence}"
    made = Path.mkdir

    def mkdir(path: Path, *args: Any, **named: Any) -> None:
        made(path, *args, **named)
        if path == folder and record.status(id).live:
            record.append(id, Event(status=Status.CANCELLED, at=now(), actor="w"))
            assert results.incoming.sweep() == [folder.name]

    monkeypatch.setattr(Path, "mkdir", mkdir)
    with pytest.raises(FenceLost):
        results.incoming.put_file(id, claim.fence, "log.txt", b"x")
    assert not folder.exists()
