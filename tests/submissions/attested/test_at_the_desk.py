"""Bundles at the desk: seen with their remarks, accepted or rejected there, each with its act."""

from __future__ import annotations

from pathlib import Path

from leaderboard.domain import Status
from leaderboard.record import Record
from leaderboard.record.clock import HandClock
from submissions.attested.taking import take
from submissions.desk.log import entries
from submissions.desk.view import overview
from tests.submissions.attested.conftest import PERSON, TERMS
from tests.submissions.desk.space import ADA_IS_HERE, LEASE_S, desk_space

DAY_S = 86_400.0


def test_a_bundle_is_seen_and_accepted(record: Record, packed: Path, clock: HandClock) -> None:
    submission = take(record, packed, PERSON, TERMS)
    clock.advance(DAY_S)
    assert overview(record, LEASE_S).stuck == [], "it waits for an operator"
    with desk_space(record) as client:
        client.headers.update(ADA_IS_HERE)
        page = client.get("/desk").text
        assert f'href="/desk/accept-bundle?submission={submission.id}"' in page
        assert " J by counter" in page
        (one,) = client.get("/api/v1/desk/overview").json()["bundles"]
        assert one["id"] == submission.id
        assert one["recomputed"]["by_counter_j"] > 0
        wrong = {"submission": submission.id, "reason": "To measure it."}
        refused = client.post("/desk/requeue", data=wrong)
        assert (refused.status_code, record.status(submission.id)) == (409, Status.RECEIVED)
        wanted = {"submission": submission.id, "reason": "Looks right.", "sure": "yes"}
        assert client.post("/desk/accept-bundle", data=wanted).status_code == 303
        assert "No bundle waits." in client.get("/desk").text
    assert record.status(submission.id) is Status.DONE
    log = [(entry.act.act, entry.act.actor, bool(entry.refused)) for entry in entries(record, submission.id)]
    assert log == [("accept-bundle", "ada", False), ("requeue", "ada", True)]


def test_a_bundle_is_rejected_once(record: Record, packed: Path) -> None:
    submission = take(record, packed, PERSON, TERMS)
    with desk_space(record) as client:
        client.headers.update(ADA_IS_HERE)
        where, why = f"/api/v1/desk/bundles/{submission.id}/reject", {"reason": "The board is not yours."}
        assert client.post(where, json=why).json() == {"id": submission.id, "rating": None}
        assert client.post(where, json=why).status_code == 409
    assert record.events(submission.id)[-1].message == why["reason"]
    assert [bool(entry.refused) for entry in entries(record, submission.id)] == [True, False]
