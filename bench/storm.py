"""Ten thousand submissions in a minute from eight clients, against limits that allow a quarter of them.

The real Space as a process, asking a loopback Hub. Each client is a process with an address of its own
(127.0.0.2, 127.0.0.3 …), so that limits of addresses and the one person's both bite.
Wanted: at least 2,000 are accepted, every other answer is a 429 that says when to come back, none is a 5xx,
and what the record holds is exactly what was accepted.
"""

from __future__ import annotations

import json
import multiprocessing
import os
import random
import socket
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection
from multiprocessing.connection import Connection
from pathlib import Path
from urllib.parse import urlsplit

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import httpx2

from leaderboard import catalogue
from leaderboard.record import Record
from submissions import beside
from tests.fakes.hub import LoopbackHub

ROOT = Path(__file__).resolve().parents[1]
SLOWEST_S = 0.2
"""Target: of a hundred answers, ninety-nine come sooner."""
LEAST = 0.8
"""Target: this much of what the limits allow is accepted."""


@dataclass(frozen=True)
class Storm:
    """How much of it."""

    submissions: int
    clients: int
    seconds: float
    allowed: int


WHOLE = Storm(submissions=10_000, clients=8, seconds=60.0, allowed=2500)
SMALL = Storm(submissions=300, clients=4, seconds=3.0, allowed=75)

Answer = tuple[int, float, str]
"""Status, seconds, the submission's id or what was wrong."""


def wanted(storm: Storm, hub: LoopbackHub) -> list[dict[str, str]]:
    """As many different submissions: small models × hardware × precision, in random order.

    Nothing is quantised for anybody, so only the precisions that any checkpoint can have are asked for.
    """
    choices = [
        (hardware.id, precision)
        for hardware in catalogue.hardware_classes().values()
        for precision in hardware.precisions
        if precision in ("fp32", "fp16", "bf16")
    ]
    bodies = []
    for number in range(-(-storm.submissions // len(choices))):
        model = f"storm/model-{number:04}"
        hub.publish("model", model, _files(number), date="2026-11-01T00:00:00.000Z")
        bodies += [
            {"model": model, "task": "sentence-similarity", "hardware": hardware, "precision": precision}
            for hardware, precision in choices
        ]
    random.Random(20261101).shuffle(bodies)
    return bodies[: storm.submissions]


def _files(number: int) -> dict[str, bytes]:
    tensor = {"weight": {"dtype": "F32", "shape": [1], "data_offsets": [0, 4]}}
    header = json.dumps({"__metadata__": {"number": str(number)}, **tensor}).encode()
    return {
        "README.md": b"---\nlicense: apache-2.0\n---\n",
        "config.json": b'{"architectures": ["BertModel"], "model_type": "bert"}',
        "model.safetensors": len(header).to_bytes(8, "little") + header + b"\0\0\0\0",
    }


def client(pipe: Connection) -> None:
    """One client: it is told what to send where and from when on, and answers with what it was told."""
    address, source, starts_at, seconds, bodies = pipe.recv()
    parts = urlsplit(address)
    connection = HTTPConnection(str(parts.hostname), parts.port, timeout=60, source_address=(source, 0))
    answers: list[Answer] = []
    for place, body in enumerate(bodies):
        time.sleep(max(starts_at + seconds * place / len(bodies) - time.time(), 0.0))
        started = time.perf_counter()
        connection.request(
            "POST", "/api/v1/submissions", json.dumps(body), {"Content-Type": "application/json"}
        )
        answer = connection.getresponse()
        text = answer.read()
        took_s = time.perf_counter() - started
        told = json.loads(text)["id"] if answer.status == 202 else text.decode()[:300]
        if answer.status == 429 and not int(answer.headers["Retry-After"]) > 0:
            told = "no Retry-After"
        answers.append((answer.status, took_s, told))
    pipe.send((answers, time.time() - starts_at))


@contextmanager
def clients(storm: Storm) -> Iterator[list[Connection]]:
    """The client processes, made before this one has any thread; each waits for its orders."""
    context = multiprocessing.get_context("fork")
    pipes, processes = [], []
    for _ in range(storm.clients):
        ours, theirs = context.Pipe()
        process = context.Process(target=client, args=(theirs,), daemon=True)
        process.start()
        theirs.close()
        pipes.append(ours)
        processes.append(process)
    try:
        yield pipes
    finally:
        for process in processes:
            process.terminate()
            process.join()


@contextmanager
def space(storm: Storm, data: Path, hub: LoopbackHub) -> Iterator[str]:
    """The Space as a process, held to its limits also on one's own machine."""
    per_address = storm.allowed // (storm.clients - 1)
    limits = f"person-day={storm.allowed},address-open={per_address},queue={2 * storm.allowed}"
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = int(taken.getsockname()[1])
    process = subprocess.Popen(
        [sys.executable, str(ROOT / "app.py")],
        env={
            **os.environ,
            "STARWATT_DATA": str(data),
            "STARWATT_LIMITS": limits,
            "PORT": str(port),
            "HF_ENDPOINT": hub.endpoint,
        },
    )
    address = f"http://127.0.0.1:{port}"
    try:
        if not beside.wait_until_ready(address, process):
            raise SystemExit("the Space did not start")
        yield address
    finally:
        beside.end(process)


def run(
    storm: Storm, pipes: Sequence[Connection], address: str, bodies: list[dict[str, str]]
) -> list[Answer]:
    """All answers, once every client is done."""
    starts_at = time.time() + 1.0
    for place, pipe in enumerate(pipes):
        source = f"127.0.0.{place + 2}"
        pipe.send((address, source, starts_at, storm.seconds, bodies[place :: storm.clients]))
    told = [pipe.recv() for pipe in pipes]
    print(f"{len(bodies):,} from {storm.clients} clients in {max(took for _, took in told):.1f} s")
    return [answer for answers, _ in told for answer in answers]


def listed(address: str) -> list[str]:
    """The ids in the queue, as the API tells them page by page."""
    ids: list[str] = []
    while True:
        where = f"{address}/api/v1/queue?limit=1000&page={len(ids) // 1000 + 1}"
        told = httpx2.get(where, timeout=60).json()
        ids += [row["id"] for row in told["items"]]
        if len(ids) >= told["total"] or not told["items"]:
            return ids


def wrong_with(storm: Storm, answers: Sequence[Answer], address: str, data: Path) -> list[str]:
    """What is not as it has to be; empty: all is."""
    accepted = [told for status, _, told in answers if status == 202]
    wrong = [f"{status}: {told}" for status, _, told in answers if status not in (202, 429)][:3]
    if any(told == "no Retry-After" for _, _, told in answers):
        wrong.append("a 429 without Retry-After")
    if not LEAST * storm.allowed <= len(accepted) <= storm.allowed:
        wrong.append(f"{len(accepted)} accepted of {storm.allowed} allowed")
    if len(answers) != storm.submissions:
        wrong.append(f"{len(answers)} answers to {storm.submissions} submissions")
    if len(set(accepted)) != len(accepted) or Counter(listed(address)) != Counter(accepted):
        wrong.append("the queue is not what was accepted")
    for id in accepted[:: max(len(accepted) // 50, 1)]:
        told = httpx2.get(f"{address}/api/v1/submissions/{id}", timeout=60).json()
        if [event["status"] for event in told["events"]] != ["received", "queued"]:
            wrong.append(f"{id}: {told['status']}")
    with Record.read(data) as record:
        if sorted(row.id for row in record.line()) != sorted(accepted):
            wrong.append("the record is not what was accepted")
    return wrong


def percentile(answers: Sequence[Answer], share: float, *statuses: int) -> float:
    """Seconds that so large a share of the answers took at most."""
    took = sorted(seconds for status, seconds, _ in answers if not statuses or status in statuses)
    return took[min(int(share * len(took)), len(took) - 1)] if took else 0.0


def main() -> int:
    """Print what was answered and the verdict; exit code 0 when nothing is wrong and it was quick enough."""
    storm = SMALL if "--small" in sys.argv[1:] else WHOLE
    with ExitStack() as stack:
        pipes = stack.enter_context(clients(storm))
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="storm-")))
        hub = stack.enter_context(LoopbackHub(folder / "hub"))
        bodies = wanted(storm, hub)
        address = stack.enter_context(space(storm, folder / "data", hub))
        answers = run(storm, pipes, address, bodies)
        wrong = wrong_with(storm, answers, address, folder / "data")
    for status, count in sorted(Counter(status for status, _, _ in answers).items()):
        half, most, all_s = (percentile(answers, share, status) * 1000 for share in (0.5, 0.99, 1.0))
        print(f"{status}: {count:6,}  median {half:6.1f} ms  p99 {most:6.1f} ms  longest {all_s:6.1f} ms")
    for line in wrong:
        print(f"wrong: {line}")
    p99_s = percentile(answers, 0.99)
    verdict = "ok" if not wrong and p99_s < SLOWEST_S else "short"
    accepted = sum(status == 202 for status, _, _ in answers)
    least, slowest_ms = round(LEAST * storm.allowed), round(SLOWEST_S * 1000)
    print(
        f"storm: {accepted:,} accepted, p99 {p99_s * 1000:.0f} ms (target {least:,} to {storm.allowed:,}, "
        f"the rest 429, nothing lost or doubled, p99 < {slowest_ms} ms): {verdict}"
    )
    return 0 if verdict == "ok" else 1


if __name__ == "__main__":
    sys.exit(main())
