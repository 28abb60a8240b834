"""The same model and the same queries for every harness, as each of them wants to be given them.

As a program, `python -m bench.peers.material PLAN.json CACHE`, it fetches a plan's inputs from `HF_ENDPOINT`
and says where they lie: the Hub's client asks for its address once, when it is imported.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from leaderboard.domain import read_plan
from runners.bench.blocks import read_block
from runners.bench.sandbox import ROOT
from runners.fetch import Inputs, fetch

MODEL, HARDWARE = "starwatt-demo/llama-tiny", "h100-sxm-80gb"


@dataclass(frozen=True)
class Material:
    """Where they lie."""

    plan: Path
    """Ours; it names the model and the queries by their commits."""
    cache: Path
    """Our runner's, with both in it."""
    endpoint: str
    """Of the Hub they came from."""
    model: Path
    """The model's folder, changed so that the peers can take it."""
    data: Path
    """A folder with the queries as Parquet."""
    texts: tuple[str, ...]
    new_tokens: int


def gather(folder: Path, endpoint: str) -> Material:
    """Plan a quick run, fetch what it needs, and lay the same out for the peers.

    Raises:
        subprocess.CalledProcessError: there is no such plan.
    """
    words = ["--model", MODEL, "--task", "text-generation", "--hardware", HARDWARE, "--device", "cpu"]
    plan, cache = folder / "plan.json", folder / "cache"
    words += ["--precision", "fp32", "--profile", "quick"]
    plan.write_bytes(_python(["-m", "runners", "plan", *words], endpoint))
    asked = read_plan(json.loads(plan.read_bytes()))
    assert asked.output_tokens is not None
    found = _python(["-m", "bench.peers.material", str(plan), str(cache)], endpoint)
    inputs = Inputs.model_validate_json(found)
    texts = tuple(str(row[0]) for row in read_block(Path(inputs.queries)))
    data = folder / "data"
    data.mkdir()
    pq.write_table(pa.table({"text": list(texts)}), data / "train.parquet")
    model = folder / "model"
    shutil.copytree(inputs.folder, model, symlinks=False)
    for_peers(model, asked.output_tokens)
    return Material(plan, cache, endpoint, model, data, texts, asked.output_tokens)


def _python(words: list[str], endpoint: str) -> bytes:
    command, environment = [sys.executable, *words], {**os.environ, "HF_ENDPOINT": endpoint}
    return subprocess.run(command, cwd=ROOT, env=environment, check=True, stdout=subprocess.PIPE).stdout


def for_peers(model: Path, new_tokens: int) -> None:
    """What the peers need changed; the weights and the tokens stay.

    Without a chat template ai_energy_benchmarks takes a text as it is, as the others do; its own minimum of
    tokens it does not pass on, so the model's folder says it. Transformers 4 looks for the base of the
    rotary embedding under an older name.
    """
    (model / "chat_template.jinja").unlink(missing_ok=True)
    for name, more in (("generation_config.json", {"min_new_tokens": new_tokens}), ("config.json", None)):
        document = json.loads((model / name).read_text())
        document |= more or {"rope_theta": document["rope_parameters"]["rope_theta"]}
        (model / name).write_text(json.dumps(document))


if __name__ == "__main__":
    asked_for = read_plan(json.loads(Path(sys.argv[1]).read_bytes()))
    print(fetch(asked_for, Path(sys.argv[2])).model_dump_json())
