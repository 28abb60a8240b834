"""The server itself: two routes of the OpenAI API over loopback or a Unix socket, and ways to misbehave."""

from __future__ import annotations

import asyncio
import itertools
import json
import socket
import threading
import time
from collections.abc import AsyncIterator, Callable
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any, Self

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from tests.fakes.serving.batching import Batcher, Sequence
from tests.fakes.serving.engines import Engine

LONGEST_START_S = 120


@dataclass
class Habits:
    """How it behaves; as it should unless told otherwise. `every`: which requests, 1 for all of them."""

    every: int = 1
    closes_after: int | None = None
    """Tokens after which it drops the connection."""
    stalls_after: int | None = None
    """Tokens after which nothing more comes."""
    tells_usage: bool = True
    miscounts_by: int = 0
    """Tokens more than it wrote."""
    answers_html: bool = False
    tokens_a_piece: int = 1
    counts_as_it_goes: bool = False
    """Whether every piece says how many tokens there are by now."""


class Serving:
    """A server for as long as the context is open."""

    def __init__(
        self,
        engine: Engine,
        at_once: int,
        *,
        model: str = "tests/model",
        habits: Habits | None = None,
        batch_changed: Callable[[int], object] = lambda _: None,
        uds: str | None = None,
    ) -> None:
        self.batcher = Batcher(engine, at_once, batch_changed)
        self.habits = habits or Habits()
        self.asked: list[dict[str, Any]] = []
        """The body of every request."""
        self._engine, self._model, self._uds = engine, model, uds
        self._numbers = itertools.count(1)
        self._stack = ExitStack()
        app = Starlette(
            routes=[
                Route("/v1/models", self._models),
                Route("/v1/completions", self._completions, methods=["POST"]),
                Route("/v1/chat/completions", self._completions, methods=["POST"]),
            ]
        )
        config = uvicorn.Config(
            app, log_level="critical", lifespan="off", uds=uds, timeout_graceful_shutdown=1, backlog=4096
        )
        self._server = uvicorn.Server(config)

    async def _models(self, request: Request) -> Response:
        if self.habits.answers_html:
            return HTMLResponse("<html><body>Welcome to nginx!</body></html>")
        return JSONResponse({"object": "list", "data": [{"id": self._model, "object": "model"}]})

    async def _completions(self, request: Request) -> Response:
        body = await request.json()
        self.asked.append(body)
        misbehaves = next(self._numbers) % self.habits.every == 0
        habits = self.habits if misbehaves else Habits()
        if habits.answers_html:
            return HTMLResponse("<html><body>Welcome to nginx!</body></html>")
        chat = request.url.path.endswith("/chat/completions")
        text = " ".join(one["content"] for one in body["messages"]) if chat else body["prompt"]
        prompt = self._engine.encode(text)
        tokens: asyncio.Queue[tuple[int, bool]] = asyncio.Queue()
        loop = asyncio.get_running_loop()
        self.batcher.add(
            Sequence(
                tokens=prompt,
                most=int(body["max_tokens"]),
                to_the_end=bool(body.get("ignore_eos")),
                told=lambda token, last: loop.call_soon_threadsafe(tokens.put_nowait, (token, last)),
            )
        )
        stream = _Stream(self._engine, habits, chat, len(prompt), body)
        return StreamingResponse(stream.events(tokens), media_type="text/event-stream")

    @property
    def url(self) -> str:
        """Where it is: http://host:port, or the path of its socket."""
        return self._uds or f"http://127.0.0.1:{self._port}"

    def __enter__(self) -> Self:
        self._stack.enter_context(self.batcher)
        sockets = None
        if self._uds is None:
            listening = socket.create_server(("127.0.0.1", 0), backlog=4096)
            self._stack.callback(listening.close)
            self._port, sockets = listening.getsockname()[1], [listening]
        thread = threading.Thread(
            target=self._server.run, kwargs={"sockets": sockets}, name="serving", daemon=True
        )
        thread.start()
        until_s = time.monotonic() + LONGEST_START_S
        while not self._server.started and thread.is_alive() and time.monotonic() < until_s:
            time.sleep(0.01)
        self._thread = thread
        return self

    def serve(self) -> None:
        """In this thread, until it is told to end."""
        with self.batcher:
            self._server.run()

    def __exit__(self, *told: object) -> None:
        self._server.should_exit = True
        self._thread.join()
        self._stack.close()


class _Stream:
    """One answer as server-sent events."""

    def __init__(self, engine: Engine, habits: Habits, chat: bool, prompt: int, body: dict[str, Any]) -> None:
        self._engine, self._habits, self._chat, self._prompt = engine, habits, chat, prompt
        self._usage = bool((body.get("stream_options") or {}).get("include_usage")) and habits.tells_usage

    async def events(self, tokens: asyncio.Queue[tuple[int, bool]]) -> AsyncIterator[bytes]:
        habits, held, last = self._habits, [], False
        written = 0
        while not last:
            token, last = await tokens.get()
            written += 1
            held.append(self._engine.decode(token))
            if habits.closes_after is not None and written > habits.closes_after:
                raise ConnectionResetError("told to close")
            if habits.stalls_after is not None and written > habits.stalls_after:
                await asyncio.sleep(3600)
            if last or len(held) >= habits.tokens_a_piece:
                yield self._event("".join(held), written, "length" if last else None)
                held = []
        if self._usage:
            yield _data({"choices": [], "usage": self._counted(written)})
        yield b"data: [DONE]\n\n"

    def _event(self, text: str, written: int, finish: str | None) -> bytes:
        said: dict[str, Any] = {"delta": {"content": text}} if self._chat else {"text": text}
        event: dict[str, Any] = {"choices": [{"index": 0, "finish_reason": finish, **said}]}
        if self._habits.counts_as_it_goes:
            event["usage"] = self._counted(written)
        return _data(event)

    def _counted(self, written: int) -> dict[str, int]:
        told = written + self._habits.miscounts_by
        return {"prompt_tokens": self._prompt, "completion_tokens": told, "total_tokens": self._prompt + told}


def _data(event: dict[str, Any]) -> bytes:
    return b"data: " + json.dumps(event).encode() + b"\n\n"
