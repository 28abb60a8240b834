"""A client of a Space's HTTP API, for the command line and the demonstration."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx2

from leaderboard.domain import (
    BadFile,
    BadInput,
    Conflict,
    Finding,
    Forbidden,
    NotFound,
    Refused,
    SignInNeeded,
    SpaceUnavailable,
    StarwattError,
    TooMany,
)

_TIMEOUT_S = 30.0
_LOOK_EVERY_S = 0.5
_PATIENCE_S = 60.0
"""How long a Space that was there may be silent while a submission is followed: it may be starting anew."""


class Space:
    """One Space at an address."""

    def __init__(self, address: str, token_path: Path | None = None, *, token: str | None = None) -> None:
        """
        Args:
            token_path: file of the runner's or the operator's token.
            token: a person's own.

        Raises:
            BadFile: the file cannot be read.
            BadInput: the token cannot be one.
        """
        if not address.startswith(("http://", "https://")):
            raise BadInput(
                f"{address[:60]!r} is no address of a Space.", "Begin it with https:// or http://."
            )
        self.address = address.rstrip("/")
        self._headers: dict[str, str] = {}
        if token:
            if not (token.isascii() and token.isprintable() and " " not in token.strip()):
                raise BadInput("The token holds signs that no token has.", "Copy it again, whole.")
            self._headers["Authorization"] = f"Bearer {token.strip()}"
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

    def preview(self, wanted: dict[str, Any]) -> dict[str, Any]:
        """What would be done, and what it costs; nothing is queued."""
        return self._ask("POST", "/api/v1/submissions/preview", wanted)

    def status(self, submission_id: str) -> dict[str, Any]:
        return self._ask("GET", f"/api/v1/submissions/{submission_id}")

    def cancel(self, submission_id: str) -> dict[str, Any]:
        return self.act(submission_id, "cancel")

    def act(self, submission_id: str, verb: str, reason: str = "") -> dict[str, Any]:
        """Cancel, rerun, withdraw or dispute a submission."""
        path = f"/api/v1/submissions/{quote(submission_id, safe='')}/{verb}"
        return self._ask("POST", path, {"reason": reason})

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
        """Say every change of a submission until it has ended; returns its last state.

        Raises:
            SpaceUnavailable: the Space was silent for a minute.
        """
        said, heard_s = "", time.monotonic()
        while True:
            try:
                answer = self.status(submission_id)
            except SpaceUnavailable:
                if time.monotonic() - heard_s > _PATIENCE_S:
                    raise
                _rest()
                continue
            heard_s = time.monotonic()
            progress = answer["progress"]
            line = answer["status"]
            if answer["position"]:
                line += f", number {answer['position']} of its hardware"
            if progress and not answer["final"]:
                line += f" {progress['fraction']:4.0%} {progress['message']}"
            if line != said:
                said = line
                say(f"  {line}")
            if answer["final"]:
                last = answer["events"][-1]
                say(f"  {last['message']} {last['remedy']}".rstrip())
                return answer
            _rest()

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
        except (httpx2.HTTPError, httpx2.InvalidURL) as error:
            raise SpaceUnavailable(
                f"The Space at {self.address} does not answer ({type(error).__name__}).",
                "Start it with `make run`, or name another with --space.",
            ) from error
        if answer.is_success:
            return dict(answer.json())
        raise _error_of(answer)


def _rest() -> None:
    time.sleep(_LOOK_EVERY_S)


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
    if answer.status_code == 429:
        return TooMany(message, remedy, retry_after_s=_seconds(answer.headers.get("retry-after")))
    return _ERRORS.get(answer.status_code, BadInput)(message, remedy)


def _seconds(text: str | None) -> float:
    return float(text) if text is not None and text.isdigit() else 0.0


_ERRORS: dict[int, type[StarwattError]] = {401: SignInNeeded, 403: Forbidden, 404: NotFound, 409: Conflict}
