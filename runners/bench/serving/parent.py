"""The parent of a run that asks a server: the meter stays here, the server is a child or was there before."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Any

import psutil

from leaderboard import catalogue
from leaderboard.domain import (
    NOT_TOLD,
    SERVE,
    ChildFailed,
    Rung,
    Serving,
    Stage,
)
from leaderboard.domain.serving import Limit
from leaderboard.judging.conditions import DTYPES
from leaderboard.judging.outcome import unseen
from runners.bench import wire
from runners.bench.parent import Bench
from runners.bench.progress import Progress
from runners.bench.serving.answers import Book
from runners.bench.serving.asking import endpoint
from runners.bench.serving.hosting import Host
from runners.bench.serving.loads import Loaded, Loads
from runners.bench.serving.rungs import rung_of, windows_of_rung
from runners.bench.serving.server import Given, Server
from runners.bench.serving.steps import serving_steps, steady_s
from runners.bench.serving.vllm import flags_of, vllm
from runners.fetch import Inputs

LONGEST_WARMUP = 10
"""Loads after which a warm-up that does not settle is left, with a flag."""
UNSCORED = "Serving measures energy alone; quality stands in the model's row of offline-b1."


class ServingBench(Bench):
    """A run of the protocol `serving`."""

    def __init__(self, *arguments: Any) -> None:
        plan, self._options = arguments[0], arguments[3].serving
        self._url = self._options.url
        # Before anything is opened: an address that is none, or nobody's, is the caller's to mend.
        self._given = Given(self._url, plan) if self._url is not None else None
        if self._given is None:
            flags_of(plan, 1)
        command = [] if self._given else list(self._options.command or vllm())
        super().__init__(*arguments)
        self._host = Host(
            plan, self._task, self._settings, command, self._given, self._machine, self._journal, self._tick
        )
        if self._given is not None:
            self._sandboxed = False
        batch = catalogue.protocol(plan.protocol).batch
        assert batch is not None
        self._at_once: int = batch
        self._others = [each for each in self._options.ladder if each != self._at_once]
        self._starts = 1 if self._given else plan.profile.starts
        self._progress = Progress(
            serving_steps(plan, self._starts, self._at_once, self._others, self._sees_idle), arguments[5]
        )
        self._loaded: dict[int, list[Loaded]] = {}
        self._problems: dict[int, str] = {}
        self._server_said = ""

    def run(self, out: Path) -> Any:
        self._book = Book(out)
        try:
            return super().run(out)
        finally:
            # What was asked and answered is there also when no figure came of it.
            self._book.close()

    @property
    def _sees_idle(self) -> bool:
        """A server that was there holds its model in memory: that is no idle machine."""
        return self._meter.sees_idle and self._given is None

    def _serving_pids(self) -> set[int]:
        """The server that was there, with everything that it started."""
        if self._given is None or not self._given.pid:
            return set()
        with suppress(psutil.Error):
            server = psutil.Process(self._given.pid)
            return {server.pid, *(child.pid for child in server.children(recursive=True))}
        return set()

    def _fetch(self) -> Inputs:
        first = self._inputs is None
        inputs = super()._fetch()
        if first:
            unscored = {"labels": None, "scored": None, "unscored": UNSCORED}
            self._inputs = inputs = inputs.model_copy(update=unscored)
        return inputs

    def _start(self, start: int) -> None:
        """The protocol's own concurrency in every start; after the last one, the others, once each."""
        if start >= self._starts:
            return
        self._rung(self._at_once, start, self._plan.profile.windows)
        loaded = self._loaded[self._at_once]
        self._windows = windows_of_rung(rung_of(self._at_once, self._limit, loaded, self._plan, self._task))
        bad = next((each.problem for each in loaded if each.problem), "")
        if bad:
            raise ChildFailed(
                f"With {self._at_once} requests at once there is no steady window. {bad}",
                "The requests are in requests.parquet of the run's folder, the server's words in its log.",
            )
        if start == self._starts - 1:
            for at_once in self._others:
                self._try(at_once)

    def _try(self, at_once: int) -> None:
        """A concurrency beside the protocol's own: what ends it is named, and the rest of the run is kept."""
        try:
            self._rung(at_once, 0, 1)
        except ChildFailed as error:
            self._problems[at_once] = str(error)
            self._journal.say(f"{at_once} at once: {error}")

    @property
    def _limit(self) -> Limit:
        return "client" if self._given else "server"

    def _rung(self, at_once: int, start: int, repeats: int) -> None:
        """Serve, warm up, and put the loads of one concurrency."""
        rated = at_once == self._at_once
        self._progress.next()
        self._trace.phase = "load"
        with ExitStack() as stack:
            server = stack.enter_context(self._serve(at_once, start if rated else None))
            loads = stack.enter_context(self._loads(server, at_once, start))
            self._progress.next()
            self._trace.phase = "warm-up"
            rate = self._warm_up(loads, at_once, start)
            self._trace.phase = SERVE
            for repeat in range(repeats):
                self._progress.next()
                loaded = loads.put(repeat, rate, steady_s(self._plan))
                self._keep(loaded, at_once, start, repeat)
            self._trace.phase = "load"

    def _keep(self, loaded: Loaded, at_once: int, start: int, repeat: int) -> None:
        self._book.add(loaded.answers, at_once, start, repeat)
        self._loaded.setdefault(at_once, []).append(loaded)
        part = loaded.load.steady
        if part is None:
            self._journal.say(f"{at_once} at once, load {repeat + 1}: {loaded.problem}")
            return
        self._journal.say(
            f"Start {start + 1}, {at_once} at once, load {repeat + 1}: "
            f"{part.energy_j / part.tokens_out:.4g} J per token ({part.tokens_out} tokens in "
            f"{part.seconds:.2f} s, {part.mean_batch:.1f} at once on the mean, "
            f"{part.energy_j / part.seconds:.1f} W)."
        )

    def _warm_up(self, loads: Loads, at_once: int, start: int) -> float:
        """Loads until two agree in power, where the profile asks for that; returns requests a second."""
        profile, rated = self._plan.profile, at_once == self._at_once
        rate, before_w = 0.0, float("inf")
        for number in range(LONGEST_WARMUP):
            least_s = profile.warmup_slice_s if number else 0.0
            loaded = loads.put(number, rate, least_s, warming=True)
            self._book.add(loaded.answers, at_once, start, None)
            if not loaded.load.answered:
                raise ChildFailed(
                    f"Not one of {loaded.load.requests} requests was answered. {loaded.problem}",
                    "Look at the server's log.",
                )
            rate = loaded.rate
            part = loaded.load.steady
            span = (part or loaded.load).start_s, (part or loaded.load).end_s
            if rated:
                self._stages.append(
                    Stage(
                        kind="warm-up",
                        start=start,
                        start_s=span[0],
                        end_s=span[1],
                        energy_j=part.energy_j if part else None,
                        queries=loaded.load.answered,
                    )
                )
            power_w = part.energy_j / part.seconds if part else float("nan")
            if profile.warmup_tolerance is None or (
                number and abs(power_w - before_w) < profile.warmup_tolerance * power_w
            ):
                break
            before_w = power_w
        return rate

    @contextmanager
    def _serve(self, at_once: int, start: int | None) -> Iterator[Server]:
        """A server for one concurrency; how long it took to serve is a stage of the run.

        Args:
            start: which start of the run it is; None: it is none.
        """
        inputs, start_s = self._fetch(), time.monotonic()
        with self._host.server(at_once, inputs, self._sandboxed) as server:
            if start is not None:
                self._stages.append(Stage(kind="load", start=start, start_s=start_s, end_s=time.monotonic()))
            if not server.pid and self._meter.step_s == 0:
                raise ChildFailed(
                    f"Which process serves at {server.address} cannot be seen, and this meter reads one.",
                    "Run this as the server's own user, or let the runner start it.",
                )
            self._meter.watch(server.pid)
            self._server_said = server.said
            self._ready = self._loaded_as(inputs)
            self._journal.say(f"{server.said} serves, {at_once} requests at once.")
            yield server

    @contextmanager
    def _loads(self, server: Server, at_once: int, start: int) -> Iterator[Loads]:
        silence_s = self._settings.deadlines.silence_s
        with self._host.client(server, at_once, self._fetch(), self._told.chat) as (client, asked):
            yield Loads(client, self._meter, asked, start, self._plan.block, silence_s, self._trace.keep)
            client.tell(wire.Stop())
            client.expect(wire.Bye, silence_s)

    def _loaded_as(self, inputs: Inputs) -> wire.Ready:
        """What is known of the model that is served: of a server that was there, hardly anything."""
        config = json.loads((Path(inputs.folder) / "config.json").read_bytes())
        precision, gpus = self._plan.model.precision, self._machine.gpus
        return wire.Ready(
            dtype=NOT_TOLD if self._given else DTYPES.get(precision, precision),
            architecture=str((config.get("architectures") or ["unknown"])[0]),
            phases=self._task.phases,
            queries=self._plan.block,
            longest_input=0,
            threads=int(os.environ.get("OMP_NUM_THREADS", "1")),
            # vLLM sees these and no others.
            gpu_uuids=gpus.uuids if gpus and not self._given else (),
        )

    def _served(self) -> Serving:
        self._book.close()
        if self._given is not None and self._machine.gpus is not None:
            why = "The server was there before the run, with its model in memory: nothing was idle."
            self._machine.findings.append(unseen("idle-as-usual", why))
        rungs: list[Rung] = [
            rung_of(
                at_once,
                self._limit,
                self._loaded.get(at_once, []),
                self._plan,
                self._task,
                self._problems.get(at_once, ""),
            )
            for at_once in sorted({self._at_once, *self._others})
        ]
        return Serving(
            server=self._server_said,
            started_here=self._given is None,
            flags=() if self._given else flags_of(self._plan, self._at_once),
            endpoint=endpoint(self._task, Path(self._fetch().folder)),
            rungs=tuple(rungs),
            stalls_after_s=self._options.stall_s,
        )
