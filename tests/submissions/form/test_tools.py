"""Submitting and following by gradio_client and MCP: nobody gets in who could not by the API."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx2
import pytest
from gradio_client import Client
from starlette.requests import Request

import app as composition
from leaderboard import editions
from leaderboard.domain import Limits, Person, TooMany
from leaderboard.record import Record
from leaderboard.settings import read_settings
from submissions.form.tools import Tools
from submissions.hub.facts import FixedFacts
from submissions.intake import Intake
from submissions.limits import Addresses, Gate
from tests import builders
from tests.board.serving import serving, with_gradio
from tests.submissions.people import GOOD, Asking, adas_token


def by_name(request: Request) -> Person | None:
    """Each token is a person of its own."""
    name = request.headers["authorization"]
    return builders.person(name, subject=f"subject-{name}")


@pytest.fixture(scope="module")
def record(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Record]:
    with Record.open(tmp_path_factory.mktemp("tools") / "data") as opened:
        yield opened


@pytest.fixture(scope="module")
def address(record: Record) -> Iterator[str]:
    known = [builders.facts(f"org/model-{number}") for number in range(9)]
    hub = FixedFacts({facts.repo_id: facts for facts in known})
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(composition, "ApiFacts", lambda *_: hub)
        patch.setattr(composition, "accounts_of", lambda *_: adas_token(or_cookie=True))
        app = composition.create_app(read_settings({"STARWATT_DATA": str(record.folder)}), record)
        with serving(app) as address:
            yield with_gradio(address)


def wanted(model: str, *more: Any) -> list[Any]:
    """The tool's arguments in their order."""
    data: list[Any] = [model, "sentence-similarity", "cpu", "", "", "", "", "", "", False]
    return [*data[: len(data) - len(more)], *more]


def call(address: str, data: list[Any], headers: dict[str, str]) -> dict[str, Any]:
    """One raw call of `submit`, as gradio_client makes it."""
    answer = httpx2.post(f"{address}/gradio_api/run/submit", json={"data": data}, headers=headers, timeout=60)
    told: dict[str, Any] = json.loads(answer.json()["data"][0])
    return told


def tool(address: str, name: str, arguments: dict[str, Any], headers: dict[str, str]) -> dict[str, Any]:
    """One call of an MCP tool."""
    body = {
        "jsonrpc": "2.0",
        "id": 1,
        "method": "tools/call",
        "params": {"name": name, "arguments": arguments},
    }
    accept = {"Accept": "application/json, text/event-stream"}
    answer = httpx2.post(f"{address}/gradio_api/mcp/", json=body, headers={**accept, **headers}, timeout=60)
    result = json.loads(answer.text.split("data: ", 1)[1])["result"]
    told: dict[str, Any] = json.loads(result["content"][0]["text"])
    return told


def test_a_gradio_client_submits_and_follows(address: str, record: Record) -> None:
    client = Client(address, verbose=False, headers=GOOD)
    try:
        asked = {"model": "org/model-0", "task": "sentence-similarity", "hardware": "cpu"}
        seen = json.loads(client.predict(**asked, dry_run=True, api_name="/submit"))
        assert seen["refused"] is False
        assert seen["cost"]["duration_s"]["high"] > 0
        before = len(record.submissions())
        told = json.loads(client.predict(**asked, organisation="acme", api_name="/submit"))
        assert len(record.submissions()) == before + 1
        stands = json.loads(client.predict(told["id"], api_name="/status"))
        assert (stands["status"], stands["model"]) == ("queued", "org/model-0")
        again = json.loads(client.predict(**asked, api_name="/submit"))
        assert again["error"]["code"] == "refused"
        assert json.loads(client.predict("nothing", api_name="/status"))["error"]["code"] == "not_found"
    finally:
        client.close()
    submission = record.submission(told["id"])
    assert (submission.submitted_by, submission.owner) == ("subject-ada", "subject-acme")


def test_an_mcp_tool_submits_with_a_token_of_the_request(address: str, record: Record) -> None:
    asked = {"model": "org/model-1", "task": "sentence-similarity", "hardware": "cpu"}
    assert tool(address, "submit", asked, {})["error"]["code"] == "sign_in_needed"
    told = tool(address, "submit", asked, GOOD)
    assert told["status"] == "queued"
    assert record.submission(told["id"]).submitted_by == "subject-ada"
    assert tool(address, "status", {"submission": told["id"]}, {})["id"] == told["id"]


def test_calls_count_for_the_address_they_come_from(tmp_path: Path) -> None:
    hub = FixedFacts({f"org/m{number}": builders.facts(f"org/m{number}") for number in range(4)})
    with Record.open(tmp_path / "data") as record:
        editions.load_catalogue(record)
        intake = Intake(record, hub, gate=Gate(record, Limits(address_day=1)))
        tools = Tools(record, intake, Asking(by_name), addresses=Addresses(b"key", behind_proxy=False))

        def submit(number: int, client: str) -> None:
            asked = {"model": f"org/m{number}", "task": "sentence-similarity", "hardware": "cpu"}
            tools.submit({"Authorization": str(number), "host": "x"}, client, asked, False)

        submit(0, "192.0.2.1")
        with pytest.raises(TooMany, match="address"):
            submit(1, "192.0.2.1")
        submit(1, "192.0.2.2")
        # From this machine itself come everybody's MCP calls.
        submit(2, "127.0.0.1")
        submit(3, "127.0.0.1")


@pytest.mark.parametrize(
    ("headers", "code"),
    [
        ({}, "sign_in_needed"),
        ({"Authorization": "Bearer bad"}, "sign_in_needed"),
        ({"Cookie": "session=good"}, "sign_in_needed"),
        ({**GOOD, "Origin": "https://evil.example"}, "forbidden"),
        ({**GOOD, "Sec-Fetch-Site": "cross-site"}, "forbidden"),
    ],
)
def test_there_is_no_way_round_accounts(
    address: str, record: Record, headers: dict[str, str], code: str
) -> None:
    before = record.version
    assert call(address, wanted("org/model-2"), headers)["error"]["code"] == code
    asked = {"model": "org/model-2", "task": "sentence-similarity", "hardware": "cpu"}
    assert tool(address, "submit", asked, headers)["error"]["code"] == code
    assert record.version == before


def test_nobody_submits_for_another_organisation(address: str) -> None:
    assert call(address, wanted("org/model-2", "evil", False), GOOD)["error"]["code"] == "forbidden"


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (wanted(""), "bad_input"),
        (wanted("<script>"), "bad_input"),
        (wanted("org/nowhere"), "not_found"),
        ([None] * 10, "bad_input"),
        (["org/model-2", "poetry", "cpu", "", "", "", "", "", "", False], "unknown_name"),
        (["org/model-2", "reasoning", "cpu", "", "", "", "often", "", "", False], "bad_input"),
    ],
)
def test_bad_input_is_answered_in_words(address: str, record: Record, data: list[Any], code: str) -> None:
    before = record.version
    error = call(address, data, GOOD)["error"]
    assert error["code"] == code
    assert error["remedy"]
    assert record.version == before
