"""Measured windows as the harness makes them, one a line: `python bench/readers/window.py MODEL CACHE S`.

First it says how the model was loaded; then, for each number it is told, how long a window was and how many
queries lay in it. Between windows the model's process is halted, so that it disturbs nobody.
"""

from __future__ import annotations

import json
import os
import signal
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from leaderboard import catalogue
from leaderboard.domain import Device
from runners.bench import sandbox, wire
from runners.bench.meter import open_meter
from runners.bench.process import Child
from runners.bench.state import GpuWatch
from runners.bench.trace import Trace
from runners.bench.windows import Windows
from runners.fetch import fetch
from runners.plan import plan

PHASE = "forward"
SILENCE_S = 300.0


def main() -> None:
    """Load once, then measure until the input ends."""
    model, cache, window_s = sys.argv[1], Path(sys.argv[2]), float(sys.argv[3])
    asked = plan(
        model,
        "main",
        task="sentence-similarity",
        hardware="h100-sxm-80gb",
        protocol="offline-b1",
        precision="fp32",
        profile="quick",
        device=Device.CPU,
    )
    asked = asked.model_copy(update={"profile": asked.profile.model_copy(update={"window_s": window_s})})
    task, hardware = catalogue.task(asked.task), catalogue.hardware(asked.hardware)
    inputs = fetch(asked, cache)
    load = wire.Load(
        folder=inputs.folder,
        queries=inputs.queries,
        device=asked.device,
        precision=asked.model.precision,
        max_input_tokens=asked.max_input_tokens,
    )
    meter = open_meter(hardware, asked.device)
    watch = GpuWatch((0,))
    command = [sys.executable, "-m", "runners.bench.child", str(task.engine)]
    environment = sandbox.child_environment(os.environ, asked.device)
    with Child(command, environment, sandbox.ROOT, lambda _: None, lambda: None) as child:
        child.tell(load)
        child.expect(wire.Ready, SILENCE_S)
        windows = Windows(asked, task, meter, child, SILENCE_S, start=0)
        windows.warm_up()
        os.kill(child.pid, signal.SIGSTOP)
        print(load.model_dump_json(), flush=True)
        for line in sys.stdin:
            repeat = int(line)
            os.kill(child.pid, signal.SIGCONT)
            with Trace(meter, watch.state):
                window = windows.window(PHASE, repeat)
            os.kill(child.pid, signal.SIGSTOP)
            seed = f"{asked.seed}/0/{PHASE}/{repeat}"
            told = {"seconds": window.seconds, "queries": window.queries, "passes": window.passes}
            print(json.dumps({**told, "seed": seed}), flush=True)
        os.kill(child.pid, signal.SIGCONT)


if __name__ == "__main__":
    main()
