"""The process starts of one measurement: load, warm up, k windows of each rated phase (METHOD §3)."""

from __future__ import annotations

import importlib
import os
import sys
import time
from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any, TypeVar

from leaderboard.domain import MeasurementFailed, Plan, QualityResult, Run, Stage, Window
from leaderboard.judging.samples import Sample
from runners.bench import families, sandbox, wire
from runners.bench.meter import spent_j
from runners.bench.process import Child
from runners.bench.rig import Rig
from runners.bench.windows import Windows, describe
from runners.fetch import Inputs

if TYPE_CHECKING:
    from runners.bench.assemble import Measured

_NEEDED_LATER = ("leaderboard.rating.aggregate", "runners.bench.assemble", "pyarrow.parquet")
"""Imported while the child imports too; at the top they would delay its start."""
_Part = TypeVar("_Part")


class Starts:
    """Measures a model in m processes, one after the other."""

    def __init__(self, rig: Rig, plan: Plan, batch: int = 1) -> None:
        """
        Args:
            plan: the run's, or that of one rung of a sweep.
            batch: queries answered together.
        """
        self._rig, self._plan, self._batch = rig, plan, batch
        self._windows: list[Window] = []
        self._stages: list[Stage] = []
        self._ready: wire.Ready | None = None
        self._outputs: list[Any] = []
        self._labels: tuple[str, ...] = ()
        self._peak_memory_bytes = 0

    def run(self, *, scored: bool = True) -> None:
        """Every start.

        Args:
            scored: whether the last one answers the labelled rows too.

        Raises:
            NoReading, ChildFailed, MeasurementFailed: there is no figure.
        """
        last = self._plan.profile.starts - 1
        for start in range(self._plan.profile.starts):
            self._start(start, scored and start == last)

    def assembled(
        self, started_at: datetime, samples: Sequence[Sample], quality: QualityResult | None = None
    ) -> Run:
        """What was measured as a run, judged.

        Args:
            quality: instead of what this measurement scored.

        Raises:
            MeasurementFailed: the windows do not make a figure.
        """
        from runners.bench.assemble import assemble

        return assemble(self._measured(started_at, samples, quality), self._rig.journal.say)

    def _measured(
        self, started_at: datetime, samples: Sequence[Sample], quality: QualityResult | None
    ) -> Measured:
        from runners.bench.assemble import Measured

        rig = self._rig
        return Measured(
            plan=self._plan,
            task=rig.task,
            hardware=rig.hardware,
            meter=rig.meter,
            machine=rig.machine,
            sandboxed=rig.sandboxed,
            ready=_there(self._ready),
            inputs=rig.fetch(),
            weights=rig.weights,
            peak_memory_bytes=self._peak_memory_bytes,
            reasoning_family=rig.told.family,
            outputs=self._outputs,
            labels=self._labels,
            quality=quality,
            started_at=started_at,
            idle_w=rig.idle_w,
            stages=(*rig.idle, *self._stages),
            windows=tuple(self._windows),
            samples=samples,
        )

    def _start(self, start: int, scored: bool) -> None:
        """One process start: load, warm up, k windows of every rated phase."""
        rig = self._rig
        rig.progress.next()
        rig.trace.phase = "load"
        silence_s = rig.settings.deadlines.silence_s
        with self._child() as child:
            rig.meter.watch(child.pid)
            self._ready = self._load(child, start)
            rig.journal.say(
                f"Start {start + 1}: {self._ready.architecture} in {self._ready.dtype} is loaded."
            )
            rig.progress.next()
            rig.trace.phase = "warm-up"
            windows = Windows(self._plan, rig.task, rig.meter, child, silence_s, start, rig.trace.keep)
            windows.warm_up()
            self._stages += windows.warm_ups
            for phase, repeats in self._phases():
                rig.trace.phase = phase
                for repeat in range(repeats):
                    rig.progress.next()
                    self._windows.append(windows.window(phase, repeat))
                    rig.journal.say(describe(self._windows[-1]))
            rig.trace.phase = "load"
            if scored:
                self._score(child)
            child.tell(wire.Stop())
            memory = child.expect(wire.Bye, silence_s).message.peak_memory_bytes
            self._peak_memory_bytes = max(self._peak_memory_bytes, memory)

    def _phases(self) -> list[tuple[str, int]]:
        """Every phase with windows of its own and how many: one for those that only explain, where the model
        has them."""
        task = self._rig.task
        rated = [(phase, self._plan.profile.windows) for phase in task.phases]
        able = _there(self._ready).phases
        return rated + [(phase, 1) for phase in task.metered if phase in able]

    def _score(self, child: Child) -> None:
        """What the model makes of the labelled rows; none of it is metered."""
        rig = self._rig
        inputs = rig.fetch()
        rig.progress.next()
        if inputs.labels is None:
            return
        rig.trace.phase = "quality"

        def keep(output: wire.Output) -> None:
            if output.row != len(self._outputs):
                raise MeasurementFailed("The child told its answers out of order.", "Its log says more.")
            self._outputs.append(output.value)
            rig.progress.tick()

        child.tell(wire.Score(queries=inputs.scored))
        silence_s = rig.settings.deadlines.silence_s
        self._labels = child.expect(wire.Scored, silence_s, outputs=keep).message.labels

    def _child(self) -> Child:
        rig, settings = self._rig, self._rig.settings
        command = list(settings.child or (sys.executable, "-m", "runners.bench.child", str(rig.task.engine)))
        if rig.sandboxed:
            # It can see the whole cache, since what it needs may be fetched while it starts.
            settings.cache.mkdir(parents=True, exist_ok=True)
            command = [*sandbox.bubblewrap([settings.cache.resolve()]), *command]
        else:
            command = [*sandbox.bare(), *command]
        environment = sandbox.child_environment(os.environ, self._plan.device)
        return Child(
            rig.fence.around(command),
            {**environment, **rig.machine.pinned()},
            sandbox.ROOT,
            lambda line: rig.journal.note(f"child: {line}"),
            rig.tick,
        )

    def _load(self, child: Child, start: int) -> wire.Ready:
        plan, task, meter = self._plan, self._rig.task, self._rig.meter
        # The child imports its libraries while this fetches, and while this imports its own.
        inputs = self._rig.fetch()
        for late in _NEEDED_LATER:
            importlib.import_module(late)
        stepping = meter.step_s > 0
        before = meter.read() if stepping else None
        start_s = time.monotonic()
        child.tell(self._asked(inputs))
        ready, end_s = child.expect(wire.Ready, self._rig.settings.deadlines.load_s)
        after = meter.read() if stepping else None
        energy_j = (
            spent_j(before.energy_j, after.energy_j, meter.name)
            if before is not None and after is not None and end_s - start_s > meter.step_s
            else None
        )
        self._stages.append(Stage(kind="load", start=start, start_s=start_s, end_s=end_s, energy_j=energy_j))
        if set(task.phases) - set(ready.phases) or ready.queries != plan.block:
            raise MeasurementFailed(
                f"The child has {ready.queries} queries and phases {', '.join(ready.phases)}; the plan has "
                f"{plan.block} and {', '.join(task.phases)}.",
                "Empty the runner's cache and measure again.",
            )
        return ready

    def _asked(self, inputs: Inputs) -> wire.Load:
        plan, task, told = self._plan, self._rig.task, self._rig.told
        made = families.diffusion_family(plan.model.repo_id)
        return wire.Load(
            folder=inputs.folder,
            queries=inputs.queries,
            device=plan.device,
            precision=plan.model.precision,
            max_input_tokens=plan.max_input_tokens,
            output_tokens=plan.output_tokens,
            batch=self._batch,
            scored_tokens=task.output.tokens,
            # The block's own answers are scored where they are the labelled ones.
            answers_in=task.phases[-1] if task.quality.dataset is None else "",
            chat=told.chat if task.reasoning else None,
            chat_off=told.off,
            steps=plan.steps or (made.steps if made else None),
            guidance=made.guidance if made else None,
            judge=inputs.judge,
        )


def _there(part: _Part | None) -> _Part:
    """A part of the run that every start has set."""
    if part is None:
        raise MeasurementFailed("Nothing was measured.", "This is an error of the harness.")
    return part
