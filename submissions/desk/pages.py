"""The desk for people: what there is to do at `/desk`, a small form for each act, the log of them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from leaderboard import catalogue
from leaderboard.board.render import Pages
from leaderboard.domain import Person, StarwattError
from leaderboard.record import Record
from leaderboard.record.workers import node_of
from submissions.desk import act_form as desk_form
from submissions.desk import act_forms as desk_forms
from submissions.desk import log as desk_log
from submissions.desk.acts import Desk
from submissions.desk.door import Door
from submissions.desk.log import By
from submissions.desk.view import overview
from submissions.pausing import nodes_without_work
from submissions.runner_tokens import RunnerToken
from submissions.shown_once import ShownOnce

_MAKE = "make-token"
_KEPT_NOWHERE = {"Cache-Control": "no-store"}


def create_desk_pages(record: Record, pages: Pages, desk: Desk, door: Door, lease_s: float) -> APIRouter:
    """Routes under `/desk`, for operators by account."""
    router = APIRouter(prefix="/desk", dependencies=[Depends(door.page)], include_in_schema=False)
    operator, once = Depends(door.page), ShownOnce[Any]()
    typed = Depends(_typed)

    def act_page(request: Request, name: str, status: int = 200, **context: Any) -> HTMLResponse:
        given: dict[str, Any] = {"form": desk_forms.form_of(name), "error": None, "choices": _choices(record)}
        return pages.render("desk_act.html", request, status, headers=_KEPT_NOWHERE, **{**given, **context})

    @router.api_route("", methods=["GET", "HEAD"])
    def show(request: Request) -> HTMLResponse:
        done = desk_forms.FORMS.get(request.query_params.get("done", ""))
        seen, to = overview(record, lease_s), request.query_params.get("to", "")
        # Out of the log and not out of the address, which anybody may have written.
        act = next((entry.act for entry in seen.log if to and entry.act.subject == to), None)
        return pages.render("desk.html", request, headers=_KEPT_NOWHERE, desk=seen, done=done, act=act)

    @router.api_route("/log", methods=["GET", "HEAD"])
    def log(request: Request) -> HTMLResponse:
        subject = request.query_params.get("subject", "").strip()[: desk_log.LONGEST_SUBJECT]
        found = desk_log.entries(record, subject or None)
        return pages.render("desk_log.html", request, headers=_KEPT_NOWHERE, subject=subject, entries=found)

    @router.api_route("/{name}", methods=["GET", "HEAD"])
    def form(request: Request, name: str, who: Person = operator, made: str = "") -> Response:
        if made and name == _MAKE and request.method == "GET":
            return _shown_once(pages, request, once.take(who.subject, made))
        # Only what it is done to: a reason is the operator's own, and no link fills it in.
        fields = [field.name for field in desk_forms.form_of(name).fields]
        given = {field: request.query_params.get(field, "") for field in fields}
        return act_page(request, name, values=_short(given))

    @router.post("/{name}", dependencies=[Depends(door.own_page)])
    def send(request: Request, name: str, who: Person = operator, values: dict[str, str] = typed) -> Response:
        form = desk_forms.form_of(name)
        try:
            done = desk_form.do(form, desk, values, By(who, values.get("reason", "")))
        except StarwattError as error:
            return act_page(request, name, error.http_status, values=values, error=error)
        if form.name == _MAKE:
            # Another address, so that a reload makes no other token; it shows this one once.
            return RedirectResponse(f"/desk/{_MAKE}?made={once.put(who.subject, done)}", status_code=303)
        to = values.get(form.fields[0].name, "") if form.fields else ""
        query = urlencode({"done": form.name, **({"to": to} if to else {})})
        return RedirectResponse(f"/desk?{query}", status_code=303)

    return router


def _shown_once(pages: Pages, request: Request, made: tuple[RunnerToken, str] | None) -> Response:
    if made is None:
        return RedirectResponse(f"/desk?done={_MAKE}#tokens", status_code=303)
    token, secret = made
    return pages.render("desk_token.html", request, headers=_KEPT_NOWHERE, token=token, secret=secret)


async def _typed(request: Request) -> dict[str, str]:
    """The fields of a form; files in it are left out."""
    async with request.form() as form:
        return _short({name: value for name, value in form.items() if isinstance(value, str)})


def _short(values: Mapping[str, str]) -> dict[str, str]:
    """Without blanks around them; a little longer than anything may be, so that too long is told as that."""
    return {name: value.strip()[: desk_form.LONGEST_VALUE + 1] for name, value in values.items()}


def _machines(record: Record) -> list[str]:
    """Every runner, then the nodes behind them that get no work."""
    nodes = [node_of(machine, node) for machine, held in nodes_without_work(record).items() for node in held]
    return [*(worker.worker for worker in record.workers()), *sorted(nodes)]


def _choices(record: Record) -> dict[str, list[tuple[str, str]]]:
    """Value and title of what is chosen from."""
    return {
        "hardware": [(one.id, one.title) for one in catalogue.hardware_classes().values()],
        "machines": [(name, name) for name in _machines(record)],
        "editions": [
            (edition.id, f"{edition.id} ({edition.status.value})")
            for edition in record.editions()
            if not edition.reference
        ],
    }
