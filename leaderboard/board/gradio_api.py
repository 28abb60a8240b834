"""Gradio beside the pages: gradio_client, the queue and MCP.

Importing this module starts nothing. Analytics are off before Gradio is imported, so nobody is told
that it was.
"""

from __future__ import annotations

import asyncio
import os
from importlib.util import find_spec

os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"

import gradio as gr
from fastapi import FastAPI

from leaderboard.board.gradio_acting import Tools, acting
from leaderboard.board.gradio_reading import reading
from leaderboard.record import Record

__all__ = ["Tools", "create_blocks", "create_gradio"]

_AT_ONCE = 4
_QUEUE_LOOKS_S = 0.02


def create_blocks(record: Record, tools: Tools | None = None) -> gr.Blocks:
    """Functions for programs and assistants. They return JSON text: MCP would show Python otherwise.

    `tools`: what submits and follows; None leaves only what reads.
    """
    with gr.Blocks(mode="server", title="Starwatt", analytics_enabled=False) as blocks:
        for function in (*reading(record), *(acting(tools) if tools is not None else ())):
            gr.api(function, api_name=function.__name__, concurrency_limit=_AT_ONCE)
    return blocks


def create_gradio(record: Record, tools: Tools | None = None) -> FastAPI:
    """An app with nothing but Gradio in it; its lifespan is Gradio's. Call it where no loop is running."""

    async def build() -> FastAPI:
        app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None)
        _mount(app, create_blocks(record, tools))
        return app

    # Gradio makes locks while it is mounted: without a running loop it opens one for each and leaves it open.
    return asyncio.run(build())


def _mount(app: FastAPI, blocks: gr.Blocks) -> None:
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
