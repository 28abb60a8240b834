"""What measuring costs: seconds of a measured window against the bare loop of the same queries, in pairs.

The window is the harness's own: the meter on a simulated H100, the trace, the pipe, the watched edges.
The loop is the same model in a process that nobody watches. MiniLM's real weights, one thread each.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
from contextlib import ExitStack
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from leaderboard.domain import Device
from runners.bench import sandbox
from tests.fakes.card import Card
from tests.fakes.hub import seed
from tests.fakes.hub.server import LoopbackHub

MODEL = "sentence-transformers/all-MiniLM-L6-v2"
TARGET = 1.02
READERS = Path(__file__).resolve().parent / "readers"


class Partner:
    """A process that is told a line and answers with one."""

    def __init__(self, words: list[str], environment: dict[str, str]) -> None:
        self._process = subprocess.Popen(
            [sys.executable, *words],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=environment,
            text=True,
        )

    def hear(self) -> Any:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            raise RuntimeError(f"{self._process.args!r} ended without an answer")
        return json.loads(line)

    def ask(self, line: str) -> Any:
        assert self._process.stdin is not None
        self._process.stdin.write(line + "\n")
        self._process.stdin.flush()
        return self.hear()

    def end(self) -> None:
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait(60)


def main() -> int:
    """Print the pairs' ratios and the verdict; exit code 0 when the median is within the target."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--small", action="store_true", help="four short pairs")
    given = parser.parse_args()
    pairs, window_s = (4, 1.0) if given.small else (24, 3.0)
    ratios = []
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="overhead-")))
        hub = stack.enter_context(LoopbackHub(folder / "hub"))
        seed.seed(hub, only=["carried", "data"])
        card = stack.enter_context(Card(folder / "card"))
        card.power(card.boards[0].load_w)
        plain = sandbox.child_environment(os.environ, Device.CPU)
        watched = {**os.environ, **card.environment(), "HF_ENDPOINT": hub.endpoint}
        measured = Partner([str(READERS / "window.py"), MODEL, str(folder / "cache"), str(window_s)], watched)
        stack.callback(measured.end)
        load = json.dumps(measured.hear())
        bare = Partner([str(READERS / "bare.py")], plain)
        stack.callback(bare.end)
        bare.ask(load)
        window = measured.ask("0")
        for number in range(1, pairs + 1):
            # Each goes first in turn: a machine that gets slower or faster meanwhile does so for both.
            before = window
            if number % 2:
                window = before = measured.ask(str(number))
            loop_each_s = bare.ask(json.dumps(before)) / before["queries"]
            if not number % 2:
                window = measured.ask(str(number))
            ratios.append(window["seconds"] / window["queries"] / loop_each_s)
    low, median, high = statistics.quantiles(ratios, n=4)
    print(f"{MODEL}, forward, {pairs} pairs of about {window_s:g} s; seconds per query, measured ÷ bare")
    print(f"quartiles {low:.4f}  {median:.4f}  {high:.4f}; least {min(ratios):.4f}, most {max(ratios):.4f}")
    verdict = "ok" if median <= TARGET else "short"
    print(f"overhead: {median:.4f} (target ≤ {TARGET:g} × the bare loop): {verdict}")
    return 0 if verdict == "ok" else 1


if __name__ == "__main__":
    sys.exit(main())
