"""The child as the parent sees it: to be talked to, with deadlines; every way of dying has a name."""

from __future__ import annotations

import contextlib
import queue
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Generic, NamedTuple, Self, TypeVar

from leaderboard.domain import ChildFailed
from runners.bench import wire
from runners.bench.edges import POLL_S

_ASK_EVERY_S = 0.2
_LAST_WORDS_S = 10.0
_LONGEST_LOG_LINE = 8192
_MOST_UNREAD = 1000
"""Messages that may wait; then a child that talks without end has to."""
_Message = TypeVar(
    "_Message",
    wire.Ready,
    wire.Lead,
    wire.Begin,
    wire.End,
    wire.Done,
    wire.Scored,
    wire.Bye,
)


class Heard(NamedTuple, Generic[_Message]):
    """A message and when it arrived."""

    message: _Message
    time_s: float
    """CLOCK_MONOTONIC, taken on this side of the pipe."""


@dataclass(frozen=True)
class Deadlines:
    """How long a child may keep silent, seconds."""

    load_s: float = 1800.0
    """From its start until the model is loaded."""
    silence_s: float = 300.0
    """Between two messages afterwards."""


class Child:
    """One process start. Use it as a context: it never outlives it."""

    def __init__(
        self,
        command: Sequence[str],
        environment: Mapping[str, str],
        folder: Path,
        log: Callable[[str], None],
        waiting: Callable[[], None] = lambda: None,
    ) -> None:
        """Start it.

        Args:
            log: takes each line of its standard error.
            waiting: called about five times a second while the parent waits; what it raises ends the wait.

        Raises:
            ChildFailed: it cannot be started.
        """
        self._waiting, self._log = waiting, log
        self._lines: queue.Queue[tuple[bytes, float]] = queue.Queue(_MOST_UNREAD)
        self._last_line = ""
        try:
            self._process = subprocess.Popen(
                list(command),
                env=dict(environment),
                cwd=folder,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
            )
        except OSError as error:
            raise ChildFailed(
                f"The process that holds the model cannot be started ({error.strerror}).", "Look at the log."
            ) from error
        assert self._process.stdin and self._process.stdout
        self._to, self._from = self._process.stdin, self._process.stdout
        self._pump = threading.Thread(target=self._read_errors, name="child-log", daemon=True)
        # A thread of its own, so that a message has its time whatever the parent is doing just then.
        self._ear = threading.Thread(target=self._read_lines, name="child-pipe", daemon=True)
        self._pump.start()
        self._ear.start()

    @property
    def pid(self) -> int:
        return self._process.pid

    def tell(self, message: wire.ParentMessage) -> None:
        """Send a message.

        Raises:
            ChildFailed: it is no longer there to read.
        """
        try:
            self._to.write(wire.encode(message))
            self._to.flush()
        except OSError as error:
            raise self._death() from error

    def expect(
        self,
        kind: type[_Message],
        silence_s: float,
        polling: Callable[[], None] | None = None,
        near: Callable[[], None] | None = None,
        outputs: Callable[[wire.Output], None] | None = None,
    ) -> Heard[_Message]:
        """Wait for a message of one kind, letting signs of life pass.

        Args:
            polling: called thousands of times a second while it waits.
            near: the same, from when the child says that the message is near.
            outputs: takes what the model made of labelled rows, while they are told.

        Raises:
            ChildFailed: it says it cannot go on, says something else, keeps silent too long, or dies.
        """
        while True:
            line, time_s = self._line(silence_s, polling)
            message = wire.from_child(line)
            if isinstance(message, wire.Tick):
                polling = near if message.near else polling
                continue
            if outputs is not None and isinstance(message, wire.Output):
                outputs(message)
                continue
            if isinstance(message, wire.Failure):
                raise ChildFailed(
                    _SENTENCES[message.cause] + " " + message.message,
                    _REMEDIES[message.cause],
                    out_of_memory=message.cause == "out-of-memory",
                )
            if not isinstance(message, kind):
                raise ChildFailed(
                    f"The process that holds the model said {message.kind!r} "
                    f"when {kind.model_fields['kind'].default!r} was due.",
                    "Its log says more.",
                )
            return Heard(message, time_s)

    def _line(self, silence_s: float, polling: Callable[[], None] | None) -> tuple[bytes, float]:
        deadline = time.monotonic() + silence_s
        told = time.monotonic()
        while True:
            try:
                line, time_s = self._lines.get(timeout=POLL_S if polling else _ASK_EVERY_S)
                break
            except queue.Empty:
                now = time.monotonic()
                if now >= deadline:
                    self.kill()
                    raise ChildFailed(
                        f"The process that holds the model has said nothing for {silence_s:g} s.",
                        "It hangs, or the hardware is far too slow for the model.",
                    ) from None
                if polling:
                    polling()
                if now - told >= _ASK_EVERY_S:
                    told = now
                    self._waiting()
        if not line:
            raise self._death()
        return line, time_s

    def _read_lines(self) -> None:
        """Every line with the moment it came; an empty one for the end."""
        while True:
            try:
                line = self._from.readline(wire.LONGEST_LINE + 1)
            except (OSError, ValueError):
                line = b""
            self._lines.put((line, time.monotonic()))
            # A line without an end is not waited for: what there is of it is no message.
            if not line or not line.endswith(b"\n"):
                break

    def _death(self) -> ChildFailed:
        """Why it is no longer there."""
        try:
            code = self._process.wait(_LAST_WORDS_S)
        except subprocess.TimeoutExpired:
            self.kill()
            return ChildFailed("The process that holds the model closed its pipe.", "Its log says more.")
        self._pump.join(_LAST_WORDS_S)
        # bubblewrap tells of a signal as a shell does, by 128 and the number.
        number = -code if code < 0 else code - 128 if code > 128 else 0
        if number == signal.SIGKILL:
            return ChildFailed(
                "The process that holds the model was killed (SIGKILL): most likely it ran out of memory.",
                "Take hardware with more memory, or a smaller precision.",
                out_of_memory=True,
            )
        if number:
            how = f"was ended by signal {number} ({signal.strsignal(number) or 'unknown'})"
        else:
            how = f"ended with code {code}"
        last = f": {self._last_line[:200]}" if self._last_line else ""
        return ChildFailed(f"The process that holds the model {how}{last}.", "Its log says more.")

    def _read_errors(self) -> None:
        assert self._process.stderr
        with self._process.stderr as stream:
            # In pieces: a line without an end must not fill the memory.
            for raw in iter(lambda: stream.readline(_LONGEST_LOG_LINE), b""):
                line = raw.decode(errors="replace").rstrip()
                if line:
                    self._last_line = line
                    self._log(line)

    def kill(self) -> None:
        """End it now and wait until it is gone; in a sandbox, everything inside ends with it."""
        if self._process.poll() is None:
            self._process.kill()
        self._process.wait()

    def close(self) -> None:
        """Let it end by itself, and make it end if it does not."""
        with contextlib.suppress(OSError):
            self._to.close()
        try:
            self._process.wait(_LAST_WORDS_S)
        except subprocess.TimeoutExpired:
            self.kill()
        self._pump.join(_LAST_WORDS_S)
        while self._ear.is_alive():
            # It may be waiting for room.
            with contextlib.suppress(queue.Empty):
                self._lines.get(timeout=_ASK_EVERY_S)
        self._from.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is not None:
            self.kill()
        self.close()


_SENTENCES = {
    "out-of-memory": "The model does not fit into memory.",
    "weights": "The model cannot be loaded as it was published.",
    "dtype": "The model is not in the precision of the plan.",
    "context": "The model cannot take the task's input.",
    "reasoning": "The model cannot be told to reason so.",
    "load": "The model cannot be loaded.",
    "data": "The task's queries do not fit.",
    "run": "The model failed while it ran.",
    "message": "The model's process was asked for something it does not know.",
}
_REMEDIES = {
    "out-of-memory": "Take hardware with more memory, or a smaller precision.",
    "weights": "Publish the model with all weights of its architecture, in safetensors.",
    "dtype": "Choose a precision that the model can be loaded in.",
    "context": "Choose a model with a longer context.",
    "reasoning": "Declare how its family is told, in the catalogue's reasoning families.",
    "load": "Load it with transformers on your machine first; the log has the whole error.",
    "data": "Look at the task's data set and columns.",
    "run": "The log has the whole error.",
    "message": "Parent and child must be of the same version.",
}
