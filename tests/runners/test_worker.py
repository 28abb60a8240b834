"""The worker against a Space on a real socket, with an executor that only pretends."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from leaderboard.domain import (
    BadInput,
    Forbidden,
    Unavailable,
)
from runners.bench.sandbox import ROOT
from runners.executors import Ending, Job, Moment
from runners.executors.fake import REHEARSED, FakeExecutor
from runners.notes import Note
from runners.worker import Worker
from tests.runners.conftest import Surviving, finished, held_by, make_plan
from tests.runners.space_double import TOKEN, SpaceDouble, refusal

FOREVER = (Moment(0.5, "window 2 of 3", 9.0),) * 100_000


def test_from_claim_to_finish(worker: Callable[..., Worker], lines: list[str], tmp_path: Path) -> None:
    moments = (Moment(0.1, "loading", 20.0), Moment(0.9, "window 3 of 3", 1.0))
    with SpaceDouble(make_plan(), lease_s=0.1) as space:
        worker(space, FakeExecutor(moments, Ending("done"), finished)).run(once=True)
    kinds = [word for word in space.paths() if word != "heartbeat"]
    assert kinds == ["claim", "start", "log.txt", "trace.parquet", "run.json", "finish"]
    assert space.files == {name: name.encode() for name in ("log.txt", "trace.parquet", "run.json")}
    assert space.asked[0][2] == {"hardware": ["cpu"], "machine": "rack-1", "harness": "0.1.0"}
    beats = [body for _, path, body in space.asked if path.endswith("/heartbeat")]
    assert beats[0]["message"] == "loading"
    assert beats[-1]["fraction"] == 0.9
    assert space.log.startswith("moment ")
    assert space.finished[0]["outcome"] == "done"
    assert any("done" in line for line in lines)
    assert list(tmp_path.iterdir()) == []


def test_nodes_are_told_and_those_to_avoid_are_heard(worker: Callable[..., Worker]) -> None:
    avoided: list[tuple[str, ...]] = []
    ending = Ending("failed", "No meter.", "", "no_reading", node="node3")
    executor = FakeExecutor(
        ending=ending, placing=lambda job: avoided.append(job.avoid), nodes=("node2", "node3")
    )
    with SpaceDouble(make_plan()) as space:
        plain = space.answer

        def also_avoid(*words: Any) -> Any:
            status, document = plain(*words)
            return status, {**document, "avoid": ["node2"]} if document and "plan" in document else document

        space.answer = also_avoid  # type: ignore[method-assign,assignment]
        worker(space, executor).run(once=True)
    assert space.asked[0][2]["nodes"] == {"cpu": ["node2", "node3"]}
    assert avoided == [("node2",)]
    assert space.finished[0]["node"] == "node3"


def test_nothing_is_claimed_while_what_measures_is_away(
    worker: Callable[..., Worker], lines: list[str]
) -> None:
    class Away(FakeExecutor):
        def nodes(self, hardware: str) -> tuple[str, ...] | None:
            raise Unavailable("Slurm's sinfo fails: no controller.", "Is slurmctld up?")

    with SpaceDouble(make_plan()) as space:
        worker(space, Away()).run(once=True)
    assert space.asked == []
    assert any("nothing is claimed: Slurm's sinfo fails" in line for line in lines)


def test_a_failed_job_is_handed_in_with_cause_and_remedy(worker: Callable[..., Worker]) -> None:
    with SpaceDouble(make_plan()) as space:
        worker(space, FakeExecutor()).run(once=True)
    assert space.files == {}
    assert (space.finished[0]["cause"], space.finished[0]["remedy"]) == (REHEARSED.cause, REHEARSED.remedy)


def test_a_rejected_run_is_handed_in_with_its_files(worker: Callable[..., Worker]) -> None:
    with SpaceDouble(make_plan()) as space:
        worker(space, FakeExecutor(ending=Ending("rejected"), placing=finished)).run(once=True)
    assert set(space.files) == {"log.txt", "trace.parquet", "run.json"}
    assert space.finished[0]["outcome"] == "rejected"


def test_an_empty_queue_ends_a_single_round(worker: Callable[..., Worker]) -> None:
    with SpaceDouble() as space:
        worker(space, FakeExecutor()).run(once=True)
    assert space.paths() == ["claim"]


def test_jobs_are_taken_one_after_the_other(worker: Callable[..., Worker]) -> None:
    with SpaceDouble(make_plan(), make_plan(occasion=1)) as space:
        busy = worker(space, FakeExecutor())
        running = threading.Thread(target=busy.run)
        running.start()
        space.wait_for("finish", 2)
        busy.drain.set()
        running.join(60)
    assert not running.is_alive()
    assert [body["outcome"] for body in space.finished] == ["failed", "failed"]


@pytest.mark.parametrize(
    ("status", "code"), [(409, "fence_lost"), (404, "not_found")], ids=["fence lost", "gone"]
)
def test_a_lost_lease_ends_the_job_and_not_the_worker(
    worker: Callable[..., Worker], lines: list[str], status: int, code: str
) -> None:
    executor = FakeExecutor(FOREVER)
    with SpaceDouble(make_plan()) as space:
        space.hook = lambda method, path, body: (
            (status, refusal(code, "The lease went to another runner.")) if "heartbeat" in path else None
        )
        worker(space, executor).run(once=True)
    assert executor.placed[0].killed
    assert space.finished == []
    assert any("stopped" in line for line in lines)


def test_a_lease_lost_while_handing_in_is_left(worker: Callable[..., Worker]) -> None:
    with SpaceDouble(make_plan()) as space:
        space.hook = lambda method, path, body: (409, refusal("fence_lost")) if method == "PUT" else None
        worker(space, FakeExecutor(ending=Ending("done"), placing=finished)).run(once=True)
    assert space.finished == []


def test_an_unreachable_space_is_tried_again(
    worker: Callable[..., Worker], lines: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("runners.patience.FIRST_PAUSE_S", 0.01)
    troubles = iter([500, 503, 429])

    def trouble(method: str, path: str, body: Any) -> Any:
        status = next(troubles, None) if path in ("/claim",) or path.endswith("finish") else None
        return (status, refusal("unavailable", "Back soon.")) if status else None

    with SpaceDouble(make_plan()) as space:
        space.hook = trouble
        worker(space, FakeExecutor()).run(once=True)
    assert space.paths().count("claim") == 4
    assert len(space.finished) == 1
    pauses = [line for line in lines if "Tried again" in line]
    assert [line.split()[-2] for line in pauses] == ["0.01", "0.02", "0.04"]


def test_a_space_that_is_silent_for_a_while_does_not_end_the_job(worker: Callable[..., Worker]) -> None:
    beats: list[Any] = []

    def deaf(method: str, path: str, body: Any) -> Any:
        if "heartbeat" not in path:
            return None
        beats.append(body)
        return (502, None) if len(beats) < 3 else None

    moments = (Moment(0.2, "one", 1.0),) * 5
    with SpaceDouble(make_plan(), lease_s=0.1) as space:
        space.hook = deaf
        worker(space, FakeExecutor(moments)).run(once=True)
    # What was not heard is told again.
    assert beats[2]["log"].startswith("moment 1\n".replace("1", "0")) or "moment" in beats[2]["log"]
    assert len(beats[2]["log"]) > len(beats[0]["log"])
    assert len(space.finished) == 1


def test_an_executor_that_cannot_start_is_a_failed_job(worker: Callable[..., Worker]) -> None:
    def refuse(job: Job) -> None:
        raise BadInput("No place for it.", "Make some.")

    with SpaceDouble(make_plan()) as space:
        worker(space, FakeExecutor(placing=refuse)).run(once=True)
    assert space.finished[0]["cause"] == "No place for it."


def test_a_fault_of_ours_ends_one_job_and_not_the_worker(
    worker: Callable[..., Worker], lines: list[str]
) -> None:
    faults = iter([RuntimeError("a slip of ours")])

    def slip(job: Job) -> None:
        for fault in faults:
            raise fault

    with SpaceDouble(make_plan(), make_plan(occasion=1)) as space:
        busy = worker(space, FakeExecutor(placing=slip))
        running = threading.Thread(target=busy.run)
        running.start()
        space.wait_for("finish")
        busy.drain.set()
        running.join(60)
    assert not running.is_alive()
    told = "\n".join(lines)
    assert "given up" in told
    assert "RuntimeError: a slip of ours" in told


def test_a_refused_finish_is_given_up(worker: Callable[..., Worker], lines: list[str]) -> None:
    with SpaceDouble(make_plan()) as space:
        space.hook = lambda method, path, body: (
            (400, refusal("bad_file", "run.json is not JSON.")) if path.endswith("finish") else None
        )
        worker(space, FakeExecutor()).run(once=True)
    assert any("given up, run.json is not JSON." in line for line in lines)


def test_tokens_are_in_no_log(worker: Callable[..., Worker], lines: list[str]) -> None:
    ending = Ending("failed", f"It said {TOKEN} and hf_abcdefghijklmnopqrstuv", "Hide them.")
    with SpaceDouble(make_plan()) as space:
        worker(space, FakeExecutor(ending=ending)).run(once=True)
    told = str(space.finished) + space.log + "".join(lines)
    assert TOKEN not in told
    assert "hf_abc" not in told
    assert "•••" in told


def test_a_wrong_token_ends_the_worker(worker: Callable[..., Worker]) -> None:
    with SpaceDouble(make_plan()) as space, pytest.raises(Forbidden, match="token is wrong"):
        worker(space, FakeExecutor(), token="another-token").run()


def test_a_plan_it_cannot_read_is_left_to_a_newer_runner(worker: Callable[..., Worker]) -> None:
    claimed = {"submission_id": "abc", "fence": 1, "attempt": 1, "lease_s": 1, "facts": {}}
    answers = iter([{**claimed, "plan": {"schema_version": 9}}])
    with SpaceDouble() as space:
        space.hook = lambda method, path, body: (
            (200, answer) if path == "/claim" and (answer := next(answers, None)) else None
        )
        busy = worker(space, FakeExecutor())
        running = threading.Thread(target=busy.run)
        running.start()
        space.wait_for("claim", 2)
        busy.drain.set()
        running.join(60)
    assert not running.is_alive()


def test_a_proxy_s_words_are_no_reason_to_give_a_job_up(
    worker: Callable[..., Worker], lines: list[str]
) -> None:
    """What stands before a Space that restarts may answer anything; the run's folder must outlive it."""
    strange: list[Any] = [(404, {"detail": "no such host"}), (302, None), (400, {})]

    def behind_a_proxy(method: str, path: str, body: Any) -> Any:
        return strange.pop() if strange and path.endswith("/finish") else None

    with SpaceDouble(make_plan()) as space:
        space.hook = behind_a_proxy
        worker(space, FakeExecutor(ending=Ending("done"), placing=finished)).run(once=True)
    assert strange == []
    assert space.finished[0]["outcome"] == "done"
    assert not any("given up" in line for line in lines)


@pytest.mark.parametrize(
    ("status", "code"),
    [(404, "not_found"), (409, "conflict"), (409, "fence_lost")],
    ids=["gone", "refused", "fence lost"],
)
def test_a_job_taken_up_that_cannot_go_on_is_ended(
    worker: Callable[..., Worker], tmp_path: Path, status: int, code: str
) -> None:
    executor, note = Surviving(FOREVER), Note(tmp_path / "held.json")
    held_by(note, tmp_path / "job", make_plan())
    with SpaceDouble() as space:
        space.hook = lambda method, path, body: (status, refusal(code)) if path.endswith("/start") else None
        worker(space, executor, note=note).run(once=True)
        # Whatever became of that one, the next is asked for.
        assert space.paths()[-1] == "claim"
    assert executor.placed[0].killed
    assert note.read() is None


def test_signals_of_a_process(tmp_path: Path) -> None:
    """With the local executor: its job is a real bench. The first lets it go on, the second ends it."""
    token = tmp_path / "token"
    token.write_text(TOKEN + "\n")
    with SpaceDouble(make_plan(), lease_s=5) as space, socket.create_server(("127.0.0.1", 0)) as silent:
        words = ["work", "--space", space.address, "--hardware", "cpu", "--token-file", str(token)]
        process = subprocess.Popen(
            [sys.executable, "-m", "runners", *words, "--cache", str(tmp_path / "cache"), "--poll", "0.05"],
            cwd=ROOT,
            # A Hub that never answers keeps the bench waiting.
            env={**os.environ, "HF_ENDPOINT": f"http://127.0.0.1:{silent.getsockname()[1]}"},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        try:
            space.wait_for("heartbeat")
            process.send_signal(signal.SIGTERM)
            space.wait_until(lambda: any(body["draining"] for body in space.beats()))
            process.send_signal(signal.SIGTERM)
            said, errors = process.communicate(timeout=120)
        finally:
            process.kill()
            process.wait()
    assert process.returncode == 0, errors
    assert errors == ""
    assert "once more" in said and "given back" in said and "ended" in said
    assert TOKEN not in said
    assert space.finished == []
    assert space.paths().count("claim") == 1
