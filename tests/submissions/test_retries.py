"""What becomes of a run that ended without a figure: by cause, another try, the end, or another machine."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from leaderboard.domain import Forbidden, Status, failed
from leaderboard.record import Claim, Record
from submissions import pausing
from submissions.results import Outcome, Results
from submissions.runner_tokens import Made, Pass, RunnerToken
from tests import builders
from tests.record import scenes
from tests.submissions.test_controls import run as control
from tests.submissions.test_http import bearer, client_of

THROTTLED = failed("not-throttled", "The card slowed itself down.", "Cool it.")


@pytest.fixture
def results(record: Record) -> Results:
    return Results(record)


def queued_on(record: Record, hardware: str) -> str:
    return scenes.queued(record, builders.plan(hardware=hardware)).id


def taken(record: Record, hardware: str, worker: str) -> Claim | None:
    claim = record.claim([hardware], worker, scenes.LEASE_S)
    if claim is not None:
        record.append(claim.submission.id, builders.event(Status.RUNNING), fence=claim.fence)
    return claim


def failure(results: Results, claim: Claim, worker: str, code: str) -> Status:
    told = Outcome(fence=claim.fence, outcome="failed", cause="It went wrong.", remedy="Mend it.", code=code)
    return results.finish(claim.submission.id, told, worker)[0]


def rejected(results: Results, claim: Claim, *findings: object) -> Status:
    run = builders.run(claim.submission.plan, findings=findings)
    body = run.model_dump_json().encode()
    results.incoming.put_file(claim.submission.id, claim.fence, "run.json", body)
    return results.finish(claim.submission.id, Outcome(fence=claim.fence, outcome="rejected"), "w")[0]


@pytest.mark.parametrize("code", ["hub_unavailable", "storage_unavailable", "unavailable", "bench_killed"])
def test_ours_is_tried_three_times(record: Record, results: Results, code: str) -> None:
    id = queued_on(record, "cpu")
    for attempt in (1, 2, 3):
        claim = taken(record, "cpu", "rack-1:1")
        assert claim is not None
        assert claim.attempt == attempt
        status = failure(results, claim, "rack-1:1", code)
        assert status is (Status.FAILED if attempt == 3 else Status.QUEUED)
    last = record.events(id)[-1]
    assert last.message == "It went wrong, and it was the last of 3 tries."
    assert (last.remedy, last.detail["fault"]) == ("Mend it.", "ours")
    assert pausing.set_aside(record) == {}
    # An answer that was lost: asked again, it is the same.
    assert claim is not None
    assert failure(results, claim, "rack-1:1", code) is Status.FAILED


@pytest.mark.parametrize("code", ["bad_file", "refused", "child_failed", "unpinned", ""])
def test_theirs_ends_at_once(record: Record, results: Results, code: str) -> None:
    queued_on(record, "cpu")
    claim = taken(record, "cpu", "rack-1:1")
    assert claim is not None
    assert failure(results, claim, "rack-1:1", code) is Status.FAILED
    assert record.events(claim.submission.id)[-1].remedy == "Mend it."


def test_an_unfit_machine_is_set_aside_and_another_measures(record: Record, results: Results) -> None:
    id = queued_on(record, "t4-16gb")
    claim = taken(record, "t4-16gb", "rack-1:2")
    assert claim is not None
    assert rejected(results, claim, THROTTLED) is Status.QUEUED
    assert pausing.set_aside(record) == {"rack-1": THROTTLED.message}
    assert not list((record.folder / "incoming").glob("*"))
    last = record.events(id)[-1]
    assert "slowed itself down, so that try 1 of 3 is over" in last.message
    assert last.detail["aside"] == "rack-1"
    assert taken(record, "t4-16gb", "rack-1:1") is None
    assert taken(record, "t4-16gb", "rack-1") is None
    other = taken(record, "t4-16gb", "rack-2:1")
    assert other is not None
    assert failure(results, other, "rack-2:1", "no_reading") is Status.QUEUED
    assert set(pausing.set_aside(record)) == {"rack-1", "rack-2"}
    assert pausing.found_fit(record, "rack-1:9")
    assert not pausing.found_fit(record, "rack-1")
    assert pausing.undrain(record, "rack-2:1")
    assert taken(record, "t4-16gb", "rack-1:2") is not None


def rejected_on(results: Results, claim: Claim, node: str) -> Status:
    run = builders.run(claim.submission.plan, findings=(THROTTLED,))
    results.incoming.put_file(claim.submission.id, claim.fence, "run.json", run.model_dump_json().encode())
    told = Outcome(fence=claim.fence, outcome="rejected", node=node)
    return results.finish(claim.submission.id, told, "w")[0]


def test_a_node_is_set_aside_and_not_who_submits_to_it(record: Record, results: Results) -> None:
    id = queued_on(record, "t4-16gb")
    claim = taken(record, "t4-16gb", "login:1")
    assert claim is not None
    assert rejected_on(results, claim, "node2") is Status.QUEUED
    assert pausing.set_aside(record) == {"node2@login": THROTTLED.message}
    assert pausing.nodes_to_avoid(record, "login:7") == ("node2",)
    assert pausing.nodes_to_avoid(record, "rack-9:1") == ()
    last = record.events(id)[-1]
    assert last.message.startswith("node2@login: The card slowed itself down")
    assert last.detail["aside"] == "node2@login"
    # Who submits goes on: the next node may find otherwise, and what two nodes find is the model's.
    other = taken(record, "t4-16gb", "login:1")
    assert other is not None
    assert rejected_on(results, other, "node3") is Status.REJECTED
    assert pausing.set_aside(record) == {}


def test_a_node_without_readings_is_set_aside(record: Record, results: Results) -> None:
    queued_on(record, "t4-16gb")
    claim = taken(record, "t4-16gb", "login:1")
    assert claim is not None
    told = Outcome(fence=claim.fence, outcome="failed", cause="No meter.", code="no_reading", node="node2")
    assert results.finish(claim.submission.id, told, "login:1")[0] is Status.QUEUED
    assert set(pausing.set_aside(record)) == {"node2@login"}


def test_claims_say_which_nodes_get_no_work(
    record: Record, hub: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    queued_on(record, "t4-16gb")
    record.hold_back("aside", "node2@login", "It drifted.")
    record.saw_worker("login:1", ["t4-16gb"])
    with client_of(record, hub, monkeypatch) as client:  # type: ignore[arg-type]

        def claim(*nodes: str) -> object:
            asked = {"hardware": ["t4-16gb"], "machine": "login:1", "harness": "1"}
            answer = client.post(
                "/api/v1/runner/claim",
                json={**asked, "nodes": {"t4-16gb": nodes}} if nodes else asked,
                headers=bearer(record, "runner"),
            )
            assert answer.status_code in (200, 204), answer.text
            return answer.json()["avoid"] if answer.content else None

        # Nobody could measure it: it waits, and costs no try.
        assert claim("node2") is None
        assert 'no work for node2</span> <span class="small">It drifted.' in client.get("/queue").text
        assert "no work for node2@login" in client.get("/desk").text
        assert claim("node2", "node3") == ["node2"]
        # Its control, measured there, gives it work again; so does its doctor, which `fit` stands for.
        for number in range(6):
            told = client.post(
                "/api/v1/runner/controls?machine=node2%40login&fit=true",
                content=control(occasion=number + 1).model_dump_json(),
                headers=bearer(record, "runner"),
            )
            assert told.status_code == 200, told.text
        assert pausing.set_aside(record) == {}


def test_a_token_speaks_for_the_nodes_of_its_machine() -> None:
    made = Made(hardware=("cpu",), made_by="o", made_by_name="O", made_at=datetime(2026, 11, 2, tzinfo=UTC))
    shown = Pass(RunnerToken("id", "login", made, revoked=False))
    shown.check_machine("node2@login")
    for other in ("node2@rack", "login@rack", "node2"):
        with pytest.raises(Forbidden):
            shown.check_machine(other)


def test_what_two_machines_find_is_the_models(record: Record, results: Results) -> None:
    """One model that never runs evenly must not take every machine of its class out of work."""
    id = queued_on(record, "t4-16gb")
    claim = taken(record, "t4-16gb", "rack-1:2")
    assert claim is not None
    assert rejected(results, claim, THROTTLED) is Status.QUEUED
    other = taken(record, "t4-16gb", "rack-2:1")
    assert other is not None
    assert rejected(results, other, THROTTLED) is Status.REJECTED
    assert pausing.set_aside(record) == {}
    assert record.events(id)[-1].status is Status.REJECTED


def test_a_model_that_fails_a_check_of_its_own_is_rejected(record: Record, results: Results) -> None:
    queued_on(record, "t4-16gb")
    claim = taken(record, "t4-16gb", "rack-1:2")
    assert claim is not None
    theirs = failed("quality-floor", "It answers by chance.", "Check the task.")
    assert rejected(results, claim, THROTTLED, theirs) is Status.REJECTED
    assert pausing.set_aside(record) == {}


def test_a_busy_laptop_is_not_set_aside(record: Record, results: Results) -> None:
    queued_on(record, "cpu")
    claim = taken(record, "cpu", "laptop:1")
    assert claim is not None
    assert rejected(results, claim, THROTTLED) is Status.REJECTED
    scenes.queued(record, builders.plan("org/other"), id="another0next")
    claim = record.claim(["cpu"], "laptop:1", scenes.LEASE_S)
    assert claim is not None
    assert failure(results, claim, "laptop:1", "no_reading") is Status.QUEUED
    assert pausing.set_aside(record) == {}


@pytest.mark.parametrize(("fit", "controls", "free"), [(True, 6, True), (False, 6, False), (True, 1, False)])
def test_doctor_and_control_give_a_machine_work_again(
    record: Record, hub: object, monkeypatch: pytest.MonkeyPatch, fit: bool, controls: int, free: bool
) -> None:
    record.hold_back("aside", "rack-1", "It drifted.")
    with client_of(record, hub, monkeypatch) as client:  # type: ignore[arg-type]
        for number in range(controls):
            told = client.post(
                f"/api/v1/runner/controls?machine=rack-1&fit={str(fit).lower()}",
                content=control(occasion=number + 1).model_dump_json(),
                headers=bearer(record, "runner"),
            )
            assert told.status_code == 200, told.text
        assert (pausing.set_aside(record) == {}) is free
        # The last of them once more is old news: a machine that was set aside since stays so.
        record.hold_back("aside", "rack-1", "It drifted again.")
        again = client.post(
            "/api/v1/runner/controls?machine=rack-1&fit=true",
            content=control(occasion=controls).model_dump_json(),
            headers=bearer(record, "runner"),
        )
        assert again.status_code == 200
        assert set(pausing.set_aside(record)) == {"rack-1"}
