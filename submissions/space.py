"""A client of a Space's HTTP API, for the command line and the demonstration."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx2

from leaderboard.domain import BadFile, BadInput, Finding, Refused, SpaceUnavailable, StarwattError

_TIMEOUT_S = 30.0
_LOOK_EVERY_S = 0.5


class Space:
    """One Space at an address."""

    def __init__(self, address: str, token_path: Path | None = None) -> None:
        self.address = address.rstrip("/")
        self._headers: dict[str, str] = {}
        if token_path is not None:
            try:
                self._headers["Authorization"] = f"Bearer {token_path.read_text().strip()}"
            except OSError as error:
                raise BadFile(
                    f"The token file {token_path} cannot be read ({error.strerror}).",
                    "Name it with --token-file; the Space writes it to tokens/ in its data folder.",
                ) from error

    def submit(self, wanted: dict[str, Any]) -> dict[str, Any]:
        return self._ask("POST", "/api/v1/submissions", wanted)

    def status(self, submission_id: str) -> dict[str, Any]:
        return self._ask("GET", f"/api/v1/submissions/{submission_id}")

    def cancel(self, submission_id: str) -> dict[str, Any]:
        return self._ask("POST", f"/api/v1/submissions/{submission_id}/cancel")

    def ratings(self, **query: str | int) -> dict[str, Any]:
        return self._ask("GET", "/api/v1/ratings", params=query)

    def desk(self, act: str, edition: str, reason: str) -> dict[str, Any]:
        """Freeze an edition, or publish."""
        path = "publish" if act == "publish" else f"editions/{edition}/freeze"
        return self.at_desk("POST", path, {"reason": reason})

    def at_desk(self, method: str, path: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
        """One of the operator's acts, by its path under the desk."""
        return self._ask(method, f"/api/v1/desk/{path}", body)

    def follow(self, submission_id: str, say: Callable[[str], object]) -> dict[str, Any]:
        """Say every change of a submission until it has ended; returns its last state."""
        said = ""
        while True:
            answer = self.status(submission_id)
            progress = answer["progress"]
            line = answer["status"]
            if progress and not answer["final"]:
                line += f" {progress['fraction']:4.0%} {progress['message']}"
            if line != said:
                said = line
                say(f"  {line}")
            if answer["final"]:
                last = answer["events"][-1]
                say(f"  {last['message']} {last['remedy']}".rstrip())
                return answer
            time.sleep(_LOOK_EVERY_S)

    def _ask(
        self, method: str, path: str, body: dict[str, Any] | None = None, params: Any = None
    ) -> dict[str, Any]:
        try:
            answer = httpx2.request(
                method,
                self.address + path,
                json=body,
                params=params,
                headers=self._headers,
                timeout=_TIMEOUT_S,
            )
        except httpx2.HTTPError as error:
            raise SpaceUnavailable(
                f"The Space at {self.address} does not answer ({type(error).__name__}).",
                "Start it with `make run`, or name another with --space.",
            ) from error
        if answer.is_success:
            return dict(answer.json())
        raise _error_of(answer)


def _error_of(answer: httpx2.Response) -> StarwattError:
    try:
        error = answer.json()["error"]
        message, remedy = str(error["message"]), str(error["remedy"])
    except (ValueError, KeyError, TypeError):
        return SpaceUnavailable(f"The Space answered {answer.status_code}.", "Look at its log.")
    if answer.status_code >= 500:
        return SpaceUnavailable(message, remedy)
    if "findings" in error:
        return Refused(message, remedy, [Finding.model_validate(finding) for finding in error["findings"]])
    return BadInput(message, remedy)
