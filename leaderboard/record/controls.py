"""Controls of the boards; none is ever changed or taken away (METHOD §3.8)."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select
from sqlalchemy.dialects.sqlite import insert

from leaderboard.domain import Control, Outcome, Run
from leaderboard.record.shelf import Shelf, microseconds
from leaderboard.record.tables import controls

MOST_SHOWN = 500


class Controls(Shelf):
    """What the control model drew, board by board."""

    def add_control(self, control: Control, run: Run) -> None:
        """Append a control; handing in the same run again changes nothing."""
        values: dict[str, Any] = {
            "id": control.id,
            "board": control.board,
            "driver": control.driver or "",
            "series": control.series,
            "hardware": control.hardware,
            "held": int(control.outcome is not Outcome.FAILED),
            "energy_j": control.energy_per_query_j,
            "at_us": microseconds(control.at),
            "body": control.model_dump_json(),
            "run": run.model_dump_json(),
        }
        statement = insert(controls).values(values).on_conflict_do_nothing(index_elements=["id"])
        self._writer.run(lambda connection: connection.execute(statement).rowcount)

    def control(self, id: str) -> Control | None:
        """A control by its run's id; None where there is none."""
        with self._readers.snapshot() as connection:
            body = connection.execute(select(controls.c.body).where(controls.c.id == id)).scalar_one_or_none()
        return None if body is None else Control.model_validate_json(body)

    def earlier_controls(self, board: str, driver: str | None, series: str) -> list[float]:
        """Energies (J per query) of the controls of one series that held, oldest first."""
        statement = (
            select(controls.c.energy_j)
            .where(
                controls.c.board == board,
                controls.c.driver == (driver or ""),
                controls.c.series == series,
                controls.c.held == 1,
            )
            .order_by(controls.c.at_us)
        )
        with self._readers.snapshot() as connection:
            return list(connection.execute(statement).scalars())

    def controls(self, hardware: str | None = None, limit: int = MOST_SHOWN) -> list[Control]:
        """The newest controls, newest first; of one hardware class where it is named."""
        statement = (
            select(controls.c.body).order_by(controls.c.at_us.desc(), controls.c.seq.desc()).limit(limit)
        )
        if hardware is not None:
            statement = statement.where(controls.c.hardware == hardware)
        with self._readers.snapshot() as connection:
            bodies = connection.execute(statement).scalars().all()
        return [Control.model_validate_json(body) for body in bodies]
