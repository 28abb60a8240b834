"""One serving run in a process of its own: `python -m tests.runners.serving_job TOLD.json`.

It ends with the exit codes of `python -m runners bench` and says the same on standard error.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

from leaderboard.domain import StarwattError, read_plan
from runners.bench.parent import Settings, bench
from runners.bench.process import Deadlines
from runners.bench.progress import BarTeller
from runners.bench.serving.options import Options
from tests.runners.conftest import TEXTS, make_inputs


def main() -> int:
    told = json.loads(Path(sys.argv[1]).read_text())
    plan = read_plan(told["plan"])
    inputs = make_inputs(Path(told["cache"]), Path(told["model"]), TEXTS[: plan.block])
    settings = Settings(
        cache=Path(told["cache"]),
        sandbox="off",
        deadlines=Deadlines(load_s=300, silence_s=300),
        inputs=lambda plan, cache: inputs,
        serving=Options(
            url=told.get("url"),
            ladder=tuple(told.get("ladder", ())),
            command=told.get("command"),
            stall_s=told.get("stall_s", 60.0),
        ),
    )
    try:
        run = bench(plan, Path(told["out"]), settings, BarTeller())
    except StarwattError as error:
        print(f"error: {error}", file=sys.stderr)
        return error.exit_code
    return 0 if run.valid else 3


if __name__ == "__main__":
    sys.exit(main())
