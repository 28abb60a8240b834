"""In the place of `vllm serve`: `python -m tests.fakes.serving serve MODEL --uds PATH --max-num-seqs B …`."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from tests.fakes.serving import Counting, Engine, Habits, Serving, TinyModel


def main() -> int:
    parser = argparse.ArgumentParser("python -m tests.fakes.serving")
    parser.add_argument("--counting", action="store_true", help="write numbers, without a model")
    parser.add_argument("--dies", action="store_true", help="end with an error instead")
    parser.add_argument("word", choices=["serve"])
    parser.add_argument("model", type=Path)
    parser.add_argument("--served-model-name", required=True)
    parser.add_argument("--uds", required=True)
    parser.add_argument("--max-num-seqs", type=int, required=True)
    parser.add_argument("--no-enable-prefix-caching", action="store_true", required=True)
    for name in ("dtype", "seed", "load-format", "generation-config", "max-model-len"):
        parser.add_argument(f"--{name}")
    given = parser.parse_args()
    if given.dies:
        print("torch.OutOfMemoryError: CUDA out of memory", file=sys.stderr)
        return 1
    engine: Engine = Counting(0.004) if given.counting else TinyModel(given.model)
    Serving(engine, given.max_num_seqs, model=given.served_model_name, habits=Habits(), uds=given.uds).serve()
    return 0


if __name__ == "__main__":
    sys.exit(main())
