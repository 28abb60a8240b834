"""Tokens of runners and of the operator: random, stored hashed, handed over in files only we can read."""

from __future__ import annotations

import hashlib
import hmac
import os
import secrets
from pathlib import Path
from typing import Literal

from leaderboard.domain import Forbidden, StorageUnavailable
from leaderboard.record import Record

Role = Literal["runner", "operator"]
ROLES: tuple[Role, ...] = ("runner", "operator")


def token_file(data: Path, role: Role) -> Path:
    """Where the token of this machine's own runner or operator lies, mode 0600."""
    return data / "tokens" / role


def ensure_tokens(record: Record, data: Path) -> None:
    """Make the tokens of this machine on first start; later starts keep them.

    Raises:
        StorageUnavailable: the folder cannot be written.
    """
    for role in ROLES:
        path = token_file(data, role)
        kept = record.setting(f"token:{role}")
        if kept and path.is_file() and hmac.compare_digest(kept, _digest(path.read_text().strip())):
            continue
        if kept:
            # Its file was taken away to have another token: those of an earlier disk go with it.
            record.put_setting(_elsewhere(role), "")
        token = f"sw_{role}_{secrets.token_urlsafe(32)}"
        try:
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            # Opened with its mode, so that no moment passes in which others could read it.
            with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
                file.write(token + "\n")
        except OSError as error:
            raise StorageUnavailable(
                f"The {role} token cannot be written to {path} ({error.strerror}).",
                "Make STARWATT_DATA a folder that this user may write.",
            ) from error
        record.put_setting(f"token:{role}", _digest(token))


def keep_tokens(record: Record) -> None:
    """After a restore: the tokens that were handed out from the lost disk go on being good.

    Their files are gone, so that `ensure_tokens` makes new ones beside them. Taking a file away and starting
    again ends the old ones too.
    """
    for role in ROLES:
        known = [record.setting(f"token:{role}") or "", *(record.setting(_elsewhere(role)) or "").split()]
        record.put_setting(_elsewhere(role), " ".join(each for each in known if each))
        record.put_setting(f"token:{role}", "")


def check_token(record: Record, role: Role, authorization: str | None) -> None:
    """Whether an `Authorization: Bearer …` header holds the role's token.

    Raises:
        Forbidden: it does not.
    """
    given = given_token(authorization)
    kept = [record.setting(f"token:{role}") or "", *(record.setting(_elsewhere(role)) or "").split()]
    if not given or not any(hmac.compare_digest(each, _digest(given)) for each in kept):
        raise Forbidden(
            f"This needs the {role} token.",
            f"Send `Authorization: Bearer …` with the content of tokens/{role} in the Space's data folder.",
        )


def given_token(authorization: str | None) -> str:
    """The token of an `Authorization: Bearer …` header; empty: there is none."""
    return (authorization or "").removeprefix("Bearer ").strip()


def _elsewhere(role: Role) -> str:
    return f"token:{role}:elsewhere"


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
