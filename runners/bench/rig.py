"""What every process start of a run shares: meter, machine, watchman, inputs, progress (METHOD §3.1)."""

from __future__ import annotations

import time
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

from leaderboard.domain import Conversation, HardwareClass, Plan, Stage, Task
from runners.bench import families, sandbox
from runners.bench.edges import CounterWatch, Edge
from runners.bench.journal import Journal
from runners.bench.limits import Fence, Limits
from runners.bench.machine import Machine
from runners.bench.meter import open_meter, spent_j
from runners.bench.progress import Progress, Teller, steps_of
from runners.bench.trace import Trace
from runners.bench.weights import Weights, check_precision, inspect
from runners.fetch import Inputs

if TYPE_CHECKING:
    from runners.bench.parent import Settings


class Rig:
    """A machine made ready for one plan. Its parts are opened by `ready`."""

    def __init__(
        self,
        plan: Plan,
        task: Task,
        hardware: HardwareClass,
        settings: Settings,
        journal: Journal,
        teller: Teller,
    ) -> None:
        self.plan, self.task, self.hardware, self.settings = plan, task, hardware, settings
        self.journal = journal
        journal.say(
            f"{plan.model.repo_id} at {plan.model.sha[:12]}, {plan.task} on {plan.hardware} "
            f"({plan.device.value}), {plan.profile.id}: about {plan.expected_duration_s:.0f} s."
        )
        # A dry run's figure stays in development editions whatever the hardware class.
        development = hardware.development or plan.device is not hardware.device
        self.sandboxed, why = sandbox.choose(settings.sandbox, development)
        self.machine = Machine(
            plan,
            hardware,
            settings.cache,
            replayed=settings.meter is not None,
            vouched=settings.exclusive,
            say=journal.note,
            serving=self.serving_pids,
        )
        self.meter = settings.meter or open_meter(hardware, plan.device)
        self.fence = Fence(Limits.of_machine())
        journal.say(f"Sandbox: {why}; limits {self.fence.why}. Meter: {self.meter.name}.")
        self.progress = Progress(steps_of(plan, task, self.sees_idle), teller)
        self.trace = Trace(self.meter, self.machine.state, self.machine.foreign, settings.wall)
        self.told = families.Told(Conversation(), None, None)
        self.idle_w: float | None = None
        self.idle: tuple[Stage, ...] = ()
        self._inputs: Inputs | None = None
        self._weights: Weights | None = None

    def ready(self, stack: ExitStack) -> None:
        """Reserve the machine, see its counters rise, watch it, and measure it idle where that can be seen.

        Raises:
            Conflict: another run is measuring here.
            MeasurementFailed: the counters or the idle power are not as they must be.
        """
        stack.callback(self.meter.close)
        stack.enter_context(self.fence)
        stack.enter_context(self.machine.reserved())
        self.machine.observe(self.meter)
        if self.sees_idle:
            # A meter that sees everybody must see an idle machine: nothing is started before.
            self.fetch()
        stack.enter_context(self.trace)
        if self.sees_idle:
            self._idle()

    @property
    def sees_idle(self) -> bool:
        """Whether the machine can be measured while nothing runs on it."""
        return self.meter.sees_idle

    def serving_pids(self) -> set[int]:
        """Processes of a server that was there before, and is what is measured."""
        return set()

    def tick(self) -> None:
        """Whenever the parent waits: has the hardware gone meanwhile?"""
        self.trace.check()
        self.progress.tick()

    def fetch(self) -> Inputs:
        """What the plan needs, brought here once.

        Raises:
            Refused: the model must not be loaded, or is not of the plan's precision.
        """
        if self._inputs is None:
            self._inputs = self.settings.inputs(self.plan, self.settings.cache)
            self._weights = self._inspect(Path(self._inputs.folder))
            self.journal.say(f"The model is here: {self._weights.params:,} parameters in safetensors.")
        return self._inputs

    @property
    def weights(self) -> Weights:
        """What the model's files say of themselves."""
        self.fetch()
        assert self._weights is not None
        return self._weights

    def _inspect(self, folder: Path) -> Weights:
        """What can be refused before anything is loaded."""
        found = inspect(folder, self.task.architectures)
        if self.plan.ladder is None:
            check_precision(found, self.plan.model.precision)
        if self.task.reasoning:
            self.told = families.told_to_reason(self.plan, folder)
        return found

    def _idle(self) -> None:
        self.progress.next()
        self.trace.phase = "idle"
        begin = self._edge_now()
        while (left := begin.time_s + self.plan.profile.idle_s - time.monotonic()) > 0:
            time.sleep(min(0.2, left))
            self.tick()
        end = self._edge_now()
        energy_j = spent_j(begin.energy_j, end.energy_j, self.meter.name)
        idle = Stage(kind="idle", start_s=begin.time_s, end_s=end.time_s, energy_j=energy_j)
        self.idle = (idle,)
        self.idle_w = energy_j / idle.seconds
        self.journal.say(f"Idle: {self.idle_w:.1f} W.")
        self.machine.idle(self.idle_w)

    def _edge_now(self) -> Edge:
        edge = CounterWatch(self.meter).at_step()
        self.trace.keep(edge)
        return edge
