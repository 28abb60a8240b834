"""A child that holds no model: it speaks the wire's language well, or as badly as its first argument says."""

from __future__ import annotations

import json
import os
import signal
import sys
import time

import pyarrow.parquet as pq


def say(**message: object) -> None:
    sys.stdout.write(json.dumps(message) + "\n")
    sys.stdout.flush()


def hear() -> dict[str, object]:
    line = sys.stdin.readline()
    if not line:
        sys.exit(0)
    told: dict[str, object] = json.loads(line)
    return told


def give_up(mode: str, batch: int) -> None:
    """What happens before a window, at a batch that is too much."""
    if mode == "full-from-4" and batch >= 4:
        say(kind="failure", cause="out-of-memory", message="CUDA out of memory")
        sys.exit(1)
    if mode == "dies-at-2" and batch == 2:
        sys.exit(9)


def misbehave(mode: str) -> None:
    """What happens inside a window instead of work."""
    if mode == "killed":
        os.kill(os.getpid(), signal.SIGKILL)
    if mode == "crashes":
        print("Segmentation violation in layer 3", file=sys.stderr)
        sys.exit(7)
    if mode == "aborts":
        os.kill(os.getpid(), signal.SIGABRT)
    if mode == "hangs":
        while True:
            signal.pause()
    if mode == "garbage":
        print("Loading checkpoint shards: 100%", flush=True)
    if mode == "endless":
        while True:
            sys.stdout.write("x" * 65536)
    if mode == "out-of-memory":
        say(kind="failure", cause="out-of-memory", message="CUDA out of memory")
    if mode == "out-of-turn":
        say(kind="bye", peak_memory_bytes=0)


def main() -> None:
    mode = sys.argv[1]
    load = hear()
    if mode == "environment":
        print("environment " + " ".join(sorted(os.environ)), file=sys.stderr)
    block = pq.read_metadata(str(load["queries"])).num_rows
    say(
        kind="ready",
        dtype="bfloat16" if mode == "bf16" or load["precision"] == "bf16" else "float32",
        architecture="Impostor",
        phases=["preprocess", "forward", "generate"],
        queries=block + (mode == "other-block"),
        longest_input=8,
        threads=1,
        gpu_uuids=sys.argv[2:],
    )
    while True:
        asked = hear()
        if asked["kind"] == "stop":
            say(kind="bye", peak_memory_bytes=5)
            return
        give_up(mode, int(str(load["batch"])))
        say(kind="lead")
        hear()
        say(kind="begin")
        if mode != "hasty":
            deadline = time.monotonic() + float(str(asked["at_least_s"]))
            if mode == "unheard":
                # It had begun for a while when its word of that arrived.
                deadline -= 0.02
            while (left := deadline - time.monotonic()) > 0:
                say(kind="tick", queries=1, near=left < 0.5)
                time.sleep(min(left, 0.005))
        if not str(asked["seed"]).startswith("warm-up"):
            misbehave(mode)
        say(kind="end")
        written = int(str(load["output_tokens"])) * block if asked["phase"] == "generate" else 0
        say(
            kind="done",
            queries=block,
            answered=block - (mode == "unanswered"),
            passes=1,
            tokens_in=8 * block,
            tokens_out=written - (mode == "wordless" and written > 0),
        )


main()
