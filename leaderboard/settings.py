"""The Space's settings: read once from the environment, every variable in `VARIABLES` and in the README."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from leaderboard.domain import BadInput

VARIABLES = {
    "PORT": "port to listen on; 7860 unless given, 0 for a free one",
    "HOST": "address to listen on; 127.0.0.1, or 0.0.0.0 on a Space",
    "STARWATT_DATA": "folder of the record and of what is published; ./data",
    "STARWATT_DATASET": "ORG/PREFIX of the data sets on the Hub; empty: publish to the data folder only",
    "STARWATT_DURABILITY": "disk: a submission is safe once the record has it; "
    "hub: it is queued, and a result acknowledged, once the private data set on the Hub has it",
    "STARWATT_ACCOUNTS": "single-user: whoever reaches the address may submit and operate; "
    "hub: read only until sign-in is built. Default: single-user on a loopback address, else hub",
    "STARWATT_SESSION_SECRET": "secret of the sign-in sessions; not used before sign-in is built",
    "STARWATT_LEASE_S": "seconds a runner may be silent before its work goes back to the queue; 300",
    "HF_ENDPOINT": "address of the Hub; the public one unless given",
    "STARWATT_FETCH_TOKEN": "read-only Hub token of the account that runners fetch gated models with; "
    "none: only open models are taken",
    "HF_TOKEN": "token that may write the data sets; never given to a runner",
}
"""Every environment variable the Space reads, with what it does."""

_DATASET = re.compile(r"^[A-Za-z0-9][\w.-]*/[A-Za-z0-9][\w.-]*$")
_LOOPBACK = ("127.0.0.1", "localhost", "::1")


@dataclass(frozen=True)
class Settings:
    """What the Space was told. Nothing here changes a number: that is catalogue data."""

    port: int
    host: str
    data: Path
    dataset: str | None
    durability: str
    accounts: str
    lease_s: float
    hub_endpoint: str | None
    hub_token: str | None
    fetch_token: str | None = None
    """May read what its account was let into on the Hub, and write nothing."""
    space_id: str | None = None
    """ORG/NAME of the Space this runs on, as the Hub tells it in `SPACE_ID`; None elsewhere."""

    @property
    def single_user(self) -> bool:
        return self.accounts == "single-user"


def read_settings(environ: Mapping[str, str] | None = None) -> Settings:
    """The settings out of the environment.

    Raises:
        BadInput: a variable holds something unusable; the message names it and what it may hold.
    """
    given = os.environ if environ is None else environ
    on_space = "SPACE_ID" in given
    host = given.get("HOST") or ("0.0.0.0" if on_space else "127.0.0.1")
    accounts = given.get("STARWATT_ACCOUNTS") or ("single-user" if host in _LOOPBACK else "hub")
    _one_of("STARWATT_ACCOUNTS", accounts, ("single-user", "hub"))
    durability = given.get("STARWATT_DURABILITY") or "disk"
    _one_of("STARWATT_DURABILITY", durability, ("disk", "hub"))
    dataset = given.get("STARWATT_DATASET") or None
    if dataset is not None and not _DATASET.fullmatch(dataset):
        raise BadInput(
            f"STARWATT_DATASET is {dataset!r}.", "Write it as ORG/PREFIX, for example starwatt/energy."
        )
    if durability == "hub" and not (dataset and given.get("HF_TOKEN")):
        raise BadInput(
            "STARWATT_DURABILITY=hub has no Hub to write to.", "Set STARWATT_DATASET and HF_TOKEN, or disk."
        )
    return Settings(
        port=int(_number("PORT", given.get("PORT") or "7860", 0, 65535)),
        host=host,
        data=Path(given.get("STARWATT_DATA") or "data"),
        dataset=dataset,
        durability=durability,
        accounts=accounts,
        lease_s=_number("STARWATT_LEASE_S", given.get("STARWATT_LEASE_S") or "300", 0.5, 86400),
        hub_endpoint=given.get("HF_ENDPOINT") or None,
        hub_token=given.get("HF_TOKEN") or None,
        fetch_token=given.get("STARWATT_FETCH_TOKEN") or None,
        space_id=given.get("SPACE_ID") or None,
    )


def _one_of(name: str, value: str, allowed: tuple[str, ...]) -> None:
    if value not in allowed:
        raise BadInput(f"{name} is {value!r}.", f"It may be {' or '.join(allowed)}.")


def _number(name: str, value: str, low: float, high: float) -> float:
    try:
        number = float(value)
    except ValueError:
        number = low - 1
    if not low <= number <= high:
        raise BadInput(f"{name} is {value!r}.", f"It may be a number from {low:g} to {high:g}.")
    return number
