"""The one dependency of every route that changes something: is it a page of ours that asks?"""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from fastapi import Request
from fastapi.concurrency import run_in_threadpool

from leaderboard.domain import StarwattError
from submissions.accounts.seam import Accounts
from submissions.policy import same_origin

FIELD = "csrf"
HEADER = "X-CSRF-Token"
_MOST_FILES, _MOST_FIELDS = 1, 100
_FORMS = ("application/x-www-form-urlencoded", "multipart/form-data")


def own_page(accounts: Accounts) -> Callable[[Request], Awaitable[None]]:
    """`Depends(own_page(accounts))`: refuses what another site's page sends, and forms without their token.

    The token is the form field `csrf`, or the header `X-CSRF-Token` of a script. A request with a personal
    token or without a session needs none. A form has one file at most. Raises Forbidden.
    """

    async def check_own_page(request: Request) -> None:
        # Before a byte of a form is read, which may hold a large file.
        same_origin(request)
        request.state.csrf = request.headers.get(HEADER) or await _field(request)
        try:
            # It may look into the record.
            await run_in_threadpool(accounts.check_write, request)
        except StarwattError:
            await request.close()
            raise

    return check_own_page


async def _field(request: Request) -> str:
    form = request.headers.get("content-type", "").startswith(_FORMS)
    if not form or "cookie" not in request.headers:
        return ""
    # Read once and kept: the route gets the same form, whatever limits it names.
    value = (await request.form(max_files=_MOST_FILES, max_fields=_MOST_FIELDS)).get(FIELD, "")
    return value if isinstance(value, str) else ""
