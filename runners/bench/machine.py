"""The machine of one run: its GPUs as they were found, reserved, examined and watched (METHOD §3.1, §3.5)."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

import psutil

from leaderboard import catalogue
from leaderboard.domain import Conflict, Device, Exclusivity, Finding, HardwareClass, Plan, now
from leaderboard.judging import boards
from leaderboard.judging.samples import State
from runners.bench import preflight
from runners.bench.gpu import GpuFacts, read_gpus
from runners.bench.history import History
from runners.bench.meter import Meter, Skipped
from runners.bench.state import GpuWatch, foreign

IDLE = "idle"
"""The series of a board's idle power."""
TRIES = 5
"""How often the boards are asked after a run before their silence is believed."""


class Machine:
    """Where a run happens. Without GPUs in its class, or in a replay, there is nothing to look at."""

    def __init__(
        self,
        plan: Plan,
        hardware: HardwareClass,
        cache: Path,
        *,
        replayed: bool,
        vouched: bool,
        say: Callable[[str], None],
        serving: Callable[[], set[int]] = set,
    ) -> None:
        """Look at the boards before anything is opened on them.

        Args:
            vouched: whether whoever runs this machine says that nothing else uses its GPUs.
            say: takes every finding as a line of the log.
            serving: ids of the processes of a server that was there before and is measured.

        Raises:
            NoReading: the class has GPUs, and none can be read here.
            MeasurementFailed: they are not the class's, or not as they must be.
        """
        self._plan, self._hardware, self._cache, self._say = plan, hardware, cache, say
        self._serving = serving
        self.findings: list[Finding] = []
        """What only this moment and this machine tell; the rest is judged from the record."""
        self.exclusive: Exclusivity | None = None
        self.counter_step_s: float | None = None
        self._watch: GpuWatch | None = None
        self.gpus = read_gpus() if hardware.device is Device.CUDA and not replayed else None
        if self.gpus is None:
            return
        if "CUDA_VISIBLE_DEVICES" in os.environ:
            # Zeus takes indices only, and the same ones as NVML.
            os.environ["CUDA_VISIBLE_DEVICES"] = ",".join(map(str, self.gpus.indices))
        self.exclusive = preflight.exclusivity(self.gpus, vouched)
        found = preflight.look_at(self.gpus, hardware, self.exclusive, serving())
        self._log(found)
        preflight.refuse(found, hardware)
        self._watch = GpuWatch(self.gpus.indices)

    def observe(self, meter: Meter) -> None:
        """See the counters rise, and how they step.

        Raises:
            MeasurementFailed: they do not.
        """
        if self.gpus is None:
            return
        limits = catalogue.check("counter-rises").limits
        quick = self._plan.profile.id == "quick"
        finding, self.counter_step_s = preflight.counter_rises(
            meter, limits["observe_quick_s" if quick else "observe_s"]
        )
        self._keep(finding)

    def idle(self, power_w: float) -> None:
        """Hold the idle power to what this board always drew, and remember it.

        Raises:
            MeasurementFailed: it is another.
        """
        if self.gpus is None:
            return
        history = History(self._cache, self.gpus.boards, self.gpus.driver)
        self._keep(history.judge("idle-as-usual", IDLE, power_w, "W idle"))
        history.add(IDLE, power_w, now())

    def look_again(self) -> None:
        """Once the last window is done: are the boards there, and set as before? What they were set to in
        between and back is not seen.

        Raises:
            NoReading: a GPU is lost, or the driver is gone.
        """
        if self.gpus is None:
            return
        finding = boards.unchanged(self.gpus.boards, _patiently(read_gpus).boards)
        self._log([finding])
        # The last look stands: a sweep looks again after every rung.
        self.findings = [one for one in self.findings if one.name != finding.name]
        self.findings.append(finding)

    def _keep(self, finding: Finding) -> None:
        self._log([finding])
        preflight.refuse([finding], self._hardware)
        self.findings.append(finding)

    def _log(self, findings: list[Finding]) -> None:
        for finding in findings:
            self._say(f"{finding.name} {finding.outcome.value}: {finding.message}")

    @property
    def state(self) -> Callable[[], State] | None:
        """Asks the boards how they are; None where there are none."""
        return self._watch.state if self._watch else None

    def foreign(self, processes: frozenset[int] | None) -> int | None:
        """How many of the processes on the GPUs are not this run's; None where it cannot be told."""
        return foreign(processes, _working_for_us() | self._serving()) if self.gpus else None

    def pinned(self) -> dict[str, str]:
        """What a model's process needs in its environment to compute on these boards and no others."""
        if self.gpus is None:
            return {}
        on_them = self._plan.device is Device.CUDA
        return {"CUDA_VISIBLE_DEVICES": ",".join(self.gpus.uuids) if on_them else ""}

    @contextmanager
    def reserved(self) -> Iterator[None]:
        """Hold the boards; two runs on one would measure each other.

        Raises:
            Conflict: another run holds one of them.
        """
        with ExitStack() as stack:
            for board in self.gpus.boards if self.gpus else ():
                path = self._cache / "boards" / f"{board.uuid_hash[:16]}.lock"
                path.parent.mkdir(parents=True, exist_ok=True)
                file = stack.enter_context(path.open("w"))
                try:
                    fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                except BlockingIOError:
                    raise Conflict(
                        f"Another run is measuring on GPU {board.index} ({board.name}).",
                        "Wait until it has ended.",
                    ) from None
            yield


def _patiently(look: Callable[[], GpuFacts]) -> GpuFacts:
    """What a look gives; a refusal that says nothing about the next one is asked again, some times."""
    for _ in range(TRIES - 1):
        with suppress(Skipped):
            return look()
    return look()


def _working_for_us() -> set[int]:
    """Ids of the processes that may compute for this run: the ends of the chains below this process, since a
    sandbox only waits for what runs inside it."""
    below = psutil.Process().children(recursive=True)
    parents = set()
    for process in below:
        with suppress(psutil.NoSuchProcess):
            parents.add(process.ppid())
    return {process.pid for process in below} - parents
