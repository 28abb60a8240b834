"""Acceptance of a GPU host: its checks, idle power, the control model three times (METHOD §3.1, §3.2, §3.8).

After a new driver it is accepted anew, and the factor between the old driver's controls and the new one's is
part of the report: figures of both stand beside each other only where it is close to one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from statistics import median
from typing import Any, NamedTuple

from leaderboard import catalogue
from leaderboard.domain import (
    Finding,
    Plan,
    Run,
    Severity,
    Word,
    failed,
    now,
    passed,
    rejections,
    series_of,
    unverifiable,
)
from leaderboard.domain.words import Instant
from runners.bench.history import History
from runners.bench.parent import Settings
from runners.bench.progress import Teller
from runners.control import Control, control

CONTROLS = 3
"""How often the control model is measured: enough to see whether a board agrees with itself."""
REPORT = "acceptance.json"


class Measured(Word):
    """One of the controls."""

    run_id: str
    energy_per_query_j: float
    idle_power_w: float | None
    folder: str


class Acceptance(Word):
    """What was found of a host, in `acceptance.json` beside the controls' folders."""

    hardware: str
    boards: tuple[str, ...]
    """Hashes of the boards' UUIDs, as in run records; none: a processor."""
    driver: str | None
    at: Instant
    controls: tuple[Measured, ...]
    findings: tuple[Finding, ...]

    @property
    def accepted(self) -> bool:
        return not rejections(self.findings)


class Changed(NamedTuple):
    """Controls of one board before and after a new driver."""

    driver: str
    before_j: float
    after_j: float

    @property
    def factor(self) -> float:
        """How much more the same work takes by the new driver's figures."""
        return self.after_j / self.before_j


def accept(
    hardware_id: str,
    findings: Sequence[Finding],
    plans: Iterator[Plan],
    out: Path,
    settings: Settings,
    teller: Callable[[], Teller],
    told: Callable[[Control], None],
) -> Acceptance:
    """Measure the control model on a host that passed its checks, and write the report.

    Args:
        findings: of `runners.doctor.examine`, none of which rejects.
        plans: of the control model; three are taken.
        out: a folder for the report and the controls.
        told: hears of each control when it is there.

    Raises:
        as `bench`.
    """
    done: list[Control] = []
    for each in control((next(plans) for _ in range(CONTROLS)), out, settings, teller):
        told(each)
        done.append(each)
    runs = [each.run for each in done]
    found = runs[-1].environment
    report = Acceptance(
        hardware=hardware_id,
        boards=tuple(board.uuid_hash for board in found.boards),
        driver=found.driver,
        at=now(),
        controls=tuple(
            Measured(
                run_id=each.run.id,
                energy_per_query_j=each.run.energy_per_query_j,
                idle_power_w=each.run.idle_power_w,
                folder=each.folder.name,
            )
            for each in done
        ),
        findings=(
            *findings,
            *(finding for run in runs for finding in rejections(run.findings)),
            *(each.finding for each in done),
            _agree(
                "controls-agree", "control-as-usual", [run.energy_per_query_j for run in runs], "J per query"
            ),
            *_idle(runs),
            *_driver(settings.cache, runs),
        ),
    )
    out.joinpath(REPORT).write_text(report.model_dump_json(indent=2) + "\n", encoding="utf-8")
    return report


def _agree(name: str, check: str, values: Sequence[float], unit: str) -> Finding:
    """Whether repeats agree with their own median, by the tolerance that later ones will be held to."""
    tolerance, usual = catalogue.check(check).limit("tolerance"), median(values)
    worst = max(values, key=lambda value: abs(value / usual - 1))
    told = f"{', '.join(f'{value:.4g}' for value in values)} {unit}, {worst / usual - 1:+.1%} at worst"
    evidence: dict[str, Any] = {"values": list(values), "tolerance": tolerance}
    if abs(worst / usual - 1) > tolerance:
        return failed(
            name,
            f"{told}; {tolerance:.0%} are allowed.",
            "Look for other work on this machine, cooling, a power cap; then accept it anew.",
            **evidence,
        )
    return passed(name, f"{told}.", **evidence)


def _idle(runs: Sequence[Run]) -> Iterator[Finding]:
    idle = [run.idle_power_w for run in runs if run.idle_power_w is not None]
    if len(idle) == len(runs):
        yield _agree("idle-agrees", "idle-as-usual", idle, "W")
    else:
        yield unverifiable("idle-agrees", "This meter does not see idle power.", severity=Severity.FLAG)


def driver_change(cache: Path, runs: Sequence[Run]) -> Changed | None:
    """The controls of the last driver before this one, beside these; None: this board has no other driver."""
    found = runs[-1].environment
    history = History(cache, found.boards, found.driver, found.cpu_model)
    before = history.of_earlier_driver(f"control {series_of(runs[-1])}")
    if before is None:
        return None
    driver, values = before
    return Changed(driver, median(values), median(run.energy_per_query_j for run in runs))


def _driver(cache: Path, runs: Sequence[Run]) -> Iterator[Finding]:
    changed = driver_change(cache, runs)
    if changed is None:
        return
    tolerance = catalogue.check("control-as-usual").limit("tolerance")
    told = (
        f"Driver {runs[-1].environment.driver} after {changed.driver}: the control takes "
        f"{changed.after_j:.4g} J per query, {changed.before_j:.4g} before, a factor of {changed.factor:.4f}"
    )
    evidence: dict[str, Any] = {"before": changed.driver, "factor": changed.factor, "tolerance": tolerance}
    if abs(changed.factor - 1) > tolerance:
        yield failed(
            "driver-upgrade",
            f"{told}; {tolerance:.0%} are allowed.",
            "Go back to the old driver for the edition that is open, or measure its reference models anew.",
            Severity.REJECT,
            **evidence,
        )
    else:
        yield passed("driver-upgrade", f"{told}.", **evidence)
