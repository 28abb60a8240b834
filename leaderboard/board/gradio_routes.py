"""Which of Gradio's routes are open, and how it is mounted behind the site's own (DESIGN §5)."""

from __future__ import annotations

import re
from importlib.util import find_spec
from typing import Final

import gradio as gr
from fastapi import FastAPI
from starlette.routing import Mount
from starlette.types import ASGIApp, Receive, Scope, Send

from leaderboard.board.methods import Taken, not_here, taken_by

_QUEUE_LOOKS_S: Final = 0.02

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


class AllowList:
    """ASGI middleware round the mounted Gradio app: what is not on the list is not there (DESIGN §5)."""

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


def mount(app: FastAPI, blocks: gr.Blocks) -> None:
    """Put Gradio behind the site's own routes, which must all be there already: it takes every other path.

    Gradio's start and end become part of the app's lifespan.
    """
    taken = taken_by(app)
    gr.mount_gradio_app(
        app,
        blocks,
        path="/",
        ssr_mode=False,
        run_history=False,
        enable_monitoring=False,
        show_error=False,
        max_file_size="1kb",
        pwa=False,
        # Gradio's extra `mcp` brings the protocol; without it the rest works as it is.
        mcp_server=find_spec("mcp") is not None,
    )
    # Its queue looks for work a thousand times a second: 6 % of a core, on machines that may be measuring.
    blocks._queue.sleep_when_free = _QUEUE_LOOKS_S
    route = app.routes[-1]
    assert isinstance(route, Mount)
    route.app = AllowList(route.app, taken)
