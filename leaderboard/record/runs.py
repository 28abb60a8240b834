"""Finished runs: one that counts for each run key (DESIGN §4)."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, bindparam, insert, literal_column, select, update

from leaderboard.domain import NotFound, Run
from leaderboard.record.readers import WHOLE_EDITION_WORK_S
from leaderboard.record.shelf import Shelf, microseconds
from leaderboard.record.states import find_run_key
from leaderboard.record.tables import runs

_STANDING = select(runs.c.accepted, runs.c.body).where(
    runs.c.run_key == bindparam("key"), runs.c.current == 1
)
_STAND_BACK = (
    update(runs)
    .where(runs.c.run_key == bindparam("key"), runs.c.current == 1)
    .values(current=literal_column("0"))
)
_ADD_RUN = insert(runs)


class Runs(Shelf):
    """Reading runs."""

    def run(self, id: str) -> Run:
        """One run by the first twelve digits of its key.

        Raises:
            NotFound: there is none.
        """
        statement = (
            select(runs.c.body)
            .where(runs.c.id == id, runs.c.current == 1)
            .order_by(runs.c.seq.desc())
            .limit(1)
        )
        with self._readers.snapshot() as connection:
            body = connection.execute(statement).scalar_one_or_none()
        if body is None:
            raise NotFound(f"There is no run {id[:20]!r}.", "A run appears once its submission has ended.")
        return Run.model_validate_json(body)

    def runs_of(self, model: str) -> list[Run]:
        """The runs of a model (org/name), accepted and rejected ones, newest first."""
        statement = (
            select(runs.c.body)
            .where(runs.c.model == model, runs.c.current == 1)
            .order_by(runs.c.finished_us.desc(), runs.c.seq.desc())
        )
        with self._readers.snapshot() as connection:
            bodies = connection.execute(statement).scalars().all()
        return [Run.model_validate_json(body) for body in bodies]

    def all_runs(self) -> list[Run]:
        """Every run that counts, accepted and rejected ones, in the order they came in; for publishing."""
        statement = select(runs.c.body).where(runs.c.current == 1).order_by(runs.c.seq)
        with self._readers.snapshot(WHOLE_EDITION_WORK_S) as connection:
            bodies = connection.execute(statement).scalars().all()
        return [Run.model_validate_json(body) for body in bodies]

    def submission_of_run(self, run_id: str) -> str:
        """The submission that a run was made for. Raises NotFound."""
        statement = select(runs.c.submission_id).where(runs.c.id == run_id).order_by(runs.c.seq.desc())
        with self._readers.snapshot() as connection:
            found: str | None = connection.execute(statement).scalars().first()
        if found is None:
            raise NotFound(f"There is no run {run_id[:20]!r}.", "Its address has twelve characters.")
        return found

    def has_run(self, run_key: str) -> bool:
        """Whether this plan was measured and accepted; a rejected run does not count."""
        with self._readers.snapshot() as connection:
            return find_run_key(connection, run_key)[1] is not None


def prepare_run(run: Run, submission_id: str, accepted: bool) -> dict[str, Any]:
    """The values of its row; done in the caller's thread, to keep the writer's free."""
    return {
        "id": run.id,
        "run_key": run.run_key,
        "model": run.plan.model.repo_id,
        "submission_id": submission_id,
        "accepted": int(accepted),
        "current": 1,
        "finished_us": microseconds(run.finished_at),
        "body": run.model_dump_json(),
    }


def store_run(connection: Connection, prepared: dict[str, Any]) -> None:
    """Keep a run. An accepted one of the same key stays as it is; a rejected one gives way to this."""
    key = {"key": prepared["run_key"]}
    before = connection.execute(_STANDING, key).one_or_none()
    if before is not None:
        if before.accepted or (before.body == prepared["body"] and not prepared["accepted"]):
            return
        connection.execute(_STAND_BACK, key)
    connection.execute(_ADD_RUN, prepared)
