"""Nobody but an operator gets to the desk: every route that there is, for everybody else there may be."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest
from fastapi import APIRouter, FastAPI
from fastapi.routing import APIRoute
from starlette.routing import BaseRoute
from starlette.testclient import TestClient

from leaderboard.record import Record
from submissions.accounts import ReadOnly, SingleUser
from submissions.desk.act_forms import FORMS
from tests.submissions.desk.space import ADA, ADA_IS_HERE, People, bearer, desk_space

EXAMPLES = {
    "/hardware/{hardware}/{act}": ["/hardware/cpu/pause", "/hardware/cpu/resume"],
    "/machines/{machine}/{act}": ["/machines/m/drain", "/machines/m/undrain"],
    "/submissions/{submission_id}/{act}": ["/submissions/x/requeue", "/submissions/x/withdraw"],
    "/bundles/{submission_id}/{act}": ["/bundles/x/accept", "/bundles/x/reject"],
    "/desk/{name}": [f"/desk/{name}" for name in FORMS],
}
"""What a path with a choice in it stands for; every other part in braces may be anything."""


@pytest.fixture
def record(tmp_path: Path) -> Iterator[Record]:
    """Empty: what the doors ask is who comes, before they look at anything."""
    with Record.open(tmp_path / "data") as opened:
        yield opened


def routes_in(routes: Iterable[BaseRoute]) -> Iterator[APIRoute]:
    """Those of an app, and of the routers in it."""
    for route in routes:
        if isinstance(route, APIRoute):
            yield route
        elif isinstance(inner := getattr(route, "original_router", None), APIRouter):
            yield from routes_in(inner.routes)


def asked(client: TestClient) -> Iterator[tuple[str, str]]:
    """Method and address of every door of the desk."""
    assert isinstance(client.app, FastAPI)
    for route in routes_in(client.app.routes):
        if route.path.startswith(("/desk", "/api/v1/desk")):
            places = next((EXAMPLES[end] for end in EXAMPLES if route.path.endswith(end)), None)
            head = "" if route.path.startswith("/desk") else "/api/v1/desk"
            paths = [head + place for place in places] if places else [re.sub(r"\{\w+\}", "x", route.path)]
            yield from ((method, path) for path in paths for method in sorted(route.methods or ()))


def answers(client: TestClient, headers: dict[str, str]) -> dict[str, int]:
    got = {
        f"{method} {path}": client.request(method, path, headers=headers).status_code
        for method, path in asked(client)
    }
    assert len(got) > 50
    return got


def test_the_desk_has_the_doors_that_are_tried(record: Record) -> None:
    with desk_space(record) as client:
        doors = list(asked(client))
    assert ("POST", "/api/v1/desk/tokens/x/revoke") in doors
    assert ("POST", "/desk/freeze") in doors


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 401),
        ({"X-Who": "nobody"}, 401),
        ({"Authorization": "Bearer nonsense"}, 401),
        ({"X-Who": "bo"}, 403),
        ({"Authorization": "Bearer person-bo"}, 403),
    ],
    ids=["nobody", "a forged session", "a wrong token", "a stranger", "a stranger's token"],
)
def test_every_door_refuses_who_does_not_operate(
    record: Record, headers: dict[str, str], status: int
) -> None:
    with desk_space(record) as client:
        assert {door: code for door, code in answers(client, headers).items() if code != status} == {}
    assert record.acts() == []


@pytest.mark.parametrize("which", ["the Space's", "a machine's"])
def test_every_door_refuses_a_runners_token(record: Record, which: str) -> None:
    record.add_token("0123456789", "runner", "sw_runner_x", subject="m", body="{}")
    with desk_space(record) as client:
        headers = bearer(record, "runner")
        if which == "a machine's":
            headers = {"Authorization": "Bearer sw_runner_x"}
        got = answers(client, headers)
    assert {code for door, code in got.items() if "/api/" in door} == {403}
    assert {code for door, code in got.items() if "/api/" not in door} == {401}
    assert record.acts() == []


def test_where_nobody_can_sign_in_the_pages_are_shut_and_the_token_is_good(record: Record) -> None:
    with desk_space(record, ReadOnly()) as client:
        assert set(answers(client, {}).values()) == {403}
        assert client.get("/api/v1/desk/overview", headers=bearer(record, "operator")).status_code == 200


def test_in_single_user_mode_the_pages_are_open_and_the_api_takes_the_token(record: Record) -> None:
    with desk_space(record, SingleUser()) as client:
        assert client.get("/desk").status_code == 200
        wanted = {"hardware": "cpu", "reason": "Moving."}
        assert client.post("/desk/pause", data=wanted).status_code == 303
        assert [(act.actor, act.actor_name) for act in record.acts()] == [("local", "local")]
        for headers in ({}, {"Authorization": "Bearer no"}, bearer(record, "runner")):
            assert client.get("/api/v1/desk/acts", headers=headers).status_code == 403
            pause = "/api/v1/desk/hardware/cpu/pause"
            assert client.post(pause, headers=headers, json={"reason": "x"}).status_code == 403
        assert client.get("/api/v1/desk/acts", headers=bearer(record, "operator")).status_code == 200


@pytest.mark.parametrize("headers", [{"Origin": "https://evil.example"}, {"Sec-Fetch-Site": "cross-site"}])
def test_another_sites_page_does_nothing_and_reads_nothing(record: Record, headers: dict[str, str]) -> None:
    with desk_space(record) as client:
        everywhere = answers(client, {**ADA_IS_HERE, **headers})
    foreign = {door: code for door, code in everywhere.items() if "/api/" in door or door.startswith("POST")}
    assert set(foreign.values()) == {403}
    assert record.acts() == []


def test_a_form_that_was_not_made_for_the_session_does_nothing(record: Record) -> None:
    people = People()
    people.forged = True
    with desk_space(record, people) as client:
        everywhere = answers(client, ADA_IS_HERE)
    assert {code for door, code in everywhere.items() if door.startswith("POST")} == {403}
    assert record.acts() == []


def test_an_operators_own_token_is_good_for_the_api(record: Record) -> None:
    with desk_space(record) as client:
        headers = {"Authorization": "Bearer person-ada"}
        body = {"reason": "Moving.", "author": "somebody else"}
        assert client.post("/api/v1/desk/hardware/cpu/pause", headers=headers, json=body).status_code == 200
    (act,) = record.acts()
    assert (act.actor, act.actor_name) == (ADA.subject, ADA.name), "nobody speaks in another's name"


def test_the_operator_token_names_who_says_so(record: Record) -> None:
    with desk_space(record) as client:
        body = {"reason": "Moving.", "author": "the night shift"}
        answer = client.post("/api/v1/desk/hardware/cpu/pause", headers=bearer(record, "operator"), json=body)
        assert answer.status_code == 200
    (act,) = record.acts()
    assert (act.actor, act.actor_name) == ("token", "the night shift")


def test_what_the_whole_space_offers_at_the_desk_is_what_is_tried_here(
    record: Record, monkeypatch: pytest.MonkeyPatch
) -> None:
    import app as composition
    from leaderboard.settings import read_settings

    monkeypatch.setattr("leaderboard.board.mount_gradio", lambda *_: None)
    settings = read_settings({"STARWATT_DATA": str(record.folder)})
    whole = TestClient(composition.create_app(settings, record))
    with desk_space(record) as client:
        assert sorted(asked(whole)) == sorted(asked(client))
