"""The machine of a served plan, and how the plan's starts are made ready on it."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

import psutil

from leaderboard.domain import HardwareClass, Plan, Task
from runners.bench.journal import Journal
from runners.bench.progress import Teller
from runners.bench.rig import Rig
from runners.bench.serving.hosting import Host
from runners.bench.serving.server import Given
from runners.bench.serving.starts import ServingStarts
from runners.bench.serving.vllm import vllm
from runners.bench.starts import Starts
from runners.fetch import Inputs

if TYPE_CHECKING:
    from runners.bench.parent import Settings

UNSCORED = "Serving measures energy alone; quality stands in the model's row of offline-b1."


def prepare(
    plan: Plan,
    task: Task,
    hardware: HardwareClass,
    settings: Settings,
    journal: Journal,
    teller: Teller,
    out: Path,
) -> tuple[Rig, Starts]:
    """The machine of a served plan, and its starts.

    Raises:
        BadInput: there is nothing to serve with, or the address is none of this machine's.
        ChildFailed: what serves there does not speak the OpenAI API.
    """
    given = Given(settings.serving.url, plan) if settings.serving.url is not None else None
    command: list[str] = []
    if given is None:
        command = list(settings.serving.command or vllm())
    rig = ServingRig(given, plan, task, hardware, settings, journal, teller)
    return rig, ServingStarts(rig, Host(rig, command, given), given, teller, out)


class ServingRig(Rig):
    """A machine on which a server may run already."""

    def __init__(
        self,
        given: Given | None,
        plan: Plan,
        task: Task,
        hardware: HardwareClass,
        settings: Settings,
        journal: Journal,
        teller: Teller,
    ) -> None:
        self._given = given
        super().__init__(plan, task, hardware, settings, journal, teller)
        if given is not None:
            self.sandboxed = False

    @property
    def sees_idle(self) -> bool:
        """A server that was there holds its model in memory: that is no idle machine."""
        return self._given is None and self.meter.sees_idle

    def serving_pids(self) -> set[int]:
        """The server that was there, with everything that it started."""
        if self._given is None or not self._given.pid:
            return set()
        with suppress(psutil.Error):
            server = psutil.Process(self._given.pid)
            return {server.pid, *(child.pid for child in server.children(recursive=True))}
        return set()

    def fetch(self) -> Inputs:
        if self._inputs is None:
            unscored = {"labels": None, "scored": None, "unscored": UNSCORED}
            self._inputs = super().fetch().model_copy(update=unscored)
        return self._inputs
