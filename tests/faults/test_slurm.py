"""A real Slurm whose daemons are killed under a running job: it survives or is tried again, rated once."""

from __future__ import annotations

import itertools
import os
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx2
import psutil
import pytest

from runners.executors import Ending, Job, Placed
from runners.executors.slurm import PlacedInSlurm, SlurmExecutor, job_name
from submissions import beside
from submissions.tokens import token_file
from tests.fakes import slurm
from tests.fakes.hub import LoopbackHub, encoders, seed
from tests.fakes.slurm import SlurmCluster
from tests.faults.conftest import Report
from tests.faults.rounds import FULL, rounds
from tests.journey.test_service import ROOT
from tests.runners.conftest import make_plan

ROUNDS = rounds("slurm")
_FENCES = itertools.count(100)
_WAY = ["received", "queued", "claimed", "running", "verifying"]
pytestmark = [pytest.mark.slurm, pytest.mark.skipif(bool(slurm.why_not()), reason=slurm.why_not() or "-")]


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SlurmCluster]:
    with SlurmCluster(tmp_path_factory.mktemp("slurm"), ("h100", "t4", "t4")) as running:
        yield running


@pytest.fixture
def executor(
    cluster: SlurmCluster, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[SlurmExecutor]:
    """Its jobs wait for a Hub that takes the connection and never answers."""
    monkeypatch.setenv("SLURM_CONF", str(cluster.conf))
    monkeypatch.setenv("STARWATT_RUNNER_TOKEN", "the-runners-token")
    monkeypatch.setattr("runners.executors.slurm.LOOK_EVERY_S", 0.1)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        monkeypatch.setenv("HF_ENDPOINT", f"http://127.0.0.1:{silent.getsockname()[1]}")
        yield SlurmExecutor(tmp_path / "cache", "auto")


def claimed(folder: Path) -> Job:
    """A job of a claim of its own: one of an earlier test may still be on its way out of Slurm's queue."""
    return Job(make_plan(), folder, fence=next(_FENCES))


def placed_and_running(executor: SlurmExecutor, cluster: SlurmCluster, job: Job) -> PlacedInSlurm:
    placed = executor.place(job)
    assert isinstance(placed, PlacedInSlurm)
    cluster.wait_for(lambda: bool(family(job)) and placed.moment().message != "starting", "a bench at work")
    assert placed.ending() is None
    return placed


def family(job: Job) -> list[psutil.Process]:
    """The processes of a job's bench."""
    found = []
    for process in psutil.process_iter():
        try:
            if str(job.out) in process.cmdline():
                found.append(process)
        except (psutil.NoSuchProcess, psutil.ZombieProcess):
            continue
    return found


def node_of(cluster: SlurmCluster, placed: PlacedInSlurm) -> str:
    return cluster.ask("squeue", "--noheader", "--jobs", str(placed.id), "--format", "%N").strip()


def until_ended(cluster: SlurmCluster, placed: Placed) -> Ending:
    cluster.wait_for(lambda: placed.ending() is not None, "an ending")
    ending = placed.ending()
    assert ending is not None
    return ending


def test_a_job_is_placed_once_and_cancelled_whole(
    executor: SlurmExecutor, cluster: SlurmCluster, tmp_path: Path
) -> None:
    job = Job(make_plan(), tmp_path / "job", attempt=2)
    assert executor.find(job) is None
    placed = placed_and_running(executor, cluster, job)
    # Its answer was lost, or the worker is another process now.
    for again in (executor.place(job), SlurmExecutor(tmp_path / "cache", "auto").find(job)):
        assert isinstance(again, PlacedInSlurm)
        assert again.id == placed.id
    told = cluster.ask("scontrol", "show", "job", str(placed.id))
    assert f"JobName={job_name(job)}" in told
    assert "Requeue=0" in told and "OverSubscribe=NO" in told
    processes = family(job)
    for process in [*processes, *(parent for parent in processes[0].parents() if "submitit" in str(parent))]:
        assert "the-runners-token" not in str(process.environ())
    # Of an earlier claim that was lost while its job went on.
    other = executor.place(Job(job.plan, tmp_path / "other", attempt=2, fence=1))
    assert isinstance(other, PlacedInSlurm)
    assert other.id != placed.id
    other.kill()
    placed.kill()
    placed.kill()
    cluster.wait_for(lambda: not family(job), "the end of every process")
    assert until_ended(cluster, placed).outcome == "failed"
    assert not (job.out / "run.json").exists()


def test_a_job_asks_for_its_class(executor: SlurmExecutor, cluster: SlurmCluster, tmp_path: Path) -> None:
    """Without a driver its bench fails, and says so through the executor."""
    plan = make_plan().model_copy(update={"hardware": "t4-16gb"})
    placed = executor.place(Job(plan, tmp_path / "t4"))
    assert isinstance(placed, PlacedInSlurm)
    assert "gres:gpu:t4:1" in cluster.ask("scontrol", "show", "job", str(placed.id))
    ending = until_ended(cluster, placed)
    assert (ending.outcome, ending.code) == ("failed", "no_reading")
    assert "no_reading" in placed.new_log()
    # It is over: nothing is placed anew for the same try.
    again = executor.place(Job(plan, tmp_path / "t4"))
    assert again.ending() == ending


def test_a_job_tells_its_node_and_none_is_placed_on_one_to_avoid(
    executor: SlurmExecutor, cluster: SlurmCluster, tmp_path: Path
) -> None:
    """Each of them finds no driver, so it has to be said which of them it was."""
    assert executor.nodes("t4-16gb") == ("node2", "node3")
    assert executor.nodes("h100-sxm-80gb") == ("node1",)
    assert executor.nodes("cpu") == ("node1", "node2", "node3")
    plan = make_plan().model_copy(update={"hardware": "t4-16gb"})
    for fence, avoided in enumerate((("node2",), ("node3",)), 1):
        job = Job(plan, tmp_path / f"t4-{fence}", fence=fence, avoid=avoided)
        ending = until_ended(cluster, executor.place(job))
        assert ending.code == "no_reading"
        assert {ending.node, *avoided} == {"node2", "node3"}


def test_what_the_submitting_shell_wishes_does_not_count(
    executor: SlurmExecutor, cluster: SlurmCluster, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Slurm takes these before what a job's own script says."""
    wishes = {
        "SBATCH_EXPORT": "ALL",
        "SBATCH_REQUEUE": "1",
        "SBATCH_EXCLUSIVE": "user",
        "SBATCH_JOB_NAME": "another",
        "SBATCH_TIMELIMIT": "1",
        "SQUEUE_PARTITION": "nowhere",
        "SQUEUE_STATES": "FAILED",
        "SCANCEL_STATE": "PENDING",
    }
    for name, value in wishes.items():
        monkeypatch.setenv(name, value)
    job = claimed(tmp_path / "job")
    placed = placed_and_running(executor, cluster, job)
    told = cluster.ask("scontrol", "show", "job", str(placed.id))
    assert f"JobName={job_name(job)}" in told
    assert "Requeue=0" in told and "OverSubscribe=NO" in told
    assert "TimeLimit=00:01:00" not in told
    for process in [*family(job), *(one for one in family(job)[0].parents() if "submitit" in str(one))]:
        assert "the-runners-token" not in str(process.environ())
    placed.kill()
    cluster.wait_for(lambda: not family(job), "the end of every process")


def test_a_job_whose_step_daemon_dies_is_tried_again(
    executor: SlurmExecutor, cluster: SlurmCluster, tmp_path: Path
) -> None:
    for number in range(ROUNDS):
        kill_its_step_daemon(executor, cluster, claimed(tmp_path / f"job-{number}"))


def kill_its_step_daemon(executor: SlurmExecutor, cluster: SlurmCluster, job: Job) -> None:
    placed = placed_and_running(executor, cluster, job)
    node = node_of(cluster, placed)
    daemon = next(one for one in family(job)[0].parents() if one.name() == "slurmstepd")
    daemon.kill()
    ending = until_ended(cluster, placed)
    assert (ending.outcome, ending.code) == ("failed", "unavailable")
    cluster.wait_for(lambda: not family(job), "the end of every process")
    cluster.ask("scancel", str(placed.id))
    # Slurm doubts a node whose step died like this; an operator would look at it.
    cluster.ask("scontrol", "update", f"nodename={node}", "state=down", "reason=test")
    cluster.ask("scontrol", "update", f"nodename={node}", "state=resume")
    cluster.wait_for(lambda: cluster.state(node) == "idle", "an idle node")


def test_a_job_outlives_the_node_daemon(
    executor: SlurmExecutor, cluster: SlurmCluster, tmp_path: Path
) -> None:
    for number in range(ROUNDS):
        kill_the_node_daemon(executor, cluster, claimed(tmp_path / f"job-{number}"))


def kill_the_node_daemon(executor: SlurmExecutor, cluster: SlurmCluster, job: Job) -> None:
    placed = placed_and_running(executor, cluster, job)
    before = family(job)
    node = node_of(cluster, placed)
    cluster.kill(node)
    cluster.start(node)
    cluster.wait_for(lambda: cluster.state(node) == "alloc", "the node again")
    assert placed.ending() is None
    assert family(job) == before
    placed.kill()
    cluster.wait_for(lambda: not family(job), "the end of every process")


@pytest.fixture
def started(tmp_path: Path) -> Iterator[Callable[[subprocess.Popen[bytes]], subprocess.Popen[bytes]]]:
    processes: list[subprocess.Popen[bytes]] = []

    def keep(process: subprocess.Popen[bytes]) -> subprocess.Popen[bytes]:
        processes.append(process)
        return process

    yield keep
    for process in reversed(processes):
        beside.end_worker(process)


def test_from_the_form_to_a_row_with_everything_killed(
    cluster: SlurmCluster,
    tmp_path: Path,
    started: Callable[[subprocess.Popen[bytes]], subprocess.Popen[bytes]],
    report: Report,
) -> None:
    """The controller and the worker die in the middle of the run: it goes on, is adopted, and rated once."""
    rated = 0
    for number in range(ROUNDS):
        (tmp_path / str(number)).mkdir()
        rated += kill_controller_and_worker(cluster, tmp_path / str(number), started)
    report(
        "slurm",
        ROUNDS,
        f"each daemon killed as often; every job outlived the controller, {rated} rated, once",
    )
    assert rated


def kill_controller_and_worker(
    cluster: SlurmCluster,
    tmp_path: Path,
    started: Callable[[subprocess.Popen[bytes]], subprocess.Popen[bytes]],
) -> bool:
    """Whether it was rated; that it ended once, and the job was adopted, is asserted."""
    port = slurm.free_port()
    address = f"http://127.0.0.1:{port}"
    with LoopbackHub(tmp_path / "hub") as hub:
        seed.seed(hub, only=["encoders", "data"])
        environment = {
            **cluster.environment(),
            "HF_ENDPOINT": hub.endpoint,
            "STARWATT_DATA": str(tmp_path / "data"),
            "STARWATT_CACHE": str(tmp_path / "cache"),
            "PORT": str(port),
        }
        log = os.open(tmp_path / "log", os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        space = started(
            subprocess.Popen([sys.executable, str(ROOT / "app.py")], env=environment, stderr=log, stdout=log)
        )
        assert beside.wait_until_ready(address, space)

        def worker() -> subprocess.Popen[bytes]:
            token = token_file(tmp_path / "data", "runner")
            options = ("--executor", "slurm", "--machine", "login", "--number", "7")
            return started(
                beside.start_worker(address, token, ["cpu"], *options, environment=environment, log=log)
            )

        def shown(path: str) -> dict[str, Any]:
            return dict(httpx2.get(f"{address}/api/v1/{path}", timeout=60).json())

        first = worker()
        wanted = {"model": encoders.ENCODERS[0].repo_id, "task": "sentence-similarity", "hardware": "cpu"}
        answer = httpx2.post(f"{address}/api/v1/submissions", json=wanted, timeout=60)
        assert answer.status_code == 202, answer.text
        path = f"submissions/{answer.json()['id']}"
        cluster.wait_for(lambda: bool((shown(path)["progress"] or {}).get("fraction")), "progress")
        # What its books do not hold yet a controller that dies forgets, and ends the job once it is back.
        job = cluster.ask("squeue", "--noheader", "--format", "%A").split()[0]
        mark = f"job-{job}-is-written"
        cluster.ask("scontrol", "update", f"jobid={job}", f"comment={mark}")
        books = cluster.folder / "state" / "job_state"
        cluster.wait_for(lambda: books.exists() and mark.encode() in books.read_bytes(), "its books")
        cluster.kill("slurmctld")
        first.kill()
        first.wait()
        cluster.start("slurmctld")
        second = worker()
        cluster.wait_for(lambda: bool(shown(path)["final"]), "an end")
        os.close(log)
        told, log_now = shown(path)["events"], (tmp_path / "log").read_text()
        assert [event["status"] for event in told[:-1]] == _WAY, log_now
        ends = ("done", "rejected") if FULL else ("done",)
        # Over many rounds a busy machine may make windows that disagree, which is said and gives no rating.
        assert told[-1]["status"] in ends, (told[-1], log_now)
        rows = shown(f"ratings?edition=dev-2026-11&q={wanted['model']}")
        assert rows["total"] == (told[-1]["status"] == "done")
        assert [row["machine"] for row in shown("queue")["runners"]] == ["login:7"]
    assert "taken up again" in (tmp_path / "log").read_text()
    beside.end_worker(second)
    beside.end(space)
    return bool(rows["total"])
