"""The line between a worker and its Space is cut, answers are lost, clocks step, a worker is told to end."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx2
import pytest
from starlette.testclient import TestClient

from leaderboard import editions
from leaderboard.domain import FenceLost, Status
from leaderboard.record import Record
from runners.executors import Job
from runners.space import SpaceClient
from runners.worker import Worker
from submissions.hub.facts import FixedFacts
from submissions.tokens import token_file
from tests import builders
from tests.faults.conftest import Report
from tests.faults.on_a_line import Clocks, HandEvent, Line, Measuring, cut
from tests.faults.rounds import rounds
from tests.submissions.test_http import BODY, client_of

LEASE_S = 300.0
TAKES_S = 200.0
BIG = b"raw samples " * 300_000
"""More than three pieces."""


def leave(job: Job) -> None:
    """A run folder as a bench leaves it."""
    job.out.mkdir(parents=True)
    (job.out / "run.json").write_text(builders.run(job.plan).model_dump_json())
    (job.out / "trace.parquet").write_bytes(BIG)
    (job.out / "log.txt").write_text("the log\n")


class Scene:
    """All of it, with one submission queued."""

    def __init__(self, record: Record, clocks: Clocks, space: TestClient, folder: Path) -> None:
        self.record, self.clocks = record, clocks
        self.line = Line(space)
        self.executor = Measuring(clocks, TAKES_S, leave)
        token = token_file(record.folder, "runner").read_text().strip()
        self.client = SpaceClient("http://127.0.0.1:7860", token, self.line)
        self.lines: list[str] = []
        self.id = space.post("/api/v1/submissions", json=BODY).json()["id"]
        self.worker = Worker(
            self.client,
            self.executor,
            ("cpu",),
            self.lines.append,
            "rack-1:2",
            work=folder,
            drain=HandEvent(clocks),
            stop=HandEvent(clocks),
            clock=clocks.monotonic,
        )

    def statuses(self) -> list[str]:
        return [event.status.value for event in self.record.events(self.id)]


@pytest.fixture
def scene(tmp_path: Path, hub: FixedFacts, monkeypatch: pytest.MonkeyPatch) -> Iterator[Scene]:
    clocks = Clocks(builders.NOON)
    with Record.open(tmp_path / "data", clock=clocks) as record:
        editions.load_catalogue(record)
        with client_of(record, hub, monkeypatch, STARWATT_LEASE_S=str(LEASE_S)) as space:
            folder = tmp_path / "work"
            folder.mkdir()
            made = Scene(record, clocks, space, folder)
            yield made
            made.client.close()


def test_a_cut_of_two_minutes_ends_nothing(scene: Scene) -> None:
    """From the middle of the run until after its end: it is handed in soon after the line is mended."""
    cut_from_s, healed_at_s = 120.0, 240.0
    asked_late_s: list[float] = []

    def trouble(when: str, request: httpx2.Request) -> None:
        if cut_from_s <= scene.clocks.passed_s < healed_at_s:
            # A line that swallows what is sent costs all of the patience each time.
            scene.clocks.advance(20)
            cut(request)
        if scene.clocks.passed_s >= healed_at_s:
            asked_late_s.append(scene.clocks.passed_s)
        scene.record.reap()

    scene.line.trouble = trouble
    scene.worker.run(once=True)
    assert scene.statuses()[-3:] == ["running", "verifying", "done"]
    assert scene.executor.ended_at_s[0] < healed_at_s
    assert asked_late_s[0] - healed_at_s <= 30
    assert scene.record.log(scene.id).splitlines() == [f"second {each}" for each in range(int(TAKES_S))]


def test_lost_and_doubled_answers_change_nothing(scene: Scene) -> None:
    """Three of ten requests never arrive or are never answered: every log line and byte is there once."""
    chance = random.Random(20261128)
    lost = []

    def trouble(when: str, request: httpx2.Request) -> None:
        scene.record.reap()
        if "/claim" not in str(request.url) and chance.random() < 0.3:
            lost.append(when)
            cut(request)

    scene.line.trouble = trouble
    scene.worker.run(once=True)
    assert scene.statuses().count("done") == scene.statuses().count("claimed") == 1
    assert {"before", "after"} <= set(lost)
    assert scene.record.log(scene.id).splitlines() == [f"second {each}" for each in range(int(TAKES_S))]
    kept = list((scene.record.folder / "runs").rglob("trace.parquet"))
    assert [path.read_bytes() for path in kept] == [BIG]
    assert not list((scene.record.folder / "incoming").glob("*"))


def test_an_upload_goes_on_where_it_was_cut(scene: Scene) -> None:
    pieces: list[int] = []
    cuts = iter([2, 3])
    due = next(cuts)

    def trouble(when: str, request: httpx2.Request) -> None:
        nonlocal due
        if when == "before" and request.method == "PUT" and "trace.parquet" in str(request.url):
            if len(pieces) == due:
                due = next(cuts, -1)
                cut(request)
            pieces.append(int(request.url.params["offset"]))

    scene.line.trouble = trouble
    scene.worker.run(once=True)
    assert scene.statuses()[-1] == "done"
    assert pieces == [0, 2**20, 2 * 2**20, 3 * 2**20]


def test_handing_in_may_take_longer_than_a_lease(scene: Scene) -> None:
    """By a slow line: each piece that arrives says that its runner lives."""
    began_s = []

    def trouble(when: str, request: httpx2.Request) -> None:
        if when == "before" and request.method == "PUT":
            began_s.append(scene.clocks.passed_s)
            scene.clocks.advance(0.6 * LEASE_S)
        assert scene.record.reap() == []

    scene.line.trouble = trouble
    scene.worker.run(once=True)
    assert scene.clocks.passed_s - began_s[0] > 2 * LEASE_S
    assert scene.statuses().count("claimed") == 1
    assert scene.statuses()[-1] == "done"


STEPPING = rounds("clocks")


@pytest.mark.parametrize("number", range(STEPPING))
def test_a_clock_that_steps_takes_no_lease_away(scene: Scene, number: int, report: Report) -> None:
    """The first two go an hour on and an hour back, in turn; the others step anywhere between."""
    steps, chance = 0, random.Random(number)
    hours = (1.0, -1.0)

    def trouble(when: str, request: httpx2.Request) -> None:
        nonlocal steps
        if when == "before" and "heartbeat" in str(request.url):
            steps += 1
            hour = hours[number] * (steps % 2) if number < len(hours) else chance.uniform(-1, 1)
            scene.clocks.off_by = timedelta(hours=hour)
        assert scene.record.reap() == []

    scene.line.trouble = trouble
    scene.worker.run(once=True)
    assert steps >= 6
    assert scene.statuses().count("claimed") == 1
    assert scene.statuses()[-1] == "done"
    if number == STEPPING - 1:
        report("clocks", STEPPING, f"{steps} steps in the last; 0 leases ran out early")


def test_a_cut_longer_than_the_lease_loses_it_once(scene: Scene) -> None:
    scene.executor._takes_s = 1000.0
    taken: list[str] = []

    def trouble(when: str, request: httpx2.Request) -> None:
        taken.extend(scene.record.reap())
        if 100 <= scene.clocks.passed_s < 500:
            cut(request)

    scene.line.trouble = trouble
    scene.worker.run(once=True)
    assert taken == [scene.id]
    assert scene.executor.killed == 1
    assert scene.record.status(scene.id) is Status.QUEUED
    assert any("stopped" in line for line in scene.lines)


def test_the_first_signal_lets_it_finish_and_says_so(scene: Scene) -> None:
    seen: list[str | None] = []

    def trouble(when: str, request: httpx2.Request) -> None:
        if scene.clocks.passed_s > 50:
            scene.worker.drain.set()
        if when == "after" and "heartbeat" in str(request.url):
            seen.append(shown(scene)["draining"])

    scene.line.trouble = trouble
    scene.worker.run()
    assert scene.statuses()[-1] == "done"
    assert seen[0] is None
    assert "told to end" in str(seen[-1])
    assert shown(scene)["runs"] is None
    assert scene.lines[-1] == "rack-1:2: ended"
    # It comes back under its old name, and is given work.
    scene.worker.drain.clear()
    scene.worker.run(once=True)
    assert shown(scene)["draining"] is None


def shown(scene: Scene) -> dict[str, Any]:
    answer = scene.line._space.get("/api/v1/queue").json()["runners"]
    assert len(answer) == 1
    return dict(answer[0])


def test_the_second_signal_gives_the_job_back_at_once(scene: Scene) -> None:
    def trouble(when: str, request: httpx2.Request) -> None:
        if scene.clocks.passed_s > 50 and when == "after" and "heartbeat" in str(request.url):
            scene.worker.end()

    scene.line.trouble = trouble
    scene.worker.run()
    assert scene.executor.killed == 1
    assert scene.record.status(scene.id) is Status.QUEUED
    last = scene.record.events(scene.id)[-1]
    assert "rack-1:2 gave it back: it was told to end" in last.message
    assert scene.clocks.passed_s < LEASE_S
    claim = scene.record.claim(["cpu"], "rack-1:1", LEASE_S)
    assert claim is not None
    assert claim.attempt == 2
    with pytest.raises(FenceLost):
        scene.record.release(scene.id, claim.fence - 1, "late")
