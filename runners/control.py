"""The control model: measured before and after each batch of runs, it tells whether the board still measures
as it did (METHOD §3.8)."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

from leaderboard import catalogue
from leaderboard.domain import BadInput, Device, Finding, Plan, Run, series_of
from runners.bench.history import History
from runners.bench.parent import Settings, bench
from runners.bench.progress import Teller
from runners.plan import plan


class Control(NamedTuple):
    """One measurement of the control model, and what became of it."""

    folder: Path
    run: Run
    finding: Finding

    @property
    def holds(self) -> bool:
        """Whether what was measured since the last control may stand."""
        return self.run.valid and not self.finding.rejects


def plan_control(hardware_id: str, profile: str | None, device: Device | None) -> Plan:
    """The plan of one control of a hardware class; each has its own run key.

    Raises:
        UnknownName: no such hardware class or profile.
        BadInput: the class names no control model.
        NotFound, Refused, HubUnavailable: the Hub has no such model, or does not answer.
    """
    hardware = catalogue.hardware(hardware_id)
    control = hardware.control
    if control is None:
        raise BadInput(f"{hardware.title} names no control model.", f"Add `control:` to {hardware.id}.yaml.")
    return plan(
        control.model,
        control.revision,
        task=control.task,
        hardware=hardware.id,
        protocol="offline-b1",
        profile=profile,
        device=device,
        # A control is measured again and again; the second it was planned in tells them apart.
        occasion=int(time.time()),
    )


def control(
    plans: Iterator[Plan], out: Path, settings: Settings, teller: Callable[[], Teller]
) -> Iterator[Control]:
    """Measure controls one after the other, each held to the history of its board.

    Args:
        out: gets one folder per control, named by its time.

    Raises:
        as `bench`.
    """
    for planned in plans:
        folder = (
            out
            / f"{datetime.fromtimestamp(planned.occasion).astimezone():%Y%m%dT%H%M%S%z}-{planned.hardware}"
        )
        run = bench(planned, folder, settings, teller())
        found, series = run.environment, f"control {series_of(run)}"
        history = History(settings.cache, found.boards, found.driver, found.cpu_model)
        finding = history.judge("control-as-usual", series, run.energy_per_query_j, "J per query")
        if run.valid and not finding.rejects:
            history.add(series, run.energy_per_query_j, run.finished_at)
        yield Control(folder, run, finding)
