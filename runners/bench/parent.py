"""The parent of a run: opens the meter, starts the child, times its windows, and judges (METHOD §3)."""

from __future__ import annotations

import importlib
import os
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from leaderboard import catalogue
from leaderboard.domain import (
    Device,
    Finding,
    HardwareClass,
    MeasurementFailed,
    ModelReport,
    NoReading,
    Plan,
    QualityResult,
    Run,
    StarwattError,
    Task,
    Window,
    now,
)
from runners.bench import observed, sandbox, weights, wire
from runners.bench.environment import harness_hash, read_environment
from runners.bench.gpu import read_gpus
from runners.bench.journal import Journal
from runners.bench.meter import Meter, open_meter
from runners.bench.preflight import check_plan, provenance_of
from runners.bench.process import Child, Deadlines
from runners.bench.progress import Progress, Teller, steps_of
from runners.bench.record import LOG, open_folder, write_run
from runners.bench.trace import Trace
from runners.bench.windows import Windows, describe
from runners.fetch import Inputs, fetch

_NEEDED_LATER = ("leaderboard.rating.aggregate", "runners.bench.judge", "pyarrow.parquet")
"""Imported while the child imports too; at the top they would delay its start."""


@dataclass(frozen=True)
class Settings:
    """How this machine runs a plan; nothing here changes a number."""

    cache: Path
    sandbox: sandbox.Mode = "auto"
    deadlines: Deadlines = field(default_factory=Deadlines)
    meter: Meter | None = None
    """Instead of the one the hardware calls for: a replay, in tests and rehearsals."""
    child: Sequence[str] | None = None
    """Instead of our own child: another program that speaks `wire`."""
    inputs: Callable[[Plan, Path], Inputs] = fetch


def bench(plan: Plan, out: Path, settings: Settings, teller: Teller) -> Run:
    """Measure a plan and write its folder: `log.txt`, `trace.parquet` and, last, `run.json`.

    Returns:
        the run, whose findings may forbid a figure (`Run.valid`).

    Raises:
        BadInput: the plan is not of this catalogue or harness, or OUT cannot be used.
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
        self._gpus = read_gpus() if plan.device is Device.CUDA else None
        self._meter = settings.meter or open_meter(
            hardware, plan.device, hardware.watts_per_core or catalogue.hardware("cpu").watts_per_core
        )
        journal.say(f"Sandbox: {why}. Meter: {self._meter.name}.")
        self._progress = Progress(steps_of(plan, task, self._meter.sees_idle), teller)
        self._trace = Trace(self._meter)
        self._windows: list[Window] = []
        self._ready: wire.Ready | None = None
        self._inputs: Inputs | None = None
        self._weights: weights.Weights | None = None
        self._peak_memory_bytes = 0
        self._unanswered = 0
        self._settled = True

    def run(self, out: Path) -> Run:
        started_at = now()
        with ExitStack() as stack:
            stack.callback(self._meter.close)
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
        self._progress.next()
        run = self._assemble(started_at, idle_w)
        write_run(out, run, self._trace.samples)
        return run

    def _fetch(self) -> Inputs:
        if self._inputs is None:
            self._inputs = self._settings.inputs(self._plan, self._settings.cache)
            self._weights = weights.inspect(Path(self._inputs.folder), self._task.architectures)
            self._journal.say(f"The model is here: {self._weights.params:,} parameters in safetensors.")
        return self._inputs

    def _idle(self) -> float:
        self._progress.next()
        self._trace.phase = "idle"
        began = time.monotonic()
        self._meter.begin()
        while (left := began + self._plan.profile.idle_s - time.monotonic()) > 0:
            time.sleep(min(0.2, left))
            self._progress.tick()
        power_w = self._meter.end() / (time.monotonic() - began)
        self._journal.say(f"Idle: {power_w:.1f} W.")
        return power_w

    def _start(self, start: int) -> None:
        """One process start: load, warm up, k windows of every rated phase."""
        self._progress.next()
        self._trace.phase = "load"
        silence_s = self._settings.deadlines.silence_s
        with self._child() as child:
            self._meter.watch(child.pid)
            self._ready = self._load(child)
            self._journal.say(
                f"Start {start + 1}: {self._ready.architecture} in {self._ready.dtype} is loaded."
            )
            self._progress.next()
            self._trace.phase = "warm-up"
            windows = Windows(self._plan, self._task, self._meter, child, silence_s, start)
            self._settled = windows.warm_up() and self._settled
            for phase in self._task.phases:
                self._trace.phase = phase
                for repeat in range(self._plan.profile.windows):
                    self._progress.next()
                    self._windows.append(windows.window(phase, repeat))
                    self._journal.say(describe(self._windows[-1]))
            self._unanswered += windows.unanswered
            child.tell(wire.Stop())
            memory = child.expect(wire.Bye, silence_s).peak_memory_bytes
            self._peak_memory_bytes = max(self._peak_memory_bytes, memory)

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
            command,
            environment,
            sandbox.ROOT,
            lambda line: self._journal.note(f"child: {line}"),
            self._progress.tick,
        )

    def _load(self, child: Child) -> wire.Ready:
        plan = self._plan
        # The child imports its libraries while this fetches, and while this imports its own.
        inputs = self._fetch()
        for late in _NEEDED_LATER:
            importlib.import_module(late)
        child.tell(
            wire.Load(
                folder=inputs.folder,
                queries=inputs.queries,
                device=plan.device,
                precision=plan.model.precision,
                max_input_tokens=plan.max_input_tokens,
                output_tokens=plan.output_tokens,
            )
        )
        ready = child.expect(wire.Ready, self._settings.deadlines.load_s)
        if set(self._task.phases) - set(ready.phases) or ready.queries != plan.block:
            raise MeasurementFailed(
                f"The child has {ready.queries} queries and phases {', '.join(ready.phases)}; the plan has "
                f"{plan.block} and {', '.join(self._task.phases)}.",
                "Empty the runner's cache and measure again.",
            )
        return ready

    def _assemble(self, started_at: datetime, idle_w: float | None) -> Run:
        # See _NEEDED_LATER.
        from leaderboard.rating.aggregate import aggregate
        from runners.bench.judge import judge, verdict

        ready, inputs, held = self._ready, self._inputs, self._weights
        if ready is None or inputs is None or held is None:
            raise NoReading("Nothing was measured.", "This is an error of the harness.")
        plan, total = self._plan, aggregate(self._windows, self._task.phases)
        run = Run(
            run_key=plan.run_key,
            plan=plan,
            provenance=provenance_of(plan, self._hardware, self._meter, self._sandboxed, self._gpus),
            environment=read_environment(
                plan.device,
                self._meter.name,
                "bubblewrap, no network" if self._sandboxed else "none",
                ready.threads,
                self._gpus,
            ),
            model=ModelReport(
                params=held.params,
                dtype=ready.dtype,
                architecture=ready.architecture,
                weights_hash=inputs.weights_hash,
                peak_memory_bytes=self._peak_memory_bytes,
            ),
            started_at=started_at,
            finished_at=now(),
            idle_power_w=idle_w,
            windows=tuple(self._windows),
            energy_per_query_j=total.energy_per_query_j,
            repeatability_j=total.repeatability_j,
            latency_s=total.seconds_per_query,
            quality=QualityResult(
                metric=self._task.quality.metric,
                reason="Quality is not scored by this version of the harness.",
            ),
            harness_hash=harness_hash(),
        )
        findings = judge(run, self._task, self._hardware, catalogue.profile(plan.profile.id))
        findings += self._observed(run, ready)
        self._journal.say(
            f"{run.energy_per_query_j:.4g} J per query, {run.provenance.value}: {verdict(findings)}."
        )
        return run.model_copy(update={"findings": tuple(findings)})

    def _observed(self, run: Run, ready: wire.Ready) -> list[Finding]:
        """The checks that only the running harness could make."""
        found = [
            observed.answers(run, self._unanswered),
            observed.warm_up(self._settled),
            observed.unused_weights(ready.unused_weights),
            observed.quality(run.quality),
        ]
        if self._gpus is not None:
            found += [
                observed.board(self._gpus, self._hardware),
                observed.gpus_measured(self._gpus, ready.gpu_uuids, self._meter.gpus),
                observed.nvml(self._gpus),
            ]
        if self._meter.independent_power:
            found.append(observed.counter_agrees(run.windows, self._trace))
        return found
