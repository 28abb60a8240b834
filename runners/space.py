"""The Space as a runner sees it: claim, start, heartbeat, files, finish; over HTTP, with a token."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self
from urllib.parse import urlsplit

import httpx2

from leaderboard.domain import (
    BadFile,
    BadInput,
    Conflict,
    FenceLost,
    Forbidden,
    NotFound,
    Plan,
    SpaceUnavailable,
    StarwattError,
    read_plan,
)

_TIMEOUT_S = 30.0
_UPLOAD_S = 300.0
_CLASSES: dict[str, type[StarwattError]] = {
    kind.code: kind for kind in (BadFile, Conflict, FenceLost, Forbidden, NotFound, SpaceUnavailable)
}


@dataclass(frozen=True)
class Claimed:
    """A submission that is ours until its lease runs out."""

    submission_id: str
    fence: int
    attempt: int
    lease_s: float
    plan: Plan


class SpaceClient:
    """Speaks the runner API of one Space. Nothing is retried here: the worker decides that."""

    def __init__(self, address: str, token: str, transport: httpx2.BaseTransport | None = None) -> None:
        if not _is_address(address):
            raise BadInput(f"{address!r} is no address of a Space.", "Write it as http://127.0.0.1:7860.")
        self._http = httpx2.Client(
            base_url=f"{address.rstrip('/')}/api/v1/runner",
            headers={"Authorization": f"Bearer {token}"},
            timeout=_TIMEOUT_S,
            transport=transport,
        )
        self.address = address

    def claim(self, hardware: tuple[str, ...], machine: str, harness: str) -> Claimed | None:
        """Take the oldest submission for this hardware; None when there is none.

        Raises:
            WrongSchema: its plan is one that this harness cannot read.
        """
        asked = {"hardware": list(hardware), "machine": machine, "harness": harness}
        answer = self._ask("POST", "/claim", json=asked)
        if answer is None:
            return None
        try:
            return Claimed(
                submission_id=str(answer["submission_id"]),
                fence=int(answer["fence"]),
                attempt=int(answer["attempt"]),
                lease_s=float(answer["lease_s"]),
                plan=read_plan(answer["plan"]),
            )
        except (KeyError, TypeError, ValueError) as error:
            raise SpaceUnavailable(
                "The Space answered a claim with something else.", "Are both of the same version?"
            ) from error

    def start(self, claimed: Claimed) -> None:
        self._ask("POST", f"/submissions/{claimed.submission_id}/start", json={"fence": claimed.fence})

    def heartbeat(
        self, claimed: Claimed, fraction: float, message: str, remaining_s: float | None, log: str
    ) -> None:
        """Say how far it is, and keep the lease.

        Raises:
            FenceLost: the lease went to another runner, or the submission was cancelled: stop.
        """
        told = {
            "fence": claimed.fence,
            "fraction": fraction,
            "message": message,
            "remaining_s": remaining_s,
            "log": log,
        }
        self._ask("POST", f"/submissions/{claimed.submission_id}/heartbeat", json=told)

    def put_file(self, claimed: Claimed, path: Path) -> None:
        self._ask(
            "PUT",
            f"/submissions/{claimed.submission_id}/files/{path.name}",
            params={"fence": claimed.fence},
            content=path.read_bytes(),
            timeout=_UPLOAD_S,
        )

    def finish(
        self, claimed: Claimed, outcome: str, cause: str, remedy: str, log_tail: str, code: str = ""
    ) -> str:
        """Hand the end in; returns the submission's status. Doing it again is harmless.

        `code`: the kind of error that ended it, by which the Space tells whose fault it was.
        """
        told = {
            "fence": claimed.fence,
            "outcome": outcome,
            "cause": cause,
            "remedy": remedy,
            "log_tail": log_tail,
            "code": code,
        }
        answer = self._ask("POST", f"/submissions/{claimed.submission_id}/finish", json=told)
        return str((answer or {}).get("status", ""))

    def put_control(self, folder: Path) -> str:
        """Hand in a control that was measured here.

        Returns:
            what the Space makes of it beside that board's earlier ones: passed, failed or unverifiable.
        """
        content = (folder / "run.json").read_bytes()
        headers = {"Content-Type": "application/json"}
        answer = self._ask("POST", "/controls", content=content, headers=headers, timeout=_UPLOAD_S)
        return str((answer or {}).get("outcome", "nothing"))

    def _ask(self, method: str, path: str, **how: Any) -> dict[str, Any] | None:
        try:
            answer = self._http.request(method, path, **how)
        except httpx2.HTTPError as error:
            raise SpaceUnavailable(
                f"The Space at {self.address} does not answer ({type(error).__name__}).",
                "It is tried again; start it, or name another with --space.",
            ) from error
        if answer.status_code == 204:
            return None
        if not answer.is_success:
            raise _error_of(answer)
        try:
            document = answer.json()
        except ValueError:
            document = None
        if not isinstance(document, dict):
            raise SpaceUnavailable(
                f"{self.address} does not answer as a Space does.", "Is it another service?"
            )
        return document

    def close(self) -> None:
        self._http.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def _is_address(text: str) -> bool:
    try:
        parts = urlsplit(text)
        return parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False


def _error_of(answer: httpx2.Response) -> StarwattError:
    """The Space's own words as the error they stand for."""
    code, message, remedy = "", f"The Space answered {answer.status_code}.", "Look at the Space's log."
    try:
        told = answer.json()["error"]
        code, message, remedy = str(told["code"]), str(told["message"]), str(told["remedy"])
    except (ValueError, KeyError, TypeError):
        pass
    if answer.status_code >= 500 or answer.status_code == 429:
        return SpaceUnavailable(message, remedy)
    if answer.status_code in (401, 403):
        return Forbidden(message, remedy)
    return _CLASSES.get(code, BadInput)(message, remedy)
