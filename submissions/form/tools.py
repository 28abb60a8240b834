"""Submitting and following for gradio_client and MCP: the same doors as the API's, with the same locks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from starlette.requests import Request

from leaderboard.record import Record
from submissions.accounts import Accounts
from submissions.accounts.seam import require
from submissions.form import api as form_api
from submissions.form.fields import request_of
from submissions.intake import Intake
from submissions.keeper import Keeper
from submissions.limits import Addresses
from submissions.policy import hashed_peer, is_local, same_origin
from submissions.status.told import as_json, tell

_SEEN = ("authorization", "origin", "host", "sec-fetch-site", "x-forwarded-for", "user-agent")
"""Headers that are looked at. No cookies: what a browser adds by itself is no consent to a tool's call."""


@dataclass(frozen=True)
class Tools:
    """What the tools `submit` and `status` do. Each raises StarwattError as its twin in the API does."""

    record: Record
    desk: Intake
    accounts: Accounts
    keeper: Keeper | None = None
    addresses: Addresses | None = None
    """Whose calls are counted by the network address; None: they are not."""

    def submit(
        self, headers: Mapping[str, str], client: str | None, wanted: Mapping[str, str], dry_run: bool
    ) -> dict[str, Any]:
        """Queue a request, or with `dry_run` say what would be done.

        Args:
            headers: of the HTTP request that the call came in.
            client: the address it came from.
            wanted: fields of the form; empty ones take their defaults.

        Raises:
            SignInNeeded: the headers hold no token of a person, and the machine is not the caller's own.
        """
        asked = request_of(wanted)
        if dry_run:
            return form_api.as_tool(form_api.seen(self.desk.preview(asked)))
        request = _request(headers, client)
        same_origin(request)
        person = require(self.accounts, request)
        return form_api.as_tool(
            form_api.take(self.record, self.desk, asked, person, self.keeper, self._address(request))
        )

    def _address(self, request: Request) -> str:
        """Empty for calls from this machine itself: MCP's reach us through it, whoever makes them."""
        if self.addresses is None or (is_local(request) and not self.addresses.behind_proxy):
            return ""
        return hashed_peer(self.addresses, request)

    def status(self, submission_id: str) -> dict[str, Any]:
        """A submission with its timeline, which anybody may read."""
        return as_json(tell(self.record, submission_id.strip()))


def _request(headers: Mapping[str, str], client: str | None) -> Request:
    """The request as far as who is asking may depend on it."""
    kept = [
        (name.lower().encode("latin-1"), value.encode("latin-1", "replace"))
        for name, value in headers.items()
        if name.lower() in _SEEN
    ]
    return Request(
        {
            "type": "http",
            "method": "POST",
            "scheme": "http",
            "path": "/api/v1/submissions",
            "raw_path": b"/api/v1/submissions",
            "root_path": "",
            "query_string": b"",
            "headers": kept,
            "client": None if client is None else (client, 0),
        }
    )
