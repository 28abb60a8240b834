"""Who comes to the desk: an operator by their Hub account, or the command line with the operator token."""

from __future__ import annotations

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request

from leaderboard.domain import Person
from leaderboard.record import Record
from submissions.accounts import Accounts, own_page
from submissions.accounts.seam import require_operator
from submissions.policy import same_origin
from submissions.runner_tokens import PREFIX as RUNNER_PREFIX
from submissions.tokens import check_token, given_token

TOKEN = "token"
"""The subject of whoever shows the operator token: it says that they may, not who they are."""
_OURS = (RUNNER_PREFIX, "sw_operator_")


class Door:
    """Lets operators in. On the pages single-user mode is its own operator."""

    def __init__(self, record: Record, accounts: Accounts) -> None:
        self._record = record
        self._accounts = accounts
        self.own_page = own_page(accounts)
        """What every route that takes a form depends on."""

    def page(self, request: Request) -> Person:
        """The operator who looks at a page.

        Raises:
            SignInNeeded: nobody is signed in.
            Forbidden: somebody is who does not operate this Space, or nobody can be.
        """
        return require_operator(self._accounts, request)

    async def api(self, request: Request) -> Person:
        """The operator who reads or writes by the API: an account, or the operator token.

        Reading asks for our own origin too: the log and the tokens' list are nobody else's. In
        single-user mode it takes the token, as ever: whatever else runs on the machine reaches the address
        too, and a program is asked for no confirmation.

        Raises:
            SignInNeeded, Forbidden: as `page`, for a runner's token, and for what another's page sends.
        """
        same_origin(request)
        shown = request.headers.get("authorization")
        if self._accounts.single_user or given_token(shown).startswith(_OURS):
            await run_in_threadpool(check_token, self._record, "operator", shown)
            return Person(subject=TOKEN, name="operator", operator=True)
        person = await run_in_threadpool(self.page, request)
        if request.method not in ("GET", "HEAD"):
            await self.own_page(request)
        return person
