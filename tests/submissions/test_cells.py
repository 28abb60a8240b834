"""What the runs of a cell say about each other, with real windows."""

from __future__ import annotations

from typing import Any

import pytest

from leaderboard import catalogue, cells
from leaderboard.domain import Board, Device, ModelReport, Outcome, Plan, Provenance, Run, Status, wh_per_1000
from leaderboard.rating.aggregate import BOARD_GAIN
from leaderboard.record import Record
from submissions.results import Outcome as Ending
from submissions.results import Results
from tests import builders

EXAM = "sentence-similarity"


def plan(model: str, **fields: Any) -> Plan:
    """Official, on a T4."""
    made = catalogue.make_plan(
        builders.model_ref(model, precision="fp16"), task=EXAM, hardware="t4-16gb", profile="official"
    )
    return made.model_copy(update=fields)


def run(
    repo: str, starts_j: tuple[float, ...] = (0.50, 0.51), board: str = "a", weights: str = "", **fields: Any
) -> Run:
    """Measured on a T4; each start's three windows are alike, so what differs lies between the starts."""
    windows = [
        builders.window(
            energy * 1000 / 2, repeat, phase=phase, start=start, queries=1000, passes=1,
            start_s=1000.0 * start + 100 * repeat + (0 if phase == "forward" else 500),
            end_s=1000.0 * start + 100 * repeat + 60 + (0 if phase == "forward" else 500),
        )
        for start, energy in enumerate(starts_j)
        for phase in ("preprocess", "forward")
        for repeat in range(3)
    ]  # fmt: skip
    boards = (Board(index=0, name="Tesla T4", uuid_hash=board * 64),)
    defaults: dict[str, Any] = {
        "windows": tuple(windows),
        "energy_per_query_j": sum(starts_j) / len(starts_j),
        "provenance": Provenance.MEASURED,
        "environment": builders.environment(
            device=Device.CUDA, gpu_name="Tesla T4", gpus=1, boards=boards, sandbox="bubblewrap"
        ),
        "model": ModelReport(
            params=1000, dtype="float16", architecture="BertModel", weights_hash=weights or repo
        ),
    }
    return builders.run(fields.pop("plan", plan(repo)), **{**defaults, **fields})


def rate(record: Record, made: Run) -> tuple[Status, str]:
    """Take a run the whole way, as a runner does."""
    submission = builders.submission(made.plan)
    record.submit(submission, builders.received_and_queued())
    claim = record.claim(["t4-16gb"], "a machine", 60)
    assert claim is not None
    record.append(submission.id, builders.event(Status.RUNNING), fence=claim.fence)
    results = Results(record)
    results.incoming.put_file(submission.id, claim.fence, "run.json", made.model_dump_json().encode())
    status, _ = results.finish(submission.id, Ending(fence=claim.fence, outcome="done"), "a machine")
    return status, record.events(submission.id)[-1].message


def test_the_interval_needs_five_degrees_of_freedom_of_the_cell() -> None:
    runs = [run(f"org/m{n}", (0.5, 0.51)) for n in range(5)]
    assert cells.comparison_j(runs[0], runs[1:4]) is None
    width_j = cells.comparison_j(runs[0], runs[1:5])
    assert width_j is not None
    # s_b = 0.00707 of 0.505; u = s_b / √2 on one board, five degrees of freedom: t = 2.571.
    assert width_j == pytest.approx(2.5706 * 0.0070711 / 2**0.5, rel=1e-3)
    # Itself among the others does not count twice.
    assert cells.comparison_j(runs[0], runs) == width_j


def test_boards_of_one_class_differ_in_gain() -> None:
    runs = [run(f"org/m{n}", (0.5, 0.5)) for n in range(5)]
    assert cells.comparison_j(runs[0], runs) == 0
    runs[1] = run("org/m1", (0.5, 0.5), board="b")
    width_j = cells.comparison_j(runs[0], runs)
    assert width_j == pytest.approx(1.96 * 2**0.5 * BOARD_GAIN * 0.5, rel=1e-3)


def test_rows_get_their_interval_as_the_cell_fills(record: Record) -> None:
    for n in range(5):
        assert rate(record, run(f"org/m{n}"))[0] is Status.DONE
    rows = {row.model: row for n in range(5) for row in record.ratings_of(f"org/m{n}")}
    assert [rows[f"org/m{n}"].energy_low is None for n in range(5)] == [True, True, True, True, False]
    last = rows["org/m4"]
    assert last.energy_low is not None
    assert last.energy_high is not None
    width = wh_per_1000(cells.comparison_j(run("org/m4"), [run(f"org/m{n}") for n in range(4)]) or 0)
    assert last.energy_high - last.energy_wh_per_1000 == pytest.approx(width)
    assert last.energy_wh_per_1000 - last.energy_low == pytest.approx(width)


def test_a_renamed_copy_that_differs_is_no_figure(record: Record) -> None:
    assert rate(record, run("org/one", weights="same"))[0] is Status.DONE
    assert rate(record, run("org/two", (0.53, 0.54), weights="same"))[0] is Status.DONE
    status, message = rate(record, run("org/three", (0.7, 0.71), weights="same"))
    assert status is Status.REJECTED
    assert "org/one" in message
    assert "org/two" in message
    assert record.ratings_of("org/three") == []
    # Its run stays to be looked at.
    assert len(record.runs_of("org/three")) == 1


def test_reasoning_that_costs_less_than_none() -> None:
    off = run("org/r")
    on = run("org/r", (0.3, 0.31), plan=plan("org/r", reasoning="on"))
    cell = [run(f"org/m{n}") for n in range(5)]
    names = {finding.name: finding for finding in cells.cross_checks(on, cell, [off])}
    assert names["reasoning-costs-more"].rejects
    assert names["same-weights-agree"].outcome is Outcome.PASSED
    unknown = {finding.name: finding for finding in cells.cross_checks(on, [], [off])}
    assert unknown["reasoning-costs-more"].outcome is Outcome.UNVERIFIABLE
    assert "reasoning-costs-more" not in {finding.name for finding in cells.cross_checks(off, cell, [off])}
    other_revision = run("org/r", plan=plan("org/r").model_copy(update={"occasion": 1, "seed": 2}))
    assert len(cells.cross_checks(on, cell, [other_revision])) == 2


def test_in_a_development_edition_it_is_said_and_not_rejected(record: Record) -> None:
    quick = {"profile": catalogue.profile("quick")}
    assert rate(record, run("org/one", weights="same", plan=plan("org/one", **quick)))[0] is Status.DONE
    status, message = rate(record, run("org/two", (0.7, 0.71), weights="same", plan=plan("org/two", **quick)))
    assert status is Status.DONE
    assert "under other names the same weights take: org/one" in message
    assert record.ratings_of("org/two")[0].development


def test_rows_of_published_figures_have_no_runs(record: Record) -> None:
    rows = record.edition_rows("aies-2025-02")[:3]
    assert rows
    assert cells.runs_of(record, rows) == []
