"""Gradio in its place from the first moment, and made once the server runs.

It takes longer to import than all the rest of a start together. A Space that was killed answers for its
pages, its API and its runners meanwhile; who asks for Gradio's own addresses waits until it is there.
"""

from __future__ import annotations

import asyncio
import logging
import re
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from typing import Final

from fastapi import FastAPI
from starlette.types import ASGIApp, Receive, Scope, Send

from leaderboard.board.methods import Taken, not_here

_LOG = logging.getLogger("starwatt")

# What gradio_client, the queue and MCP call. Uploads, files, monitoring, docs, login and the rest stay shut.
_OPEN: Final = re.compile(
    r"/config/?"
    r"|/gradio_api/info/?"
    r"|/gradio_api/(?:call|call/v2|run)/\w+/?"
    r"|/gradio_api/call/\w+/\w+"
    r"|/gradio_api/queue/(?:join|data|status)"
    r"|/gradio_api/heartbeat/\w+"
    r"|/gradio_api/mcp(?:/(?:sse|schema|messages/?|http/?)?)?",
    re.ASCII,
)


_AFTER_S: Final = 1.0
"""How long the making waits unless somebody asks: what stands before the door is served first."""


class AllowList:
    """ASGI middleware round Gradio's app: what is not on the list is not there (DESIGN §5)."""

    def __init__(self, app: ASGIApp, taken: Taken = ()) -> None:
        """`taken`: the site's own routes, which come here when they are asked by a method they don't take."""
        self.app, self._taken = app, taken

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Raises HTTPException 404 or 405, which the site turns into its own page, for closed addresses."""
        if scope["type"] == "http" and not _OPEN.fullmatch(scope["path"]):
            raise not_here(self._taken, scope["path"])
        if scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 1000})
            return
        await self.app(scope, receive, send)


class Later:
    """An ASGI app that is made beside the first requests, and lives as long as the lifespan round it."""

    def __init__(self, make: Callable[[], FastAPI]) -> None:
        """`make`: makes the app; called in a thread of its own, because it takes seconds."""
        self._make = make
        self._coming: asyncio.Future[FastAPI] | None = None
        self._alone: FastAPI | None = None
        self._asked, self._begun = asyncio.Event(), False

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Waits for the app; raises what making it raised."""
        if self._coming is None:
            # Nobody runs a lifespan here, so the app does without its own too.
            if self._alone is None:
                self._alone = await asyncio.to_thread(self._make)
            await self._alone(scope, receive, send)
            return
        self._asked.set()
        # Shielded: a reader who leaves must not take it from the others.
        app = await asyncio.shield(self._coming)
        await app(scope, receive, send)

    @asynccontextmanager
    async def alive(self) -> AsyncIterator[None]:
        """While this is open the app is made, started, and at the end ended."""
        coming = self._coming = asyncio.get_running_loop().create_future()
        self._asked, self._begun, end = asyncio.Event(), False, asyncio.Event()

        # One task from start to end: what Gradio opens must be closed by the task that opened it.
        living = asyncio.create_task(self._live(coming, end))
        living.add_done_callback(lambda _: _tell(living, coming))
        try:
            yield
        finally:
            end.set()
            if not self._begun:
                living.cancel()
            await asyncio.wait({living})
            self._coming = None

    async def _live(self, coming: asyncio.Future[FastAPI], end: asyncio.Event) -> None:
        with suppress(TimeoutError):
            await asyncio.wait_for(self._asked.wait(), _AFTER_S)
        self._begun = True
        app = await asyncio.to_thread(self._make)
        async with app.router.lifespan_context(app):
            coming.set_result(app)
            await end.wait()


def _tell(living: asyncio.Task[None], coming: asyncio.Future[FastAPI]) -> None:
    """Those who wait are told when there is nothing to wait for any more."""
    if living.cancelled():
        coming.cancel()
        return
    error = living.exception()
    if error is not None and not coming.done():
        _LOG.error("Gradio did not start; the rest goes on without it", exc_info=error)
        coming.set_exception(error)
        # It was just said, and nobody has to have waited for it.
        coming.exception()
