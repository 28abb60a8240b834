"""The one dependency of every route that changes something: is it a page of ours that asks?"""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from fastapi import Request
from fastapi.concurrency import run_in_threadpool

from submissions.accounts.seam import Accounts

FIELD = "csrf"
HEADER = "X-CSRF-Token"
_FORMS = ("application/x-www-form-urlencoded", "multipart/form-data")


def own_page(accounts: Accounts) -> Callable[[Request], Awaitable[None]]:
    """`Depends(own_page(accounts))`: refuses what another site's page sends, and forms without their token.

    The token is the form field `csrf`, or the header `X-CSRF-Token` of a script. A request with a personal
    token or without a session needs none. Raises Forbidden.
    """

    async def check_own_page(request: Request) -> None:
        request.state.csrf = request.headers.get(HEADER) or await _field(request)
        # It may look into the record.
        await run_in_threadpool(accounts.check_write, request)

    return check_own_page


async def _field(request: Request) -> str:
    if not request.headers.get("content-type", "").startswith(_FORMS):
        return ""
    # Read once and kept: the route gets the same form.
    value = (await request.form()).get(FIELD, "")
    return value if isinstance(value, str) else ""
