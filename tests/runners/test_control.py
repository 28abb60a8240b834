"""The control model: held to its board's own history, and void when it leaves it."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest

from leaderboard import catalogue
from leaderboard.domain import BadInput, Device, Outcome, Plan, series_of
from runners import control as controls
from runners.bench.history import History
from runners.bench.meter.replay import ReplayMeter
from runners.bench.parent import Settings
from tests.runners.conftest import IMPOSTOR, Listener, make_plan, short

WINDOWS = 6


def measured(
    settings: Settings, out: Path, energies: Iterable[float], mode: str = "good", first: int = 1
) -> Iterator[controls.Control]:
    for number, energy in enumerate(energies):
        plan = make_plan(profile=short(window_s=0.001), occasion=first + number)
        here = Settings(
            cache=settings.cache,
            sandbox="off",
            meter=ReplayMeter([energy]),
            child=(sys.executable, str(IMPOSTOR), mode),
            inputs=settings.inputs,
        )
        yield from controls.control(iter([plan]), out, here, Listener)


def test_a_control_is_held_to_the_ones_before(settings: Settings, tmp_path: Path) -> None:
    done = list(measured(settings, tmp_path / "out", [2.0, 2.02, 1.98, 2.05, 2.1, 1.97]))
    outcomes = [control.finding.outcome for control in done]
    assert outcomes[:3] == [Outcome.UNVERIFIABLE] * 3
    assert outcomes[3:] == [Outcome.PASSED, Outcome.FAILED, Outcome.PASSED]
    assert [control.holds for control in done] == [True, True, True, True, False, True]
    assert "Void the runs" in done[4].finding.remedy
    assert len({control.folder for control in done}) == 6
    assert all((control.folder / "run.json").exists() for control in done)
    # What was out of line is not in the history that the next is held to.
    found = done[0].run.environment
    history = History(settings.cache, (), None, found.cpu_model)
    series = f"control {series_of(done[0].run)}"
    assert [round(2 * value, 2) for value in history.readings(series)] == [2.0, 2.02, 1.98, 2.05, 1.97]


def test_a_rejected_run_is_no_control(settings: Settings, tmp_path: Path) -> None:
    (done,) = measured(settings, tmp_path / "out", [2.0], mode="unanswered")
    assert not done.holds
    history = History(settings.cache, (), None, done.run.environment.cpu_model)
    assert history.readings(f"control {series_of(done.run)}") == []


def test_every_class_names_a_model_and_each_control_has_its_own_key(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def resolved(model: str, revision: str, **words: object) -> Plan:
        assert (model, revision) == ("sentence-transformers/all-MiniLM-L6-v2", "main")
        return make_plan(occasion=words["occasion"])

    monkeypatch.setattr(controls, "plan", resolved)
    seconds = iter([1000.0, 1001.0])
    monkeypatch.setattr("time.time", lambda: next(seconds))
    first, second = (controls.plan_control("h100-sxm-80gb", None, Device.CPU) for _ in range(2))
    assert first.run_key != second.run_key
    assert all(hardware.control for hardware in catalogue.hardware_classes().values())


def test_a_class_without_a_control_model_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    bare = catalogue.hardware("cpu").model_copy(update={"control": None})
    monkeypatch.setattr(catalogue, "hardware", lambda name: bare)
    with pytest.raises(BadInput, match="names no control model"):
        controls.plan_control("cpu", "quick", None)
