"""Who one is here: the account page with one's tokens, and the same for programs."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Form, Request
from fastapi.responses import JSONResponse, RedirectResponse, Response

from leaderboard.board.render import Pages
from leaderboard.domain import Forbidden, SignInNeeded, StarwattError
from submissions.accounts.cookies import drop_cookie
from submissions.accounts.hub import HubAccounts, Reader
from submissions.accounts.personal_tokens import LONGEST_LABEL, MOST_TOKENS, ORGS_DAYS, TOKEN_DAYS
from submissions.accounts.seam import Accounts, require
from submissions.accounts.sessions import SESSION_S
from submissions.accounts.writes import own_page
from submissions.shown_once import ShownOnce

_NOT_KEPT = {"Cache-Control": "no-store"}


def create_account(pages: Pages, accounts: Accounts) -> APIRouter:
    """Routes `/account` and below, and `/api/v1/me`."""
    router = APIRouter()
    shown_once = ShownOnce[str]()

    @router.get("/api/v1/me", tags=["people"])
    def me(request: Request) -> JSONResponse:
        """Who the request comes from: subject id, name, organisations, whether they operate this Space."""
        told = require(accounts, request).model_dump(mode="json")
        return JSONResponse(told, headers={**_NOT_KEPT, "Vary": "Authorization, Cookie"})

    def page(request: Request, status: int = 200, **context: Any) -> Response:
        nothing = {"made": None, "error": None, "label": "", "tokens": None, "sessions": 0}
        person = require(accounts, request)
        shown = {**nothing, **_of_hub(accounts, person.subject), **context, "person": person}
        return pages.render("account.html", request, status, headers=_NOT_KEPT, rules=_RULES, **shown)

    @router.api_route("/account", methods=["GET", "HEAD"], include_in_schema=False)
    def account(request: Request) -> Response:
        if accounts.person(request) is None and not accounts.closed:
            return RedirectResponse("/sign-in?next=/account", 303, headers=_NOT_KEPT)
        return page(request, made=_made(accounts, shown_once, request))

    if isinstance(accounts, HubAccounts):
        router.include_router(_managing(accounts, shown_once, page))
    return router


def _of_hub(accounts: Accounts, subject: str) -> dict[str, Any]:
    if not isinstance(accounts, HubAccounts):
        return {}
    return {"tokens": accounts.tokens.of(subject), "sessions": accounts.sessions.count(subject)}


def _made(accounts: Accounts, shown_once: ShownOnce[str], request: Request) -> str | None:
    """The token that was made a moment ago, for the browser that made it; None: none was."""
    key = request.query_params.get("made", "")
    person = accounts.person(request)
    # Who only asks for the head would not see it, and then nobody would.
    return shown_once.take(person.subject, key) if key and person and request.method == "GET" else None


def _managing(accounts: HubAccounts, shown_once: ShownOnce[str], page: Any) -> APIRouter:
    """What changes an account: only who signed in with a browser may, never a token."""
    router = APIRouter(prefix="/account", include_in_schema=False, dependencies=[Depends(own_page(accounts))])

    @router.post("/tokens")
    def make(request: Request, label: Annotated[str, Form()] = "") -> Response:
        reader = _signed_in(accounts, request)
        try:
            made = accounts.tokens.make(reader.identity, label)
        except StarwattError as error:
            return page(request, error.http_status, error=error, label=label[:200])  # type: ignore[no-any-return]
        key = shown_once.put(reader.identity.subject, made)
        return RedirectResponse(f"/account?made={key}#tokens", 303, headers=_NOT_KEPT)

    @router.post("/tokens/{token_id}/revoke")
    def revoke(request: Request, token_id: str) -> Response:
        accounts.tokens.revoke(_signed_in(accounts, request).identity.subject, token_id)
        return RedirectResponse("/account#tokens", 303, headers=_NOT_KEPT)

    @router.post("/sign-out-everywhere")
    def sign_out_everywhere(request: Request) -> Response:
        accounts.sessions.end_all(_signed_in(accounts, request).identity.subject)
        response = RedirectResponse("/", 303, headers=_NOT_KEPT)
        drop_cookie(request, response, "session")
        return response

    return router


def _signed_in(accounts: HubAccounts, request: Request) -> Reader:
    """Who signed in with a browser.

    Raises:
        SignInNeeded: nobody.
        Forbidden: a token was sent.
    """
    reader = accounts.reader(request)
    if reader is None:
        raise SignInNeeded("Nobody is signed in.", "Sign in with your Hub account.")
    if not reader.session:
        raise Forbidden("A token cannot manage an account.", "Sign in with a browser.")
    return reader


_RULES = {
    "token_days": TOKEN_DAYS,
    "orgs_days": ORGS_DAYS,
    "most_tokens": MOST_TOKENS,
    "longest_label": LONGEST_LABEL,
    "session_hours": SESSION_S // 3600,
}
