"""Tools that act, for programs and assistants: submitting, and following what became of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Protocol

import gradio as gr

from leaderboard.board.gradio_answers import as_json


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


def acting(tools: Tools) -> list[Callable[..., str]]:
    """The functions that act; what they are called is what their tools are called."""

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
        return as_json(
            lambda: tools.submit(
                dict(request.headers), client.host if client else None, stripped, bool(dry_run)
            )
        )

    def status(submission: str) -> str:
        """Where a submission stands: its state in words, its place in the queue, all that happened to it.

        Args:
            submission: The id that submit answered, twelve characters.
        """
        return as_json(lambda: tools.status(str(submission or "")))

    return [submit, status]
