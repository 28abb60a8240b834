"""Cookies of a sign-in: `__Host-` ones over https, and what browsers take on a loopback address.

On https: `Secure; HttpOnly; SameSite=None; Partitioned; Path=/`. The Space sits in a frame of the Hub's page:
SameSite=None lets a browser send the cookie there at all, and Partitioned keeps what is set in one site's
frame apart from the Space's own address. `__Host-` makes browsers refuse a cookie that a neighbour set.

On `http://127.0.0.1` or `http://localhost` browsers refuse `__Host-` or `Secure`, some of them; there it is
`HttpOnly; SameSite=Lax; Path=/`, and the name carries the port, because cookies do not tell ports apart and
two Spaces of one machine would sign each other's people out.
"""

from __future__ import annotations

from typing import Literal
from urllib.parse import urlsplit

from starlette.requests import Request
from starlette.responses import Response

from leaderboard.board.address import public_address
from leaderboard.domain import Forbidden
from submissions.policy import is_loopback

Kind = Literal["session", "sign-in"]


def cookie(request: Request, kind: Kind) -> str | None:
    """What the browser kept for us, if it looks as what we set."""
    value = request.cookies.get(_name(request, kind), "")
    return value if 40 <= len(value) <= 64 and value.isascii() else None


def set_cookie(request: Request, response: Response, kind: Kind, value: str, lasts_s: int) -> None:
    """Have the browser keep something for some time.

    Raises:
        Forbidden: see `check_way`.
    """
    check_way(request)
    if _secure(request):
        response.set_cookie(
            _name(request, kind),
            value,
            max_age=lasts_s,
            path="/",
            secure=True,
            httponly=True,
            samesite="none",
        )
        _partition(response)
    else:
        response.set_cookie(
            _name(request, kind), value, max_age=lasts_s, path="/", httponly=True, samesite="lax"
        )


def check_way(request: Request) -> None:
    """Whether a cookie of ours may travel to this address.

    Raises:
        Forbidden: it is neither https nor loopback.
    """
    if not _secure(request) and not is_loopback(request):
        raise Forbidden(
            "Nobody can sign in over plain http: what proves who you are could be read on its way.",
            "Open the https address; behind a proxy of your own, set SPACE_HOST.",
        )


def drop_cookie(request: Request, response: Response, kind: Kind) -> None:
    """Have the browser forget it."""
    if _secure(request) or is_loopback(request):
        set_cookie(request, response, kind, "", 0)


def _name(request: Request, kind: Kind) -> str:
    if _secure(request):
        return f"__Host-starwatt-{kind}"
    return f"starwatt-{kind}-{urlsplit(public_address(request)).port or 80}"


def _secure(request: Request) -> bool:
    return public_address(request).startswith("https://")


def _partition(response: Response) -> None:
    # Python's own cookies learned the word in 3.14.
    name, value = response.raw_headers[-1]
    response.raw_headers[-1] = (name, value + b"; Partitioned")
