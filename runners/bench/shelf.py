"""The rungs of a sweep that is under way: each a run folder of its own, so that a kill loses one at most.

    OUT/rungs/plan.json             whose rungs these are
    OUT/rungs/fp16-b8/              `run.json` and `trace.parquet`, as of any run
    OUT/rungs/fp16-b64.json         a rung that memory or precision forbids: why

They are gone when the sweep is whole: its own `run.json` and `trace.parquet` hold them.
"""

from __future__ import annotations

import json
import shutil
from contextlib import suppress
from pathlib import Path
from typing import Self

from leaderboard.domain import (
    BadInput,
    BrokenRung,
    Environment,
    Plan,
    Precision,
    Run,
    StarwattError,
    rejections,
    rung_plan,
)
from leaderboard.judging.again import judge_again
from leaderboard.judging.samples import Sample, read_trace
from runners.bench.environment import harness_hash
from runners.bench.record import RUN, TRACE, open_folder, read_plan_file, write_run, write_whole

RUNGS = "rungs"
_NEW_EACH_TIME = {"counter_step_s", "threads", "git_commit", "git_dirty"}
"""Of an environment: what two sessions of one sweep may have otherwise; the harness is held by its hash."""


class RungShelf:
    """The folder of a sweep's rungs."""

    def __init__(self, out: Path, plan: Plan, *, resumed: bool) -> None:
        self._folder, self._plan = out / RUNGS, plan
        self.resumed = resumed
        """Whether an earlier session of the same sweep was here."""

    @classmethod
    def open(cls, out: Path, plan: Plan) -> Self:
        """An empty folder, or that of the same sweep, ended before it was whole.

        Raises:
            BadInput: it holds something else, a finished run, or another plan's rungs.
        """
        told = out / RUNGS / "plan.json"
        if not told.is_file():
            open_folder(out)
            told.parent.mkdir()
            write_whole(told, plan.model_dump_json(indent=2) + "\n")
            return cls(out, plan, resumed=False)
        if (out / RUN).is_file():
            raise BadInput(f"{out} holds a finished run.", "Name a new folder for the run.")
        if read_plan_file(told).run_key != plan.run_key:
            raise BadInput(f"{out} holds rungs of another plan.", "Name a new folder for the run.")
        return cls(out, plan, resumed=True)

    def measured(
        self, precision: Precision, batch: int, here: Environment
    ) -> tuple[Run, list[Sample]] | None:
        """A rung from before, if it is intact, of this harness, and was measured on this machine as it is.

        Args:
            here: what this session runs on.
        """
        folder = self._of(precision, batch)
        try:
            run = Run.model_validate_json((folder / RUN).read_bytes())
            samples = read_trace(folder / TRACE)
        except (OSError, ValueError, KeyError):
            return None
        same = run.run_key == rung_plan(self._plan, precision, batch).run_key
        if not same or run.harness_hash != harness_hash() or _place(run.environment) != _place(here):
            return None
        return (run, samples) if _is_intact(run, samples) else None

    def keep(self, run: Run, batch: int, samples: list[Sample]) -> None:
        """Put a measured rung on the disk, whole or not at all."""
        folder = self._of(run.plan.model.precision, batch)
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir()
        write_run(folder, run, samples)

    def broken(self, precision: Precision, batch: int) -> BrokenRung | None:
        """Why a rung had no figure before, where trying again would end the same way."""
        with suppress(OSError, ValueError):
            told = json.loads(self._of(precision, batch).with_suffix(".json").read_bytes())
            if told.pop("harness_hash", None) == harness_hash():
                return BrokenRung.model_validate(told)
        return None

    def keep_broken(self, rung: BrokenRung) -> None:
        """Remember that memory or precision forbids a rung; what else may fail is tried again."""
        if rung.cause != "child":
            told = {**rung.model_dump(mode="json"), "harness_hash": harness_hash()}
            write_whole(self._of(rung.precision, rung.batch).with_suffix(".json"), json.dumps(told))

    def clear(self) -> None:
        """The sweep is whole."""
        shutil.rmtree(self._folder, ignore_errors=True)

    def _of(self, precision: Precision, batch: int) -> Path:
        return self._folder / f"{precision}-b{batch}"


def _place(environment: Environment) -> dict[str, object]:
    return environment.model_dump(exclude=_NEW_EACH_TIME)


def _is_intact(run: Run, samples: list[Sample]) -> bool:
    """Whether record and trace still say what they said when they were written."""
    try:
        again = judge_again(run, samples)
    except StarwattError:
        return False
    told = {finding.name for finding in rejections(run.findings)}
    return {finding.name for finding in rejections(again)} <= told
