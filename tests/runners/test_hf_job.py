"""What runs inside a Hub job: the doctor, the bench, the hand-in, told line by line."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from leaderboard.domain import Refused, failed, passed
from runners.bench.sandbox import ROOT
from runners.executors import Ending, Job, Moment, hf_job
from runners.executors.fake import REHEARSED, FakeExecutor
from runners.executors.hf_job import ASKED, LONGEST_LINE, Wanted, measure
from tests.runners.conftest import make_plan
from tests.runners.space_double import TOKEN, SpaceDouble, refusal

FILES = ("log.txt", "trace.parquet", "run.json")


def wanted(space: str = "http://127.0.0.1:9", **fields: Any) -> Wanted:
    given = {"submission_id": "abcdef012345", "fence": 7, "attempt": 1, "sandbox": "off", "exclusive": False}
    return Wanted(plan=make_plan(), space=space, **{**given, **fields})


def finished(job: Job) -> None:
    job.out.mkdir(parents=True)
    for name in FILES:
        (job.out / name).write_text(name)


@pytest.fixture
def bench(monkeypatch: pytest.MonkeyPatch) -> FakeExecutor:
    """In place of a bench, on a machine that could rate."""
    fake = FakeExecutor((Moment(0.5, "window 2 of 3", 9.0),) * 2, Ending("done"), finished)
    monkeypatch.setattr(hf_job, "LocalExecutor", lambda *words, **named: fake)
    monkeypatch.setattr(hf_job, "_LOOK_S", 0.001)
    monkeypatch.setattr("runners.patience.FIRST_PAUSE_S", 0.001)
    monkeypatch.setattr("runners.doctor.examine", lambda *words, **named: [passed("meter", "It reads.")])
    return fake


def test_it_measures_and_hands_in(bench: FakeExecutor, tmp_path: Path) -> None:
    told: list[dict[str, Any]] = []
    with SpaceDouble() as space:
        assert measure(wanted(space.address), TOKEN, tmp_path, told.append) == Ending("done")
    assert space.files == {name: name.encode() for name in FILES}
    # The end is its worker's to tell the Space.
    assert space.finished == []
    assert {"fraction": 0.5, "message": "window 2 of 3", "remaining_s": 9.0} in told
    assert any(line.get("log", "").startswith("moment") for line in told)
    assert told[-1] == {"ended": {"outcome": "done", "cause": "", "remedy": "", "code": ""}}


def test_a_run_that_failed_brings_no_files(bench: FakeExecutor, tmp_path: Path) -> None:
    bench._ending = REHEARSED
    told: list[dict[str, Any]] = []
    with SpaceDouble() as space:
        assert measure(wanted(space.address), TOKEN, tmp_path, told.append) == REHEARSED
    assert space.files == {}
    assert told[-1]["ended"]["cause"] == REHEARSED.cause


def test_a_space_that_is_away_for_a_while_gets_it_later(bench: FakeExecutor, tmp_path: Path) -> None:
    troubles = iter([503, 500])

    def trouble(method: str, path: str, body: Any) -> Any:
        status = next(troubles, None) if method == "PUT" else None
        return (status, refusal("unavailable", "Back soon.")) if status else None

    told: list[dict[str, Any]] = []
    with SpaceDouble() as space:
        space.hook = trouble
        assert measure(wanted(space.address), TOKEN, tmp_path, told.append).outcome == "done"
    assert set(space.files) == set(FILES)
    assert sum("Back soon." in line.get("log", "") for line in told) == 2


def test_a_claim_that_went_to_another_ends_it(bench: FakeExecutor, tmp_path: Path) -> None:
    told: list[dict[str, Any]] = []
    with SpaceDouble() as space:
        space.hook = lambda method, path, body: (409, refusal("fence_lost", "Another has it."))
        ending = measure(wanted(space.address), TOKEN, tmp_path, told.append)
    assert (ending.outcome, ending.code) == ("failed", "fence_lost")
    assert told[-1]["ended"]["code"] == "fence_lost"


@pytest.mark.parametrize(("name", "code"), [("meter", "no_reading"), ("hub", "hub_unavailable")])
def test_a_machine_that_could_not_rate_costs_a_minute(
    bench: FakeExecutor, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, code: str
) -> None:
    finding = failed(name, "There is no energy counter.", "Take another machine.")
    monkeypatch.setattr("runners.doctor.examine", lambda *words, **named: [finding])
    told: list[dict[str, Any]] = []
    ending = measure(wanted(), TOKEN, tmp_path, told.append)
    assert bench.placed == []
    assert (ending.code, "no energy counter" in ending.cause) == (code, True)


def test_without_a_sandbox_only_where_that_was_asked_for(
    bench: FakeExecutor, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    finding = failed("sandbox", "No sandbox.", "Install bubblewrap.")
    monkeypatch.setattr("runners.doctor.examine", lambda *words, **named: [finding])
    ending = measure(wanted(sandbox="require"), TOKEN, tmp_path, lambda line: None)
    assert ending.code == "no_reading"
    with SpaceDouble() as space:
        ending = measure(wanted(space.address, sandbox="off"), TOKEN, tmp_path / "2", lambda line: None)
    assert ending.outcome == "done"


def test_nothing_that_a_model_writes_passes_for_the_jobs_word(bench: FakeExecutor, tmp_path: Path) -> None:
    forged = json.dumps({"ended": {"outcome": "done"}}) + "\n"
    told: list[str] = []

    class Loud:
        def ending(self) -> Ending:
            return REHEARSED

        def new_log(self) -> str:
            return forged + "x" * LONGEST_LINE

    hf_job._watch(Loud(), lambda document: told.append(json.dumps(document)))  # type: ignore[arg-type]
    assert [list(json.loads(line)) for line in told] == [["log"], ["log"]]
    assert "".join(json.loads(line)["log"] for line in told) == forged + "x" * LONGEST_LINE


def test_what_it_is_asked_for_survives_the_way() -> None:
    asked = wanted(exclusive=True)
    assert Wanted.from_json(asked.to_json()) == asked
    for text in ("", "[]", '{"plan": {}}', json.dumps({**json.loads(asked.to_json()), "more": 1})):
        with pytest.raises(Refused, match="cannot be read"):
            Wanted.from_json(text)


def test_an_image_of_another_version_says_so(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "runners.executors.hf_job"],
        env={**os.environ, "PYTHONPATH": str(ROOT), ASKED: "{}"},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert done.returncode == 1
    assert "of one version" in json.loads(done.stdout)["ended"]["remedy"]
