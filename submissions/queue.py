"""The queue: what runs, what waits and until when, and which runners are well; limits; and both as JSON."""

from __future__ import annotations

from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse

from leaderboard import catalogue
from leaderboard.board.render import Pages
from submissions.accounts import Accounts
from submissions.accounts.seam import require
from submissions.limits import Gate, Shown
from submissions.outlook import Outlook, Queue, Runner, Standing
from submissions.policy import address_of

ROWS = 50
"""Submissions on one page."""
MOST_ROWS = 1000
"""In one answer of the API."""


def create_queue(outlook: Outlook, pages: Pages, accounts: Accounts) -> APIRouter:
    """Route `/queue`."""
    router = APIRouter(include_in_schema=False)

    @router.api_route("/queue", methods=["GET", "HEAD"])
    def queue(request: Request, hardware: str = "", mine: bool = False, page: int = 1) -> HTMLResponse:
        seen = outlook.queue()
        rows = _chosen(seen, hardware, mine, accounts, request)
        return pages.render("queue.html", request, queue=seen, **_page(rows, hardware, mine, page))

    return router


def create_queue_api(outlook: Outlook, gate: Gate, accounts: Accounts) -> APIRouter:
    """Routes `/api/v1/queue` and `/api/v1/limits` (DESIGN §8)."""
    router = APIRouter(prefix="/api/v1", tags=["submissions"])

    @router.head("/queue", include_in_schema=False)
    @router.get("/queue")
    def queue(
        request: Request,
        hardware: Annotated[str, Query(max_length=64)] = "",
        mine: bool = False,
        page: Annotated[int, Query(ge=1, le=10_000)] = 1,
        limit: Annotated[int, Query(ge=1, le=MOST_ROWS)] = MOST_ROWS,
    ) -> dict[str, Any]:
        """What runs and what waits, in the order it will be claimed in each class; and the runners."""
        seen = outlook.queue()
        rows = _chosen(seen, hardware, mine, accounts, request)
        return {
            "total": len(rows),
            "page": page,
            "items": [_row_json(row) for row in rows[(page - 1) * limit : page * limit]],
            "runners": [_runner_json(runner) for runner in seen.runners],
            "paused": dict(seen.paused),
            "at": seen.at.isoformat(),
        }

    @router.head("/limits", include_in_schema=False)
    @router.get("/limits")
    def limits(request: Request) -> dict[str, Any]:
        """Your limits, how far each is used, and when the next place is free again."""
        person = accounts.person(request)
        return {
            "person": None if person is None else person.name,
            "items": [_limit_json(shown) for shown in gate.shown(person, address_of(request))],
            "bundles": [_limit_json(shown) for shown in gate.shown(person, address_of(request), bundle=True)],
        }

    return router


def _chosen(
    seen: Queue, hardware: str, mine: bool, accounts: Accounts, request: Request
) -> tuple[Standing, ...]:
    rows = seen.rows
    if hardware:
        known = catalogue.hardware(hardware).id
        rows = tuple(row for row in rows if row.row.hardware == known)
    if mine:
        person = require(accounts, request)
        rows = tuple(
            row for row in rows if row.row.person == person.subject or person.speaks_for(row.row.owner)
        )
    return rows


def _page(rows: tuple[Standing, ...], hardware: str, mine: bool, page: int) -> dict[str, Any]:
    pages = max(-(-len(rows) // ROWS), 1)
    page = min(max(page, 1), pages)

    def address(number: int = 1, **changed: Any) -> str:
        wanted = {"hardware": hardware, "mine": "1" if mine else "", **changed}
        query = urlencode({name: value for name, value in wanted.items() if value})
        more = f"page={number}" if number > 1 else ""
        query = "&".join(filter(None, (query, more)))
        return f"/queue?{query}" if query else "/queue"

    return {
        "rows": rows[(page - 1) * ROWS : page * ROWS],
        "total": len(rows),
        "first": (page - 1) * ROWS + 1,
        "hardware": hardware,
        "mine": mine,
        "here": address(page),
        "all_hardware": address(hardware=""),
        "classes": {id: address(hardware=id) for id in catalogue.hardware_classes()},
        "everybody": address(mine=""),
        "only_mine": address(mine="1"),
        "before": address(page - 1) if page > 1 else None,
        "after": address(page + 1) if page < pages else None,
    }


def _row_json(standing: Standing) -> dict[str, Any]:
    row = standing.row
    return {
        "place": row.place,
        "id": row.id,
        "status": row.status.value,
        "model": row.model,
        "task": row.task,
        "hardware": row.hardware,
        "protocol": row.protocol,
        "submitted_at": row.submitted_at.isoformat(),
        "attempt": row.attempt,
        "worker": row.worker,
        "progress": row.progress.model_dump(mode="json") if row.progress else None,
        "heartbeat_age_s": standing.heartbeat_s,
        "stale": standing.stale,
        "expected_duration_s": standing.expected_s,
        "expected_from": "history" if standing.from_history else "plan",
        "begins_at": standing.begins_at.isoformat() if standing.begins_at else None,
        "ends_at": standing.ends_at.isoformat() if standing.ends_at else None,
        "held": standing.held or None,
    }


def _runner_json(runner: Runner) -> dict[str, Any]:
    return {
        "machine": runner.machine,
        "hardware": list(runner.hardware),
        "last_seen": runner.last_seen.isoformat(),
        "silent": runner.silent,
        "draining": runner.draining,
        "nodes_without_work": dict(runner.nodes),
        "runs": runner.runs.id if runner.runs else None,
    }


def _limit_json(shown: Shown) -> dict[str, Any]:
    return {"whose": shown.whose, **shown.use.model_dump(mode="json")}
