"""The form: asking for a model to be rated; and the same as JSON."""

from __future__ import annotations

from typing import Annotated, Any, get_args

from fastapi import APIRouter, Depends, Form, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from leaderboard import catalogue
from leaderboard.board.errors import retry_headers
from leaderboard.board.render import Pages
from leaderboard.domain import (
    BadInput,
    Precision,
    Refused,
    StarwattError,
    Status,
)
from leaderboard.record import Record
from submissions import intake
from submissions.accounts import Accounts, own_page
from submissions.accounts.seam import require
from submissions.keeper import Keeper
from submissions.policy import address_of

_WAIT_FOR_HUB_S = 5.0
"""What is safe by then is said to be so; what is not follows on the submission's page."""


def create_form(record: Record, desk: intake.Intake, pages: Pages, accounts: Accounts) -> APIRouter:
    """Route `/submit`."""
    router = APIRouter(include_in_schema=False)
    nothing: dict[str, Any] = {"error": None, "findings": (), "closed": accounts.closed}

    def form(request: Request, values: dict[str, str], status: int = 200, **context: Any) -> HTMLResponse:
        limits = desk.gate.shown(accounts.person(request), address_of(request))
        return pages.render(
            "submit.html",
            request,
            status,
            values=values,
            limits=limits,
            **_choices(),
            **{**nothing, **context},
        )

    @router.api_route("/submit", methods=["GET", "HEAD"])
    def show_form(request: Request) -> HTMLResponse:
        asked = {name: request.query_params.get(name, "")[:200] for name in _FIELDS}
        offered = {"reasoning": "off", "hardware": _hardware_at_hand(record)}
        return form(request, {name: value or offered.get(name, "") for name, value in asked.items()})

    @router.post("/submit", dependencies=[Depends(own_page(accounts))])
    def submit(
        request: Request,
        model: Annotated[str, Form()] = "",
        task: Annotated[str, Form()] = "",
        hardware: Annotated[str, Form()] = "",
        revision: Annotated[str, Form()] = "",
        precision: Annotated[str, Form()] = "",
        protocol: Annotated[str, Form()] = "offline-b1",
        reasoning: Annotated[str, Form()] = "off",
        note: Annotated[str, Form()] = "",
    ) -> Response:
        values = {
            "model": model.strip(),
            "task": task,
            "hardware": hardware,
            "revision": revision.strip(),
            "precision": precision,
            "protocol": protocol,
            "reasoning": reasoning,
            "note": note,
        }
        try:
            wanted = request_of({name: value for name, value in values.items() if value})
            submission = desk.submit(wanted, require(accounts, request), address=address_of(request))
        except StarwattError as error:
            findings = error.findings if isinstance(error, Refused) else ()
            headers = retry_headers(error)
            return form(request, values, error.http_status, error=error, findings=findings, headers=headers)
        return RedirectResponse(f"/submissions/{submission.id}", status_code=303)

    return router


def create_form_api(
    record: Record, desk: intake.Intake, accounts: Accounts, keeper: Keeper | None = None
) -> APIRouter:
    """Routes under `/api/v1`: asking, and looking before one asks (DESIGN §8).

    `keeper`: who knows when a submission is safe; None: it is as soon as the record has it.
    """
    router = APIRouter(prefix="/api/v1", tags=["submissions"])

    @router.post("/submissions", status_code=202, dependencies=[Depends(own_page(accounts))])
    def submit(request: Request, wanted: intake.Request) -> dict[str, str]:
        """Submit a model; refused with findings when a check fails."""
        submission = desk.submit(wanted, require(accounts, request), address=address_of(request))
        answer = {
            "id": submission.id,
            "status": record.status(submission.id).value,
            "url": f"/submissions/{submission.id}",
        }
        if keeper is not None and keeper.hub_first:
            answer["status"] = Status.RECEIVED.value
            answer["safe_in"] = "hub" if keeper.is_safe(_WAIT_FOR_HUB_S) else "disk"
        return answer

    @router.post("/submissions/preview", dependencies=[Depends(own_page(accounts))])
    def preview(request: intake.Request) -> dict[str, Any]:
        """What would be measured, for how long, and what each check says; nothing is queued."""
        seen = desk.preview(request)
        return {
            "plan": seen.plan.model_dump(mode="json"),
            "facts": seen.facts.model_dump(mode="json"),
            "findings": [finding.model_dump(mode="json") for finding in seen.findings],
            "expected_duration_s": seen.plan.expected_duration_s,
        }

    return router


_FIELDS = ("model", "task", "hardware", "revision", "precision", "protocol", "reasoning", "note")


def _choices() -> dict[str, Any]:
    return {
        "tasks": list(catalogue.tasks().values()),
        "hardware": list(catalogue.hardware_classes().values()),
        "protocols": [protocol for protocol in catalogue.protocols().values() if protocol.available],
        "precisions": get_args(Precision),
    }


def _hardware_at_hand(record: Record) -> str:
    """The class whose runner was heard from last, so that what is chosen first can be measured; or empty."""
    heard = record.workers()
    return heard[0].hardware[0] if heard else ""


def request_of(values: dict[str, str]) -> intake.Request:
    """Form or command-line values as a request.

    Raises:
        BadInput: a field is missing or too long; the message names it.
    """
    missing = [name for name in ("model", "task", "hardware") if not values.get(name)]
    if missing:
        raise BadInput(f"{missing[0].capitalize()} is missing.", "Fill it in and submit again.")
    try:
        return intake.Request.model_validate(values)
    except ValueError as error:
        field = str(error).splitlines()[1].strip()
        raise BadInput(f"{field} cannot be read.", "Choose one of the values the form offers.") from error
