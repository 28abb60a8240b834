"""What a reader or a program is told when something goes wrong: a helpful page, and its JSON twin."""

from __future__ import annotations

import json
import logging
import math
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, Request, Response
from fastapi.encoders import jsonable_encoder
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from leaderboard.board.headers import SECURITY_HEADERS
from leaderboard.board.render import Pages
from leaderboard.domain import Refused, StarwattError, TooMany, UnknownName
from leaderboard.domain.models import REPO_ID

_LOG = logging.getLogger("starwatt.board")
_PROGRAMS = ("/api/", "/gradio_api/", "/healthz", "/metrics")
_RETRY_S = "5"


class ErrorResponse(JSONResponse):
    """JSON in which a half character, as broken clients send it, is shown as one that cannot be read."""

    def render(self, content: Any) -> bytes:
        text = json.dumps(content, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
        return text.encode("utf-8", "replace")


def error_body(error: StarwattError) -> dict[str, Any]:
    """`{"error": {"code", "message", "remedy"}}` (DESIGN §8); with findings or known names, if any."""
    body: dict[str, Any] = {"code": error.code, "message": error.message, "remedy": error.remedy}
    if isinstance(error, Refused):
        body["findings"] = [finding.model_dump(mode="json") for finding in error.findings]
    if isinstance(error, UnknownName):
        body["known"] = list(error.known)
    return {"error": body}


def retry_headers(error: StarwattError) -> dict[str, str]:
    """`Retry-After`, seconds, where it is worth another try."""
    if isinstance(error, TooMany):
        return {"Retry-After": str(math.ceil(error.retry_after_s))}
    return {"Retry-After": _RETRY_S} if error.http_status == 503 else {}


def install_error_handlers(app: FastAPI, pages: Pages) -> None:
    """Answer every error as a page, or as JSON under `/api/`: the same words, the same status."""

    def answer(
        request: Request,
        status: int,
        body: dict[str, Any],
        headers: Mapping[str, str] | None = None,
    ) -> Response:
        if request.url.path.startswith(_PROGRAMS):
            return ErrorResponse(body, status, headers=dict(headers or {}))
        error = {"known": (), "findings": (), **body["error"]}
        return pages.render(
            "error.html",
            request,
            status,
            headers=headers,
            status=status,
            error=error,
            model=_model_asked_for(request) if status == HTTPStatus.NOT_FOUND else "",
        )

    def starwatt(request: Request, error: Exception) -> Response:
        assert isinstance(error, StarwattError)
        if error.http_status >= 500:
            _LOG.error("%s %s", request.method, request.url.path, exc_info=error)
        return answer(request, error.http_status, error_body(error), retry_headers(error))

    def http(request: Request, error: Exception) -> Response:
        assert isinstance(error, HTTPException)
        code, message, remedy = _WORDS.get(
            error.status_code, ("http_error", HTTPStatus(error.status_code).phrase + ".", "")
        )
        body = {"error": {"code": code, "message": message, "remedy": remedy}}
        return answer(request, error.status_code, body, error.headers)

    def invalid(request: Request, error: Exception) -> Response:
        assert isinstance(error, RequestValidationError)
        problems = [
            {"where": ".".join(str(part) for part in item["loc"]), "message": item["msg"]}
            for item in jsonable_encoder(error.errors())
        ]
        first = problems[0] if problems else {"where": "request", "message": "cannot be read"}
        body = {
            "code": "bad_input",
            "message": f"{first['where']}: {first['message']}.",
            "remedy": "Mend the request and send it again.",
            "problems": problems,
        }
        return answer(request, 422, {"error": body})

    def unforeseen(request: Request, error: Exception) -> Response:
        _LOG.error("%s %s", request.method, request.url.path, exc_info=error)
        body = {"code": "error", "message": "Something broke on our side.", "remedy": "Try again later."}
        return answer(request, 500, {"error": body}, SECURITY_HEADERS)

    app.add_exception_handler(StarwattError, starwatt)
    app.add_exception_handler(HTTPException, http)
    app.add_exception_handler(RequestValidationError, invalid)
    app.add_exception_handler(Exception, unforeseen)


def _model_asked_for(request: Request) -> str:
    """The model whose page was asked for, where it could be one; else empty."""
    place, _, name = request.url.path.removeprefix("/").partition("/")
    return name if place == "models" and REPO_ID.fullmatch(name) else ""


_WORDS = {
    400: ("bad_input", "The request cannot be read.", "Mend it and send it again."),
    404: (
        "not_found",
        "There is no page at this address.",
        "Start from the board, or look for a model there.",
    ),
    405: ("method_not_allowed", "This address does not take that kind of request.", "See docs/API.md."),
    413: ("too_large", "This is more than is taken at once.", "Send less."),
    403: ("forbidden", "This is not allowed.", "Reload the page and try again."),
}
