"""ai_energy_benchmarks on told queries: `PYTHON run_ai_energy.py TOLD.json`, in its own environment.

It runs unchanged; only the moments at which its loop begins and ends are noted beside it. One JSON line says
what it reported.
"""

from __future__ import annotations

import json
import os
import sys
import time
from pathlib import Path
from typing import Any

from ai_energy_benchmarks.backends.pytorch import PyTorchBackend  # type: ignore[import-not-found]
from ai_energy_benchmarks.config import parser  # type: ignore[import-not-found]
from ai_energy_benchmarks.runner import BenchmarkRunner  # type: ignore[import-not-found]


def note_queries(path: Path) -> list[tuple[float, float]]:
    """Note when each query begins and ends (CLOCK_MONOTONIC), and tell the bench of the first."""
    queries: list[tuple[float, float]] = []
    run_inference = PyTorchBackend.run_inference

    def noted(self: Any, *words: Any, **named: Any) -> Any:
        began_s = time.monotonic()
        if not queries:
            path.write_text(str(began_s))
        found = run_inference(self, *words, **named)
        queries.append((began_s, time.monotonic()))
        return found

    PyTorchBackend.run_inference = noted
    return queries


def main() -> None:
    """Run it once and print what it says."""
    answer = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    told = json.loads(Path(sys.argv[1]).read_text())
    queries = note_queries(Path(told["began"]))
    config = parser.BenchmarkConfig(
        name="peer",
        backend=parser.BackendConfig(
            type="pytorch",
            device="cpu",
            device_ids=[int(told["gpu"] or 0)],
            model=told["model"],
            endpoint=None,
        ),
        scenario=parser.ScenarioConfig(
            dataset_name=told["data"],
            num_samples=told["queries"],
            generate_kwargs={"max_new_tokens": told["new_tokens"], "min_new_tokens": told["new_tokens"]},
        ),
    )
    results = BenchmarkRunner(config).run()
    window = {
        "began_s": queries[0][0],
        "ended_s": queries[-1][1],
        "queries": results["summary"]["successful_prompts"],
        "energy_j": results["energy"]["gpu_energy_wh"] * 3600,
    }
    assert results["summary"]["total_completion_tokens"] == told["queries"] * told["new_tokens"]
    print(json.dumps({"windows": [window]}), file=answer, flush=True)


if __name__ == "__main__":
    main()
