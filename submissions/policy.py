"""Who may do what, from where, and how much at once."""

from __future__ import annotations

import ipaddress
from urllib.parse import urlsplit

from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from leaderboard.board.address import public_address
from leaderboard.domain import Forbidden
from leaderboard.judging.bundle import MOST_BUNDLE_BYTES
from submissions.limits import Addresses

LARGEST_BODY = 64 * 1024
"""Bytes of a request body, except where runners hand in files."""
_RUNNER_FILES = "/api/v1/runner/"
_BUNDLES = ("/submit/attested", "/api/v1/attested")


def same_origin(request: Request) -> None:
    """Refuse writes that another site's page makes in somebody's browser.

    Raises:
        Forbidden: the Origin is another host's, or the browser says that the request crosses sites.
    """
    origin = request.headers.get("origin")
    # Behind the Hub's proxy the host that a request names need not be the one that the browser knows.
    own = {request.headers.get("host"), _host_of(public_address(request))}
    foreign = origin is not None and (_host_of(origin) or "nobody") not in own
    if foreign or request.headers.get("sec-fetch-site") in ("cross-site", "same-site"):
        raise Forbidden("This request came from another site's page.", "Use the form on our own page.")


def is_local(request: Request) -> bool:
    """Whether a request came from this very machine."""
    try:
        return ipaddress.ip_address(request.client.host if request.client else "").is_loopback
    except ValueError:
        return False


def is_loopback(request: Request) -> bool:
    """Whether a request names this very machine: `localhost` or a loopback address."""
    try:
        host = urlsplit(public_address(request)).hostname or ""
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _host_of(address: str) -> str:
    """Host and port; empty where it is no address, as for the origin `null`."""
    try:
        return urlsplit(address).netloc
    except ValueError:
        return ""


def address_of(request: Request) -> str:
    """The keyed hash of the client's network address, by which limits are counted; empty: none is kept.

    On a Space the peer is always the Hub's proxy, and the last hop it writes into X-Forwarded-For is the
    client: earlier ones, and any on another machine, are whatever a client likes to send.
    """
    addresses: Addresses | None = getattr(request.app.state, "addresses", None)
    return "" if addresses is None else hashed_peer(addresses, request)


def hashed_peer(addresses: Addresses, request: Request) -> str:
    """As `address_of`, for a request that no app has."""
    hops = ",".join(request.headers.getlist("x-forwarded-for")).split(",") if addresses.behind_proxy else []
    peer = request.client.host if request.client else ""
    return addresses.hashed(hops[-1]) if hops and hops[-1].strip() else addresses.hashed(peer)


class BodyCap:
    """Answers 413 or 411 before a large or unmeasured body is read."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] in ("GET", "HEAD", "OPTIONS", "PUT"):
            await self._app(scope, receive, send)
            return
        headers = dict(scope["headers"])
        length = headers.get(b"content-length")
        allowed = _allowed(scope["path"])
        no_body = length is None and b"transfer-encoding" not in headers
        if no_body or (length is not None and length.isdigit() and int(length) <= allowed):
            await self._app(scope, receive, send)
        else:
            status = 411 if length is None else 413
            error = {
                "code": "too_large",
                "message": f"A request may be {allowed // 1024} KiB and must state its length.",
                "remedy": "Send less.",
            }
            await JSONResponse({"error": error}, status)(scope, receive, send)


def _allowed(path: str) -> int:
    """Bytes that a body for this address may have."""
    if path in _BUNDLES:
        # The bundle itself, and the form round it.
        return MOST_BUNDLE_BYTES + LARGEST_BODY
    return LARGEST_BODY * (4 if path.startswith(_RUNNER_FILES) else 1)
