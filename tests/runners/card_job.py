"""One run on a simulated card with an impostor for a model: `python -m tests.runners.card_job TOLD.json`.

It ends with the exit codes of `python -m runners bench` and says the same on standard error.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable
from pathlib import Path

from leaderboard.domain import StarwattError, read_plan
from runners.bench.parent import Settings, bench
from runners.bench.process import Deadlines
from runners.bench.progress import BarTeller
from tests.runners.conftest import IMPOSTOR, PAIRS, make_inputs


def stepping(log: Path, by_s: float) -> Callable[[], float]:
    """A wall clock that somebody sets as soon as the first window is done."""

    def wall() -> float:
        seen = log.exists() and "window 1" in log.read_text()
        return time.time() + (by_s if seen else 0.0)

    return wall


def main() -> int:
    told = json.loads(Path(sys.argv[1]).read_text())
    plan = read_plan(told["plan"])
    out, cache = Path(told["out"]), Path(told["cache"])
    inputs = make_inputs(cache, Path(told["model"]), PAIRS[: plan.block])
    settings = Settings(
        cache=cache,
        sandbox="off",
        deadlines=Deadlines(load_s=60, silence_s=60),
        exclusive=told.get("exclusive", False),
        child=(sys.executable, str(IMPOSTOR), "good", *told.get("gpus", ())),
        inputs=lambda plan, cache: inputs,
        wall=stepping(out / "log.txt", told.get("wall_steps_s", 0.0)),
    )
    try:
        run = bench(plan, out, settings, BarTeller())
    except StarwattError as error:
        print(f"error: {error}", file=sys.stderr)
        return error.exit_code
    return 0 if run.valid else 3


if __name__ == "__main__":
    sys.exit(main())
