"""Security headers, cross-origin rules and compression for everything the Space answers (DESIGN §7)."""

from __future__ import annotations

from typing import Final

from fastapi import FastAPI
from starlette.datastructures import MutableHeaders
from starlette.middleware.gzip import GZipMiddleware
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from leaderboard.board.inlined import SCRIPTS, SHEETS, allowed

CONTENT_SECURITY_POLICY: Final = "; ".join(
    (
        "default-src 'self'",
        "img-src 'self' data:",
        f"style-src 'self' {allowed(SHEETS)}",
        f"script-src 'self' {allowed(SCRIPTS)}",
        "frame-ancestors 'self' https://huggingface.co https://*.hf.space",
        "base-uri 'none'",
        "form-action 'self'",
        "object-src 'none'",
    )
)
SECURITY_HEADERS: Final = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "strict-origin-when-cross-origin",
}
_OPEN_TO_ALL: Final = ("/api/v1/", "/gradio_api/", "/label/", "/badge/")
_COMPRESS_FROM_BYTES: Final = 800


class Headers:
    """ASGI middleware: security headers on every answer, and one cross-origin rule.

    What is read by anybody (GET and HEAD of labels, badges, `/api/v1/` and Gradio's API) may be read from
    any page; everything else from our own only. Other answers' own `Access-Control-*` headers are taken
    away: Gradio's routes reflect whatever origin asks.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        open_to_all = scope["method"] in ("GET", "HEAD") and scope["path"].startswith(_OPEN_TO_ALL)

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name in [name for name in headers if name.startswith("access-control-")]:
                    del headers[name]
                if open_to_all:
                    headers["Access-Control-Allow-Origin"] = "*"
                for name, value in SECURITY_HEADERS.items():
                    headers[name] = value
            await send(message)

        await self.app(scope, receive, send_with_headers)


def install_middleware(app: FastAPI) -> None:
    """Compression (streams of events are left alone) inside, headers outside."""
    app.add_middleware(GZipMiddleware, minimum_size=_COMPRESS_FROM_BYTES, compresslevel=6)
    app.add_middleware(Headers)
