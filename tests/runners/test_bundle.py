"""A closed model, from its folder to a bundle: planned, fetched, measured without a network, packed."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
import urllib.request
import zipfile
from pathlib import Path
from types import SimpleNamespace

import pytest

from leaderboard.domain import BadInput, Refused, read_plan
from leaderboard.judging.bundle import MOST_BYTES, read_manifest
from leaderboard.publish.space_files import git_oid
from leaderboard.record import Record
from runners.__main__ import main
from runners.bench.record import read_run_file
from runners.bench.sandbox import ROOT
from runners.fetch import take_folder, weights_hash
from submissions.attested.nonces import given_at
from submissions.attested.taking import take
from tests import builders
from tests.fakes.hub import seed
from tests.fakes.hub.server import LoopbackHub
from tests.runners.tiny_models import folder

NONCE = "20991231-" + "7" * 24
ASKED = ("--model", "acme/closed-1", "--task", "question-answering", "--hardware", "cpu", "--nonce", NONCE)


@pytest.fixture
def model(tmp_path: Path) -> Path:
    return Path(shutil.copytree(folder("bert-answers-tiny"), tmp_path / "model"))


def test_a_plan_of_a_folder_asks_no_hub(model: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["plan", *ASKED, "--weights", str(model)]) == 0
    plan = read_plan(json.loads(capsys.readouterr().out))
    assert (plan.model.repo_id, plan.nonce) == ("acme/closed-1", NONCE)
    # Another nonce is another run, in another order.
    assert main(["plan", *ASKED[:-1], NONCE.replace("7", "8"), "--weights", str(model)]) == 0
    other = read_plan(json.loads(capsys.readouterr().out))
    assert other.run_key != plan.run_key
    assert other.seed != plan.seed
    assert other.model == plan.model
    assert "nonce" not in builders.plan().model_dump(mode="json")


def test_what_is_no_nonce_is_told(model: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["plan", *ASKED[:-1], "12345", "--weights", str(model)]) == 2
    assert "'12345' is no nonce" in capsys.readouterr().err


def test_a_folder_that_was_changed_is_not_measured(
    model: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["plan", *ASKED, "--weights", str(model)]) == 0
    (tmp_path / "plan.json").write_text(capsys.readouterr().out)
    (model / "config.json").write_text((model / "config.json").read_text() + " ")
    words = ["bench", str(tmp_path / "plan.json"), str(tmp_path / "out"), "--weights", str(model)]
    assert main([*words, "--cache", str(tmp_path / "cache")]) == 2
    assert "other files than those that were planned" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


def test_a_renamed_copy_of_an_open_model_is_known_by_its_weights(model: Path, tmp_path: Path) -> None:
    def on_the_hub(path: Path) -> SimpleNamespace:
        content = path.read_bytes()
        lfs = SimpleNamespace(sha256=hashlib.sha256(content).hexdigest())
        large = lfs if path.suffix == ".safetensors" else None
        return SimpleNamespace(size=len(content), lfs=large, blob_id=git_oid(content))

    taken = take_folder(model, tmp_path / "cache", "acme/closed-1")
    assert taken.repo_id == "acme/closed-1"
    assert taken.weights_hash is not None
    assert taken.weights_hash == weights_hash({path.name: on_the_hub(path) for path in model.iterdir()})
    with pytest.raises(BadInput, match="not a model id"):
        take_folder(model, tmp_path / "cache", "closed")


def runners(place: Path, *words: str, **environ: str) -> subprocess.CompletedProcess[str]:
    environment = {
        **os.environ,
        "HF_HOME": str(place / "hf"),
        "HF_HUB_DISABLE_XET": "1",
        "OMP_NUM_THREADS": "1",
        "STARWATT_CACHE": str(place / "cache"),
        **environ,
    }
    command = [sys.executable, "-m", "runners", *words]
    return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=300)


def test_from_a_folder_to_a_bundle_that_a_space_refuses(model: Path, tmp_path: Path) -> None:
    """A quick run on a CPU is the same road, and the Space says what it lacks."""
    plan, out, packed = (str(tmp_path / name) for name in ("plan.json", "out", "bundle.zip"))
    weights = ("--weights", str(model))
    with LoopbackHub(tmp_path / "hub") as hub:
        seed.seed(hub, only=["data"])
        done = runners(tmp_path, "plan", *ASKED, *weights, HF_ENDPOINT=hub.endpoint)
        # As an official plan has it; without a pin the newest commit would be asked for each time.
        document = json.loads(done.stdout)
        with urllib.request.urlopen(f"{hub.endpoint}/api/datasets/{document['dataset']['repo_id']}") as told:
            document["dataset"]["revision"] = json.load(told)["sha"]
        Path(plan).write_text(json.dumps(document))
        fetched = runners(tmp_path, "fetch", plan, "--no-model", HF_ENDPOINT=hub.endpoint)
        assert fetched.returncode == 0, fetched.stderr
        assert fetched.stdout.startswith("16 queries of question-answering are in")
        assert not (tmp_path / "cache" / "local").exists()
    # The Hub is gone.
    measured = runners(tmp_path, "bench", plan, out, *weights, HF_HUB_OFFLINE="1")
    assert measured.returncode in (0, 3), measured.stderr
    run = read_run_file(Path(out) / "run.json")
    assert run.plan.nonce == NONCE
    assert run.model.weights_hash
    assert main(["bundle", out, "--nonce", NONCE, "--model-name", "Closed 1", "-o", packed]) == 0
    with zipfile.ZipFile(packed) as zipped:
        assert set(zipped.namelist()) == set(MOST_BYTES)
        manifest = read_manifest(json.loads(zipped.read("manifest.json")))
    assert (manifest.title, manifest.licence, manifest.run_key) == ("Closed 1", "closed", run.run_key)
    assert manifest.harness_hash == run.harness_hash
    person = builders.person("acme")
    with Record.open(tmp_path / "data") as record:
        body = json.dumps({"at": run.started_at.isoformat()})
        expires = builders.NOON.replace(year=2100)
        record.put_ticket("nonce", NONCE, subject=person.subject, body=body, expires=expires)
        with pytest.raises(Refused) as caught:
            take(record, Path(packed), person, {})
        assert caught.value.findings[0].name == run.provenance.value
        assert given_at(record, NONCE, person) == run.started_at


def test_a_bundle_is_there_whole_or_not_at_all(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["bundle", str(tmp_path / "none"), "-o", str(tmp_path / "b.zip")]) == 2
    assert "cannot be read" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []
