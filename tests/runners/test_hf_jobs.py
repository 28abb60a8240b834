"""Jobs on the Hub's machines, with the Hub's own client against a Hub on this one."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from leaderboard.domain import Refused, Unavailable
from runners.executors import Ending, Job, Serves, open_executor
from runners.executors.hf_job import ASKED, Wanted
from runners.executors.hf_jobs import HfJobsExecutor, PlacedOnHub, timeout_s
from tests.fakes.hub import Fault, LoopbackHub
from tests.runners.conftest import make_plan
from tests.runners.hub_jobs_scene import (
    IMAGE,
    MOMENT,
    RUNNER_TOKEN,
    WAITING,
    WORD,
    Scene,
    ended,
    tells,
    until,
)


@pytest.fixture
def scene(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Scene]:
    with LoopbackHub(tmp_path / "hub") as hub:
        yield Scene(hub, monkeypatch)


@pytest.fixture
def job(tmp_path: Path) -> Job:
    return Job(make_plan(), tmp_path / "job", attempt=2, submission_id="abcdef012345", fence=7)


def test_a_job_is_placed_with_all_it_needs_and_no_more(scene: Scene, job: Job) -> None:
    scene.hub.jobs.machines.clear()
    placed = scene.placed(job, STARWATT_FETCH_TOKEN=scene.hub.read_token)
    spec = scene.one(job).spec
    assert (spec["dockerImage"], spec["flavor"]) == (IMAGE, "cpu-basic")
    assert spec["timeoutSeconds"] == timeout_s(job) == 3 * job.plan.expected_duration_s + 1800
    assert spec["labels"]["run_key"] == job.plan.run_key
    assert (spec["labels"]["attempt"], spec["labels"]["fence"]) == ("2", "7")
    assert spec["secrets"] == {
        "STARWATT_RUNNER_TOKEN": RUNNER_TOKEN,
        "STARWATT_FETCH_TOKEN": scene.hub.read_token,
    }
    assert scene.hub.write_token not in json.dumps(spec)
    assert RUNNER_TOKEN not in json.dumps(spec["environment"]) + json.dumps(spec["command"])
    wanted = Wanted.from_json(spec["environment"][ASKED])
    assert (wanted.plan, wanted.fence, wanted.space) == (job.plan, 7, "http://127.0.0.1:7860")
    assert spec["environment"]["HF_ENDPOINT"] == scene.hub.endpoint
    assert placed.ending() is None
    assert placed.moment().message == "waiting for a cpu-basic of the Hub"


def test_its_log_its_progress_its_end_and_its_cost(scene: Scene, job: Job, tmp_path: Path) -> None:
    go = tmp_path / "go"
    last = tells({"log": "scored\n"}, {"ended": {**WORD, "outcome": "rejected"}})
    scene.says(
        f"{tells(MOMENT, {'log': 'loaded' + chr(10)})}; echo 'a driver says hello'; "
        f"while [ ! -e '{go}' ]; do sleep 0.05; done; {last}; exit 3"
    )
    placed = scene.placed(job, STARWATT_JOB_PRICE="0.4")
    said = ""

    def heard() -> bool:
        nonlocal said
        assert placed.ending() is None
        said += placed.new_log()
        return said.endswith("loaded\na driver says hello\n")

    until(heard)
    assert placed.id in said
    assert (placed.moment().fraction, placed.moment().message) == (0.5, "window 2 of 3")
    go.touch()
    assert ended(placed) == Ending("rejected", handed_in=True)
    assert "scored\n" in (rest := placed.new_log())
    assert "loaded" not in rest and "h of cpu-basic × 0.4 USD per hour = " in rest
    assert placed.ending() == ended(placed)


def test_without_a_price_the_cost_is_not_known(scene: Scene, job: Job) -> None:
    placed = scene.placed(job)
    assert ended(placed) == Ending("done", handed_in=True)
    assert "the cost is not known" in placed.new_log()


def test_what_a_job_says_failed(scene: Scene, job: Job) -> None:
    word = {"outcome": "failed", "cause": "Out of memory.", "remedy": "Less.", "code": "measurement_failed"}
    scene.says(f"{tells({'ended': word})}; exit 1")
    assert ended(scene.placed(job)) == Ending("failed", "Out of memory.", "Less.", "measurement_failed")


def test_what_is_not_our_programs_word_is_log(scene: Scene, job: Job) -> None:
    lines = ('"log"', "[1]", "7", "null", '{"ended": {}}', '{"ended": 3}', '{"fraction": "x"}', "{}")
    scene.says("; ".join(f"echo '{line}'" for line in lines) + "; exit 1")
    placed = scene.placed(job)
    assert "without a result (ERROR: Job failed with exit code: 1" in ended(placed).cause
    assert "\n".join(lines) in placed.new_log()


def test_cancelled_from_here_nothing_goes_on(scene: Scene, job: Job) -> None:
    scene.says(WAITING)
    placed = scene.placed(job)
    until(lambda: placed.ending() is None and placed.moment().message == "window 2 of 3")
    process = scene.one(job).process
    assert process is not None
    placed.kill()
    placed.kill()
    assert scene.one(job).stage == "CANCELED"
    until(lambda: process.poll() is not None)
    # A worker that was told to end a job that is over meanwhile.
    again = scene.executor().find(job)
    assert again is not None
    again.kill()


def test_a_job_that_takes_too_long_is_ended_by_the_hub(
    scene: Scene, job: Job, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("runners.executors.hf_jobs.SPARE_S", 1)
    monkeypatch.setattr("runners.executors.hf_jobs.TIMES", 0)
    scene.says(WAITING)
    ending = ended(scene.placed(job))
    assert (ending.outcome, ending.code) == ("failed", "unavailable")
    assert "Job timeout" in ending.cause


@pytest.mark.parametrize(
    ("stage", "words"),
    [
        ("CANCELED", "was cancelled on the Hub"),
        ("ERROR", "ended on the Hub without a result (ERROR: preempted)"),
        ("DELETED", "was deleted from the Hub"),
    ],
)
def test_what_ends_on_the_hub_is_tried_again(scene: Scene, job: Job, stage: str, words: str) -> None:
    scene.says(WAITING)
    placed = scene.placed(job)
    assert placed.ending() is None
    if stage == "DELETED":
        scene.hub.jobs.delete(scene.one(job))
    else:
        scene.hub.jobs.end(scene.one(job), stage, "preempted" if stage == "ERROR" else None)
    ending = ended(placed)
    assert (ending.outcome, ending.code) == ("failed", "unavailable")
    assert words in ending.cause


def test_no_machine_for_an_hour(scene: Scene, job: Job, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("runners.executors.hf_jobs.MACHINE_WITHIN_S", -1.0)
    scene.hub.jobs.machines.clear()
    ending = ended(scene.placed(job))
    assert (ending.code, ending.cause) == ("unavailable", "The Hub had no cpu-basic for an hour.")
    assert scene.one(job).stage == "CANCELED"


MAKING = "/api/jobs/starwatt"


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("status", [0, 429, 503])
def test_a_lost_answer_places_no_second_job(scene: Scene, job: Job, when: str, status: int) -> None:
    """`after`: the job is there, and nobody was told."""
    troubles = iter([Fault(status, {"Retry-After": "7"})])

    def trouble(method: str, path: str, phase: str) -> Fault | None:
        return next(troubles, None) if (method, path, phase) == ("POST", MAKING, when) else None

    scene.hub.faults = trouble
    placed = scene.placed(job)
    assert next(troubles, None) is None
    assert scene.one(job).id == placed.id
    assert scene.pauses_s == [7.0 if status else 1.0]
    assert ended(placed).outcome == "done"


def test_a_hub_that_does_not_take_it_is_asked_once(scene: Scene, job: Job) -> None:
    asked: list[str] = []

    def trouble(method: str, path: str, phase: str) -> Fault | None:
        if method == "POST" and phase == "before":
            asked.append(path)
            return Fault(402)
        return None

    scene.hub.faults = trouble
    with pytest.raises(Unavailable, match="no credit"):
        scene.placed(job)
    assert asked == [MAKING]


def test_a_hub_that_stays_away_is_given_up(scene: Scene, job: Job) -> None:
    scene.hub.faults = lambda method, path, phase: Fault(503) if method == "POST" else None
    with pytest.raises(Unavailable, match="503"):
        scene.placed(job)
    assert sum(scene.pauses_s) > 60
    assert scene.of(job) == []


def test_a_request_that_arrives_late_is_cancelled(scene: Scene, job: Job) -> None:
    """The oldest stays, whoever looks."""
    scene.says(WAITING)
    first = scene.placed(job)
    second = scene.hub.jobs.add("starwatt", scene.one(job).spec)
    placed = scene.executor().find(job)
    assert isinstance(placed, PlacedOnHub)
    assert placed.id == scene.placed(job).id == first.id
    assert [one.id for one in scene.of(job) if one.stage != "CANCELED"] == [first.id]
    assert second.stage == "CANCELED"


def test_a_worker_that_is_started_again_finds_its_job(scene: Scene, job: Job) -> None:
    assert scene.executor().find(job) is None
    scene.says(WAITING)
    first = scene.placed(job)
    until(lambda: first.ending() is None and first.moment().message == "window 2 of 3")
    second = scene.executor().find(job)
    assert isinstance(second, PlacedOnHub)
    until(lambda: second.ending() is None and second.moment().message == "window 2 of 3")
    # From its first line, so that the Space can tell what it has.
    assert second.new_log().startswith(first.new_log()[:60])
    assert scene.placed(job).id == first.id
    # One that has ended is found too: its end is handed in.
    scene.hub.jobs.end(scene.one(job), "COMPLETED", None)
    found = scene.executor().find(job)
    assert found is not None and ended(found).outcome == "done"


def test_a_later_claim_ends_what_is_left_of_an_earlier(scene: Scene, job: Job) -> None:
    """Also where a person queued it anew and tries are counted from one again."""
    scene.says(WAITING)
    scene.placed(job)
    later = Job(job.plan, job.folder, attempt=1, submission_id=job.submission_id, fence=8)
    elsewhere = Job(job.plan, job.folder, attempt=1, submission_id="another00000", fence=1)
    scene.placed(elsewhere)
    scene.placed(later)
    assert scene.one(job).stage == "CANCELED"
    assert scene.one(later).stage != "CANCELED" and scene.one(elsewhere).stage != "CANCELED"


def test_a_hub_that_is_away_ends_no_job(scene: Scene, job: Job) -> None:
    scene.says(WAITING)
    placed = scene.placed(job)
    scene.hub.faults = lambda method, path, phase: Fault(0)
    assert [placed.ending() for _ in range(3)] == [None] * 3
    # It goes on, and ends at its limit.
    placed.kill()
    scene.hub.faults = None
    assert scene.one(job).stage != "CANCELED"
    placed.kill()
    assert scene.one(job).stage == "CANCELED"


def test_a_class_the_hub_has_no_machine_for(scene: Scene, job: Job) -> None:
    h100 = job.plan.model_copy(update={"hardware": "h100-sxm-80gb"})
    with pytest.raises(Refused, match="no machine for jobs of the class h100-sxm-80gb"):
        scene.executor().place(Job(h100, job.folder))
    with pytest.raises(Refused, match="h100-sxm-80gb"):
        open_executor("hf_jobs", job.folder, "auto", worker=Serves("", "", ("h100-sxm-80gb",)))


def test_it_is_opened_by_its_name(scene: Scene, job: Job, monkeypatch: pytest.MonkeyPatch) -> None:
    settings: dict[str, Any] = {"HF_ENDPOINT": scene.hub.endpoint, "HF_TOKEN": scene.hub.write_token}
    for name, value in {**settings, "STARWATT_JOB_IMAGE": IMAGE}.items():
        monkeypatch.setitem(os.environ, name, value)
    serves = Serves("http://127.0.0.1:7860", RUNNER_TOKEN, ("cpu", "t4-16gb"))
    executor = open_executor("hf_jobs", job.folder, "off", worker=serves)
    assert isinstance(executor, HfJobsExecutor)
    placed = executor.place(job)
    assert placed.ending() is None or ended(placed).outcome == "done"
    placed.kill()
    assert RUNNER_TOKEN not in repr(serves) + repr(scene.terms())
