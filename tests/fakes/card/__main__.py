"""Run a command on a simulated card: `python -m tests.fakes.card --board t4-16gb -- COMMAND …`."""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path

from tests.fakes.card import BOARDS, Card, NoCompiler
from tests.fakes.card.follow import Follower


def main(words: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        "python -m tests.fakes.card",
        description="Run a command that sees a simulated GPU; its power follows the model's work on the CPU.",
    )
    parser.add_argument(
        "--board", action="append", choices=sorted(BOARDS), help="hardware class; again for more boards"
    )
    parser.add_argument("--period", type=float, default=100.0, metavar="MS", help="of the counter (100)")
    parser.add_argument("command", nargs="+", metavar="COMMAND")
    given = parser.parse_args(words)
    boards = [BOARDS[name] for name in given.board or ["h100-sxm-80gb"]]
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="card-")))
        card = stack.enter_context(Card(folder / "card", boards))
        try:
            environment = {**os.environ, **card.environment()}
        except NoCompiler as error:
            print(f"error: {error}", file=sys.stderr)
            return 1
        for number in range(len(boards)):
            card.counter(given.period / 1000, board=number)
        began_s = time.monotonic()
        try:
            job = subprocess.Popen(given.command, env=environment)
        except OSError as error:
            print(f"error: {given.command[0]} cannot be started ({error.strerror}).", file=sys.stderr)
            return 2
        for number in range(len(boards)):
            stack.enter_context(Follower(card, job.pid, number))
        code = job.wait()
        ended_s = time.monotonic()
        for number, board in enumerate(boards):
            joules = card.true_energy_j(began_s, ended_s, number)
            print(f"GPU {number}, {board.name}: {joules:.3f} J in {ended_s - began_s:.3f} s", file=sys.stderr)
    return code


if __name__ == "__main__":
    sys.exit(main())
