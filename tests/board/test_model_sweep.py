"""A sweep on the model's page: from the run's rungs to rows, to a curve and its table."""

from __future__ import annotations

import re
from typing import Any

import pytest
from fastapi.testclient import TestClient

from leaderboard.board.sweep import series_words, sweeps_of
from leaderboard.domain import (
    BrokenRung,
    Ladder,
    Precision,
    Rating,
    Run,
    Status,
    Sweep,
    SweepRung,
    failed,
    rung_of,
    rung_plan,
    sweep_run,
    wh_per_1000,
)
from leaderboard.editions import load_catalogue, rate_run
from leaderboard.efficiency import gains
from leaderboard.record import RatingQuery, Record
from submissions.results import Outcome, Results
from tests import builders
from tests.board.conftest import DEVELOPMENT, client_of, finish

ENERGIES_J: dict[tuple[Precision, int], float] = {
    ("fp32", 1): 8.0,
    ("fp32", 2): 5.0,
    ("fp32", 4): 4.0,
    ("bf16", 1): 6.0,
    ("bf16", 2): 3.0,
    ("bf16", 4): 2.0,
}


def swept(*, rejected: tuple[Precision, int] | None = None, **fields: Any) -> Run:
    """A sweep with known energies, fp32 ended by memory at batch 8."""
    plan = builders.plan(
        protocol="offline-sweep",
        ladder=Ladder(batches=(1, 2, 4, 8), precisions=("fp32", "bf16")),
        **fields,
    )
    like, rungs = builders.run(plan), []
    for (precision, batch), energy_j in ENERGIES_J.items():
        own = rung_plan(plan, precision, batch)
        factor = energy_j / like.energy_per_query_j
        windows = tuple(
            window.model_copy(update={"energy_j": window.energy_j * factor}) for window in like.windows
        )
        findings = (
            (failed("windows-agree", "They differ.", "Measure again."),)
            if (precision, batch) == rejected
            else ()
        )
        update = {"plan": own, "energy_per_query_j": energy_j, "windows": windows, "findings": findings}
        rungs.append(rung_of(like.model_copy(update=update), batch))
    broken = BrokenRung(
        precision="fp32", batch=8, cause="out-of-memory", message="The model does not fit into memory."
    )
    return sweep_run(like, plan, rungs, [broken])


def test_the_runs_figures_are_those_of_its_first_valid_rung() -> None:
    assert swept().energy_per_query_j == 8.0
    run = swept(rejected=("fp32", 1))
    assert run.valid
    assert run.energy_per_query_j == 5.0
    assert Run.model_validate_json(run.model_dump_json()) == run


def test_a_rung_stands_once() -> None:
    rung = swept().sweep
    assert rung is not None
    with pytest.raises(ValueError, match="twice"):
        Sweep(rungs=(rung.rungs[0], rung.rungs[0]))


@pytest.fixture
def rows(record: Record) -> list[Rating]:
    load_catalogue(record)
    run = swept(rejected=("bf16", 1))
    rated = rate_run(record, run, builders.facts())
    finish(record, run, *rated.rows)
    return rated.rows


def test_rungs_become_configurations_that_are_never_rated(record: Record, rows: list[Rating]) -> None:
    # The rung that its checks forbid is none, and the most frugal comes first.
    assert [(row.precision, row.batch) for row in rows] == [
        ("bf16", 4),
        ("bf16", 2),
        ("fp32", 4),
        ("fp32", 2),
        ("fp32", 1),
    ]
    best = rows[0]
    # A rung tells machine time per query; whoever asks waits for the whole batch.
    machine_s = builders.run().latency_s
    assert machine_s is not None
    assert best.latency_s == pytest.approx(4 * machine_s)
    assert rows[-1].latency_s == pytest.approx(machine_s)
    assert best.configuration == "batch 4 · bf16"
    assert best.energy_wh_per_1000 == pytest.approx(wh_per_1000(2.0))
    assert best.edition == DEVELOPMENT
    assert {(row.best, row.stars, row.development) for row in rows} == {(False, None, True)}
    assert len({row.id for row in rows}) == 5
    assert len({row.run_id for row in rows}) == 1
    # The board's own list has none of them; who asks for configurations has all.
    query = RatingQuery(edition=DEVELOPMENT)
    assert not [r for r in record.ratings(query).items if r.protocol == "offline-sweep"]
    every = record.ratings(query.model_copy(update={"configurations": "all"})).items
    assert {row.id for row in rows} == {r.id for r in every if r.protocol == "offline-sweep"}


def test_the_models_page_tells_what_batch_and_precision_buy(record: Record, rows: list[Rating]) -> None:
    page = client_of(record).get(f"/models/{builders.MODEL}").text
    text = re.sub(r"<[^>]+>", " ", page)
    assert "What batch and precision do" in page
    # 5 rows are valid: the smallest batch's is fp32 at 8 J, the best bf16 at 2 J.
    assert re.search(r"Least at\s+batch 4 · bf16\s*: 2\.00 J per query,\s+×4\.00 less than batch 1", text)
    assert "No figure at batch 8 · fp32, nor above it: The model does not fit into memory." in text
    assert page.count('class="mark measured">best') == 1
    assert 'role="img" aria-label="Energy per query of' in page
    table = page[page.index('<table class="rungs">') :]
    cells = re.findall(r'<td class="num[^"]*">([^<]+)', table[: table.index("</table>")])
    assert [cell.strip() for cell in cells if cell.strip()] == ["8.00", "3.00", "5.00", "2.00", "4.00"]


def test_the_runs_page_lists_every_rung(record: Record, rows: list[Rating]) -> None:
    page = client_of(record).get(f"/runs/{rows[0].run_id}").text
    table = page[page.index('aria-label="Rungs"') :]
    table = table[: table.index("</table>")]
    assert re.findall(r'<th scope="row">([^<]+)', table) == [
        f"batch {batch} · {precision}" for precision, batch in ENERGIES_J
    ]
    assert table.count(">rejected<") == 1
    assert "has no figure (out of memory): The model does not fit into memory." in page
    # The commands make the whole ladder again, not one precision of it.
    assert "--protocol offline-sweep" in page
    assert "--precision" not in page


def test_published_configurations_are_shown_in_the_same_way(board: TestClient) -> None:
    page = board.get("/models/Qwen/Qwen3-32B").text
    assert "less than batch 8" in page
    assert "bf16, 2 GPUs" in page
    assert "more of its cards and tasks" in page
    # A model of which one configuration is known has nothing to compare.
    assert "What batch and precision do" not in board.get("/models/google/gemma-3-4b").text


def test_each_column_is_compared_with_its_own_smallest_batch(rows: list[Rating]) -> None:
    (sweep,) = sweeps_of(rows, [])
    assert sweep.batches == [1, 2, 4]
    assert [series_words(series) for series in sweep.series] == ["bf16", "fp32"]
    fp32 = sweep.row(4, ("fp32", None))
    assert fp32 is not None
    assert sweep.times_less(fp32) == pytest.approx(2.0)
    first = sweep.row(1, ("fp32", None))
    assert first is not None and sweep.times_less(first) is None
    assert sweep.row(1, ("bf16", None)) is None


def test_sweeps_stand_on_the_efficiency_page_with_their_watermark(record: Record, rows: list[Rating]) -> None:
    client = client_of(record)
    document = client.get(f"/api/v1/efficiency?edition={DEVELOPMENT}").json()
    assert document["development"] is True
    (gain,) = document["gains"]
    assert (gain["best"], gain["worst"]) == ("batch 4 · bf16", "batch 1 · fp32")
    assert gain["times"] == pytest.approx(4.0)
    assert gain["times_less_than_smallest_batch"] == pytest.approx(4.0)
    page = client.get(f"/efficiency?edition={DEVELOPMENT}").text
    assert "batch 4 · bf16" in page
    assert 'class="watermark' in page or "development" in page
    # Nobody meets them unasked.
    assert DEVELOPMENT not in client.get("/efficiency").text
    assert len(gains(rows)) == 1


def test_a_runner_hands_a_sweep_in(record: Record) -> None:
    load_catalogue(record)
    run = swept()
    submission = builders.submission(run.plan)
    record.submit(submission, builders.received_and_queued())
    claim = record.claim([run.plan.hardware], "a machine", 60)
    assert claim is not None
    record.append(submission.id, builders.event(Status.RUNNING), fence=claim.fence)
    results = Results(record)
    results.incoming.put_file(submission.id, claim.fence, "run.json", run.model_dump_json().encode())
    status, run_id = results.finish(submission.id, Outcome(fence=claim.fence, outcome="done"), "a machine")
    assert (status, run_id) == (Status.DONE, run.id)
    message = record.events(submission.id)[-1].message
    assert "shown, never rated" in message
    assert len([row for row in record.ratings_of(builders.MODEL) if row.batch]) == 6
    assert isinstance(record.run(run.id).sweep, Sweep)
    assert isinstance(record.run(run.id).sweep.rungs[0], SweepRung)  # type: ignore[union-attr]
