"""The child as the parent sees it: to be talked to, with deadlines; every way of dying has a name."""

from __future__ import annotations

import os
import selectors
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self, TypeVar

from leaderboard.domain import ChildFailed
from runners.bench import wire

_ASK_EVERY_S = 0.2
_LAST_WORDS_S = 10.0
_LONGEST_LOG_LINE = 8192
_Message = TypeVar("_Message", wire.Ready, wire.Begin, wire.End, wire.Done, wire.Bye)


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
            waiting: called about five times a second while the parent waits.

        Raises:
            ChildFailed: it cannot be started.
        """
        self._waiting, self._log = waiting, log
        self._unread = b""
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
        self._pump.start()

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

    def expect(self, kind: type[_Message], silence_s: float) -> _Message:
        """Wait for a message of one kind, letting signs of life pass.

        Raises:
            ChildFailed: it says it cannot go on, says something else, keeps silent too long, or dies.
        """
        while True:
            message = wire.from_child(self._line(silence_s))
            if isinstance(message, wire.Tick):
                continue
            if isinstance(message, wire.Failure):
                raise ChildFailed(_SENTENCES[message.cause] + " " + message.message, _REMEDIES[message.cause])
            if not isinstance(message, kind):
                raise ChildFailed(
                    f"The process that holds the model said {message.kind!r} "
                    f"when {kind.model_fields['kind'].default!r} was due.",
                    "Its log says more.",
                )
            return message

    def _line(self, silence_s: float) -> bytes:
        deadline = time.monotonic() + silence_s
        descriptor = self._from.fileno()
        with selectors.DefaultSelector() as selector:
            selector.register(descriptor, selectors.EVENT_READ)
            while b"\n" not in self._unread:
                if len(self._unread) > wire.LONGEST_LINE:
                    wire.from_child(self._unread)
                left = deadline - time.monotonic()
                if left <= 0:
                    self.kill()
                    raise ChildFailed(
                        f"The process that holds the model has said nothing for {silence_s:g} s.",
                        "It hangs, or the hardware is far too slow for the model.",
                    )
                if selector.select(min(left, _ASK_EVERY_S)):
                    read = os.read(descriptor, 65536)
                    if not read:
                        raise self._death()
                    self._unread += read
                else:
                    self._waiting()
        line, _, self._unread = self._unread.partition(b"\n")
        return line

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
        for stream in (self._to,):
            try:
                stream.close()
            except OSError:
                continue
        try:
            self._process.wait(_LAST_WORDS_S)
        except subprocess.TimeoutExpired:
            self.kill()
        self._pump.join(_LAST_WORDS_S)
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
    "load": "Load it with transformers on your machine first; the log has the whole error.",
    "data": "Look at the task's data set and columns.",
    "run": "The log has the whole error.",
    "message": "Parent and child must be of the same version.",
}
