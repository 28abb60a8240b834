"""The child: holds the model, runs phases between edges, and knows nothing of energy or verdicts.

`python -m runners.bench.child ENGINE`, messages on standard input and output (see `wire`). It is started
in a sandbox, with neither network nor token; what it says is checked by the parent.
"""

from __future__ import annotations

import importlib
import itertools
import math
import os
import random
import select
import sys
import time
import traceback
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, BinaryIO, Literal

from runners.bench import wire
from runners.bench.blocks import read_block
from runners.bench.failures import failure_of
from runners.bench.tasks import Answer, LoadingFailed, Pipeline, module_of, open_pipeline

TICK_S = 1.0
"""How often it says that it is alive, seconds."""
LONGEST_UNTOLD_S = 600.0
"""A parent that says nothing for so long has forgotten its child; the GPU must be free again."""


class Voice:
    """The child's end of the pipe."""

    def __init__(self, reading: BinaryIO, writing: BinaryIO) -> None:
        self._reading, self._writing = reading, writing
        self.stage: Literal["load", "run"] = "load"
        """What a nameless error is put down to."""

    def say(self, message: wire.ChildMessage) -> None:
        self._writing.write(wire.encode(message))
        self._writing.flush()

    def hear(self) -> wire.ParentMessage | None:
        """The next message; None when the parent has gone."""
        line = self._reading.readline(wire.LONGEST_LINE)
        return wire.from_parent(line) if line else None

    def is_spoken_to(self) -> bool:
        """Whether a message, or the parent's end, is waiting. The parent sends one and awaits its answer, so
        none hides in the buffer."""
        ready, _, _ = select.select([self._reading], [], [], 0)
        return bool(ready)


def serve(engine: str, voice: Voice, clock: Callable[[], float] = time.perf_counter) -> None:
    """Load once, then run whatever is asked until told to stop."""
    load = voice.hear()
    if not isinstance(load, wire.Load):
        return
    rows = read_block(Path(load.queries))
    pipeline = open_pipeline(engine, load, rows)
    voice.say(
        wire.Ready(
            dtype=pipeline.dtype,
            architecture=pipeline.architecture,
            phases=pipeline.phases,
            queries=len(rows),
            longest_input=pipeline.longest_input,
            threads=_threads(),
            gpu_uuids=pipeline.gpu_uuids(),
            unused_weights=pipeline.unused_weights,
            kept_fp32=pipeline.kept_fp32,
            params=pipeline.params,
            steps=pipeline.steps,
            resolution=pipeline.resolution,
        )
    )
    voice.stage = "run"
    answers: dict[int, Any] = {}
    message = voice.hear()
    while isinstance(message, wire.Measure):
        kept = answers if message.phase == load.answers_in else None
        work = Work(pipeline, len(rows), message, voice, clock, kept, load.batch)
        if not isinstance(work.until_told(wire.Lead()), wire.Go):
            return
        voice.say(work.measure())
        message = work.until_told()
    if isinstance(message, wire.Score):
        score(pipeline, message, answers, voice)
        message = voice.hear()
    if isinstance(message, wire.Stop):
        voice.say(wire.Bye(peak_memory_bytes=pipeline.peak_memory_bytes()))


def score(pipeline: Pipeline, asked: wire.Score, answers: dict[int, Any], voice: Voice) -> None:
    """Tell what the model makes of labelled rows: each by itself, or the block's as they were answered."""
    rows = None if asked.queries is None else read_block(Path(asked.queries))
    count = len(answers) if rows is None else len(rows)
    for row in range(count):
        value = pipeline.tell(answers[row]) if rows is None else pipeline.output(rows[row])
        voice.say(wire.Output(row=row, value=value))
    voice.say(wire.Scored(rows=count, labels=pipeline.labels))


class Work:
    """One phase at work: uncounted before and after, and counted between two edges in whole passes."""

    def __init__(
        self,
        pipeline: Pipeline,
        queries: int,
        asked: wire.Measure,
        voice: Voice,
        clock: Callable[[], float],
        answers: dict[int, Any] | None = None,
        batch: int = 1,
    ) -> None:
        """
        Args:
            answers: takes each query's answer, where they are scored afterwards.
            batch: queries answered together; the last batch of a pass has what is left of the block.
        """
        self._batch = batch
        self._pipeline, self._queries, self._asked = pipeline, queries, asked
        self._voice, self._clock, self._answers = voice, clock, answers

    def until_told(self, first: wire.ChildMessage | None = None) -> wire.ParentMessage | None:
        """Keep the load on until the parent says something; returns that, None when it has gone.

        Args:
            first: said once the first query is done.
        """
        began = ticked = self._clock()
        count = 0
        for group in itertools.cycle(groups(range(self._queries), self._batch)):
            self._together(group)
            count += len(group)
            if first is not None:
                self._voice.say(first)
                first = None
            if self._voice.is_spoken_to():
                return self._voice.hear()
            now = self._clock()
            if now - began > LONGEST_UNTOLD_S:
                return None
            if now - ticked >= TICK_S:
                ticked = now
                self._voice.say(wire.Tick(queries=count))
        raise AssertionError("unreachable")

    def measure(self) -> wire.Done:
        """Between two edges: whole passes over the block, each in an order of its own."""
        asked, pipeline, voice, clock = self._asked, self._pipeline, self._voice, self._clock
        pipeline.synchronise()
        voice.say(wire.Begin())
        count = answered = passes = tokens_in = tokens_out = 0
        audio_s = 0.0
        began = ticked = before = clock()
        enough = near = False
        while not enough:
            order = list(range(self._queries))
            random.Random(f"{asked.seed}/{passes}").shuffle(order)
            for group in groups(order, self._batch):
                for query, answer in zip(group, self._together(group), strict=True):
                    count += 1
                    answered += answer.usable
                    tokens_in += answer.tokens_in
                    tokens_out += answer.tokens_out
                    audio_s += answer.audio_s
                    if self._answers is not None:
                        self._answers[query] = answer.raw
                now = clock()
                enough = now - began >= asked.at_least_s and count >= asked.at_least_queries
                if not near and self._left_s(now - began, count) <= wire.NEAR_S + (now - before):
                    near, ticked = True, now
                    voice.say(wire.Tick(queries=count, near=True))
                elif now - ticked >= TICK_S:
                    ticked = now
                    voice.say(wire.Tick(queries=count, near=near))
                before = now
                if enough and not asked.whole_passes:
                    break
            else:
                passes += 1
        pipeline.synchronise()
        voice.say(wire.End())
        return wire.Done(
            queries=count,
            answered=answered,
            passes=passes,
            tokens_in=tokens_in,
            tokens_out=tokens_out,
            audio_s=audio_s,
        )

    def _together(self, group: Sequence[int]) -> list[Answer]:
        """One query by itself goes the way it always went; several go as one batch."""
        if len(group) == 1:
            return [self._pipeline.run(self._asked.phase, group[0])]
        return self._pipeline.run_together(self._asked.phase, group)

    def _left_s(self, elapsed_s: float, count: int) -> float:
        """How long until the second edge, if queries go on as they did, seconds."""
        each_s = elapsed_s / count
        due = max(self._asked.at_least_s / each_s if each_s > 0 else 0.0, self._asked.at_least_queries)
        if self._asked.whole_passes:
            due = math.ceil(due / self._queries) * self._queries
        return (due - count) * each_s


def groups(order: Sequence[int], batch: int) -> list[Sequence[int]]:
    """Queries in batches, in their order; the last one has what is left."""
    return [order[first : first + batch] for first in range(0, len(order), batch)]


def _threads() -> int:
    import torch

    return torch.get_num_threads()


def main() -> int:
    # Libraries print to standard output; the pipe is ours alone, so they are sent to the log.
    pipe = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    voice = Voice(sys.stdin.buffer, pipe)
    try:
        # What is slow to import is imported while the parent still fetches and reads.
        importlib.import_module(module_of(sys.argv[1]))
        serve(sys.argv[1], voice)
    except Exception as error:  # noqa: BLE001  the boundary: whatever it is, the parent hears its name
        if not isinstance(error, LoadingFailed):
            traceback.print_exc()
        voice.say(failure_of(error, voice.stage))
        return 1
    return 0


if __name__ == "__main__":
    code = main()
    # All is said: taking PyTorch down in order takes a second that nobody needs.
    sys.stderr.flush()
    os._exit(code)
