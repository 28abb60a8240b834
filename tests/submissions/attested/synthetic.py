"""A SYNTHETIC run in the format of real hardware, for tests alone: nobody measured it, on no card.

Power is made up (so many watts in each phase), a counter that steps ten times a second adds it up, and the
folder is written as the harness writes one: edges between two steps, ten samples a second, all checks made.
"""

from __future__ import annotations

import random
from bisect import bisect_right
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path

from leaderboard import catalogue
from leaderboard.catalogue import entries
from leaderboard.domain import ModelRef, Plan, Provenance, QualityResult, Run, Stage, Window
from leaderboard.judging import judge
from leaderboard.judging.outcome import good
from leaderboard.judging.samples import EVERY_S, STEP, Sample
from leaderboard.rating.aggregate import aggregate, figures
from runners.bench.environment import harness_hash
from runners.bench.record import LOG, write_run
from tests import builders
from tests.judging.judged import DRIVERS_OWN, T4, report, with_state

BEGAN_S = 1000.0
STEP_S = 0.1
WINDOW_S = 60.5
WATTS = {"idle": 10.0, "load": 30.0, "warm-up": 60.0, "preprocess": 20.0, "forward": 60.0}


class Card:
    """Phases one after another, and what a stepping counter would show of them."""

    def __init__(self, chance: random.Random) -> None:
        # No two runs draw the same power.
        by = chance.uniform(0.99, 1.01)
        self.watts = {phase: power * (1 if phase == "idle" else by) for phase, power in WATTS.items()}
        self._ends: list[float] = [BEGAN_S]
        self._totals: list[float] = [0.0]
        self._phases: list[str] = []

    @property
    def now_s(self) -> float:
        return self._ends[-1]

    def spend(self, phase: str, seconds: float) -> tuple[float, float]:
        """One more phase; when it began and ended."""
        begin = self.now_s
        self._ends.append(begin + seconds)
        self._totals.append(self._totals[-1] + seconds * self.watts[phase])
        self._phases.append(phase)
        return begin, self.now_s

    def phase_at(self, time_s: float) -> str:
        return self._phases[min(bisect_right(self._ends, time_s) - 1, len(self._phases) - 1)]

    def total_j(self, time_s: float) -> float:
        place = min(bisect_right(self._ends, time_s) - 1, len(self._phases) - 1)
        return self._totals[place] + (time_s - self._ends[place]) * self.watts[self._phases[place]]

    def shown(self, time_s: float) -> Sample:
        """What the counter shows: its total at its last step."""
        number = int((time_s - BEGAN_S) / STEP_S + 1e-9)
        step_s = BEGAN_S + number * STEP_S
        return Sample(step_s, STEP, None, self.total_j(step_s))

    def edge(self, time_s: float) -> tuple[float, list[Sample]]:
        """What the counter had reached at a moment, and the two steps that tell it."""
        before, after = self.shown(time_s), self.shown(time_s + STEP_S)
        first_j, second_j = before.counter_j or 0.0, after.counter_j or 0.0
        slope = (second_j - first_j) / (after.time_s - before.time_s)
        return first_j + slope * (time_s - before.time_s), [before, after]

    def samples(self, began: datetime) -> Iterator[Sample]:
        for tenth in range(int((self.now_s - BEGAN_S) / EVERY_S)):
            time_s = BEGAN_S + (tenth + 0.5) * EVERY_S
            phase = self.phase_at(time_s)
            sample = Sample(time_s, phase, self.watts[phase], self.shown(time_s).counter_j)
            if tenth % 10 == 0:
                sample = with_state(sample, began.timestamp() + time_s - BEGAN_S)
            yield sample


@contextmanager
def pinned(folder: Path) -> Iterator[None]:
    """The catalogue with a pinned data set, as a Space that takes official runs has it."""
    path, before = folder / "pins.yaml", entries.PINS
    data_set = entries.written_tasks()["sentence-similarity"].dataset.repo_id
    path.write_text(f"{data_set}: {{revision: {'b' * 40}, pinned_on: 2026-11-01}}\n")
    entries.PINS = path
    entries.tasks.cache_clear()
    try:
        yield
    finally:
        entries.PINS = before
        entries.tasks.cache_clear()


def plan(nonce: str | None, model: str = "acme/closed-1", task: str = "sentence-similarity") -> Plan:
    ref = ModelRef(repo_id=model, sha=builders.sha(model), precision="fp16")
    return catalogue.make_plan(ref, task=task, hardware=T4.id, nonce=nonce)


def write_folder(folder: Path, plan: Plan, began: datetime, seed: int = 1) -> Run:
    """A run's folder of a plan, at which no check finds a fault.

    Args:
        began: the wall clock when it began.
        seed: another one is another run of the same plan.
    """
    chance = random.Random(seed)
    card = Card(chance)
    steps: list[Sample] = []
    windows: list[Window] = []
    begin_s, end_s = card.spend("idle", 60.0)
    stages = [
        Stage(kind="idle", start_s=begin_s, end_s=end_s, energy_j=card.watts["idle"] * (end_s - begin_s))
    ]
    task, passes = catalogue.task(plan.task), 10
    for start in range(plan.profile.starts):
        card.spend("load", 5.0)
        for _ in range(2):
            begin_s, end_s = card.spend("warm-up", 10.0)
            energy_j = card.watts["warm-up"] * (end_s - begin_s)
            stages.append(
                Stage(
                    kind="warm-up",
                    start=start,
                    start_s=begin_s,
                    end_s=end_s,
                    energy_j=energy_j,
                    queries=100,
                )
            )
        for phase in task.phases:
            for repeat in range(plan.profile.windows):
                card.spend(phase, 0.5 + chance.random() / 10)
                begin_s, end_s = card.spend(phase, WINDOW_S + chance.random() / 10)
                card.spend(phase, 0.5)
                (low_j, before), (high_j, after) = card.edge(begin_s), card.edge(end_s)
                steps += [*before, *after]
                windows.append(
                    Window(
                        phase=phase,
                        start=start,
                        repeat=repeat,
                        start_s=begin_s,
                        end_s=end_s,
                        energy_j=high_j - low_j,
                        queries=passes * plan.block,
                        passes=passes,
                        tokens_in=20 * passes * plan.block,
                        answered=passes * plan.block,
                    )
                )
    samples = sorted([*card.samples(began), *steps], key=lambda sample: sample.time_s)
    run = _run(plan, stages, windows, samples, began)
    write_run(folder, run, samples)
    (folder / LOG).write_text("Idle: 10.0 W.\nThe model is here.\n")
    return run


def _run(
    plan: Plan, stages: list[Stage], windows: list[Window], samples: list[Sample], began: datetime
) -> Run:
    task = catalogue.task(plan.task)
    total = aggregate(windows, task.phases)
    run = Run(
        run_key=plan.run_key,
        plan=plan,
        provenance=Provenance.MEASURED,
        environment=builders.environment(
            device=T4.device,
            gpu_name=T4.gpu_name,
            gpus=1,
            driver="570.124.06",
            nvml_origin=DRIVERS_OWN,
            boards=(builders.board(),),
            exclusive="seen",
            sandbox="bubblewrap, no network",
            counter_step_s=STEP_S,
        ),
        model=report(params=22_713_216, weights_hash="c" * 64),
        started_at=began,
        finished_at=began + timedelta(seconds=windows[-1].end_s - BEGAN_S + 5),
        idle_power_w=stages[0].mean_power_w,
        windows=tuple(windows),
        energy_per_query_j=total.energy_per_query_j,
        repeatability_j=total.repeatability_j,
        latency_s=total.seconds_per_query,
        figures=figures(windows, task.phases, stages[0].mean_power_w, task.unit, explains=task.metered),
        stages=tuple(stages),
        quality=QualityResult(metric="Spearman", value=0.82),
        harness_hash=harness_hash(),
    )
    told = [
        good("counter-rises", "The energy counter steps every 100 ms."),
        good("idle-as-usual", "Idle as before."),
        good("boards-unchanged", "Nothing changed."),
    ]
    profile = catalogue.profile(plan.profile.id)
    return run.model_copy(update={"findings": (*told, *judge(run, samples, task, T4, profile))})
