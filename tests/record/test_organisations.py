"""Organisations with their numbers, walked by the index; names that begin alike; what was run in vain."""

from __future__ import annotations

import pytest
from sqlalchemy import event

from leaderboard.domain import Status, failed
from leaderboard.record import Record
from tests import builders
from tests.board.conftest import DEVELOPMENT, fill, public_row


@pytest.fixture
def filled(record: Record) -> Record:
    rows = [
        public_row("Acme/One-8B"),
        public_row("acme/two-8B", provenance="reference"),
        public_row("acme-labs/three", provenance="attested", stars=None),
        public_row("acme0/four"),
        public_row("plain"),
        public_row("plain-labs/five"),
        public_row("zeta/six"),
        public_row("zeta/six", task="text-classification"),
        builders.rating("hidden/seven", edition=DEVELOPMENT),
    ]
    fill(record, *rows)
    return record


def test_every_organisation_is_met_once_with_its_numbers(filled: Record) -> None:
    found, following = filled.organisations()
    assert following is None
    assert [(one.name, one.models, one.measured, one.attested, one.published) for one in found] == [
        ("acme-labs", 1, 0, 1, 0),
        ("Acme", 2, 1, 0, 1),
        ("acme0", 1, 1, 0, 0),
        ("plain-labs", 1, 1, 0, 0),
        ("zeta", 1, 1, 0, 0),
    ]


def test_pages_meet_every_one_once(filled: Record) -> None:
    names: list[str] = []
    after: str | None = ""
    while after is not None:
        found, after = filled.organisations(after=after, limit=2)
        names += [one.name for one in found]
    assert sorted(name.lower() for name in names) == ["acme", "acme-labs", "acme0", "plain-labs", "zeta"]
    assert len(names) == 5


def test_a_part_of_the_name_finds_them(filled: Record) -> None:
    assert [one.name for one in filled.organisations("LABS")[0]] == ["acme-labs", "plain-labs"]
    assert filled.organisations("nobody") == ([], None)
    assert filled.organisations("%")[0] == []


def test_rows_that_begin_alike(filled: Record) -> None:
    assert [row.model for row in filled.rows_beginning("ACME/")] == ["Acme/One-8B", "acme/two-8B"]
    assert filled.rows_beginning("hidden/") == []
    assert [row.model for row in filled.rows_beginning("hidden/", editions=[DEVELOPMENT])] == ["hidden/seven"]
    assert len(filled.rows_beginning("zeta/", limit=1)) == 1


def test_a_model_whose_run_was_rejected_is_named(filled: Record) -> None:
    for model in ("zeta/six", "zeta/rejected"):
        plan = builders.plan(model)
        submission = builders.submission(plan)
        filled.submit(submission, builders.received_and_queued())
        claim = filled.claim([plan.hardware], "a machine", 60)
        assert claim is not None
        run = builders.run(plan, findings=(failed("steady", "It was throttled.", "Cool it."),))
        ends = [builders.event(one) for one in (Status.RUNNING, Status.VERIFYING, Status.REJECTED)]
        filled.finish(submission.id, claim.fence, ends, run, [])
    assert filled.models_without_figure("zeta") == ["zeta/rejected"]
    assert filled.models_without_figure("acme") == []


def test_no_question_scans_the_rows(filled: Record) -> None:
    asked: list[tuple[str, object]] = []

    def keep(connection: object, cursor: object, statement: str, parameters: object, *_: object) -> None:
        asked.append((statement, parameters))

    engine = filled._readers._engine
    event.listen(engine, "before_cursor_execute", keep)
    try:
        filled.organisations("a")
        filled.rows_beginning("zeta/")
        filled.models_without_figure("zeta")
    finally:
        event.remove(engine, "before_cursor_execute", keep)
    with engine.connect() as connection:
        for statement, parameters in asked:
            if statement.lstrip().upper().startswith(("SELECT", "WITH")):
                plan = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters)  # type: ignore[arg-type]
                steps = [step[3] for step in plan]
                assert not [step for step in steps if step.startswith("SCAN r") or "AUTOMATIC" in step], steps
