"""`make fleet`: a Space, two workers, a Slurm with an H100 and a T4 on two nodes; twelve submissions, each on
its class.

Slurm, Space, workers, Hub and models are real; the cards are simulated, and so are the figures.
"""

from __future__ import annotations

import os
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from subprocess import Popen
from typing import Any

import httpx2

from submissions import beside
from submissions.tokens import token_file
from tests.fakes import slurm
from tests.fakes.card import H100_SXM, T4, Card
from tests.fakes.card.follow import Follower
from tests.fakes.hub import LoopbackHub, encoders, seed
from tests.fakes.slurm import SlurmCluster

ROOT = Path(__file__).resolve().parents[2]
CLASSES = ("h100-sxm-80gb", "t4-16gb")
EACH = 6
LONGEST_S = 1800.0
TASK = "sentence-similarity"


def main() -> int:
    """Run it; 0 when all twelve are done, each on its class, none twice."""
    missing = slurm.why_not()
    if missing:
        print(f"fleet: {missing}", file=sys.stderr)
        return 2
    with tempfile.TemporaryDirectory(prefix="fleet-") as name, ExitStack() as stack:
        place = Path(name)
        hub = stack.enter_context(LoopbackHub(place / "hub"))
        seed.seed(hub, only=["encoders", "data"], say=print)
        # A node each: what is measured on one sees nothing of the other's.
        cards = [stack.enter_context(Card(place / f"card-{one.name[-2:]}", [one])) for one in (H100_SXM, T4)]
        cluster = stack.enter_context(SlurmCluster(place / "slurm"))
        address, data = _start(stack, place, hub, cards, cluster)
        ids = [_submit(address, number) for number in range(2 * EACH)]
        answers = _follow(address, ids)
        return _report(address, answers, data)


def _start(
    stack: ExitStack, place: Path, hub: LoopbackHub, cards: Sequence[Card], cluster: SlurmCluster
) -> tuple[str, Path]:
    """The Space and a worker for each class; the cards follow whatever works below this process."""
    port, data = slurm.free_port(), place / "data"
    address = f"http://127.0.0.1:{port}"
    environment = {
        **cluster.environment(),
        "HF_ENDPOINT": hub.endpoint,
        "HF_HUB_DISABLE_XET": "1",
        "STARWATT_DATA": str(data),
        "STARWATT_CACHE": str(place / "cache"),
        "PORT": str(port),
        "OMP_NUM_THREADS": "1",
    }
    log = os.open(place / "log", os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    quick = [sys.executable, "-m", "tests.demo.quick"]
    space = Popen([*quick, "space"], cwd=ROOT, env=environment, stdout=log, stderr=log)
    stack.callback(beside.end, space)
    if not beside.wait_until_ready(address, space):
        raise SystemExit((place / "log").read_text())
    for card, hardware, node in zip(cards, CLASSES, cluster.nodes, strict=True):
        command = [*quick, "worker", "--space", address, "--hardware", hardware, "--executor", "slurm"]
        command += ["--token-file", str(token_file(data, "runner")), "--poll", "0.5"]
        its_own = {**environment, **card.environment()}
        worker = Popen(command, cwd=ROOT, env=its_own, stdout=log, stderr=log)
        stack.callback(beside.end_worker, worker)
        # Jobs hang below the daemon of their node.
        stack.enter_context(Follower(card, cluster.pid(node)))
    print(f"{address}: a Space, two workers, Slurm with {', '.join(CLASSES)}", flush=True)
    return address, data


def _submit(address: str, number: int) -> str:
    model, hardware = encoders.ENCODERS[number // 2].repo_id, CLASSES[number % 2]
    wanted = {"model": model, "task": TASK, "hardware": hardware}
    answer = httpx2.post(f"{address}/api/v1/submissions", json=wanted, timeout=60)
    answer.raise_for_status()
    return str(answer.json()["id"])


def _follow(address: str, ids: list[str]) -> list[dict[str, Any]]:
    """Every submission once it has ended, told as it goes on."""
    said: dict[str, str] = {}
    deadline_s = time.monotonic() + LONGEST_S
    while True:
        answers = [httpx2.get(f"{address}/api/v1/submissions/{id}", timeout=60).json() for id in ids]
        for answer in answers:
            if said.get(answer["id"]) != answer["status"]:
                said[answer["id"]] = answer["status"]
                print(f"{answer['model']:<34} {answer['hardware']:<14} {answer['status']}", flush=True)
        if all(answer["final"] for answer in answers):
            return answers
        if time.monotonic() > deadline_s:
            raise SystemExit("fleet: not all of them ended")
        time.sleep(2)


def _report(address: str, answers: list[dict[str, Any]], data: Path) -> int:
    good = True
    for answer in answers:
        if answer["status"] != "done":
            good, last = False, answer["events"][-1]
            print(f"{answer['model']:<34} {answer['hardware']:<14} {answer['status']}: {last['message']}")
            continue
        claims = sum(event["status"] == "claimed" for event in answer["events"])
        run = httpx2.get(f"{address}/api/v1/runs/{answer['run_id']}", timeout=60).json()
        board = run["environment"]["boards"][0]["name"]
        fits = board == {"h100-sxm-80gb": H100_SXM.name, "t4-16gb": T4.name}[answer["hardware"]]
        good = good and claims == 1 and fits and bool(answer["log_tail"])
        print(
            f"{answer['model']:<34} {answer['hardware']:<14} {answer['status']}, claimed {claims} time(s), "
            f"on {board}, {run['energy_per_query_j']:.3g} J per query, "
            f"{len(answer['log_tail'])} characters of log"
        )
    folders = Counter(path.name for path in (data / "runs").glob("*"))
    runners = httpx2.get(f"{address}/api/v1/queue", timeout=60).json()["runners"]
    print(f"{len(folders)} run folders; runners: {', '.join(one['machine'] for one in runners)}")
    good = good and len(folders) == len(answers) and len(runners) == len(CLASSES)
    print("all on their class, none twice" if good else "not as it should be")
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
