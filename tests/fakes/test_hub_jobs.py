"""The loopback Hub's jobs, through the real client: they run, are found by label, and end with it."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from huggingface_hub import HfApi
from huggingface_hub.errors import HfHubHTTPError

from tests.fakes.hub import LoopbackHub, routes_jobs

IMAGE = "python:3.12"


@pytest.fixture
def hub(tmp_path: Path) -> Iterator[LoopbackHub]:
    with LoopbackHub(tmp_path / "hub") as running:
        yield running


@pytest.fixture
def api(hub: LoopbackHub) -> HfApi:
    return HfApi(endpoint=hub.endpoint, token=hub.write_token)


def test_a_job_runs_with_what_it_was_told_and_nothing_else(
    api: HfApi, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OF_THE_HUB", "of the hub")
    script = "import os; print(os.environ['A'], os.environ['B'], os.environ.get('OF_THE_HUB'))"
    job = api.run_job(
        image=IMAGE, command=["python", "-c", script], env={"A": "open"}, secrets={"B": "hidden"}
    )
    assert list(api.fetch_job_logs(job_id=job.id, follow=True)) == ["open hidden None"]
    done = api.wait_for_job(job_id=job.id, poll_interval=0.05)
    assert (done.status.stage, done.docker_image, done.flavor) == ("COMPLETED", IMAGE, "cpu-basic")
    assert done.secrets is not None and "hidden" not in str(done.secrets)
    assert done.durations is not None and done.durations.running_secs is not None


def test_a_command_that_fails_or_is_not_there(api: HfApi) -> None:
    for command, said in ((["sh", "-c", "exit 3"], "exit code: 3"), (["no-such-program"], "failed to start")):
        job = api.run_job(image=IMAGE, command=command)
        done = api.wait_for_job(job_id=job.id, poll_interval=0.05)
        assert done.status.stage == "ERROR" and said in str(done.status.message)


def test_jobs_are_found_by_label_and_stage_over_pages(
    hub: LoopbackHub, api: HfApi, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(routes_jobs, "PAGE", 2)
    hub.jobs.machines.clear()
    for number in range(5):
        api.run_job(image=IMAGE, command=["true"], labels={"n": str(number), "kind": "a"})
    told = {"namespace": "starwatt", "labels": {"kind": "a"}}
    assert [job.labels["n"] for job in api.list_jobs(**told)] == ["4", "3", "2", "1", "0"]  # type: ignore[arg-type, index]
    (one,) = api.list_jobs(namespace="starwatt", labels={"kind": "a", "n": "3"})
    assert one.status.stage == "SCHEDULING"
    api.cancel_job(job_id=one.id)
    (cancelled,) = api.list_jobs(namespace="starwatt", status="CANCELED")
    assert cancelled.id == one.id


def test_the_same_request_again_makes_another(api: HfApi) -> None:
    first, second = (api.run_job(image=IMAGE, command=["true"], labels={"n": "1"}) for _ in range(2))
    assert first.id != second.id


def test_what_is_refused(hub: LoopbackHub, api: HfApi) -> None:
    reader = HfApi(endpoint=hub.endpoint, token=hub.read_token)
    for who, namespace, status in ((reader, "reader", 403), (reader, "starwatt", 403), (api, "another", 403)):
        with pytest.raises(HfHubHTTPError) as refused:
            who.run_job(image=IMAGE, command=["true"], namespace=namespace)
        assert refused.value.response.status_code == status
    with pytest.raises(HfHubHTTPError, match="is no label"):
        api.run_job(image=IMAGE, command=["true"], labels={"run": "a/b"})
    with pytest.raises(HfHubHTTPError):
        api.inspect_job(job_id="0" * 24)


def test_jobs_end_with_the_hub(tmp_path: Path) -> None:
    with LoopbackHub(tmp_path / "hub") as hub:
        api = HfApi(endpoint=hub.endpoint, token=hub.write_token)
        api.run_job(image=IMAGE, command=["sleep", "600"])
        (job,) = hub.jobs.all()
        while job.process is None:
            threading.Event().wait(0.02)
    assert job.process.poll() is not None
    assert job.stage == "CANCELED"
