"""Gradio is made beside the first requests: who asks for it waits, and nobody else does."""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient

from leaderboard.board.gradio_later import AllowList, Later

PATIENCE_S = 60


class Made:
    """An app in Gradio's place, and what became of it."""

    def __init__(self) -> None:
        self.told: list[str] = []
        self.may_be_made = threading.Event()

    def make(self) -> FastAPI:
        assert self.may_be_made.wait(PATIENCE_S)
        self.told.append("made")

        @asynccontextmanager
        async def lifespan(_: FastAPI) -> AsyncIterator[None]:
            self.told.append("started")
            yield
            self.told.append("ended")

        app = FastAPI(lifespan=lifespan)
        app.get("/config")(lambda: "config")
        return app


def site(make: Callable[[], FastAPI]) -> FastAPI:
    later = Later(make)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        async with later.alive():
            yield

    app = FastAPI(lifespan=lifespan)
    app.get("/page")(lambda: "page")
    app.mount("/", AllowList(later))
    return app


def test_who_asks_waits_and_pages_do_not() -> None:
    made = Made()
    with TestClient(site(made.make)) as client:
        answers: list[str] = []
        asking = threading.Thread(target=lambda: answers.append(client.get("/config").json()))
        asking.start()
        assert client.get("/page").json() == "page"
        assert client.get("/upload").status_code == 404
        assert (made.told, answers) == ([], [])
        made.may_be_made.set()
        asking.join(PATIENCE_S)
        assert answers == ["config"]
        assert client.get("/config").json() == "config"
    assert made.told == ["made", "started", "ended"]


def test_a_space_that_ends_at_once_makes_nothing() -> None:
    made = Made()
    with TestClient(site(made.make)) as client:
        assert client.get("/page").json() == "page"
    assert made.told == []


def test_a_reader_who_leaves_takes_it_from_nobody() -> None:
    made = Made()
    later = Later(made.make)

    async def ask() -> list[str]:
        heard: list[str] = []

        async def send(message: object) -> None:
            heard.append("answered")

        async def receive() -> dict[str, object]:
            return {"type": "http.request", "body": b"", "more_body": False}

        scope = {"type": "http", "method": "GET", "path": "/config", "headers": [], "query_string": b""}
        async with later.alive():
            first = asyncio.create_task(later(dict(scope), receive, send))
            await asyncio.sleep(0)
            first.cancel()
            await asyncio.wait({first})
            made.may_be_made.set()
            await later(dict(scope), receive, send)
        return heard

    assert asyncio.run(ask())
    assert made.told == ["made", "started", "ended"]


def test_without_a_lifespan_it_is_made_once() -> None:
    made = Made()
    made.may_be_made.set()
    client = TestClient(site(made.make))
    assert [client.get("/config").json() for _ in range(2)] == ["config"] * 2
    assert made.told == ["made"]


def test_where_it_does_not_start_the_pages_go_on(caplog: pytest.LogCaptureFixture) -> None:
    def make() -> FastAPI:
        raise RuntimeError("no such library")

    with (
        caplog.at_level(logging.ERROR),
        TestClient(site(make), raise_server_exceptions=False) as client,
    ):
        assert client.get("/config").status_code == 500
        assert client.get("/page").json() == "page"
    assert "Gradio did not start" in caplog.text
