"""What Slurm runs: one bench, once, on the leash of the daemon that watches the job; its exit code in a file.

The output folder decides what became of a job, not Slurm's books: Slurm was seen to run a finished job again,
and without a data base it forgets it a few minutes later.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
from pathlib import Path

import psutil

from runners.bench.sandbox import ROOT
from runners.executors.told import ToldFiles

TO_RUN, BEGAN, ENDED, STOP = "to-run.json", "began", "ended.json", "stop"
DAEMON = "slurmstepd"
GIVEN = ("CUDA_VISIBLE_DEVICES",)
"""What Slurm says to a job in its environment."""
NODE = "SLURMD_NODENAME"
_LOOK_S = 0.5


def measure(folder: str) -> None:
    """Run what `to-run.json` says, unless it was begun before: then the first one's word stands."""
    place = Path(folder)
    try:
        with (place / BEGAN).open("x", encoding="utf-8") as file:
            # Which machine it was: a node that is unfit is set aside, and not who submits to it.
            file.write(os.environ.get(NODE, ""))
    except FileExistsError:
        return
    wanted = json.loads((place / TO_RUN).read_text(encoding="utf-8"))
    # Read once: the token in it is not to lie about while a model runs.
    (place / TO_RUN).unlink()
    daemon = next((one for one in psutil.Process().parents() if one.name() == DAEMON), None)
    # Which of the node's GPUs are the job's.
    given = {name: os.environ[name] for name in GIVEN if name in os.environ}
    told, errors = ToldFiles.paths(place)
    with told.open("wb") as out, errors.open("wb") as err:
        bench = subprocess.Popen(
            wanted["command"],
            stdin=subprocess.PIPE,
            stdout=out,
            stderr=err,
            cwd=ROOT,
            env={**wanted["environment"], **given},
            start_new_session=True,
        )
        code = _wait(bench, daemon, place / STOP)
    _write(place / ENDED, json.dumps({"code": code}))


def _wait(bench: subprocess.Popen[bytes], daemon: psutil.Process | None, stop: Path) -> int | None:
    """Its exit code; None: it was ended, because it was to stop or nobody watches over the job any more."""
    while True:
        try:
            return bench.wait(_LOOK_S)
        except subprocess.TimeoutExpired:
            if stop.exists() or (daemon is not None and not daemon.is_running()):
                # The whole group: what the bench started ends with it.
                os.killpg(bench.pid, signal.SIGKILL)
                bench.wait()
                return None


def _write(path: Path, text: str) -> None:
    """There whole or not at all."""
    partial = path.with_name(f"{path.name}.part")
    with partial.open("w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    partial.replace(path)
