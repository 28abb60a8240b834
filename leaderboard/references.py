"""How far an edition's reference models are measured, and what the rest would take (METHOD §5, §3.8).

Catalogue and domain meet here with what the record has; asking the record is the caller's part.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from leaderboard import catalogue
from leaderboard.domain import MIN_REFERENCES, Cell, Edition, Rental, weights_gb

PROFILE = "official"
CONTROLS_PER_BATCH = 2
"""A control runs before and after each batch; the missing models of a cell are taken for one batch."""


@dataclass(frozen=True)
class CellStatus:
    """One cell of an edition: its reference models, and what measuring the missing ones would take."""

    cell: Cell
    listed: tuple[str, ...]
    measured: tuple[str, ...]
    run_s: float
    """Expected duration of one official run, seconds; longer where one pass outlasts a window."""
    control_s: float
    """Expected duration of one control, seconds; 0 where the hardware class has none."""
    gpus: int
    rental: Rental | None

    @property
    def missing(self) -> tuple[str, ...]:
        return tuple(model for model in self.listed if model not in self.measured)

    @property
    def enough(self) -> bool:
        """Whether bands can be made of what is measured."""
        return len(self.measured) >= MIN_REFERENCES

    @property
    def machine_hours(self) -> float:
        """Hours of one machine for the missing models and the controls round them."""
        if not self.missing:
            return 0.0
        return (len(self.missing) * self.run_s + CONTROLS_PER_BATCH * self.control_s) / 3600

    @property
    def gpu_hours(self) -> float:
        return self.machine_hours * self.gpus

    @property
    def cost(self) -> float | None:
        """In the rental's currency; None where no price is known."""
        return None if self.rental is None else self.machine_hours * self.rental.price_per_hour


@dataclass(frozen=True)
class Obstacle:
    """What keeps official runs from happening today."""

    why: str
    tasks: tuple[str, ...]


def status(edition: Edition, measured: Mapping[Cell, Collection[str]]) -> list[CellStatus]:
    """Every cell of an edition that has reference models, in the order in which they are listed.

    Args:
        measured: models that have a row by cell, as `Record.measured_models` tells.

    Raises:
        UnknownName: a cell names a task or a hardware class that the catalogue does not have.
    """
    return [_status(cell, listed, measured.get(cell, ())) for cell, listed in edition.reference_cells.items()]


def _status(cell: Cell, listed: tuple[str, ...], rows: Collection[str]) -> CellStatus:
    profile = catalogue.profile(PROFILE)
    hardware = catalogue.hardware(cell.hardware)
    control_s = 0.0
    if hardware.control is not None:
        control_s = catalogue.expected_duration_s(catalogue.task(hardware.control.task), profile)
    return CellStatus(
        cell=cell,
        listed=listed,
        measured=tuple(model for model in listed if model in rows),
        run_s=catalogue.expected_duration_s(catalogue.task(cell.task), profile),
        control_s=control_s,
        gpus=hardware.gpus,
        rental=hardware.rental,
    )


def obstacles(edition: Edition) -> list[Obstacle]:
    """What stops official runs of an edition's cells today, each with the tasks it stops."""
    cells = edition.reference_cells
    tasks = [catalogue.task(id) for id in dict.fromkeys(cell.task for cell in cells)]
    protocols = [catalogue.protocol(id) for id in dict.fromkeys(cell.protocol for cell in cells)]
    found = [
        Obstacle("no pipeline measures it yet", tuple(task.id for task in tasks if task.engine is None)),
        Obstacle(
            "its data set is not pinned to a commit, so an official run is refused",
            tuple(f"{task.id} ({task.dataset.repo_id})" for task in tasks if task.dataset.revision is None),
        ),
        *(
            Obstacle(
                f"the protocol {protocol.id} is not run yet",
                tuple(dict.fromkeys(cell.task for cell in cells if cell.protocol == protocol.id)),
            )
            for protocol in protocols
            if not protocol.available
        ),
    ]
    return [obstacle for obstacle in found if obstacle.tasks]


def fits(params: int, hardware_id: str) -> bool:
    """Whether weights of that many parameters leave room on one card, in its default precision.

    True on a hardware class without a stated memory: nothing speaks against it.
    """
    hardware = catalogue.hardware(hardware_id)
    return hardware.room_gb is None or weights_gb(params, hardware.default_precision) <= hardware.room_gb
