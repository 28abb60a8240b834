"""Continuous batching: at most B sequences together, one token a step for each."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field

from tests.fakes.serving.engines import EOS, Engine


@dataclass
class Sequence:
    """One request inside the engine."""

    tokens: list[int]
    """Prompt and what was written."""
    most: int
    """Tokens it may write."""
    to_the_end: bool
    """Whether an end of sequence does not stop it."""
    told: Callable[[int, bool], object]
    """Takes each token, and whether it was the last one; called in the engine's thread."""
    prompt: int = field(init=False)

    def __post_init__(self) -> None:
        self.prompt = len(self.tokens)

    @property
    def written(self) -> int:
        return len(self.tokens) - self.prompt


class Batcher:
    """The engine's own thread. While the context is open, it works off what is added."""

    def __init__(
        self, engine: Engine, at_once: int, batch_changed: Callable[[int], object] = lambda _: None
    ) -> None:
        """
        Args:
            batch_changed: told how many run together whenever that changes; a card's power follows it.
        """
        self._engine, self._at_once, self._batch_changed = engine, at_once, batch_changed
        self._queue: deque[Sequence] = deque()
        self._wake = threading.Condition()
        self._stop = False
        self._thread = threading.Thread(target=self._work, name="batcher", daemon=True)
        self.written: list[float] = []
        """When each token was written, CLOCK_MONOTONIC: the server's own count."""
        self.most_together = 0

    def add(self, sequence: Sequence) -> None:
        with self._wake:
            self._queue.append(sequence)
            self._wake.notify()

    def _work(self) -> None:
        running: list[Sequence] = []
        told = 0
        while True:
            with self._wake:
                while not self._stop and not self._queue and not running:
                    if told:
                        told = 0
                        self._batch_changed(0)
                    self._wake.wait()
                if self._stop:
                    return
                while self._queue and len(running) < self._at_once:
                    running.append(self._queue.popleft())
            if len(running) != told:
                told = len(running)
                self._batch_changed(told)
            self.most_together = max(self.most_together, told)
            running = self._step(running)

    def _step(self, running: list[Sequence]) -> list[Sequence]:
        """One token for each; returns those that go on."""
        written = self._engine.step([sequence.tokens for sequence in running])
        now_s, left = time.monotonic(), []
        for sequence, token in zip(running, written, strict=True):
            sequence.tokens.append(token)
            self.written.append(now_s)
            ends = sequence.written >= sequence.most or (token == EOS and not sequence.to_the_end)
            sequence.told(token, ends)
            if not ends:
                left.append(sequence)
        return left

    def __enter__(self) -> Batcher:
        self._thread.start()
        return self

    def __exit__(self, *told: object) -> None:
        with self._wake:
            self._stop = True
            self._wake.notify()
        self._thread.join()
