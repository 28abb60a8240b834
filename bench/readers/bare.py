"""The bare limit of a window: its queries in its order, in a loop that nobody watches.

The first line it is told is how to load the model; then one window per line, passes and seed. It answers
seconds.
"""

from __future__ import annotations

import json
import os
import random
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from runners.bench.blocks import read_block
from runners.bench.tasks import open_pipeline
from runners.bench.wire import Load

PHASE = "forward"


def main() -> None:
    """Load once, then run loops until the input ends."""
    answer = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    load = Load.model_validate_json(sys.stdin.readline())
    rows = read_block(Path(load.queries))
    pipeline = open_pipeline("sentence-similarity", load, rows)
    for query in range(len(rows)):
        pipeline.run(PHASE, query)
    print(json.dumps("ready"), file=answer, flush=True)
    for line in sys.stdin:
        told = json.loads(line)
        pipeline.synchronise()
        began_s = time.monotonic()
        for passed in range(told["passes"]):
            order = list(range(len(rows)))
            random.Random(f"{told['seed']}/{passed}").shuffle(order)
            for query in order:
                pipeline.run(PHASE, query)
        pipeline.synchronise()
        print(json.dumps(time.monotonic() - began_s), file=answer, flush=True)


if __name__ == "__main__":
    main()
