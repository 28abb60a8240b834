"""Inputs through the real Hub client, against a loopback Hub; in a process of its own, since the client
reads `HF_ENDPOINT` when it is imported."""

from __future__ import annotations

import itertools
import json
import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leaderboard.domain import Plan, read_run
from runners.bench.blocks import Row, read_block
from runners.bench.sandbox import ROOT
from runners.fetch import choose_block, weights_hash
from tests.fakes.hub import encoders
from tests.fakes.hub.server import LoopbackHub
from tests.runners import space_double
from tests.runners.conftest import PAIRS, make_plan

DATA = "AIEnergyScore/sentence_similarity"
MODEL = "org/tiny"


def table(rows: Sequence[Row]) -> bytes:
    return "".join(
        json.dumps({"sentence1": first, "sentence2": second}) + "\n" for first, second in rows
    ).encode()


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LoopbackHub]:
    with LoopbackHub(tmp_path_factory.mktemp("hub")) as hub:
        files = encoders.build(encoders.ENCODERS[0])
        hub.publish("model", MODEL, {**files, "pytorch_model.bin": b"pickle", "evil.py": b"print(1)"})
        hub.publish("model", "org/gated", files, gated="manual")
        hub.publish("dataset", DATA, {"train.jsonl": table(PAIRS)})
        hub.publish("dataset", "org/other", {"train.jsonl": b'{"text": "a"}\n'})
        hub.publish("dataset", "org/numbers", {"train.jsonl": b'{"sentence1": 1, "sentence2": 2}\n' * 8})
        yield hub


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("cache")


def runners(hub: LoopbackHub, cache: Path, *words: str, **environ: str) -> subprocess.CompletedProcess[str]:
    known = {name: os.environ[name] for name in ("PATH", "LANG") if name in os.environ}
    environment = {
        **known,
        "PYTHONPATH": str(ROOT),
        "HOME": str(cache),
        "HF_HOME": str(cache / "home"),
        "HF_ENDPOINT": hub.endpoint,
        "HF_HUB_DISABLE_XET": "1",
        "HF_HUB_DISABLE_TELEMETRY": "1",
        "OMP_NUM_THREADS": "1",
        **environ,
    }
    return subprocess.run(
        [sys.executable, *words], env=environment, cwd=cache, capture_output=True, text=True, timeout=300
    )


def plan_of(hub: LoopbackHub, cache: Path, model: str = MODEL) -> Plan:
    words = ("--model", model, "--task", "sentence-similarity", "--hardware", "cpu")
    done = runners(hub, cache, "-m", "runners", "plan", *words)
    assert done.returncode == 0, done.stderr
    plan = Plan.model_validate_json(done.stdout)
    return plan.model_copy(update={"profile": make_plan().profile, "block": 4})


FETCH = """
import sys
from pathlib import Path
from leaderboard.domain import Plan, StarwattError
from runners.fetch import fetch
try:
    print(fetch(Plan.model_validate_json(sys.stdin.read()), Path(sys.argv[1])).model_dump_json())
except StarwattError as error:
    print(error.code, error)
"""


def fetch(hub: LoopbackHub, cache: Path, plan: Plan, **environ: str) -> str:
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "HF_HOME": str(cache / "home")}
    environment |= {"HF_ENDPOINT": hub.endpoint, "HF_HUB_DISABLE_XET": "1", **environ}
    done = subprocess.run(
        [sys.executable, "-c", FETCH, str(cache)],
        input=plan.model_dump_json(),
        env=environment,
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip().splitlines()[-1]


def test_a_plan_names_the_commit_behind_the_branch(hub: LoopbackHub, cache: Path) -> None:
    plan = plan_of(hub, cache)
    assert plan.model.repo_id == MODEL
    assert len(plan.model.sha) == 40
    assert plan == plan_of(hub, cache)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--model", "org/none"), "has not the model org/none"),
        (("--model", MODEL, "--revision", "nothing"), "not this revision"),
        (("--model", "../etc"), "not a model id"),
        (("--model", MODEL, "--task", "telepathy"), "telepathy"),
        (("--model", MODEL, "--precision", "fp8"), "fp8"),
        (("--model", MODEL, "--revision", " "), "revision is empty"),
    ],
)
def test_a_plan_that_cannot_be_made_says_so_in_one_line(
    hub: LoopbackHub, cache: Path, words: tuple[str, ...], said: str
) -> None:
    basic = ("--task", "sentence-similarity", "--hardware", "cpu")
    done = runners(hub, cache, "-m", "runners", "plan", *basic, *words)
    assert (done.returncode, done.stdout) == (2, "")
    assert said in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1


def pin(plan: Plan, revision: str) -> Plan:
    return plan.model_copy(update={"dataset": plan.dataset.model_copy(update={"revision": revision})})


def test_only_what_is_safe_is_fetched_and_only_once(hub: LoopbackHub, cache: Path) -> None:
    plan = plan_of(hub, cache)
    inputs = json.loads(fetch(hub, cache, plan))
    folder = Path(inputs["folder"])
    assert (folder / "model.safetensors").is_file()
    assert (folder / "1_Pooling" / "config.json").is_file()
    assert not list(folder.rglob("*.bin")) + list(folder.rglob("*.py"))
    assert len(inputs["weights_hash"]) == 64
    block = read_block(Path(inputs["queries"]))
    assert len(block) == 4
    assert all(row in PAIRS for row in block)
    # With the data set pinned nothing more is asked of the Hub.
    newest = hub.store.at(hub.store.repo("dataset", DATA), "main").oid
    pinned = pin(plan, newest)
    assert json.loads(fetch(hub, cache, pinned)) == inputs
    assert inputs["unscored"].startswith("The Hub has not the data set mteb/stsbenchmark-sts")
    offline = json.loads(fetch(hub, cache, pinned, HF_HUB_OFFLINE="1"))
    assert offline.pop("unscored").startswith(
        "The Hub is out of reach for the data set mteb/stsbenchmark-sts"
    )
    assert offline.items() <= inputs.items()
    # Another revision is not quietly replaced by the one that is here.
    other = fetch(hub, cache, pin(plan, "a" * 40), HF_HUB_OFFLINE="1")
    assert other.startswith("hub_unavailable")
    assert "data set" in other
    assert fetch(hub, cache, pin(plan, "a" * 40)).startswith("not_found")
    shortened = folder / "vocab.txt"
    shortened.unlink()
    assert fetch(hub, cache, plan, HF_HUB_OFFLINE="1").startswith("hub_unavailable")
    assert json.loads(fetch(hub, cache, plan)) == inputs
    assert shortened.is_file()


@pytest.mark.parametrize(
    ("changes", "block", "said"),
    [
        ({"repo_id": "org/none"}, 4, "not_found The Hub has not the data set org/none"),
        ({"repo_id": "org/other"}, 1, "bad_input org/other has no column sentence1"),
        (
            {"repo_id": "org/numbers"},
            4,
            "bad_input org/numbers has rows that are not text, an image or audio",
        ),
        ({"split": "dev"}, 4, "bad_input Cannot read the data set"),
        ({}, 17, "bad_input AIEnergyScore/sentence_similarity has 16 rows, and the block needs 17"),
    ],
)
def test_queries_that_do_not_fit(
    hub: LoopbackHub, cache: Path, changes: dict[str, Any], block: int, said: str
) -> None:
    plan = plan_of(hub, cache)
    dataset = plan.dataset.model_copy(update=changes)
    assert fetch(hub, cache, plan.model_copy(update={"dataset": dataset, "block": block})).startswith(said)


def test_a_model_the_hub_does_not_give(hub: LoopbackHub, cache: Path) -> None:
    assert fetch(hub, cache, plan_of(hub, cache, "org/gated")).startswith("refused The Hub gates")
    plan = plan_of(hub, cache)
    gone = plan.model.model_copy(update={"sha": "c" * 40})
    assert fetch(hub, cache, plan.model_copy(update={"model": gone})).startswith("not_found")


def test_a_hub_that_is_not_there(hub: LoopbackHub, cache: Path, tmp_path: Path) -> None:
    plan = plan_of(hub, cache)
    said = fetch(hub, tmp_path, plan, HF_ENDPOINT="http://127.0.0.1:9")
    assert said.startswith("hub_unavailable")


def test_a_cache_that_cannot_be_used(hub: LoopbackHub, cache: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    said = fetch(hub, tmp_path / "file" / "cache", plan_of(hub, cache), HF_HOME=str(tmp_path))
    assert said.startswith("storage_unavailable")


def test_plan_bench_verify_from_the_command_line(hub: LoopbackHub, cache: Path, tmp_path: Path) -> None:
    """The whole path a person takes, with the real child in the sandbox where there is one."""
    plan, out = tmp_path / "PLAN.json", tmp_path / "OUT"
    plan.write_text(plan_of(hub, cache).model_dump_json())
    done = runners(hub, cache, "-m", "runners", "bench", str(plan), str(out), "--cache", str(cache))
    assert done.returncode == 0, done.stderr
    assert "J per query, estimated" in done.stdout
    assert "% " in done.stderr
    assert sorted(path.name for path in out.iterdir()) == ["log.txt", "run.json", "trace.parquet"]
    again = runners(hub, cache, "-m", "runners", "verify", str(out))
    assert again.returncode == 0, again.stdout
    assert "valid" in again.stdout


def test_a_worker_measures_what_a_space_has_queued(hub: LoopbackHub, cache: Path, tmp_path: Path) -> None:
    """Claim, fetch, bench in the sandbox, hand in: a real worker process between two real sockets."""
    plan = plan_of(hub, cache)
    token = tmp_path / "token"
    token.write_text(space_double.TOKEN)
    with space_double.SpaceDouble(plan, lease_s=3) as space:
        words = ["work", "--space", space.address, "--hardware", "cpu", "--token-file", str(token), "--once"]
        secret = {"HF_TOKEN": hub.write_token, "STARWATT_RUNNER_TOKEN": "of-no-use"}
        done = runners(hub, cache, "-m", "runners", *words, "--cache", str(cache), **secret)
    assert (done.returncode, done.stderr) == (0, "")
    assert space.finished[0]["outcome"] == "done", done.stdout
    run = read_run(json.loads(space.files["run.json"]))
    assert run.plan == plan
    assert run.valid
    assert {"heartbeat", "start"} <= set(space.paths())
    beats = [body for _, path, body in space.asked if path.endswith("/heartbeat")]
    assert [beat["fraction"] for beat in beats] == sorted(beat["fraction"] for beat in beats)
    told = space.log + space.finished[0].get("log_tail", "")
    assert told == space.files["log.txt"].decode()
    everything = told + done.stdout + space.files["run.json"].decode()
    assert hub.write_token not in everything
    assert space_double.TOKEN not in everything


@given(
    lengths=st.lists(st.integers(0, 50), min_size=1, max_size=60),
    block=st.integers(1, 20),
    seed=st.text(max_size=5),
)
def test_a_block_is_stratified_and_repeats(lengths: list[int], block: int, seed: str) -> None:
    block = min(block, len(lengths))
    chosen = choose_block(lengths, block, seed)
    assert chosen == choose_block(lengths, block, seed)
    assert len(set(chosen)) == len(chosen) == block
    assert chosen == sorted(chosen)
    # Of each stratum of the rows in order of length there is exactly one.
    order = sorted(range(len(lengths)), key=lambda index: (lengths[index], index))
    edges = [number * len(order) // block for number in range(block + 1)]
    for low, high in itertools.pairwise(edges):
        assert len(set(order[low:high]) & set(chosen)) == 1


def test_the_identity_is_that_of_the_weights_and_not_of_the_name() -> None:
    def file(sha: str | None, blob: str) -> SimpleNamespace:
        return SimpleNamespace(size=1, lfs=SimpleNamespace(sha256=sha) if sha else None, blob_id=blob)

    one = {"a.safetensors": file("x", "1"), "b.safetensors": file("y", "2"), "config.json": file(None, "3")}
    renamed = {"c.safetensors": one["b.safetensors"], "d.safetensors": one["a.safetensors"]}
    renamed |= {"config.json": one["config.json"], "README.md": file(None, "9")}
    assert weights_hash(one) == weights_hash(renamed)
    assert weights_hash(one) != weights_hash({**one, "config.json": file(None, "4")})
    assert weights_hash({"config.json": file(None, "3")}) is None
    assert weights_hash({**one, "a.safetensors": file(None, "")}) is None
