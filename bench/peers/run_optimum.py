"""optimum-benchmark's `energy_star` on told queries: `PYTHON run_optimum.py TOLD.json`.

It runs unchanged in an environment of its own; only the moments at which its loops begin and end are noted
beside it. One JSON line says what it reported.
"""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import optimum_benchmark as peer  # type: ignore[import-not-found]
from optimum_benchmark.scenarios.energy_star.scenario import (  # type: ignore[import-not-found]
    EnergyStarScenario,
)

GENERATE = "generate"
"""Its pass over whole answers; what it reports as decode is this pass less the prefill's."""


def note_loops(path: Path) -> dict[str, tuple[float, float]]:
    """Note when each tracked loop begins and ends (CLOCK_MONOTONIC); tell the bench of the measured one."""
    loops: dict[str, tuple[float, float]] = {}
    track = EnergyStarScenario.track

    @contextmanager
    def noted(self: Any, task_name: str) -> Iterator[None]:
        with track(self, task_name):
            began_s = time.monotonic()
            if task_name == GENERATE:
                path.write_text(str(began_s))
            yield
            loops[task_name] = (began_s, time.monotonic())

    EnergyStarScenario.track = noted
    return loops


def described(loop: tuple[float, float], queries: int, energy_j: float) -> dict[str, float]:
    return {"began_s": loop[0], "ended_s": loop[1], "queries": queries, "energy_j": energy_j}


def main() -> None:
    """Run it once and print what it says."""
    answer = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    told = json.loads(Path(sys.argv[1]).read_text())
    loops = note_loops(Path(told["began"]))
    tokens = {"max_new_tokens": told["new_tokens"], "min_new_tokens": told["new_tokens"]}
    report = peer.Benchmark.launch(
        peer.BenchmarkConfig(
            name="peer",
            launcher=peer.InlineConfig(),
            backend=peer.PyTorchConfig(
                model=told["model"],
                task="text-generation",
                library="transformers",
                device="cpu",
                device_ids=told["gpu"],
                no_weights=False,
            ),
            scenario=peer.EnergyStarConfig(
                dataset_name=told["data"],
                num_samples=told["queries"],
                generate_kwargs=tokens,
                energy=True,
                latency=True,
            ),
        )
    )
    prefill_j = report.prefill.energy.gpu * 3.6e6
    decode_j = report.decode.energy.gpu * 3.6e6
    said = {
        "windows": [described(loops[GENERATE], told["queries"], prefill_j + decode_j)],
        "short": [described(loops["prefill"], told["queries"], prefill_j)],
    }
    print(json.dumps(said), file=answer, flush=True)


if __name__ == "__main__":
    main()
