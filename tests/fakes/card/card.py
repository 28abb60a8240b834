"""A simulated card as a test holds it: its power, its counter's habits, its faults, and its true energy."""

from __future__ import annotations

import ctypes
import math
import mmap
import time
from collections.abc import Iterable, Sequence
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Self

from tests.fakes.card.boards import H100_SXM, Board
from tests.fakes.card.compile import library
from tests.fakes.card.layout import GROUPS, HIDEABLE, MAGIC, MOST_POINTS, BoardSlot, Control

NOT_SUPPORTED, TIMEOUT, GPU_IS_LOST, UNINITIALIZED, UNKNOWN = 3, 10, 15, 1, 999
"""NVML's codes of the failures that tests ask for."""
SOON_S = 0.002
"""A change takes effect a little later than it is written, so that nobody has already read past it."""


class Card:
    """One or more boards behind one control file. Times are CLOCK_MONOTONIC, seconds; None: now."""

    def __init__(
        self, path: Path, boards: Sequence[Board] = (H100_SXM,), *, another_holds_it: bool = False
    ) -> None:
        """
        Args:
            another_holds_it: whether another process made the card; its power can be changed here too, and
                `reread` tells that process so.
        """
        self.path, self.boards, self._anothers = path, tuple(boards), another_holds_it
        self._points: list[list[tuple[float, float, float]]] = [[] for _ in boards]
        self._ripple = [(0.0, 0.0)] * len(boards)
        self._origin_s = time.monotonic() - 1.0

    def __enter__(self) -> Self:
        if not self._anothers:
            self.path.write_bytes(bytes(ctypes.sizeof(Control)))
        self._file = self.path.open("r+b")
        self._map = mmap.mmap(self._file.fileno(), 0)
        self._control = Control.from_buffer(self._map)
        if self._anothers:
            self.reread()
            return self
        self._control.driver = b"570.124.06"
        for index, board in enumerate(self.boards):
            self._describe(self._slot(index), board, index)
            self.power(board.idle_w, self._origin_s, index)
        self._control.boards = len(self.boards)
        self._control.layout = ctypes.sizeof(BoardSlot)
        self._control.magic = MAGIC
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        del self._control
        # Where a slot is still held, the map goes with it.
        with suppress(BufferError):
            self._map.close()
        self._file.close()

    def reread(self) -> None:
        """Take the curve as it is by now, with what another process did to it."""
        for index in range(len(self.boards)):
            slot = self._slot(index)
            self._points[index] = [
                (point.at / 1e9, point.watts, point.slope) for point in slot.curve[: slot.points]
            ]

    def _slot(self, board: int) -> BoardSlot:
        slot: BoardSlot = self._control.board[board]
        return slot

    def _describe(self, slot: BoardSlot, board: Board, index: int) -> None:
        slot.name, slot.vbios = board.name.encode(), board.vbios.encode()
        slot.uuid = f"{board.uuid}{index}".encode()
        slot.memory, slot.architecture = board.memory, board.architecture
        slot.major, slot.minor = board.capability
        slot.limit_mw = slot.default_limit_mw = slot.most_limit_mw = round(board.limit_w * 1000)
        slot.least_limit_mw = round(board.limit_w * 300)
        slot.ecc, slot.persistence = int(board.ecc), 1
        slot.sm_mhz = slot.most_sm_mhz = slot.application_sm_mhz = slot.default_sm_mhz = board.sm_mhz
        slot.memory_mhz = slot.most_memory_mhz = board.memory_mhz
        slot.origin, slot.origin_mj = _ns(self._origin_s), 3.6e9
        slot.period, slot.phase = _ns(0.1), _ns(0.037)
        slot.gain = slot.seen = 1.0
        slot.temperature_c = 41.0

    def environment(self) -> dict[str, str]:
        """What a process needs to see this card instead of the machine's own."""
        return {"LD_LIBRARY_PATH": str(library()), "STARWATT_CARD": str(self.path)}

    # The truth.

    def power(self, watts: float, at: float | None = None, board: int = 0, slope: float = 0.0) -> float:
        """From a moment on it draws so much, changing by `slope` watts a second; returns the moment."""
        points = self._points[board]
        moment = time.monotonic() + SOON_S if at is None else at
        if points and moment <= points[-1][0]:
            moment = math.nextafter(points[-1][0], math.inf) + 1e-9
        slot = self._slot(board)
        if len(points) >= MOST_POINTS:
            raise ValueError(f"a curve has at most {MOST_POINTS} points")
        point = slot.curve[len(points)]
        point.at, point.watts, point.slope = _ns(moment), watts, slope
        points.append((_ns(moment) / 1e9, watts, slope))
        # Counted last: a reader never sees a point that is not there yet.
        slot.points = len(points)
        return moment

    def ripple(self, watts: float, hertz: float, board: int = 0) -> None:
        """A sine on top of the curve, from its very beginning on."""
        self._ripple[board] = (watts, hertz)
        self._slot(board).ripple_w, self._slot(board).ripple_hz = watts, hertz

    def true_energy_j(self, start_s: float, end_s: float, board: int = 0) -> float:
        """What the card really took between two moments, by the curve alone."""
        points = self._points[board]
        total = 0.0
        for number, (at, watts, slope) in enumerate(points):
            until = points[number + 1][0] if number + 1 < len(points) else math.inf
            begin, end = max(start_s, at), min(end_s, until)
            if end > begin:
                middle_w = watts + slope * ((begin + end) / 2 - at)
                total += middle_w * (end - begin)
        ripple_w, hertz = self._ripple[board]
        if hertz:
            turn, origin = 2 * math.pi * hertz, self._slot(board).origin / 1e9
            total += (
                ripple_w / turn * (math.cos(turn * (start_s - origin)) - math.cos(turn * (end_s - origin)))
            )
        return total

    # The counter and the sensor.

    def counter(self, period_s: float, phase_s: float = 0.0, board: int = 0) -> None:
        """How often the energy counter steps, and when."""
        self._slot(board).period, self._slot(board).phase = _ns(period_s), _ns(phase_s)

    def gain(self, factor: float, board: int = 0) -> None:
        """How far the board's own sensor is off, as a factor."""
        self._slot(board).gain = factor

    def part_time(self, seen: float, board: int = 0) -> None:
        """What fraction of each period the sensor looks at."""
        self._slot(board).seen = seen

    def freeze(self, at: float | None = None, board: int = 0) -> None:
        """The counter stands still."""
        self._slot(board).freeze = _ns(_moment(at))

    def reset_counter(self, at: float | None = None, board: int = 0) -> None:
        """The counter begins again from zero."""
        self._slot(board).reset = _ns(_moment(at))

    # Faults.

    def fail(
        self,
        group: str,
        code: int,
        at: float | None = None,
        until: float | None = None,
        every: int = 1,
        board: int = 0,
    ) -> None:
        """A group of functions answers with an error, each time or every so many calls."""
        slot = self._slot(board).failures[GROUPS.index(group)]
        slot.code, slot.every, slot.until = code, every, 0 if until is None else _ns(until)
        slot.start = _ns(_moment(at))

    def lose(self, at: float | None = None, board: int = 0) -> None:
        """The GPU falls off the bus."""
        self.fail("all", GPU_IS_LOST, at, board=board)

    def hide(self, names: Iterable[str], board: int = 0) -> None:
        """The driver does not support these."""
        for name in names:
            self._slot(board).hidden |= 1 << HIDEABLE.index(name)

    def throttle(
        self, mask: int, at: float | None = None, until: float | None = None, board: int = 0
    ) -> None:
        """Clocks event reasons."""
        slot = next(slot for slot in self._slot(board).reasons if not slot.start)
        slot.mask, slot.until = mask, 0 if until is None else _ns(until)
        slot.start = _ns(_moment(at))

    def process(self, pid: int, at: float | None = None, until: float | None = None, board: int = 0) -> None:
        """A process computes on the GPU."""
        slot = next(slot for slot in self._slot(board).processes if not slot.start)
        slot.pid, slot.memory, slot.until = pid, 1 << 30, 0 if until is None else _ns(until)
        slot.start = _ns(_moment(at))

    def temperature(
        self, celsius: float, slope: float = 0.0, at: float | None = None, board: int = 0
    ) -> None:
        """So warm, and warmer by `slope` °C a second from a moment on."""
        slot = self._slot(board)
        slot.temperature_c, slot.temperature_slope = celsius, slope
        slot.temperature_from = _ns(_moment(at)) if slope else 0

    def describe(self, board: int = 0, **fields: int | float | str) -> None:
        """Change facts by their name in the control file: `mig=1`, `limit_mw=500_000`, `name="…"`."""
        for name, value in fields.items():
            setattr(self._slot(board), name, value.encode() if isinstance(value, str) else value)


def _ns(seconds: float) -> int:
    return round(seconds * 1e9)


def _moment(at: float | None) -> float:
    return time.monotonic() if at is None else at
