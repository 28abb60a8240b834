"""The Space as a runner sees it: claim, start, heartbeat, files, finish; over HTTP, with a token."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import asdict, dataclass
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

_TIMEOUT_S = 20.0
"""Longer than the Space waits for its Hub before it answers, and short enough to notice a cut line."""
_CONNECT_S = 5.0
_UPLOAD_S = 60.0
"""For one piece of a file."""
PIECE = 1024 * 1024
"""Bytes of a file in one request: what a cut line costs at most."""
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
    avoid: tuple[str, ...] = ()
    """Nodes behind this runner that get no work."""


@dataclass(frozen=True)
class Told:
    """What a heartbeat says."""

    fraction: float
    message: str
    remaining_s: float | None
    log: str = ""
    log_at: int = 0
    """Where `log` begins in the run's whole log, in characters."""
    draining: bool = False


class SpaceClient:
    """Speaks the runner API of one Space. Nothing is retried here: the worker decides that."""

    def __init__(self, address: str, token: str, transport: httpx2.BaseTransport | None = None) -> None:
        if not _is_address(address):
            raise BadInput(f"{address!r} is no address of a Space.", "Write it as http://127.0.0.1:7860.")
        self._http = httpx2.Client(
            base_url=f"{address.rstrip('/')}/api/v1/runner",
            headers={"Authorization": f"Bearer {token}"},
            timeout=httpx2.Timeout(_TIMEOUT_S, connect=_CONNECT_S),
            transport=transport,
        )
        self.address = address

    def claim(
        self,
        hardware: tuple[str, ...],
        machine: str,
        harness: str,
        nodes: Mapping[str, tuple[str, ...]] | None = None,
    ) -> Claimed | None:
        """Take the oldest submission for this hardware; None when there is none.

        `nodes`: by class, those that could have it, where the runner hands work to others: without one that
        may have work there is none to claim.

        Raises:
            WrongSchema: its plan is one that this harness cannot read.
        """
        asked: dict[str, Any] = {"hardware": list(hardware), "machine": machine, "harness": harness}
        if nodes:
            asked["nodes"] = {name: list(of_it) for name, of_it in nodes.items()}
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
                avoid=tuple(map(str, answer.get("avoid", ()))),
            )
        except (KeyError, TypeError, ValueError) as error:
            raise SpaceUnavailable(
                "The Space answered a claim with something else.", "Are both of the same version?"
            ) from error

    def start(self, claimed: Claimed) -> None:
        self._ask("POST", f"{_of(claimed)}/start", json={"fence": claimed.fence})

    def heartbeat(self, claimed: Claimed, told: Told) -> None:
        """Say how far it is, and keep the lease.

        Raises:
            FenceLost: the lease went to another runner, or the submission was cancelled: stop.
        """
        self._ask("POST", f"{_of(claimed)}/heartbeat", json={"fence": claimed.fence, **asdict(told)})

    def release(self, claimed: Claimed, reason: str) -> None:
        """Give it back, so that it is queued again at once."""
        self._ask("POST", f"{_of(claimed)}/release", json={"fence": claimed.fence, "reason": reason})

    def draining(self, hardware: tuple[str, ...], machine: str) -> None:
        """Say that this runner takes no more work."""
        self._ask("POST", "/draining", json={"hardware": list(hardware), "machine": machine})

    def put_file(self, claimed: Claimed, path: Path) -> None:
        """Hand a file in, from where the Space has it on: asked again after an error, it goes on from there.

        Raises:
            OSError: it cannot be read.
        """
        where = f"{_of(claimed)}/files/{path.name}"
        with path.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
            whole = {"fence": claimed.fence, "size": path.stat().st_size, "sha256": digest}
            here = self._ask("GET", where, params=whole) or {}
            while not here.get("complete"):
                at = int(here.get("bytes", 0))
                file.seek(at)
                piece = file.read(PIECE)
                more = {"params": {**whole, "offset": at}, "content": piece, "timeout": _UPLOAD_S}
                here = self._ask("PUT", where, **more) or {}
                if not here.get("complete") and int(here.get("bytes", 0)) <= at:
                    raise SpaceUnavailable(
                        f"{path.name} did not arrive as it was sent.", "It is handed in from the beginning."
                    )

    def finish(
        self, claimed: Claimed, outcome: str, cause: str, remedy: str, code: str = "", node: str = ""
    ) -> str:
        """Hand the end in; returns the submission's status. Doing it again is harmless.

        `code`: the kind of error that ended it, by which the Space tells whose fault it was. `node`: which
        machine it was, where that is not the runner's own.
        """
        told = {
            "fence": claimed.fence,
            "outcome": outcome,
            "cause": cause,
            "remedy": remedy,
            "code": code,
        }
        if node:
            told["node"] = node
        answer = self._ask("POST", f"{_of(claimed)}/finish", json=told)
        return str((answer or {}).get("status", ""))

    def put_control(self, folder: Path, machine: str, fit: bool) -> str:
        """Hand in a control that was measured here.

        Args:
            fit: whether the doctor found nothing against this machine.

        Returns:
            what the Space makes of it beside that board's earlier ones: passed, failed or unverifiable.
        """
        content = (folder / "run.json").read_bytes()
        headers = {"Content-Type": "application/json"}
        told = {"machine": machine, "fit": fit}
        answer = self._ask(
            "POST", "/controls", params=told, content=content, headers=headers, timeout=_UPLOAD_S
        )
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


def _of(claimed: Claimed) -> str:
    return f"/submissions/{claimed.submission_id}"


def _is_address(text: str) -> bool:
    try:
        parts = urlsplit(text)
        return parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False


def _error_of(answer: httpx2.Response) -> StarwattError:
    """The Space's own words as the error they stand for."""
    try:
        told = answer.json()["error"]
        code, message, remedy = str(told["code"]), str(told["message"]), str(told["remedy"])
    except (ValueError, KeyError, TypeError):
        # A proxy's words, while the Space restarts behind it: nothing that it said is a reason to give up.
        return SpaceUnavailable(f"The Space answered {answer.status_code}.", "Look at the Space's log.")
    if answer.status_code >= 500 or answer.status_code == 429:
        return SpaceUnavailable(message, remedy)
    if answer.status_code in (401, 403):
        return Forbidden(message, remedy)
    return _CLASSES.get(code, BadInput)(message, remedy)
