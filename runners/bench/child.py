"""The child: holds the model, runs phases between edges, and knows nothing of energy or verdicts.

`python -m runners.bench.child ENGINE`, messages on standard input and output (see `wire`). It is started
in a sandbox, with neither network nor token; what it says is checked by the parent.
"""

from __future__ import annotations

import json
import os
import random
import sys
import time
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO, Literal

from leaderboard.domain import StarwattError
from runners.bench import wire
from runners.bench.tasks import LoadingFailed, Pipeline, open_pipeline

TICK_S = 1.0
"""How often it says that it is alive, seconds."""


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


def serve(engine: str, voice: Voice, clock: Callable[[], float] = time.perf_counter) -> None:
    """Load once, then run whatever is asked until told to stop."""
    load = voice.hear()
    if not isinstance(load, wire.Load):
        return
    rows = json.loads(Path(load.queries).read_bytes())["rows"]
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
        )
    )
    voice.stage = "run"
    while True:
        message = voice.hear()
        if isinstance(message, wire.Measure):
            done = measure(pipeline, len(rows), message, voice, clock)
            if done is None:
                return
            voice.say(done)
            continue
        if isinstance(message, wire.Stop):
            voice.say(wire.Bye(peak_memory_bytes=pipeline.peak_memory_bytes()))
        return


def measure(
    pipeline: Pipeline, queries: int, asked: wire.Measure, voice: Voice, clock: Callable[[], float]
) -> wire.Done | None:
    """One phase between two edges, in passes over the block, each in an order of its own."""
    pipeline.synchronise()
    voice.say(wire.Begin())
    if not isinstance(voice.hear(), wire.Go):
        return None
    count = answered = passes = tokens_in = tokens_out = 0
    began = ticked = clock()
    enough = False
    while not enough:
        order = list(range(queries))
        random.Random(f"{asked.seed}/{passes}").shuffle(order)
        for query in order:
            answer = pipeline.run(asked.phase, query)
            count += 1
            answered += answer.usable
            tokens_in += answer.tokens_in
            tokens_out += answer.tokens_out
            now = clock()
            enough = now - began >= asked.at_least_s and count >= asked.at_least_queries
            if now - ticked >= TICK_S:
                ticked = now
                voice.say(wire.Tick(queries=count))
            if enough and not asked.whole_passes:
                break
        else:
            passes += 1
    pipeline.synchronise()
    voice.say(wire.End())
    return wire.Done(
        queries=count, answered=answered, passes=passes, tokens_in=tokens_in, tokens_out=tokens_out
    )


def _threads() -> int:
    import torch

    return torch.get_num_threads()


def _failure(error: Exception, stage: Literal["load", "run"]) -> wire.Failure:
    """What went wrong, in one line and under its name."""
    text = str(error).strip()
    first = f"{type(error).__name__}: {text.splitlines()[0][:400] if text else 'no message'}"
    if isinstance(error, LoadingFailed):
        return wire.Failure.model_validate({"cause": error.cause, "message": text})
    # torch.OutOfMemoryError is a RuntimeError; its name is enough, and torch may not be imported yet.
    if isinstance(error, MemoryError) or type(error).__name__ == "OutOfMemoryError":
        return wire.Failure(cause="out-of-memory", message=first)
    if isinstance(error, StarwattError):
        return wire.Failure(cause="message", message=str(error))
    return wire.Failure(cause=stage, message=first)


def main() -> int:
    # Libraries print to standard output; the pipe is ours alone, so they are sent to the log.
    pipe = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    voice = Voice(sys.stdin.buffer, pipe)
    try:
        # What is slow to import is imported while the parent still fetches and reads.
        _import_engine(sys.argv[1])
        serve(sys.argv[1], voice)
    except Exception as error:  # noqa: BLE001  the boundary: whatever it is, the parent hears its name
        if not isinstance(error, LoadingFailed):
            traceback.print_exc()
        voice.say(_failure(error, voice.stage))
        return 1
    return 0


def _import_engine(engine: str) -> None:
    import importlib

    importlib.import_module(f"runners.bench.tasks.{engine.replace('-', '_')}")


if __name__ == "__main__":
    code = main()
    # All is said: taking PyTorch down in order takes a second that nobody needs.
    sys.stderr.flush()
    os._exit(code)
