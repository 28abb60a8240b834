"""The page and the doors for bundles: a nonce is asked for, a bundle handed in."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from fastapi import APIRouter, Depends, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from starlette.datastructures import FormData, UploadFile

from leaderboard import catalogue
from leaderboard.board.render import Pages
from leaderboard.domain import BadInput, HardwareClass, Person, Refused, StarwattError, Status, Submission
from leaderboard.judging.bundle import MOST_BUNDLE_BYTES
from leaderboard.record import Record
from submissions.accounts import Accounts, own_page
from submissions.accounts.seam import require
from submissions.attested import nonces
from submissions.attested.taking import incoming, take
from submissions.attested.terms import TERMS, accepted
from submissions.limits import Gate
from submissions.policy import address_of

_UNSEEN = {"Cache-Control": "no-store"}
"""A page that shows a nonce is kept by nobody."""
_FIELDS: dict[str, Any] = {
    "bundle": {"type": "string", "contentMediaType": "application/zip", "format": "binary"},
    **{name: {"type": "boolean"} for name in TERMS},
}
_DOCUMENTED = {
    "requestBody": {
        "required": True,
        "content": {
            "multipart/form-data": {
                "schema": {"type": "object", "properties": _FIELDS, "required": list(_FIELDS)}
            }
        },
    }
}


def create_attested(record: Record, pages: Pages, accounts: Accounts, gate: Gate) -> APIRouter:
    """Routes under `/submit/attested`."""
    router = APIRouter(include_in_schema=False)
    guards = _guards(accounts)

    def page(request: Request, status: int = 200, **context: Any) -> HTMLResponse:
        person = accounts.person(request)
        shown: dict[str, Any] = {
            **_CONSTANTS,
            "hardware": _gpus(),
            "person": person,
            "given": None,
            "error": None,
            "findings": (),
            "accepted": (),
            "closed": accounts.closed,
            "limits": gate.shown(person, address_of(request), bundle=True),
            "open_nonces": nonces.open_of(record, person) if person else 0,
            **context,
        }
        return pages.render("attested.html", request, status, headers=_UNSEEN, **shown)

    @router.api_route("/submit/attested", methods=["GET", "HEAD"])
    def show(request: Request) -> HTMLResponse:
        return page(request)

    @router.post("/submit/attested/nonce", dependencies=guards)
    def ask(request: Request) -> HTMLResponse:
        try:
            given = nonces.give(record, require(accounts, request))
        except StarwattError as error:
            return page(request, error.http_status, error=error)
        return page(request, given=given)

    @router.post("/submit/attested", dependencies=guards)
    async def hand_in(request: Request) -> Response:
        async with request.form(max_files=1, max_fields=20) as form:
            return await run_in_threadpool(answer, request, form)

    def answer(request: Request, form: FormData) -> Response:
        try:
            submission = _hand_in(record, gate, form, require(accounts, request), address_of(request))
        except StarwattError as error:
            findings = error.findings if isinstance(error, Refused) else ()
            kept = tuple(name for name in TERMS if form.get(name))
            return page(request, error.http_status, error=error, findings=findings, accepted=kept)
        return RedirectResponse(f"/submissions/{submission.id}", status_code=303)

    return router


def create_attested_api(record: Record, accounts: Accounts, gate: Gate) -> APIRouter:
    """Routes under `/api/v1/attested`."""
    router = APIRouter(prefix="/api/v1/attested", tags=["submissions"])
    guards = _guards(accounts)

    @router.post("/nonces", status_code=201, dependencies=guards)
    def ask(request: Request) -> dict[str, str]:
        """Ask for a single-use nonce, to plan a run of a closed model with; it is told once."""
        given = nonces.give(record, require(accounts, request))
        return {"nonce": given.nonce, "until": given.until.isoformat()}

    @router.post("", status_code=202, dependencies=guards, openapi_extra=_DOCUMENTED)
    async def hand_in(request: Request) -> dict[str, str]:
        """Hand in a bundle with the three terms accepted; refused with findings when a check fails."""
        async with request.form(max_files=1, max_fields=20) as form:
            person = await run_in_threadpool(require, accounts, request)
            submission = await run_in_threadpool(_hand_in, record, gate, form, person, address_of(request))
        url = f"/submissions/{submission.id}"
        return {"id": submission.id, "status": Status.RECEIVED.value, "url": url}

    return router


def _guards(accounts: Accounts) -> list[Any]:
    """Who asks is known before a byte of a bundle is read."""

    def signed_in(request: Request) -> None:
        require(accounts, request)

    return [Depends(signed_in), Depends(own_page(accounts))]


def _hand_in(record: Record, gate: Gate, form: FormData, person: Person, address: str) -> Submission:
    terms = accepted({name: form.get(name) or "" for name in TERMS})
    sent = form.get("bundle")
    if not isinstance(sent, UploadFile) or not sent.size:
        raise BadInput("No bundle came.", "Send the file that `runners bundle` wrote as the field `bundle`.")
    with _on_disk(record, sent) as path:
        return take(record, path, person, terms, address=address, gate=gate)


@contextmanager
def _on_disk(record: Record, sent: UploadFile) -> Iterator[Path]:
    """The upload as a file, gone afterwards; its size was capped before it was read."""
    with tempfile.NamedTemporaryFile(prefix="bundle-", suffix=".zip", dir=incoming(record)) as file:
        shutil.copyfileobj(sent.file, file)
        file.flush()
        yield Path(file.name)


def _gpus() -> list[HardwareClass]:
    return [hardware for hardware in catalogue.hardware_classes().values() if not hardware.development]


_CONSTANTS: dict[str, Any] = {
    "terms": TERMS,
    "lasts_days": nonces.LASTS_DAYS,
    "most_open": nonces.MOST_OPEN,
    "most_mib": MOST_BUNDLE_BYTES // 2**20,
}
