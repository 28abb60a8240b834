from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from leaderboard.domain import Finding, NoReading, Outcome, Severity, UnknownName
from runners import doctor
from runners.__main__ import main
from runners.bench.gpu import GpuFacts
from tests.fakes.card import H100_SXM, T4, Board, Card, NoCompiler, library
from tests.fakes.hub.server import LoopbackHub
from tests.runners.on_card import ROOT


@pytest.fixture(autouse=True)
def hub(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[LoopbackHub]:
    with LoopbackHub(tmp_path / "hub") as hub:
        monkeypatch.setattr("huggingface_hub.constants.ENDPOINT", hub.endpoint)
        yield hub


def without_gpu() -> GpuFacts:
    raise NoReading("NVML does not answer.", "Install the driver.")


def found(hardware: str | None, cache: Path) -> dict[str, Finding]:
    findings = doctor.examine(hardware, cache)
    assert all(finding.remedy for finding in findings if finding.outcome is Outcome.FAILED)
    return {finding.name: finding for finding in findings}


def test_a_machine_without_a_gpu_explains_itself(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(doctor, "read_gpus", without_gpu)
    assert main(["doctor", "--cache", str(tmp_path)]) == 1
    said = capsys.readouterr().out
    assert "No GPU can be read: NVML does not answer." in said
    assert "--hardware cpu" in said
    assert said.splitlines()[-1] == "This machine could not rate."


def test_a_development_machine_is_a_cpu_when_asked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor, "readable_packages", lambda: ())
    findings = found("cpu", tmp_path / "not" / "there" / "yet")
    assert set(findings) == {"packages", "disk", "hub", "sandbox", "meter"}
    assert findings["hub"].outcome is Outcome.PASSED
    assert (findings["meter"].outcome, findings["meter"].severity) == (Outcome.FAILED, Severity.FLAG)
    assert not any(finding.rejects for finding in findings.values())
    monkeypatch.setattr(doctor, "readable_packages", lambda: (0, 1))
    assert found("cpu", tmp_path)["meter"].outcome is Outcome.PASSED


def test_a_gpu_class_needs_its_gpu(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor, "read_gpus", without_gpu)
    gpu = found("t4-16gb", tmp_path)["gpu"]
    assert gpu.rejects
    assert "NVIDIA T4" in gpu.remedy


def test_what_is_missing_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, hub: LoopbackHub) -> None:
    monkeypatch.setattr(doctor, "read_gpus", without_gpu)
    monkeypatch.setattr(doctor, "_PACKAGES", ("torch", "nonesuch"))
    monkeypatch.setattr("runners.bench.sandbox.why_not", lambda: "bwrap is not installed")
    monkeypatch.setattr(shutil, "disk_usage", lambda path: SimpleNamespace(free=10**9))
    monkeypatch.setattr("huggingface_hub.constants.ENDPOINT", "http://127.0.0.1:9")
    findings = found("cpu", tmp_path)
    assert "nonesuch" in findings["packages"].message
    assert findings["packages"].rejects
    assert findings["hub"].rejects
    assert "1.0 GB" in findings["disk"].message
    assert findings["sandbox"].severity is Severity.FLAG
    assert found("t4-16gb", tmp_path)["sandbox"].rejects


def test_an_unknown_class(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor, "read_gpus", without_gpu)
    with pytest.raises(UnknownName, match="abacus"):
        doctor.examine("abacus", tmp_path)


class OnCard:
    """The doctor as a process that sees a simulated card."""

    def __init__(self, folder: Path, hub: LoopbackHub) -> None:
        self._folder, self._hub = folder, hub

    def asks(self, card: Card, *words: str) -> dict[str, dict[str, Any]]:
        command = [sys.executable, "-m", "runners", "doctor", "--json", "--cache", str(self._folder), *words]
        environment = {**os.environ, **card.environment(), "HF_ENDPOINT": self._hub.endpoint}
        done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=120)
        told = json.loads(done.stdout)
        assert done.returncode == (0 if told["could_rate"] else 1), done.stderr
        return {finding["name"]: finding for finding in told["findings"]}

    def outcomes(self, *boards: Board, words: tuple[str, ...] = ()) -> dict[str, str]:
        with Card(self._folder / "card", boards) as card:
            return {name: found["outcome"] for name, found in self.asks(card, *words).items()}


@pytest.fixture
def on_card(tmp_path: Path, hub: LoopbackHub) -> OnCard:
    try:
        library()
    except NoCompiler as error:
        pytest.skip(str(error))
    return OnCard(tmp_path, hub)


def test_a_card_is_examined_check_by_check(on_card: OnCard) -> None:
    looked = on_card.outcomes(T4)
    assert list(looked)[-2:] == ["meter", "counter-rises"]
    for name in ("gpu-count", "gpu-identity", "power-limit-default", "mig-off", "clocks-unlocked"):
        assert looked[name] == "passed"
    assert looked["counter-rises"] == "passed"
    assert looked["nvml-origin"] == "failed"


def test_the_class_is_found_by_the_gpu_or_named(on_card: OnCard) -> None:
    assert on_card.outcomes(H100_SXM)["gpu-identity"] == "passed"
    assert on_card.outcomes(H100_SXM, words=("--hardware", "t4-16gb"))["gpu-identity"] == "failed"
    assert on_card.outcomes(T4, T4)["gpu-count"] == "failed"


def test_a_gpu_of_no_class_and_a_lost_one(on_card: OnCard, tmp_path: Path) -> None:
    with Card(tmp_path / "card", [T4]) as card:
        card.describe(name="Voodoo 2")
        assert "no hardware class" in on_card.asks(card)["gpu"]["message"]
    with Card(tmp_path / "card", [T4]) as card:
        card.lose()
        assert "lost" in on_card.asks(card)["gpu"]["message"]
