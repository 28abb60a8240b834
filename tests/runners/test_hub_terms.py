"""On what terms Hub jobs are placed: what is refused, and with which sentence."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from huggingface_hub import HfApi

from leaderboard import catalogue
from leaderboard.domain import BadInput, Forbidden, HubUnavailable, StarwattError
from runners.executors.hub_terms import flavor_of, read_terms
from tests.fakes.hub import Fault, LoopbackHub
from tests.runners.hub_jobs_scene import IMAGE, RUNNER_TOKEN

SPACE = "http://127.0.0.1:7860"


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LoopbackHub]:
    with LoopbackHub(tmp_path_factory.mktemp("hub")) as running:
        yield running


def terms_of(hub: LoopbackHub, token: str | None = None, **environ: str) -> Any:
    api = HfApi(endpoint=hub.endpoint, token=token or hub.write_token)
    return read_terms({"STARWATT_JOB_IMAGE": IMAGE, **environ}, SPACE, RUNNER_TOKEN, api)


def test_the_owner_of_the_token_has_the_jobs_unless_told(hub: LoopbackHub) -> None:
    assert terms_of(hub).namespace == "starwatt"
    assert terms_of(hub, STARWATT_JOB_NAMESPACE="rack").namespace == "rack"
    given = terms_of(hub, STARWATT_FETCH_TOKEN=hub.read_token, STARWATT_JOB_PRICE="0.4")
    assert (given.fetch_token, given.price_usd_per_hour) == (hub.read_token, 0.4)
    assert hub.read_token not in repr(given)


@pytest.mark.parametrize(
    ("environ", "kind", "words"),
    [
        ({"STARWATT_JOB_IMAGE": ""}, BadInput, "not an image by digest"),
        ({"STARWATT_JOB_IMAGE": "starwatt/runner:latest"}, BadInput, "not an image by digest"),
        ({"STARWATT_JOB_PRICE": "cheap"}, BadInput, "not a price"),
        ({"STARWATT_JOB_PRICE": "nan"}, BadInput, "not a price"),
        ({"STARWATT_JOB_PRICE": "0"}, BadInput, "not a price"),
        ({"STARWATT_FETCH_TOKEN": "hf_nobodys"}, Forbidden, "does not know the token in STARWATT_FETCH"),
    ],
)
def test_what_cannot_be(
    hub: LoopbackHub, environ: dict[str, str], kind: type[StarwattError], words: str
) -> None:
    with pytest.raises(kind, match=words):
        terms_of(hub, **environ)


def test_a_job_gets_no_token_that_writes(hub: LoopbackHub, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(Forbidden, match="is HF_TOKEN itself"):
        terms_of(hub, STARWATT_FETCH_TOKEN=hub.write_token)
    told: dict[str, Any] = {"role": "write"}

    def whoami(self: HfApi, token: str) -> dict[str, Any]:
        return {"name": "starwatt", "auth": {"accessToken": told}}

    monkeypatch.setattr(HfApi, "whoami", whoami)
    with pytest.raises(Forbidden, match="STARWATT_FETCH_TOKEN may write; a job would hold it"):
        terms_of(hub, STARWATT_FETCH_TOKEN="hf_another")
    told = {"role": "fineGrained", "fineGrained": {"scoped": [{"permissions": ["repo.write"]}]}}
    with pytest.raises(Forbidden, match=r"may write \(repo.write\)"):
        terms_of(hub, STARWATT_FETCH_TOKEN="hf_another")
    told["fineGrained"] = {
        "scoped": [{"permissions": ["repo.content.read"]}],
        "global": ["inference.serverless"],
    }
    assert terms_of(hub, STARWATT_FETCH_TOKEN="hf_another").fetch_token == "hf_another"
    # A Hub that does not tell.
    told = {}
    assert terms_of(hub, STARWATT_FETCH_TOKEN="hf_another").fetch_token == "hf_another"


def test_a_hub_that_cannot_be_asked(hub: LoopbackHub) -> None:
    hub.faults = lambda method, path, phase: Fault(503)
    try:
        with pytest.raises(HubUnavailable, match="whose HF_TOKEN"):
            terms_of(hub)
    finally:
        hub.faults = None


def test_a_space_that_a_job_cannot_reach_or_no_token() -> None:
    environ = {"STARWATT_JOB_IMAGE": IMAGE}
    public = "https://hub.example"
    with pytest.raises(BadInput, match="cannot reach a Space at"):
        read_terms(environ, SPACE, RUNNER_TOKEN, HfApi(endpoint=public, token="hf_some"))
    with pytest.raises(Forbidden, match="no token to run jobs"):
        read_terms(environ, "https://space.example", RUNNER_TOKEN, HfApi(endpoint=public))


def test_the_cost_is_said_or_said_to_be_unknown(hub: LoopbackHub) -> None:
    assert terms_of(hub, STARWATT_JOB_PRICE="0.4").cost("t4-small", 1800) == (
        "0.500 h of t4-small × 0.4 USD per hour = 0.2000 USD."
    )
    assert "the cost is not known" in terms_of(hub).cost("t4-small", 1800)
    assert "not known how long" in terms_of(hub, STARWATT_JOB_PRICE="0.4").cost("t4-small", None)


def test_no_class_has_a_machine_that_the_hub_does_not_rent() -> None:
    from huggingface_hub import JobHardware

    rented = {
        id: each.hub_job.flavor
        for id, each in catalogue.hardware_classes().items()
        if each.hub_job is not None
    }
    assert rented == {"cpu": "cpu-basic", "t4-16gb": "t4-small"}
    assert set(rented.values()) <= {each.value for each in JobHardware}
    assert flavor_of("t4-16gb") == "t4-small"
