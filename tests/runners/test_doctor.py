from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest

from leaderboard.domain import Finding, NoReading, Outcome, Severity, UnknownName
from runners import doctor
from runners.bench.gpu import GpuFacts
from tests.fakes.hub.server import LoopbackHub
from tests.runners.test_judge import facts, gpu


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


def test_a_machine_without_a_gpu_is_a_cpu(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor, "read_gpus", without_gpu)
    monkeypatch.setattr(doctor, "readable_packages", lambda: ())
    findings = found(None, tmp_path / "not" / "there" / "yet")
    assert set(findings) == {"packages", "disk", "hub", "sandbox", "meter"}
    assert findings["hub"].outcome is Outcome.PASSED
    assert (findings["meter"].outcome, findings["meter"].severity) == (Outcome.FAILED, Severity.FLAG)
    monkeypatch.setattr(doctor, "readable_packages", lambda: (0, 1))
    assert found("cpu", tmp_path)["meter"].outcome is Outcome.PASSED


def test_a_gpu_class_needs_its_gpu(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor, "read_gpus", without_gpu)
    assert found("t4-16gb", tmp_path)["gpu"].rejects
    monkeypatch.setattr(doctor, "read_gpus", lambda: facts(gpu(name="Tesla P4")))
    assert found("t4-16gb", tmp_path)["gpu"].rejects
    monkeypatch.setattr(doctor, "read_gpus", lambda: facts(gpu(), gpu(uuid="GPU-2")))
    assert found("t4-16gb", tmp_path)["gpu"].rejects


def test_the_class_is_found_by_the_gpu(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor, "read_gpus", facts)
    findings = found(None, tmp_path)
    assert "NVIDIA T4" in findings["gpu"].message
    for name in ("gpu", "board-matches", "nvml-origin"):
        assert findings[name].outcome is Outcome.PASSED
    monkeypatch.setattr(doctor, "read_gpus", lambda: facts(gpu(name="Voodoo 2")))
    assert "meter" in found(None, tmp_path)


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
