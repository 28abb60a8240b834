"""The demonstration: what the machine's own noise spoilt is run again, and `KEEP=1` keeps the Space."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from leaderboard.domain import MeasurementFailed
from tests.demo import __main__ as demo
from tests.demo.stage import Stage


class Scripted:
    """A Space whose submissions end as they are told to, one ending a run."""

    address = "http://127.0.0.1:1"

    def __init__(self, *endings: tuple[str, str]) -> None:
        self.endings = list(endings)
        self.acts: list[str] = []

    def follow(self, submission_id: str, say: Callable[[str], object]) -> dict[str, Any]:
        status, fault = self.endings.pop(0)
        last = {"message": "A hole of 3 s.", "remedy": "Measure again.", "detail": {"fault": fault}}
        return {"model": "a/b", "status": status, "events": [last]}

    def act(self, submission_id: str, verb: str, reason: str = "") -> dict[str, Any]:
        self.acts.append(verb)
        return {}


def stage_of(folder: Path, space: Scripted) -> Stage:
    stage = Stage(folder)
    stage.space = space  # type: ignore[assignment]  # of its client, what the acts call
    return stage


NOISE = ("rejected", "ours")


def test_noise_of_the_machine_is_tried_twice_more(tmp_path: Path) -> None:
    space = Scripted(NOISE, NOISE, ("done", ""))
    assert stage_of(tmp_path, space).ended("s")["status"] == "done"
    assert space.acts == ["rerun", "rerun"]


def test_the_third_time_is_the_last(tmp_path: Path) -> None:
    space = Scripted(NOISE, NOISE, NOISE, ("done", ""))
    with pytest.raises(MeasurementFailed, match="ended rejected: A hole"):
        stage_of(tmp_path, space).ended("s")
    assert space.acts == ["rerun", "rerun"]


@pytest.mark.parametrize("ending", [("rejected", "theirs"), ("failed", "ours"), ("cancelled", "")])
def test_nothing_else_is_tried_again(tmp_path: Path, ending: tuple[str, str]) -> None:
    space = Scripted(ending)
    with pytest.raises(MeasurementFailed):
        stage_of(tmp_path, space).ended("s")
    assert space.acts == []


@pytest.mark.parametrize("keep", ["1", ""])
def test_a_space_that_is_kept_is_kept_on_failure_too(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], keep: str
) -> None:
    waited: list[bool] = []

    class Failing(Stage):
        def _start(self) -> None:
            self.space = Scripted()  # type: ignore[assignment]

        def measure_references(self) -> None:
            raise MeasurementFailed("It ended rejected.", "Measure again.")

    monkeypatch.setattr(demo, "Stage", Failing)
    monkeypatch.setattr("signal.signal", lambda *_: None)
    monkeypatch.setattr(demo, "_wait_for_the_end", lambda: waited.append(True))
    monkeypatch.setenv("KEEP", keep)
    assert demo.main() == MeasurementFailed("", "").exit_code != 0
    said = capsys.readouterr()
    assert "It ended rejected" in said.err
    assert bool(waited) == bool(keep) == ("Still running: http://127.0.0.1:1" in said.out)
