"""A card whose power follows the work of processes on the CPU: a model there drives a simulated GPU."""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence
from contextlib import suppress
from types import TracebackType
from typing import Self

import psutil

from tests.fakes.card.card import Card

EVERY_S = 0.01
"""Between two looks at the processes; their CPU time moves in steps of as much."""
NEW_EVERY_S = 0.2
"""Between two searches for processes, which read every process of the machine; a model loads for longer."""
QUIET_S = 0.15
"""Without CPU time for so long, a process is idle; a shorter rest lies within the work."""
WORKERS = ("runners.bench.child", "impostor.py")
"""Parts of the command lines of processes that hold a model."""


class Follower:
    """While it is open, a board draws its load's power when a model works, and its idle power else."""

    def __init__(
        self,
        card: Card,
        pid: int,
        board: int = 0,
        *,
        idle_w: float | None = None,
        load_w: float | None = None,
        workers: Sequence[str] = WORKERS,
    ) -> None:
        """
        Args:
            pid: the process below which the models are.
            idle_w, load_w: the board's own unless given.
            workers: parts of the command lines of the processes to follow.
        """
        self._card, self._pid, self._board, self._workers = card, pid, board, workers
        own = card.boards[board]
        self._idle_w = own.idle_w if idle_w is None else idle_w
        self._load_w = own.load_w if load_w is None else load_w
        self._models: list[psutil.Process] = []
        self._searched_s = -NEW_EVERY_S
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._follow, name="follower", daemon=True)

    def _follow(self) -> None:
        seen: dict[int, float] = {}
        working, worked_s = False, 0.0
        while not self._stop.wait(EVERY_S):
            used = self._cpu_s()
            now_s = time.monotonic()
            if any(spent > seen.get(pid, spent) for pid, spent in used.items()):
                worked_s = now_s
            seen = used
            works = now_s - worked_s < QUIET_S
            if works is not working:
                working = works
                self._card.power(self._load_w if works else self._idle_w, board=self._board)

    def _cpu_s(self) -> dict[int, float]:
        """CPU time of every process that holds a model, seconds."""
        now_s = time.monotonic()
        if now_s - self._searched_s >= NEW_EVERY_S:
            self._searched_s = now_s
            self._models = self._search()
        used: dict[int, float] = {}
        for process in self._models:
            with suppress(psutil.Error):
                times = process.cpu_times()
                used[process.pid] = times.user + times.system
        return used

    def _search(self) -> list[psutil.Process]:
        """The processes that hold a model."""
        found: list[psutil.Process] = []
        with suppress(psutil.Error):
            for process in psutil.Process(self._pid).children(recursive=True):
                with suppress(psutil.Error):
                    words = " ".join(process.cmdline())
                    # The sandbox's own processes have the same words, and only wait.
                    if any(word in words for word in self._workers) and process.name() != "bwrap":
                        found.append(process)
        return found

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stop.set()
        self._thread.join()
