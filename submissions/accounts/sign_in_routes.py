"""Signing in and out: the page that asks, the way to the Hub and back, the end of a session."""

from __future__ import annotations

from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import RedirectResponse, Response

from leaderboard.board.address import public_address
from leaderboard.board.errors import retry_headers
from leaderboard.board.render import Pages
from leaderboard.domain import StarwattError
from submissions.accounts.cookies import check_way, cookie, drop_cookie, set_cookie
from submissions.accounts.hub import HubAccounts
from submissions.accounts.local_paths import local_path
from submissions.accounts.seam import Accounts
from submissions.accounts.sessions import SESSION_S
from submissions.accounts.sign_ins import SIGN_IN_S, Answer
from submissions.accounts.writes import own_page
from submissions.policy import address_of

CALLBACK = "/sign-in/callback"
_NOT_KEPT = {"Cache-Control": "no-store"}
_ON_TOP = "document"
"""What `Sec-Fetch-Dest` says of a page that fills its window."""
Asked = Annotated[str, Query(max_length=4000)]


def create_sign_in(pages: Pages, accounts: Accounts) -> APIRouter:
    """Routes `/sign-in`, `/sign-in/start`, `/sign-in/callback` and `/sign-out`."""
    router = APIRouter(include_in_schema=False)

    def page(request: Request, then: str, error: StarwattError | None = None) -> Response:
        status = error.http_status if error else 200
        context: dict[str, Any] = {
            "start": f"{public_address(request)}/sign-in/start?{urlencode({'next': local_path(then)})}",
            # In the Hub's frame nothing may leave it but a new window, and its cookies are the frame's alone.
            "target": "_top" if request.headers.get("sec-fetch-dest") == _ON_TOP else "_blank",
            "error": error,
            "closed": accounts.closed,
            "needless": accounts.single_user,
        }
        headers = {**_NOT_KEPT, **(retry_headers(error) if error else {})}
        return pages.render("sign_in.html", request, status, headers=headers, **context)

    @router.api_route("/sign-in", methods=["GET", "HEAD"])
    def ask(request: Request, next: Asked = "/") -> Response:
        if not accounts.single_user and accounts.person(request) is not None:
            return RedirectResponse(local_path(next), 303, headers=_NOT_KEPT)
        return page(request, next)

    if isinstance(accounts, HubAccounts):
        _add_way(router, accounts, page)
    return router


def _add_way(router: APIRouter, accounts: HubAccounts, page: Any) -> None:
    @router.get("/sign-in/start")
    def start(request: Request, next: Asked = "/") -> Response:
        try:
            check_way(request)
            there = public_address(request) + CALLBACK
            browser = cookie(request, "sign-in")
            begun = accounts.sign_ins.begin(there, next, browser, address_of(request))
        except StarwattError as error:
            return page(request, next, error)  # type: ignore[no-any-return]
        response = RedirectResponse(begun.address, 303, headers=_NOT_KEPT)
        set_cookie(request, response, "sign-in", begun.browser, SIGN_IN_S)
        return response

    @router.get(CALLBACK)
    def come_back(
        request: Request, state: Asked = "", code: Asked = "", error: Asked = "", iss: Asked = ""
    ) -> Response:
        answer = Answer(state, code, error, iss)
        try:
            identity, then = accounts.sign_ins.finish(answer, cookie(request, "sign-in"))
        except StarwattError as refused:
            return page(request, "/", refused)  # type: ignore[no-any-return]
        session = accounts.sign_in(identity, cookie(request, "session"))
        response = RedirectResponse(then, 303, headers=_NOT_KEPT)
        set_cookie(request, response, "session", session, SESSION_S)
        drop_cookie(request, response, "sign-in")
        return response

    @router.post("/sign-out", dependencies=[Depends(own_page(accounts))])
    def sign_out(request: Request) -> Response:
        session = cookie(request, "session")
        if session:
            accounts.sessions.end(session)
        response = RedirectResponse("/", 303, headers=_NOT_KEPT)
        drop_cookie(request, response, "session")
        return response
