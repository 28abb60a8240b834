"""The form: asking for a model to be rated; checks while one types, and the cost before the button."""

from __future__ import annotations

import html
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from leaderboard import catalogue
from leaderboard.board.errors import retry_headers
from leaderboard.board.render import Pages
from leaderboard.domain import Finding, Refused, StarwattError, Task, check_repo_id
from leaderboard.record import Record
from submissions.accounts import Accounts, own_page
from submissions.accounts.seam import require
from submissions.form.fields import choices, far_enough, request_of, values_of
from submissions.form.suggestions import suggestions
from submissions.hub.facts import HubFacts
from submissions.intake import Intake, Preview
from submissions.policy import address_of

_MOST_FIELDS = 100


@dataclass(frozen=True)
class Look:
    """What can be said of a form as it stands."""

    seen: Preview | None = None
    error: StarwattError | None = None
    """Why there is nothing to see; None with nothing seen: too little was typed yet."""
    findings: tuple[Finding, ...] = ()
    fitting: tuple[Task, ...] = ()
    misnamed: StarwattError | None = None
    """Why what stands in the field of the model can be no model's name; said at the field."""


def create_form(record: Record, desk: Intake, pages: Pages, accounts: Accounts, hub: HubFacts) -> APIRouter:
    """Route `/submit`, the part of it that follows one's typing, and suggestions for its first field."""
    router = APIRouter(include_in_schema=False)

    def form(
        request: Request,
        values: dict[str, str],
        look: Look,
        *,
        status: int = 200,
        refused: bool = False,
        headers: Mapping[str, str] | None = None,
    ) -> HTMLResponse:
        person = accounts.person(request)
        return pages.render(
            "submit.html",
            request,
            status,
            values=values,
            look=look,
            refused=refused,
            closed=accounts.closed,
            stranger=person is None,
            orgs=person.orgs if person else (),
            limits=desk.gate.shown(person, address_of(request)),
            headers=headers,
            **choices(look.fitting),
        )

    @router.api_route("/submit", methods=["GET", "HEAD"])
    def show_form(request: Request) -> HTMLResponse:
        return form(request, values_of(request.query_params, record), Look())

    @router.get("/submit/models")
    def models(model: str = "") -> HTMLResponse:
        found = suggestions(record, hub, model)
        return HTMLResponse("".join(f'<option value="{html.escape(name)}"></option>' for name in found))

    @router.get("/submit/preview")
    def preview(request: Request) -> HTMLResponse:
        asked = request.query_params
        values, look = look_at(desk, values_of(asked, record))
        known = ",".join(task.id for task in look.fitting)
        return pages.render(
            "submit_preview.html",
            request,
            values=values,
            look=look,
            # The list of tasks is sent only when it changes, so that nobody loses a menu that is open.
            tasks_changed=known != asked.get("fits", ""),
            **choices(look.fitting),
        )

    @router.post("/submit/check", dependencies=[Depends(own_page(accounts))])
    def check(request: Request, asked: Annotated[dict[str, Any], Depends(_typed)]) -> HTMLResponse:
        values, look = look_at(desk, values_of(asked, record), whole=True)
        return form(request, values, look)

    @router.post("/submit", dependencies=[Depends(own_page(accounts))])
    def submit(request: Request, asked: Annotated[dict[str, Any], Depends(_typed)]) -> Response:
        values = values_of(asked)
        try:
            wanted, person = request_of(values), require(accounts, request)
            submission = desk.submit(wanted, person, address=address_of(request))
        except StarwattError as error:
            findings = error.findings if isinstance(error, Refused) else ()
            look = Look(error=error, findings=findings)
            return form(
                request, values, look, status=error.http_status, refused=True, headers=retry_headers(error)
            )
        return RedirectResponse(f"/submissions/{submission.id}", status_code=303)

    return router


def look_at(desk: Intake, values: dict[str, str], *, whole: bool = False) -> tuple[dict[str, str], Look]:
    """The form's values with what they lack filled in where it can be, and what can be said of them.

    `whole`: somebody asked for it, so that the beginning of a name is judged as a name.
    """
    misnamed = _misnamed(values["model"])
    if misnamed is not None or not values["model"]:
        return values, Look(misnamed=misnamed if whole or far_enough(values["model"]) else None)
    fitting: tuple[Task, ...] = ()
    try:
        fitting = tuple(desk.tasks_for(values["model"], values["revision"] or None))
        filled = {
            **values,
            "task": values["task"] or (fitting[0].id if fitting else ""),
            "hardware": values["hardware"] or next(iter(catalogue.hardware_classes())),
        }
        return filled, Look(seen=desk.preview(request_of(filled)), fitting=fitting)
    except StarwattError as error:
        findings = error.findings if isinstance(error, Refused) else ()
        return values, Look(error=error, findings=findings, fitting=fitting)


def _misnamed(text: str) -> StarwattError | None:
    try:
        if text:
            check_repo_id(text)
    except StarwattError as error:
        return error
    return None


async def _typed(request: Request) -> dict[str, Any]:
    """The fields of a form, which has no files."""
    async with request.form(max_files=0, max_fields=_MOST_FIELDS) as form:
        return dict(form)
