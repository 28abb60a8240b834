"""Plans, models and inputs for the runners' tests; models are built on the spot and are tiny."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from leaderboard import catalogue
from leaderboard.domain import Plan, Profile, StarwattError
from runners.bench.blocks import Row, write_block
from runners.bench.parent import Settings
from runners.executors import Ending, Job, Placed
from runners.executors.fake import FakeExecutor
from runners.fetch import Inputs
from runners.notes import Note
from runners.space import Claimed, SpaceClient
from runners.worker import Worker
from tests import builders
from tests.fakes.hub import encoders, generators
from tests.runners.space_double import TOKEN, SpaceDouble

IMPOSTOR = Path(__file__).with_name("impostor.py")
PAIRS: list[Row] = [
    (f"the cat number {n} sleeps", f"a dog that is called {n} does not sleep at all") for n in range(16)
]
TEXTS: list[Row] = [(f"Once upon a time, for the {n}th time, there was a king who",) for n in range(16)]


def short(**fields: Any) -> Profile:
    """The quick profile, shrunk."""
    small = {"window_s": 0.05, "idle_s": 0.05, "warmup_slice_s": 0.05, "block": 4, "warmup_queries": 1}
    return catalogue.profile("quick").model_copy(update={**small, **fields})


def make_plan(task: str = "sentence-similarity", **fields: Any) -> Plan:
    """A plan of the catalogue's for the CPU, with the shrunk profile and block."""
    made = catalogue.make_plan(builders.model_ref(), task=task, hardware="cpu")
    profile = fields.get("profile", short())
    return made.model_copy(update={"profile": profile, "block": profile.block, **fields})


def write_files(folder: Path, files: Mapping[str, bytes]) -> Path:
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    return folder


def make_inputs(cache: Path, model: Path, rows: Sequence[Row]) -> Inputs:
    """Inputs as `fetch` would have left them."""
    cache.mkdir(parents=True, exist_ok=True)
    queries = cache / "queries.parquet"
    write_block(queries, ["a", "b"][: len(rows[0])], rows)
    unscored = "There are no labelled rows."
    return Inputs(folder=str(model), queries=str(queries), weights_hash="0" * 64, unscored=unscored)


@pytest.fixture(scope="session")
def encoder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A sentence-transformers model with two layers."""
    return write_files(tmp_path_factory.mktemp("encoder"), encoders.build(encoders.ENCODERS[0]))


@pytest.fixture(scope="session")
def generator(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A Llama with four layers and room for the task's tokens."""
    files = dict(generators.build("llama"))
    config = json.loads(files["config.json"])
    files["config.json"] = json.dumps(config | {"max_position_embeddings": 2048}).encode()
    return write_files(tmp_path_factory.mktemp("generator"), files)


class Listener:
    """A teller that remembers."""

    def __init__(self) -> None:
        self.steps: list[tuple[float, str, float]] = []
        self.ticks = 0
        self.said: list[str] = []
        self.failures: list[StarwattError] = []
        self.closed = False

    def step(self, fraction: float, message: str, remaining_s: float) -> None:
        self.steps.append((fraction, message, remaining_s))

    def tick(self, fraction: float, message: str, remaining_s: float) -> None:
        self.ticks += 1

    def say(self, text: str) -> None:
        self.said.append(text)

    def failed(self, error: StarwattError) -> None:
        self.failures.append(error)

    def close(self) -> None:
        self.closed = True


@pytest.fixture
def settings(tmp_path: Path, encoder: Path) -> Settings:
    """Of a bench of the encoder, with the good impostor for a child and no sandbox."""
    inputs = make_inputs(tmp_path / "cache", encoder, PAIRS[:4])
    return Settings(
        cache=tmp_path / "cache",
        sandbox="off",
        child=(sys.executable, str(IMPOSTOR), "good"),
        inputs=lambda plan, cache: inputs,
    )


def finished(job: Job) -> None:
    """As a bench leaves its folder."""
    job.out.mkdir(parents=True)
    for name in ("run.json", "trace.parquet", "log.txt"):
        (job.out / name).write_text(name)


def note(tmp_path: Path) -> Note:
    return Note(tmp_path / "held.json")


@pytest.fixture
def lines() -> list[str]:
    return []


@pytest.fixture
def worker(tmp_path: Path, lines: list[str]) -> Iterator[Callable[..., Worker]]:
    """Makes workers for a Space; their clients are closed at the end."""
    clients: list[SpaceClient] = []

    def make(space: SpaceDouble, executor: FakeExecutor, token: str = TOKEN, **fields: Any) -> Worker:
        clients.append(SpaceClient(space.address, token))
        defaults = {"poll_s": 0.01, "machine": "rack-1", "work": tmp_path, "secrets": (token,)}
        return Worker(clients[-1], executor, ("cpu",), lines.append, **{**defaults, **fields})

    yield make
    for client in clients:
        client.close()


class Surviving(FakeExecutor):
    """Its jobs live on without the worker that placed them."""

    def find(self, job: Job) -> Placed | None:
        return self.place(job)


def held_by(note: Note, folder: Path, plan: Plan) -> None:
    """As a worker leaves it that died."""
    folder.mkdir()
    note.write(Claimed(plan.run_key[:12], 7, 1, 0.5, plan), folder)


DONE = FakeExecutor(ending=Ending("done"), placing=finished)
