"""Every task and its variants, on the CPU through the code path of an H100 run: `python -m tests.demo.tasks`.

A loopback Hub serves models and data sets, two simulated H100s (one a lane) read the energy, and `python -m
runners` plans, measures and judges. Random models may fail their quality floor, and nothing else.
"""

from __future__ import annotations

import argparse
import json
import os
import queue
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

from leaderboard.domain import Run, rejections
from runners.bench.record import LOG, RUN, read_run_file
from tests.demo.report import Outcome, table
from tests.demo.variants import VARIANTS, Variant
from tests.fakes.card import BOARDS, Card
from tests.fakes.card.follow import Follower
from tests.fakes.hub import LoopbackHub, seed

ROOT = Path(__file__).resolve().parents[2]
HARDWARE = "h100-sxm-80gb"
LANES = 2
_PLAN_ALL = """
import contextlib, json, sys
from runners.__main__ import main
for path, words in json.load(sys.stdin).items():
    with open(path, "w") as file, contextlib.redirect_stdout(file):
        code = main(["plan", *words])
    if code:
        sys.exit(code)
"""
LONGEST_S = 900
"""After which a run is ended, as one that hangs."""


def main(words: Sequence[str] | None = None) -> int:
    """Run them all; exit code 0 when each ended valid or below its floor alone."""
    parser = argparse.ArgumentParser("python -m tests.demo.tasks", description=__doc__)
    parser.add_argument("--only", action="append", metavar="TEXT", help="variants whose name has this text")
    parser.add_argument("--all", action="store_true", help="also those that take minutes")
    parser.add_argument("--lanes", type=int, default=LANES, help=f"runs at a time ({LANES})")
    parser.add_argument("--write", type=Path, metavar="FILE.md", help="write the table into a document")
    given = parser.parse_args(words)
    if given.only:
        chosen = [one for one in VARIANTS if any(text in one.name for text in given.only)]
    else:
        chosen = [one for one in VARIANTS if given.all or not one.slow]
    if not chosen:
        parser.error("no variant has such a name")
    began_s = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="tasks-") as place, LoopbackHub(Path(place) / "hub") as hub:
        gone: list[str] = []
        published = seed.seed(hub, say=gone.append)
        took_s = time.monotonic() - began_s
        print(f"{hub.endpoint}: {len(published)} repositories after {took_s:.0f} s", *gone, sep="\n")
        held = [one for one in chosen if one.model in published]
        _plan(held, hub, Path(place))
        outcomes = _measure(held, hub, Path(place), max(1, given.lanes))
    took_s = time.monotonic() - began_s
    text = table(outcomes)
    print(f"\n{text}\n\n{len(outcomes)} runs in {took_s:.0f} s")
    if given.write:
        _write(given.write, text)
    bad = [outcome.variant.name for outcome in outcomes if not outcome.as_expected]
    if bad:
        print(f"not as expected: {', '.join(bad)}")
    return 1 if bad or len(outcomes) < len(chosen) else 0


def _measure(variants: Sequence[Variant], hub: LoopbackHub, place: Path, lanes: int) -> list[Outcome]:
    """Run variants, a few at a time, each lane on a card of its own; in their order."""
    waiting: queue.SimpleQueue[tuple[int, Variant]] = queue.SimpleQueue()
    for each in enumerate(variants):
        waiting.put(each)
    done: dict[int, Outcome] = {}
    board = BOARDS[HARDWARE]
    with ExitStack() as stack:
        cards = [
            stack.enter_context(
                Card(place / f"card-{lane}", [replace(board, uuid=board.uuid[:-1] + str(lane))])
            )
            for lane in range(lanes)
        ]

        def work(card: Card) -> None:
            while True:
                try:
                    number, variant = waiting.get_nowait()
                except queue.Empty:
                    return
                done[number] = _run(variant, card, hub, place)
                print(done[number].line, flush=True)

        with ThreadPoolExecutor(lanes) as pool:
            # Drained, so that what a lane raised is raised here.
            list(pool.map(work, cards))
    return [done[number] for number in sorted(done)]


def _run(variant: Variant, card: Card, hub: LoopbackHub, place: Path) -> Outcome:
    """One variant's plan through `bench`."""
    out = place / "runs" / variant.name
    environment = {**_environment(hub, place), **card.environment()}
    began_s = time.monotonic()
    plan = out.with_suffix(".json")
    measure = [sys.executable, "-m", "runners", "bench", str(plan), str(out)]
    measure += ["--cache", str(place / "cache"), "--progress", "json"]
    job = subprocess.Popen(measure, cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    with Follower(card, job.pid):
        try:
            told, errors = job.communicate(timeout=LONGEST_S)
        except subprocess.TimeoutExpired:
            job.terminate()
            told, errors = job.communicate()
    took_s = time.monotonic() - began_s
    run = _read(out)
    return Outcome(variant, job.returncode, run, _why(told, errors, run, out), took_s)


def _environment(hub: LoopbackHub, place: Path) -> dict[str, str]:
    return {
        **os.environ,
        "HF_ENDPOINT": hub.endpoint,
        "HF_HUB_DISABLE_XET": "1",
        "HF_HOME": str(place / "hf"),
        "OMP_NUM_THREADS": "1",
    }


def _plan(variants: Sequence[Variant], hub: LoopbackHub, place: Path) -> None:
    """Every variant's plan, by `runners plan` in one process; the Hub's client is slow to import."""
    (place / "runs").mkdir()
    common = ("--hardware", HARDWARE, "--device", "cpu", "--profile", "quick")
    asked = {str(place / "runs" / f"{one.name}.json"): [*one.words, *common] for one in variants}
    subprocess.run(
        [sys.executable, "-c", _PLAN_ALL],
        cwd=ROOT,
        env=_environment(hub, place),
        input=json.dumps(asked).encode(),
        check=True,
    )


def _read(out: Path) -> Run | None:
    return read_run_file(out / RUN) if (out / RUN).is_file() else None


def _why(told: bytes, errors: bytes, run: Run | None, out: Path) -> str:
    """What a run that is not valid says."""
    if run is not None:
        return " ".join(f"{one.name}: {one.message}" for one in rejections(run.findings))
    lines = [json.loads(line) for line in told.splitlines() if line.startswith(b"{")]
    failed = next((line["failed"]["message"] for line in lines if "failed" in line), "")
    log = (out / LOG).read_text() if (out / LOG).is_file() else ""
    return f"{failed} {errors.decode()[-300:]} {log[-400:] if not failed else ''}".strip()


def _write(path: Path, text: str) -> None:
    """Put the table between a document's marks."""
    begin, end = "<!-- measured: begin -->", "<!-- measured: end -->"
    document = path.read_text(encoding="utf-8")
    head, _, rest = document.partition(begin)
    _, _, tail = rest.partition(end)
    path.write_text(f"{head}{begin}\n{text}\n{end}{tail}", encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())
