"""Gradio beside the pages: gradio_client, the queue and MCP.

Importing this module starts nothing. Analytics are off before Gradio is imported, so nobody is told
that it was.
"""

from __future__ import annotations

import os

os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"

import gradio as gr

from leaderboard.board.gradio_acting import Tools, acting
from leaderboard.board.gradio_reading import reading
from leaderboard.board.gradio_routes import mount
from leaderboard.record import Record

__all__ = ["Tools", "create_blocks", "mount"]

_AT_ONCE = 4


def create_blocks(record: Record, tools: Tools | None = None) -> gr.Blocks:
    """Functions for programs and assistants. They return JSON text: MCP would show Python otherwise.

    `tools`: what submits and follows; None leaves only what reads.
    """
    with gr.Blocks(mode="server", title="Starwatt", analytics_enabled=False) as blocks:
        for function in (*reading(record), *(acting(tools) if tools is not None else ())):
            gr.api(function, api_name=function.__name__, concurrency_limit=_AT_ONCE)
    return blocks
