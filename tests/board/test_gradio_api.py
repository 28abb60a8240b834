"""Gradio behind the site: gradio_client works, and nothing else of Gradio is there."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator

import httpx2
import pytest
from fastapi import FastAPI
from gradio_client import Client

from leaderboard.board import mount_gradio
from leaderboard.record import Record
from tests.board.conftest import site_of
from tests.board.serving import serving, with_gradio

CLOSED = (
    "/gradio_api/upload",
    "/gradio_api/upload_progress",
    "/gradio_api/file=/etc/passwd",
    "/file=/etc/passwd",
    "/gradio_api/proxy=http://127.0.0.1/",
    "/monitoring",
    "/monitoring/summary",
    "/docs",
    "/redoc",
    "/gradio_api/openapi.json",
    "/gradio_api/app_id",
    "/gradio_api/token",
    "/gradio_api/user",
    "/gradio_api/dev/reload",
    "/gradio_api/runs",
    "/gradio_api/startup-events",
    "/gradio_api/deep_link",
    "/login_check",
    "/theme.css",
    "/manifest.json",
    "/pwa_icon",
    "/assets/index.js",
    "/svelte/x",
    "/gradio_api/call/../upload",
    "/gradio_api/heartbeat/a/b",
    "/static/../../etc/passwd",
)


@pytest.fixture(scope="module")
def address(published: Record) -> Iterator[str]:
    """The site with Gradio mounted, on a free port."""
    app = FastAPI(docs_url=None, redoc_url=None)
    site_of(published).install(app)
    mount_gradio(app, published)
    with serving(app) as address:
        yield with_gradio(address)


@pytest.fixture(scope="module")
def client(address: str) -> Iterator[Client]:
    opened = Client(address, verbose=False)
    yield opened
    opened.close()


def test_a_gradio_client_searches(client: Client) -> None:
    answer = json.loads(client.predict(q="qwen3-14b", edition="mlenergy-v3", api_name="/search"))
    assert answer["total"] == 4
    assert {item["model"] for item in answer["items"]} == {"Qwen/Qwen3-14B"}
    energies = [item["energy_wh_per_1000"] for item in answer["items"]]
    assert energies == sorted(energies)


def test_a_search_keeps_to_the_edition_of_the_board(client: Client) -> None:
    answer = json.loads(client.predict(task="text-generation", limit=100, api_name="/search"))
    assert (answer["edition"], answer["total"]) == ("aies-2025-12", 22)
    assert {item["edition"] for item in answer["items"]} == {"aies-2025-12"}
    assert {"edition": "aies-2025-02", "rows": 40} in answer["other_editions"]
    older = json.loads(client.predict(q="bart-large", api_name="/search"))
    assert (older["edition"], older["other_editions"]) == ("aies-2025-02", [])
    assert older["total"] > 0


def test_a_gradio_client_asks_for_one_model(client: Client) -> None:
    answer = json.loads(client.predict("Qwen/Qwen3-14B", "gpqa", "", api_name="/rating"))
    assert {(row["task"], row["best"]) for row in answer["ratings"]} == {("gpqa", True)}


def test_a_gradio_client_asks_for_the_right_size(client: Client) -> None:
    need = {"task": "sentence-similarity", "edition": "aies-2025-02", "api_name": "/right_size"}
    answer = json.loads(client.predict(**need))
    assert answer["best"]["model"] == "avsolatorio/GIST-all-MiniLM-L6-v2"
    assert (answer["total"], len(answer["items"]), answer["need"]["reasoning"]) == (19, 19, "off")
    answer = json.loads(client.predict(quality_min="0.8", limit=2, **need))
    assert (answer["best"], answer["left_out"]["unknown"]) == (None, {"quality_min": 19})
    wrong = json.loads(client.predict(task="abacus", api_name="/right_size"))
    assert wrong["error"]["code"] == "unknown_name"
    assert "sentence-similarity" in wrong["error"]["known"]


def test_errors_come_back_in_words(client: Client) -> None:
    answer = json.loads(client.predict("nobody/nothing", api_name="/rating"))
    assert answer["error"]["code"] == "not_found"
    assert "remedy" in answer["error"]


def test_the_raw_call_works_without_a_client(address: str) -> None:
    answer = httpx2.post(f"{address}/gradio_api/run/search", json={"data": ["bart", "", "", "", 3]})
    assert len(json.loads(answer.json()["data"][0])["items"]) == 3


def test_our_own_pages_stand_in_front(address: str) -> None:
    page = httpx2.get(f"{address}/")
    assert "Which AI models save energy?" in page.text
    assert "gradio" not in page.text.lower()
    assert httpx2.head(f"{address}/").status_code == 200


@pytest.mark.parametrize("path", CLOSED)
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_the_rest_of_gradio_is_not_there(address: str, path: str, method: str) -> None:
    answer = httpx2.request(method, f"{address}{path}", content=b"x" if method == "POST" else None)
    assert answer.status_code in (404, 405), answer.text
    assert "content-security-policy" in answer.headers


def test_an_upload_writes_nothing(address: str) -> None:
    answer = httpx2.post(f"{address}/gradio_api/upload", files={"files": ("a.txt", b"hello")})
    assert (answer.status_code, answer.json()["error"]["code"]) == (404, "not_found")


@pytest.mark.parametrize("path", ["/config", "/gradio_api/info", "/gradio_api/queue/status"])
def test_no_route_reflects_an_origin(address: str, path: str) -> None:
    answer = httpx2.get(f"{address}{path}", headers={"Origin": "https://evil.example"})
    assert answer.status_code == 200
    assert answer.headers.get("access-control-allow-origin", "*") == "*"
    assert "access-control-allow-credentials" not in answer.headers


def test_a_preflight_opens_nothing(address: str) -> None:
    answer = httpx2.request(
        "OPTIONS",
        f"{address}/gradio_api/run/search",
        headers={"Origin": "https://evil.example", "Access-Control-Request-Method": "POST"},
    )
    assert not [name for name in answer.headers if name.startswith("access-control-")]


def test_importing_it_starts_nothing_and_calls_nobody() -> None:
    """No socket is opened and no thread is left by the import."""
    script = """
import socket, threading
def never(*_, **__): raise SystemExit("a connection was opened")
socket.socket.connect = never
import leaderboard.board.gradio_api
from gradio import analytics
assert not analytics.analytics_enabled()
alive = [thread.name for thread in threading.enumerate() if not thread.daemon]
assert alive == ["MainThread"], alive
"""
    subprocess.run([sys.executable, "-c", script], check=True, timeout=120)
