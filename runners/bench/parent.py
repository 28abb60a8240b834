"""The parent of a run: opens the meter, starts the child, times its windows, and judges (METHOD §3)."""

from __future__ import annotations

import importlib
import os
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from leaderboard.domain import (
    Conversation,
    HardwareClass,
    MeasurementFailed,
    Plan,
    Run,
    Stage,
    StarwattError,
    Task,
    Window,
    now,
)
from runners.bench import families, sandbox, weights, wire
from runners.bench.edges import CounterWatch, Edge
from runners.bench.journal import Journal
from runners.bench.limits import Fence, Limits
from runners.bench.machine import Machine
from runners.bench.meter import Meter, open_meter, spent_j
from runners.bench.preflight import check_plan
from runners.bench.process import Child, Deadlines
from runners.bench.progress import Progress, Teller, steps_of
from runners.bench.record import LOG, open_folder, write_run
from runners.bench.trace import Trace
from runners.bench.windows import Windows, describe
from runners.fetch import Inputs, fetch

_NEEDED_LATER = ("leaderboard.rating.aggregate", "runners.bench.assemble", "pyarrow.parquet")
"""Imported while the child imports too; at the top they would delay its start."""
_Part = TypeVar("_Part")


@dataclass(frozen=True)
class Settings:
    """How this machine runs a plan; nothing here changes a number."""

    cache: Path
    sandbox: sandbox.Mode = "auto"
    exclusive: bool = False
    """Whether whoever runs this machine vouches that nothing else uses its GPUs."""
    deadlines: Deadlines = field(default_factory=Deadlines)
    meter: Meter | None = None
    """Instead of the one the hardware calls for: a replay, in tests and rehearsals."""
    child: Sequence[str] | None = None
    """Instead of our own child: another program that speaks `wire`."""
    inputs: Callable[[Plan, Path], Inputs] = fetch
    wall: Callable[[], float] = time.time
    """The wall clock that the trace watches."""


def bench(plan: Plan, out: Path, settings: Settings, teller: Teller) -> Run:
    """Measure a plan and write its folder: `log.txt`, `trace.parquet` and, last, `run.json`.

    Returns:
        the run, whose findings may forbid a figure (`Run.valid`).

    Raises:
        BadInput: the plan is not of this catalogue or harness, or OUT cannot be used.
        Conflict: another run is measuring on the same GPU.
        Refused: an official run with an unpinned data set, no sandbox, or a model that must not be loaded.
        MeasurementFailed: the meter or the child gave no figure.
        Unavailable: the Hub or the disk.
    """
    task, hardware = check_plan(plan)
    open_folder(out)
    journal = Journal(out / LOG, teller.say)
    try:
        return _Bench(plan, task, hardware, settings, journal, teller).run(out)
    except StarwattError as error:
        # The command line says it too; the log is what reaches the submitter.
        journal.note(f"{error.code}: {error}")
        raise
    finally:
        journal.close()


class _Bench:
    """One run, from the meter's opening to the verdict."""

    def __init__(
        self,
        plan: Plan,
        task: Task,
        hardware: HardwareClass,
        settings: Settings,
        journal: Journal,
        teller: Teller,
    ) -> None:
        self._plan, self._task, self._hardware, self._settings = plan, task, hardware, settings
        self._journal = journal
        journal.say(
            f"{plan.model.repo_id} at {plan.model.sha[:12]}, {plan.task} on {plan.hardware} "
            f"({plan.device.value}), {plan.profile.id}: about {plan.expected_duration_s:.0f} s."
        )
        # A dry run's figure stays in development editions whatever the hardware class.
        development = hardware.development or plan.device is not hardware.device
        self._sandboxed, why = sandbox.choose(settings.sandbox, development)
        self._fence = Fence(Limits.of_machine())
        self._machine = Machine(
            plan,
            hardware,
            settings.cache,
            replayed=settings.meter is not None,
            vouched=settings.exclusive,
            say=journal.note,
        )
        self._meter = settings.meter or open_meter(hardware, plan.device)
        journal.say(f"Sandbox: {why}; limits {self._fence.why}. Meter: {self._meter.name}.")
        self._progress = Progress(steps_of(plan, task, self._meter.sees_idle), teller)
        self._trace = Trace(self._meter, self._machine.state, self._machine.foreign, settings.wall)
        self._windows: list[Window] = []
        self._stages: list[Stage] = []
        self._ready: wire.Ready | None = None
        self._inputs: Inputs | None = None
        self._weights: weights.Weights | None = None
        self._told = families.Told(Conversation(), None, None)
        self._outputs: list[Any] = []
        self._labels: tuple[str, ...] = ()
        self._peak_memory_bytes = 0

    def run(self, out: Path) -> Run:
        started_at = now()
        with ExitStack() as stack:
            stack.callback(self._meter.close)
            stack.enter_context(self._fence)
            stack.enter_context(self._machine.reserved())
            self._machine.observe(self._meter)
            idle_w = None
            if self._meter.sees_idle:
                # A meter that sees everybody must see an idle machine: nothing is started before.
                self._fetch()
                stack.enter_context(self._trace)
                idle_w = self._idle()
            else:
                stack.enter_context(self._trace)
            for start in range(self._plan.profile.starts):
                self._start(start)
            self._machine.look_again()
        self._trace.check()
        self._progress.next()
        from runners.bench.assemble import Measured, assemble

        run = assemble(
            Measured(
                plan=self._plan,
                task=self._task,
                hardware=self._hardware,
                meter=self._meter,
                machine=self._machine,
                sandboxed=self._sandboxed,
                ready=_there(self._ready),
                inputs=_there(self._inputs),
                weights=_there(self._weights),
                peak_memory_bytes=self._peak_memory_bytes,
                reasoning_family=self._told.family,
                outputs=self._outputs,
                labels=self._labels,
                started_at=started_at,
                idle_w=idle_w,
                stages=tuple(self._stages),
                windows=tuple(self._windows),
                samples=self._trace.samples,
            ),
            self._journal.say,
        )
        write_run(out, run, self._trace.samples)
        return run

    def _tick(self) -> None:
        """Whenever the parent waits: has the hardware gone meanwhile?"""
        self._trace.check()
        self._progress.tick()

    def _fetch(self) -> Inputs:
        if self._inputs is None:
            self._inputs = self._settings.inputs(self._plan, self._settings.cache)
            self._weights = self._inspect(Path(self._inputs.folder))
            self._journal.say(f"The model is here: {self._weights.params:,} parameters in safetensors.")
        return self._inputs

    def _inspect(self, folder: Path) -> weights.Weights:
        """What can be refused before anything is loaded."""
        found = weights.inspect(folder, self._task.architectures)
        weights.check_precision(found, self._plan.model.precision)
        if self._task.reasoning:
            self._told = families.told_to_reason(self._plan, folder)
        return found

    def _idle(self) -> float:
        self._progress.next()
        self._trace.phase = "idle"
        begin = self._edge_now()
        while (left := begin.time_s + self._plan.profile.idle_s - time.monotonic()) > 0:
            time.sleep(min(0.2, left))
            self._tick()
        end = self._edge_now()
        energy_j = spent_j(begin.energy_j, end.energy_j, self._meter.name)
        idle = Stage(kind="idle", start_s=begin.time_s, end_s=end.time_s, energy_j=energy_j)
        self._stages.append(idle)
        power_w = energy_j / idle.seconds
        self._journal.say(f"Idle: {power_w:.1f} W.")
        self._machine.idle(power_w)
        return power_w

    def _edge_now(self) -> Edge:
        edge = CounterWatch(self._meter).at_step()
        self._trace.keep(edge)
        return edge

    def _start(self, start: int) -> None:
        """One process start: load, warm up, k windows of every rated phase."""
        self._progress.next()
        self._trace.phase = "load"
        silence_s = self._settings.deadlines.silence_s
        with self._child() as child:
            self._meter.watch(child.pid)
            self._ready = self._load(child, start)
            self._journal.say(
                f"Start {start + 1}: {self._ready.architecture} in {self._ready.dtype} is loaded."
            )
            self._progress.next()
            self._trace.phase = "warm-up"
            windows = Windows(self._plan, self._task, self._meter, child, silence_s, start, self._trace.keep)
            windows.warm_up()
            self._stages += windows.warm_ups
            for phase, repeats in self._phases():
                self._trace.phase = phase
                for repeat in range(repeats):
                    self._progress.next()
                    self._windows.append(windows.window(phase, repeat))
                    self._journal.say(describe(self._windows[-1]))
            self._trace.phase = "load"
            if start == self._plan.profile.starts - 1:
                self._score(child)
            child.tell(wire.Stop())
            memory = child.expect(wire.Bye, silence_s).message.peak_memory_bytes
            self._peak_memory_bytes = max(self._peak_memory_bytes, memory)

    def _phases(self) -> list[tuple[str, int]]:
        """Every phase with windows of its own and how many: one for those that only explain, where the model
        has them."""
        rated = [(phase, self._plan.profile.windows) for phase in self._task.phases]
        able = _there(self._ready).phases
        return rated + [(phase, 1) for phase in self._task.metered if phase in able]

    def _score(self, child: Child) -> None:
        """What the model makes of the labelled rows; none of it is metered."""
        inputs = _there(self._inputs)
        self._progress.next()
        if inputs.labels is None:
            return
        self._trace.phase = "quality"

        def keep(output: wire.Output) -> None:
            if output.row != len(self._outputs):
                raise MeasurementFailed("The child told its answers out of order.", "Its log says more.")
            self._outputs.append(output.value)
            self._progress.tick()

        child.tell(wire.Score(queries=inputs.scored))
        silence_s = self._settings.deadlines.silence_s
        self._labels = child.expect(wire.Scored, silence_s, outputs=keep).message.labels

    def _child(self) -> Child:
        command = list(
            self._settings.child or (sys.executable, "-m", "runners.bench.child", str(self._task.engine))
        )
        if self._sandboxed:
            # It can see the whole cache, since what it needs may be fetched while it starts.
            self._settings.cache.mkdir(parents=True, exist_ok=True)
            command = [*sandbox.bubblewrap([self._settings.cache.resolve()]), *command]
        environment = sandbox.child_environment(os.environ, self._plan.device)
        return Child(
            self._fence.around(command),
            {**environment, **self._machine.pinned()},
            sandbox.ROOT,
            lambda line: self._journal.note(f"child: {line}"),
            self._tick,
        )

    def _load(self, child: Child, start: int) -> wire.Ready:
        plan = self._plan
        # The child imports its libraries while this fetches, and while this imports its own.
        inputs = self._fetch()
        for late in _NEEDED_LATER:
            importlib.import_module(late)
        stepping = self._meter.step_s > 0
        before = self._meter.read() if stepping else None
        start_s = time.monotonic()
        child.tell(self._asked(inputs))
        ready, end_s = child.expect(wire.Ready, self._settings.deadlines.load_s)
        after = self._meter.read() if stepping else None
        energy_j = (
            spent_j(before.energy_j, after.energy_j, self._meter.name)
            if before is not None and after is not None and end_s - start_s > self._meter.step_s
            else None
        )
        self._stages.append(Stage(kind="load", start=start, start_s=start_s, end_s=end_s, energy_j=energy_j))
        if set(self._task.phases) - set(ready.phases) or ready.queries != plan.block:
            raise MeasurementFailed(
                f"The child has {ready.queries} queries and phases {', '.join(ready.phases)}; the plan has "
                f"{plan.block} and {', '.join(self._task.phases)}.",
                "Empty the runner's cache and measure again.",
            )
        return ready

    def _asked(self, inputs: Inputs) -> wire.Load:
        plan, task = self._plan, self._task
        made = families.diffusion_family(plan.model.repo_id)
        return wire.Load(
            folder=inputs.folder,
            queries=inputs.queries,
            device=plan.device,
            precision=plan.model.precision,
            max_input_tokens=plan.max_input_tokens,
            output_tokens=plan.output_tokens,
            scored_tokens=task.output.tokens,
            # The block's own answers are scored where they are the labelled ones.
            answers_in=task.phases[-1] if task.quality.dataset is None else "",
            chat=self._told.chat if task.reasoning else None,
            chat_off=self._told.off,
            steps=plan.steps or (made.steps if made else None),
            guidance=made.guidance if made else None,
            judge=inputs.judge,
        )


def _there(part: _Part | None) -> _Part:
    """A part of the run that every start has set."""
    if part is None:
        raise MeasurementFailed("Nothing was measured.", "This is an error of the harness.")
    return part
