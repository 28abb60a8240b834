"""One run with an impostor for a model, replayed: `python -m tests.faults.bench_job OUT CACHE MODEL`."""

from __future__ import annotations

import sys
from pathlib import Path

from runners.bench.meter.replay import ReplayMeter
from runners.bench.parent import Settings, bench
from runners.bench.progress import BarTeller
from tests.runners.conftest import IMPOSTOR, PAIRS, make_inputs, make_plan, short


def main() -> None:
    out, cache, model = (Path(word) for word in sys.argv[1:])
    plan = make_plan(profile=short(starts=2))
    inputs = make_inputs(cache, model, PAIRS[: plan.block])
    settings = Settings(
        cache=cache,
        sandbox="off",
        meter=ReplayMeter([2.0], power_w=40.0),
        child=(sys.executable, str(IMPOSTOR), "good"),
        inputs=lambda plan, cache: inputs,
    )
    bench(plan, out, settings, BarTeller())


main()
