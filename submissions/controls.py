"""Controls that runners hand in: held to their board's history, and kept whatever comes out (METHOD §3.8)."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection
from datetime import datetime, timedelta

from leaderboard import catalogue
from leaderboard.domain import (
    BadFile,
    BadInput,
    Control,
    Outcome,
    Run,
    board_of,
    read_run,
    rejections,
    series_of,
)
from leaderboard.rating.series import as_usual
from leaderboard.record import Record

CONTROL_AGE = timedelta(days=7)


def take_control(
    record: Record, body: bytes, check_hardware: Callable[[Collection[str]], None] = lambda _: None
) -> tuple[Control, bool]:
    """Keep a control's run and say how it stands, and whether it is new here.

    Handing in the same run again gives the same answer. `check_hardware` refuses classes that who hands it in
    has no right to.

    Raises:
        BadFile, WrongSchema: the body is no run record.
        BadInput: it is of another model than the hardware class's control, or its own checks reject it.
        UnknownName: no such hardware class.
    """
    try:
        document = json.loads(body)
    except ValueError as error:
        raise BadFile("The control is not JSON.", "Hand in the run.json of its folder.") from error
    run = read_run(document)
    check_hardware([run.plan.hardware])
    known = record.control(run.id)
    if known is not None:
        return known, False
    _check(run)
    board, driver, series = board_of(run), run.environment.driver, series_of(run)
    finding = as_usual(
        catalogue.check("control-as-usual"),
        run.energy_per_query_j,
        record.earlier_controls(board, driver, series),
        "J per query",
    )
    control = Control(
        id=run.id,
        board=board,
        driver=driver,
        hardware=run.plan.hardware,
        series=series,
        model=run.plan.model.repo_id,
        task=run.plan.task,
        energy_per_query_j=run.energy_per_query_j,
        repeatability_j=run.repeatability_j,
        idle_power_w=run.idle_power_w,
        at=run.finished_at,
        provenance=run.provenance,
        outcome=finding.outcome,
        message=finding.message,
    )
    record.add_control(control, run)
    return control, True


def last_controls(record: Record) -> dict[str, datetime]:
    """When each hardware class that has controls was last not found to measure otherwise than usual."""
    found: dict[str, datetime] = {}
    for id, hardware in catalogue.hardware_classes().items():
        if hardware.control is not None and not hardware.development:
            held = [one.at for one in record.controls(id) if one.outcome is not Outcome.FAILED]
            if held:
                found[id] = max(held)
    return found


def controls_due(record: Record) -> list[str]:
    """Classes whose last control is older than a week, though runs of them wait or go on."""
    wanted = {row.hardware for row in record.line()}
    return [
        id for id, at in last_controls(record).items() if id in wanted and record.now() - at > CONTROL_AGE
    ]


def _check(run: Run) -> None:
    hardware = catalogue.hardware(run.plan.hardware)
    due = hardware.control
    if due is None or (run.plan.model.repo_id, run.plan.task) != (due.model, due.task):
        named = f"{due.model} on {due.task}" if due else "no model"
        raise BadInput(
            f"The control of {hardware.title} is {named}; this run is of {run.plan.model.repo_id}.",
            "Measure it with `python -m runners control`.",
        )
    no = rejections(run.findings)
    if no:
        raise BadInput(f"This run is no control: {no[0].message}", no[0].remedy)
