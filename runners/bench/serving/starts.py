"""The starts of a run that asks a server: the meter stays here, the server is a child or was there before."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from leaderboard.domain import (
    NOT_TOLD,
    SERVE,
    ChildFailed,
    NoReading,
    QualityResult,
    Serving,
    Stage,
)
from leaderboard.judging.conditions import DTYPES
from leaderboard.judging.outcome import unseen
from leaderboard.judging.samples import Sample
from runners.bench import wire
from runners.bench.progress import Progress, Teller
from runners.bench.rig import Rig
from runners.bench.serving.answers import Book
from runners.bench.serving.asking import endpoint
from runners.bench.serving.hosting import Host
from runners.bench.serving.loads import Loaded, Loads, faults_in_words
from runners.bench.serving.rungs import rung_of, windows_of_rung
from runners.bench.serving.server import Given, Server
from runners.bench.serving.steps import protocols_own, serving_steps, steady_s
from runners.bench.serving.vllm import flags_of
from runners.bench.starts import Starts
from runners.fetch import Inputs

if TYPE_CHECKING:
    from runners.bench.assemble import Measured

LONGEST_WARMUP = 10
"""Loads after which a warm-up that does not settle is left, with a flag."""


class ServingStarts(Starts):
    """Measures a server in m starts, at the protocol's own concurrency; then once at each of the others."""

    def __init__(self, rig: Rig, host: Host, given: Given | None, teller: Teller, out: Path) -> None:
        super().__init__(rig, rig.plan)
        self._host, self._given = host, given
        self._options = rig.settings.serving
        self._at_once = protocols_own(rig.plan)
        self._others = [each for each in self._options.ladder if each != self._at_once]
        self._starts = 1 if given else rig.plan.profile.starts
        rig.progress = Progress(
            serving_steps(rig.plan, self._starts, self._at_once, self._others, rig.sees_idle), teller
        )
        self._book = Book(out)
        self._loaded: dict[int, list[Loaded]] = {}
        self._problems: dict[int, str] = {}
        self._server_said = ""

    def run(self, *, scored: bool = True) -> None:  # noqa: ARG002  serving scores nothing
        try:
            for start in range(self._starts):
                self._rated(start)
            for at_once in self._others:
                self._beside(at_once)
        finally:
            # What was asked and answered is there also when no figure came of it.
            self._book.close()

    def _rated(self, start: int) -> None:
        """The protocol's own concurrency.

        Raises:
            ChildFailed: it has no steady window.
        """
        self._rung(self._at_once, start, self._plan.profile.windows)
        bad = next((each.problem for each in self._loaded[self._at_once] if each.problem), "")
        if bad:
            raise ChildFailed(
                f"With {self._at_once} requests at once there is no steady window. {bad}",
                "The log has the server's words; where it was measured, requests.parquet has every request.",
            )

    def _beside(self, at_once: int) -> None:
        """Another concurrency: what ends it is named, and the rest of the run is kept.

        Raises:
            NoReading: it is the machine that failed.
        """
        try:
            self._rung(at_once, 0, 1)
        except NoReading:
            raise
        except ChildFailed as error:
            self._problems[at_once] = str(error)
            self._rig.journal.say(f"{at_once} at once: no figure. {error}")

    def _rung(self, at_once: int, start: int, repeats: int) -> None:
        """Serve, warm up, and put the loads of one concurrency."""
        rig = self._rig
        rig.progress.next()
        rig.trace.phase = "load"
        with ExitStack() as stack:
            server = stack.enter_context(self._serve(at_once, start))
            loads = stack.enter_context(self._loads(server, at_once, start))
            rig.progress.next()
            rig.trace.phase = "warm-up"
            rate = self._warm_up(loads, at_once, start)
            rig.trace.phase = SERVE
            for repeat in range(repeats):
                rig.progress.next()
                self._keep(loads.put(repeat, rate, steady_s(self._plan)), at_once, start, repeat)
            rig.trace.phase = "load"

    def _keep(self, loaded: Loaded, at_once: int, start: int, repeat: int) -> None:
        self._book.add(loaded.answers, at_once, start, repeat)
        self._loaded.setdefault(at_once, []).append(loaded)
        part = loaded.load.steady
        told = loaded.problem
        if part is not None:
            told = (
                f"{part.energy_j / part.tokens_out:.4g} J per token ({part.tokens_out} tokens in "
                f"{part.seconds:.2f} s, {part.mean_batch:.1f} at once on the mean, "
                f"{part.energy_j / part.seconds:.1f} W)."
            )
        self._rig.journal.say(f"Start {start + 1}, {at_once} at once, load {repeat + 1}: {told}")

    def _warm_up(self, loads: Loads, at_once: int, start: int) -> float:
        """Loads until two agree in power, where the profile asks for that; returns requests a second.

        Raises:
            ChildFailed: not one request is answered.
        """
        profile = self._plan.profile
        rate, before_w = 0.0, float("nan")
        for number in range(LONGEST_WARMUP):
            loaded = loads.put(number, rate, profile.warmup_slice_s if number else 0.0, warming=True)
            self._book.add(loaded.answers, at_once, start, None)
            if not loaded.load.answered:
                raise ChildFailed(
                    f"Not one request was answered. {faults_in_words(loaded.answers)}",
                    "Look at the server's log.",
                )
            rate, part = loaded.rate, loaded.load.steady
            if at_once == self._at_once:
                self._stages.append(_warm_up_stage(loaded))
            power_w = part.energy_j / part.seconds if part else float("nan")
            tolerance = profile.warmup_tolerance
            if tolerance is None or abs(power_w - before_w) < tolerance * power_w:
                break
            before_w = power_w
        return rate

    @contextmanager
    def _serve(self, at_once: int, start: int) -> Iterator[Server]:
        """A server for one concurrency; how long it took to serve is a stage of the run."""
        rig = self._rig
        inputs, start_s = rig.fetch(), time.monotonic()
        with self._host.server(at_once, inputs) as server:
            if at_once == self._at_once:
                self._stages.append(Stage(kind="load", start=start, start_s=start_s, end_s=time.monotonic()))
            if not server.pid and rig.meter.step_s == 0:
                raise ChildFailed(
                    f"Which process serves at {server.address} cannot be seen, and this meter reads one.",
                    "Run this as the server's own user, or let the runner start it.",
                )
            rig.meter.watch(server.pid)
            self._server_said = server.said
            self._ready = self._ready_as(inputs)
            rig.journal.say(f"{server.said} serves, {at_once} requests at once.")
            yield server

    @contextmanager
    def _loads(self, server: Server, at_once: int, start: int) -> Iterator[Loads]:
        rig = self._rig
        silence_s = rig.settings.deadlines.silence_s
        with self._host.client(server, at_once, rig.fetch(), rig.told.chat) as (client, asked):
            yield Loads(client, rig.meter, asked, start, self._plan.block, silence_s, rig.trace.keep)
            client.tell(wire.Stop())
            client.expect(wire.Bye, silence_s)

    def _ready_as(self, inputs: Inputs) -> wire.Ready:
        """What is known of the model that is served: of a server that was there, hardly anything."""
        config = json.loads((Path(inputs.folder) / "config.json").read_bytes())
        precision, gpus = self._plan.model.precision, self._rig.machine.gpus
        return wire.Ready(
            dtype=NOT_TOLD if self._given else DTYPES.get(precision, precision),
            architecture=str((config.get("architectures") or ["unknown"])[0]),
            phases=self._rig.task.phases,
            queries=self._plan.block,
            longest_input=0,
            threads=int(os.environ.get("OMP_NUM_THREADS", "1")),
            # vLLM sees these and no others.
            gpu_uuids=gpus.uuids if gpus and not self._given else (),
        )

    def _measured(
        self, started_at: datetime, samples: Sequence[Sample], quality: QualityResult | None
    ) -> Measured:
        served = self._serving()
        self._windows = windows_of_rung(served.rated)
        if self._given is not None and self._rig.machine.gpus is not None:
            why = "The server was there before the run, with its model in memory: nothing was idle."
            self._rig.machine.findings.append(unseen("idle-as-usual", why))
        return replace(super()._measured(started_at, samples, quality), serving=served)

    def _serving(self) -> Serving:
        plan, task = self._plan, self._rig.task
        return Serving(
            server=self._server_said,
            started_here=self._given is None,
            flags=() if self._given else flags_of(plan, self._at_once),
            rated_at_once=self._at_once,
            endpoint=endpoint(task, Path(self._rig.fetch().folder)),
            rungs=tuple(
                rung_of(
                    at_once,
                    "client" if self._given else "server",
                    self._loaded.get(at_once, []),
                    plan,
                    task,
                    self._problems.get(at_once, ""),
                )
                for at_once in sorted({self._at_once, *self._others})
            ),
            stalls_after_s=self._options.stall_s,
        )


def _warm_up_stage(loaded: Loaded) -> Stage:
    load, part = loaded.load, loaded.load.steady
    return Stage(
        kind="warm-up",
        start=load.start,
        start_s=part.start_s if part else load.start_s,
        end_s=part.end_s if part else load.end_s,
        energy_j=part.energy_j if part else None,
        queries=load.answered,
    )
