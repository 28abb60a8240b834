"""A host is accepted when its board agrees with itself, and with what it was under the driver before."""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from leaderboard.domain import BadInput, Finding, NoReading, Plan, Run, passed, series_of
from runners import acceptance, doctor, host_commands
from runners import control as controls
from runners.__main__ import main
from runners.acceptance import REPORT, Acceptance, accept
from runners.bench.gpu import GpuFacts
from runners.bench.history import History
from runners.bench.meter.replay import ReplayMeter
from runners.bench.parent import Settings
from tests.runners.conftest import Listener, make_plan, short

LOOKED = [passed("packages", "All there.")]


class Drifting(ReplayMeter):
    """What it reads can be changed between runs."""

    def reads(self, energy_j: float) -> None:
        self._energies = itertools.repeat(energy_j)


def plans(first: int = 1) -> Iterator[Plan]:
    # Windows of one pass each, however busy the machine is: the replayed energy is per window.
    for number in itertools.count(first):
        yield make_plan(profile=short(window_s=0.001), occasion=number)


def accepted(settings: Settings, out: Path, energies: tuple[float, ...], first: int = 1) -> Acceptance:
    """An acceptance in which each control reads its own energy."""
    rest, meter = iter(energies), Drifting([1.0])
    meter.reads(next(rest))
    here = replace(settings, meter=meter)
    told = lambda done: meter.reads(next(rest, 1.0))  # noqa: E731
    return accept("cpu", LOOKED, plans(first), out, here, Listener, told)


def by_name(report: Acceptance, name: str) -> Finding:
    return next(finding for finding in report.findings if finding.name == name)


def test_a_board_that_agrees_with_itself(settings: Settings, tmp_path: Path) -> None:
    report = accepted(settings, tmp_path / "out", (2.0, 2.02, 1.99))
    assert report.accepted
    assert by_name(report, "controls-agree").evidence["values"] == pytest.approx([1.0, 1.01, 0.995])
    assert len({control.run_id for control in report.controls}) == 3
    assert all((tmp_path / "out" / control.folder / "run.json").exists() for control in report.controls)
    written = Acceptance.model_validate_json((tmp_path / "out" / REPORT).read_bytes())
    assert written == report
    assert not any(finding.name == "driver-upgrade" for finding in report.findings)


def test_a_board_that_does_not(settings: Settings, tmp_path: Path) -> None:
    report = accepted(settings, tmp_path / "out", (2.0, 2.2, 2.0))
    assert not report.accepted
    assert "+10.0% at worst" in by_name(report, "controls-agree").message


@pytest.mark.parametrize(("before_j", "holds"), [(1.01, True), (1.2, False)])
def test_a_new_driver_is_held_to_the_old_one(
    settings: Settings, tmp_path: Path, before_j: float, holds: bool
) -> None:
    first = accepted(settings, tmp_path / "first", (2.0, 2.0, 2.0))
    run = json.loads((tmp_path / "first" / first.controls[0].folder / "run.json").read_text())
    old = History(settings.cache, (), "550.54", run["environment"]["cpu_model"])
    made = Run.model_validate(run)
    for _ in range(3):
        old.add(f"control {series_of(made)}", before_j, made.finished_at)
    report = accepted(settings, tmp_path / "again", (2.0, 2.0, 2.0), first=4)
    found = by_name(report, "driver-upgrade")
    assert found.evidence["before"] == "550.54"
    assert found.evidence["factor"] == pytest.approx(1 / before_j)
    assert report.accepted is holds


def test_the_command_measures_three_and_registers_the_board(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    handed: list[Path] = []

    class Space:
        address = "http://space"

        def __init__(self, *_: Any) -> None:
            pass

        def put_control(self, folder: Path, machine: str, fit: bool) -> str:
            assert (machine, fit) == ("rack-1", True)
            handed.append(folder)
            if len(handed) == 2:
                raise BadInput("Not this one.", "Ask.")
            return "passed"

    made = plans()
    here = replace(settings, meter=ReplayMeter([2.0]))
    monkeypatch.setattr(doctor, "examine", lambda *_, **__: list(LOOKED))
    monkeypatch.setattr(controls, "plan_control", lambda *_: next(made))
    monkeypatch.setattr(host_commands, "_settings", lambda *_: here)
    monkeypatch.setattr("runners.space.SpaceClient", Space)
    monkeypatch.setenv("STARWATT_RUNNER_TOKEN", "token")
    words = [
        "doctor",
        "--accept",
        "--hardware",
        "cpu",
        "--out",
        str(tmp_path / "out"),
        "--space",
        "http://space",
        "--machine",
        "rack 1",
    ]
    assert main(words) == 0
    said = capsys.readouterr().out
    assert len(handed) == acceptance.CONTROLS
    assert said.count("says passed") == 2
    assert "did not take it: Not this one." in said
    assert said.splitlines()[-1] == f"Accepted as cpu: {tmp_path / 'out' / REPORT}"


def test_what_cannot_rate_is_not_measured(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def no_gpu() -> GpuFacts:
        raise NoReading("NVML does not answer.", "Install the driver.")

    monkeypatch.setattr(doctor, "read_gpus", no_gpu)
    monkeypatch.setattr(host_commands, "_accept", lambda *_: pytest.fail("it was measured"))
    assert main(["doctor", "--accept", "--hardware", "t4-16gb", "--cache", str(tmp_path)]) == 1
    assert "This machine could not rate." in capsys.readouterr().out
