"""Gradio beside the pages: gradio_client, the queue and MCP, with every route that they don't need closed.

Importing this module starts nothing. Analytics are off before Gradio is imported, so nobody is told
that it was.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable, Mapping
from importlib.util import find_spec
from typing import Any, Final, Protocol

os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"

import gradio as gr
from fastapi import FastAPI
from starlette.routing import Mount
from starlette.types import ASGIApp, Receive, Scope, Send

from leaderboard.board.api import items
from leaderboard.board.asked_need import AskedNeed
from leaderboard.board.errors import error_body
from leaderboard.board.methods import Taken, not_here, taken_by
from leaderboard.board.model_pages import rows_of
from leaderboard.board.opening import Openings
from leaderboard.board.right_size_answer import answer_need, document
from leaderboard.board.view import ViewState
from leaderboard.domain import StarwattError
from leaderboard.record import Record

_MOST_FOUND: Final = 100
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


class Tools(Protocol):
    """What the tools that act do. The composition root hands it over: this room knows no submissions."""

    def submit(
        self, headers: Mapping[str, str], client: str | None, wanted: Mapping[str, str], dry_run: bool
    ) -> dict[str, Any]:
        """Submit as whoever the headers say. Raises StarwattError."""
        ...

    def status(self, submission_id: str) -> dict[str, Any]:
        """A submission. Raises StarwattError."""
        ...


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


def create_blocks(record: Record, tools: Tools | None = None) -> gr.Blocks:
    """Functions for programs and assistants. They return JSON text: MCP would show Python otherwise.

    `tools`: what submits and follows; None leaves only what reads.
    """

    def search(q: str = "", task: str = "", hardware: str = "", edition: str = "", limit: int = 20) -> str:
        """Search energy ratings of AI models, least energy first.

        Args:
            q: Part of a model's name on the Hub, for example qwen3; empty for every model.
            task: A task id such as text-generation or sentence-similarity; empty for every task.
            hardware: A hardware class id such as h100-sxm-80gb; empty for every one.
            edition: An edition id; empty for every public edition. Development editions must be named.
            limit: How many rows at most, 1 to 100.
        """
        pairs = {"q": q, "task": task, "hardware": hardware, "edition": edition}

        def rows() -> Any:
            state = ViewState.from_query(pairs.items())
            page = record.ratings(state.rating_query(limit=max(1, min(int(limit), _MOST_FOUND))))
            return {
                "total": page.total,
                "total_is_exact": page.total_is_exact,
                "items": items(record, page.items),
            }

        return _json(rows)

    def rating(model: str, task: str = "", hardware: str = "") -> str:
        """The energy ratings of one AI model: stars, Wh per 1,000 queries, and what they were compared with.

        Args:
            model: The model's id on the Hub, organisation/name.
            task: A task id, to narrow down; empty for every task.
            hardware: A hardware class id, to narrow down; empty for every one.
        """

        def rows() -> Any:
            found = [
                row
                for row in rows_of(record, model.strip())
                if row.best
                and not row.development
                and task.strip() in ("", row.task)
                and hardware.strip() in ("", row.hardware)
            ]
            return {"model": model.strip(), "ratings": items(record, found)}

        return _json(rows)

    openings = Openings(record)

    def right_size(
        task: str,
        hardware: str = "",
        edition: str = "",
        quality_min: str = "",
        memory_gb: str = "",
        latency_s: str = "",
        licence: str = "",
        reasoning: str = "off",
        unknown: str = "exclude",
        queries_per_day: str = "10000",
        limit: int = 20,
    ) -> str:
        """The most frugal AI model that does a job, then those that take more, with kWh a year of each.

        Reasoning is off unless asked for: on multiplies the energy of an answer.

        Args:
            task: A task id such as sentence-similarity or text-generation.
            hardware: A hardware class id such as h100-sxm-80gb; empty for the edition's own.
            edition: An edition id; empty for the newest with stars. Development editions must be named.
            quality_min: At least this good, in the task's own metric and by its direction; empty for any.
            memory_gb: What the weights may take, GB; empty for any.
            latency_s: Seconds a query may take; empty for any.
            licence: A licence id such as apache-2.0; empty for any.
            reasoning: off, on, low, medium, high or any.
            unknown: exclude leaves out, and counts, models that may not fit; include marks them.
            queries_per_day: The load that a year is made of.
            limit: How many models at most, 1 to 100.
        """
        pairs = {
            "task": task,
            "hardware": hardware,
            "edition": edition,
            "quality_min": quality_min,
            "memory_gb": memory_gb,
            "latency_s": latency_s,
            "licence": licence,
            "reasoning": reasoning,
            "unknown": unknown,
            "queries_per_day": queries_per_day,
        }

        def answer() -> Any:
            asked = AskedNeed.from_query((name, str(value)) for name, value in pairs.items())
            most = max(1, min(int(limit), _MOST_FOUND))
            return document(record, answer_need(record, openings, asked), most)

        return _json(answer)

    with gr.Blocks(mode="server", title="Starwatt", analytics_enabled=False) as blocks:
        gr.api(search, api_name="search", concurrency_limit=4)
        gr.api(rating, api_name="rating", concurrency_limit=4)
        if tools is not None:
            _add_tools(tools)
        gr.api(right_size, api_name="right_size", concurrency_limit=4)
    return blocks


def _add_tools(tools: Tools) -> None:
    """The functions that act, with what they are called by; inside the blocks they become part of."""

    def submit(
        request: gr.Request,
        model: str,
        task: str,
        hardware: str,
        revision: str = "",
        precision: str = "",
        protocol: str = "",
        reasoning: str = "",
        note: str = "",
        organisation: str = "",
        dry_run: bool = False,
    ) -> str:
        """Ask for an AI model to be measured and rated. Needs a personal token as `Authorization: Bearer`.

        Args:
            model: The model's id on the Hub, organisation/name.
            task: A task id such as text-generation or sentence-similarity.
            hardware: A hardware class id such as h100-sxm-80gb.
            revision: Branch, tag or commit; empty for the newest commit.
            precision: fp32, fp16, bf16, fp8, int8 or int4; empty for the hardware's default.
            protocol: A protocol id; empty for offline-b1.
            reasoning: off, on, low, medium or high; empty for off.
            note: A remark that is shown with the submission.
            organisation: An organisation of yours that it is for; empty for yourself.
            dry_run: True only says what each check finds and what it would cost; nothing is queued.
        """
        wanted = {
            "model": model,
            "task": task,
            "hardware": hardware,
            "revision": revision,
            "precision": precision,
            "protocol": protocol,
            "reasoning": reasoning,
            "note": note,
            "for": organisation,
        }
        stripped = {name: str(value or "").strip() for name, value in wanted.items()}
        client = request.client
        return _json(
            lambda: tools.submit(
                dict(request.headers), client.host if client else None, stripped, bool(dry_run)
            )
        )

    def status(submission: str) -> str:
        """Where a submission stands: its state in words, its place in the queue, all that happened to it.

        Args:
            submission: The id that submit answered, twelve characters.
        """
        return _json(lambda: tools.status(str(submission or "")))

    gr.api(submit, api_name="submit", concurrency_limit=4)
    gr.api(status, api_name="status", concurrency_limit=4)


def _json(make: Callable[[], Any]) -> str:
    """The answer as JSON; an error in the API's own shape, because a caller reads nothing else."""
    try:
        return json.dumps(make(), ensure_ascii=False, allow_nan=False)
    except StarwattError as error:
        return json.dumps(error_body(error), ensure_ascii=False)


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
