"""The tools as a real MCP client meets them, over HTTP; compare by gradio_client too."""

from __future__ import annotations

import asyncio
import json
import secrets
from collections.abc import Iterator
from typing import Any

import pytest
from fastapi import FastAPI
from gradio_client import Client
from mcp import ClientSession
from mcp.client.streamable_http import streamable_http_client

import app as composition
from leaderboard.board import mount_gradio
from leaderboard.record import Record
from leaderboard.settings import read_settings
from submissions.hub.facts import FixedFacts
from tests import builders
from tests.board.conftest import site_of
from tests.board.serving import serving, with_gradio

ONE, TWO = "Qwen/Qwen3-8B", "Qwen/Qwen3-32B"
CALLS: tuple[tuple[str, dict[str, Any]], ...] = (
    ("search", {"q": "qwen3-14b", "edition": "mlenergy-v3"}),
    ("rating", {"model": ONE, "task": "lm-arena-chat"}),
    ("compare", {"models": [ONE, TWO], "task": "lm-arena-chat", "hardware": "mlenergy-h100"}),
    ("compare", {"models": ["nobody/nothing"]}),
    ("right_size", {"task": "sentence-similarity", "edition": "aies-2025-02"}),
    ("submit", {"model": "org/model", "task": "sentence-similarity", "hardware": "cpu", "dry_run": True}),
    ("submit", {"model": "org/model", "task": "sentence-similarity", "hardware": "cpu"}),
    ("status", {"submission": "nothing-here"}),
)


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The whole Space as it is started where people sign in; nobody does."""
    folder = tmp_path_factory.mktemp("mcp") / "data"
    facts = builders.facts("org/model")
    with pytest.MonkeyPatch.context() as patch, Record.open(folder) as record:
        patch.setattr(composition, "ApiFacts", lambda *_: FixedFacts({facts.repo_id: facts}))
        settings = read_settings(
            {
                "STARWATT_DATA": str(folder),
                "STARWATT_ACCOUNTS": "hub",
                "STARWATT_SESSION_SECRET": secrets.token_hex(16),
                "OAUTH_CLIENT_ID": "a client",
                "OAUTH_CLIENT_SECRET": "its secret",
                "OPENID_PROVIDER_URL": "http://127.0.0.1:9",
            }
        )
        with serving(composition.create_app(settings, record)) as address:
            yield with_gradio(address)


async def _told(address: str) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """What the server lists, by name, and the answer to each of the calls."""
    async with (
        streamable_http_client(f"{address}/gradio_api/mcp/") as (reads, writes, _),
        ClientSession(reads, writes) as session,
    ):
        await session.initialize()
        listed = {tool.name: tool for tool in (await session.list_tools()).tools}
        answers = []
        for name, arguments in CALLS:
            result = await session.call_tool(name, arguments)
            answers.append(json.loads(result.content[0].text))  # type: ignore[union-attr]
        return listed, answers


def test_an_mcp_client_lists_and_calls_every_tool(address: str) -> None:
    listed, answers = asyncio.run(_told(address))
    assert set(listed) == {"search", "rating", "compare", "right_size", "submit", "status"}
    assert all(tool.description for tool in listed.values())
    assert listed["compare"].inputSchema["properties"]["models"]["type"] == "array"
    search, rating, compare, nothing, right_size, dry, submit, status = answers
    assert {item["model"] for item in search["items"]} == {"Qwen/Qwen3-14B"}
    assert {row["task"] for row in rating["ratings"]} == {"lm-arena-chat"}
    assert [item["model"] for item in compare["items"]] == [ONE, TWO]
    assert compare["place"]["hardware"] == "mlenergy-h100"
    energy = next(line for line in compare["lines"] if line["key"] == "energy")
    assert [cell["best"] for cell in energy["cells"]] == [True, False]
    assert nothing["error"]["code"] == "not_found"
    assert right_size["best"]["model"] == "avsolatorio/GIST-all-MiniLM-L6-v2"
    assert dry["refused"] is False
    assert submit["error"]["code"] == "sign_in_needed"
    assert status["error"]["code"] == "not_found"


@pytest.fixture(scope="module")
def client(published: Record) -> Iterator[Client]:
    app = FastAPI(docs_url=None, redoc_url=None)
    site_of(published).install(app)
    mount_gradio(app, published)
    with serving(app) as address:
        opened = Client(address, verbose=False)
        yield opened
        opened.close()


def test_a_gradio_client_compares(client: Client) -> None:
    def compare(models: Any, **place: str) -> dict[str, Any]:
        told: dict[str, Any] = json.loads(client.predict(models=models, **place, api_name="/compare"))
        return told

    asked = {"task": "lm-arena-chat", "hardware": "mlenergy-b200"}
    answer = compare([TWO, ONE, "nobody/nothing"], **asked)
    assert [item["model"] for item in answer["items"]] == [TWO, ONE]
    assert answer["missing"] == [{"model": "nobody/nothing", "known_elsewhere": False}]
    assert compare([], **asked)["error"]["code"] == "bad_input"
    assert compare([ONE], task="abacus")["error"]["code"] == "unknown_name"
    many = compare([ONE, *(f"org/model-{number}" for number in range(8))], **asked)
    assert (len(many["missing"]), len(many["left_out"])) == (5, 3)
