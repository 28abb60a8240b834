"""The queue: what runs, what waits, and which runners are there; and the same as JSON."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from leaderboard.board.render import Pages
from leaderboard.record import Record, SubmissionRow


def create_queue(record: Record, pages: Pages) -> APIRouter:
    """Route `/queue`."""
    router = APIRouter(include_in_schema=False)

    @router.api_route("/queue", methods=["GET", "HEAD"])
    def queue(request: Request) -> HTMLResponse:
        return pages.render("queue.html", request, rows=record.queue(), workers=record.workers())

    return router


def create_queue_api(record: Record) -> APIRouter:
    """Route `/api/v1/queue` (DESIGN §8)."""
    router = APIRouter(prefix="/api/v1", tags=["submissions"])

    @router.head("/queue", include_in_schema=False)
    @router.get("/queue")
    def queue() -> dict[str, Any]:
        """What waits and what runs, and which runners were heard from."""
        return {
            "items": [_row_json(place, row) for place, row in enumerate(record.queue(), start=1)],
            "runners": [
                {"machine": machine, "hardware": list(hardware), "last_seen": seen.isoformat()}
                for machine, hardware, seen in record.workers()
            ],
        }

    return router


def _row_json(place: int, row: SubmissionRow) -> dict[str, Any]:
    plan = row.submission.plan
    return {
        "place": place,
        "id": row.submission.id,
        "status": row.status.value,
        "model": plan.model.repo_id,
        "task": plan.task,
        "hardware": plan.hardware,
        "attempt": row.attempt,
        "worker": row.worker,
        "progress": row.progress.model_dump(mode="json") if row.progress else None,
    }
