"""A synthetic run in the real format passes to `attested`, without stars, once an operator has said so."""

from __future__ import annotations

import json
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from leaderboard import editions
from leaderboard.domain import (
    BadInput,
    Conflict,
    Forbidden,
    NotFound,
    Outcome,
    Provenance,
    Rating,
    Status,
)
from leaderboard.judging.samples import read_trace
from leaderboard.record import Record
from runners.bundle import bundle
from runners.verify import verify
from submissions import attested
from submissions.attested import nonces, taking
from submissions.attested.taking import place_of, take, tidy
from submissions.status import changes
from tests import builders
from tests.submissions.attested.conftest import OPERATOR, PERSON, TERMS


def test_the_synthetic_run_is_one_at_which_no_check_finds_a_fault(folder: Path) -> None:
    _, findings = verify(folder)
    assert [finding for finding in findings if finding.outcome is not Outcome.PASSED] == []


def test_a_bundle_waits_and_is_listed_without_stars(record: Record, packed: Path) -> None:
    submission = take(record, packed, PERSON, TERMS)
    assert record.status(submission.id) is Status.RECEIVED
    assert (submission.owner, submission.submitted_by) == ("o1", "u1")
    assert submission.facts.licence == "closed"
    assert nonces.open_of(record, PERSON) == 0
    assert record.claim(["t4-16gb"], "runner", 60) is None
    (waits,) = attested.waiting(record)
    assert waits.submission == submission
    assert waits.remarks == ()
    detail = record.events(submission.id)[0].detail
    assert detail["terms"] == TERMS
    rating = attested.accept(record, submission.id, OPERATOR, "Looks right.")
    assert record.status(submission.id) is Status.DONE
    assert [event.status.value for event in record.events(submission.id)] == ["received", "verifying", "done"]
    assert attested.waiting(record) == []
    kept = record.rating(rating.id)
    assert kept.provenance is Provenance.ATTESTED
    assert (kept.edition, kept.development) == ("2026-11", False)
    assert kept.stars is None
    assert kept.not_rated == "attested by its submitter, not measured by us"
    run = record.run(kept.run_id or "")
    assert run.provenance is Provenance.ATTESTED
    # The figure of the record is that of the raw samples, both ways.
    again = waits.recomputed
    assert again["by_counter_j"] == pytest.approx(run.energy_per_query_j, rel=1e-9)
    assert again["by_power_j"] == pytest.approx(run.energy_per_query_j, rel=0.01)
    folder = record.run_folder(run.id)
    assert json.loads((folder / "run.json").read_text())["provenance"] == "attested"
    assert len(read_trace(folder / "trace.parquet")) > 6000
    (act,) = record.acts(submission.id)
    assert (act.act, act.actor, act.reason) == ("accept-bundle", "u9", "Looks right.")


def test_a_rejected_bundle_leaves_its_reason(record: Record, packed: Path) -> None:
    submission = take(record, packed, PERSON, TERMS)
    attested.reject(record, submission.id, OPERATOR, "The board is not yours.")
    assert record.status(submission.id) is Status.REJECTED
    last = record.events(submission.id)[-1]
    assert (last.message, last.actor) == ("The board is not yours.", "u9")
    assert last.remedy
    assert not place_of(record, submission.id).exists()
    assert record.acts(submission.id)[0].act == "reject-bundle"
    with pytest.raises(Conflict, match="no bundle that waits"):
        attested.accept(record, submission.id, OPERATOR, "After all.")


def test_accepted_twice_at_once(record: Record, packed: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever comes second deletes nothing that the first has kept."""
    submission = take(record, packed, PERSON, TERMS)
    # Two that are let judge the bundle before either has decided meet here.
    meet, rate = threading.Barrier(2), editions.rate_run

    def rated(*of: Any) -> Any:
        with suppress(threading.BrokenBarrierError):
            meet.wait(0.5)
        return rate(*of)

    monkeypatch.setattr(editions, "rate_run", rated)

    def accept(_: int) -> Rating | None:
        try:
            return attested.accept(record, submission.id, OPERATOR, "Looks right.")
        except Conflict:
            return None

    with ThreadPoolExecutor(2) as pool:
        (rating,) = filter(None, pool.map(accept, range(2)))
    assert record.status(submission.id) is Status.DONE
    assert len(read_trace(record.run_folder(rating.run_id or "") / "trace.parquet")) > 6000


def test_cancelled_while_it_is_accepted(
    record: Record, packed: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    submission = take(record, packed, PERSON, TERMS)
    rate = editions.rate_run

    def cancelled(*of: Any) -> Any:
        changes.cancel(record, submission.id, PERSON)
        return rate(*of)

    monkeypatch.setattr(editions, "rate_run", cancelled)
    with pytest.raises(Conflict, match="waits no longer"):
        attested.accept(record, submission.id, OPERATOR, "Looks right.")
    assert record.status(submission.id) is Status.CANCELLED
    assert list((record.folder / "runs").iterdir()) == []


def test_only_an_operator_with_a_reason_decides(record: Record, packed: Path) -> None:
    submission = take(record, packed, PERSON, TERMS)
    with pytest.raises(Forbidden):
        attested.accept(record, submission.id, PERSON, "Mine.")
    with pytest.raises(BadInput, match="No reason"):
        attested.reject(record, submission.id, OPERATOR, "  ")
    place_of(record, submission.id).write_bytes(b"another file")
    with pytest.raises(NotFound, match="damaged"):
        attested.accept(record, submission.id, OPERATOR, "Looks right.")
    assert record.status(submission.id) is Status.RECEIVED


def test_what_an_end_in_the_middle_left_is_tidied(record: Record, packed: Path) -> None:
    submission = take(record, packed, PERSON, TERMS)
    for path in (record.folder / "incoming" / "bundle-x.zip", record.folder / "bundles" / "gone.zip"):
        path.write_bytes(b"half")
    (record.folder / "incoming" / "bundle-y").mkdir()
    tidy(record)
    assert list((record.folder / "incoming").iterdir()) == []
    assert [path.name for path in (record.folder / "bundles").iterdir()] == [f"{submission.id}.zip"]


@pytest.mark.parametrize("how", ["cancelled", "rejected", "withdrawn"])
def test_what_is_not_accepted_keeps_no_bundle(record: Record, packed: Path, how: str) -> None:
    submission = take(record, packed, PERSON, TERMS)
    taking.drop_ended(record)
    assert place_of(record, submission.id).exists()
    if how == "cancelled":
        changes.cancel(record, submission.id, PERSON)
    elif how == "rejected":
        # By another way than the bundles' own, which deletes it at once.
        record.append(submission.id, builders.event(Status.REJECTED))
    else:
        attested.accept(record, submission.id, OPERATOR, "Looks right.")
        taking.drop_ended(record)
        assert place_of(record, submission.id).exists()
        changes.withdraw(record, submission.id, PERSON, "Another model.")
    half = place_of(record, "0" * 12)
    half.write_bytes(b"being taken")
    assert taking.drop_ended(record) == [submission.id]
    assert not place_of(record, submission.id).exists()
    assert half.exists()


def test_the_log_in_a_bundle_has_no_tokens(folder: Path, tmp_path: Path) -> None:
    import zipfile

    secret = "hf_" + "a1B2c3D4" * 4
    (folder / "log.txt").write_text(f"token {secret} was used\n")
    bundle(folder, tmp_path / "b.zip")
    with zipfile.ZipFile(tmp_path / "b.zip") as packed:
        assert secret not in packed.read("log.txt").decode()
        assert "was used" in packed.read("log.txt").decode()
