"""The Space's settings: read once from the environment; every one is in `VARIABLES` and docs/SETTINGS.md."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from leaderboard.domain import BadInput, Limits

VARIABLES = {
    "PORT": "port to listen on; 7860 unless given, 0 for a free one",
    "HOST": "address to listen on; 127.0.0.1, or 0.0.0.0 on a Space",
    "STARWATT_DATA": "folder of the record and of what is published; ./data",
    "STARWATT_DATASET": "ORG/PREFIX of the data sets on the Hub; empty: publish to the data folder only",
    "STARWATT_DURABILITY": "disk: a submission is safe once the record has it; "
    "hub: it is queued, and a result acknowledged, once the private data set on the Hub has it",
    "STARWATT_ACCOUNTS": "single-user: whoever reaches the address may submit and operate; "
    "hub: people sign in with their Hub account; read only where no OAuth client is given. "
    "Default: single-user on a loopback address, else hub",
    "STARWATT_SESSION_SECRET": "secret that forms and sign-ins are bound with: 32 random characters or more; "
    "sign-in does not start without it",
    "STARWATT_OPERATORS": "subject ids of the Hub accounts that operate this Space, comma-separated; "
    "your own stands on the page /account",
    "STARWATT_LEASE_S": "seconds a runner may be silent before its work goes back to the queue; 300",
    "OAUTH_CLIENT_ID": "the OAuth client that people sign in with; a Space is given one",
    "OAUTH_CLIENT_SECRET": "its secret; a Space is given it too, and it never goes to a runner",
    "OPENID_PROVIDER_URL": "who people sign in with; the Hub at HF_ENDPOINT unless given",
    "SPACE_HOST": "host name that people reach the Space by over https; a Space is given it, "
    "behind a proxy of your own set it",
    "STARWATT_LIMITS": "limits in place of the defaults: person-day, person-open, organisation-day, "
    "organisation-open, address-day, address-open, person-made, organisation-made, address-made, queue, "
    "person-bundles, bundles, as in "
    "`person-day=5,queue=none`; with single-user accounts only `queue` and `bundles` have a default",
    "HF_ENDPOINT": "address of the Hub; the public one unless given",
    "STARWATT_FETCH_TOKEN": "read-only Hub token of the account that runners fetch gated models with; "
    "none: only open models are taken",
    "HF_TOKEN": "token that may write the data sets; never given to a runner",
}
"""Every environment variable the Space reads, with what it does."""

_DATASET = re.compile(r"^[A-Za-z0-9][\w.-]*/[A-Za-z0-9][\w.-]*$")
_LOOPBACK = ("127.0.0.1", "localhost", "::1")
_SUBJECT = re.compile(r"^[A-Za-z0-9_.:|-]{1,128}$")
_PUBLIC_HUB = "https://huggingface.co"

SECRETS = ("HF_TOKEN", "OAUTH_CLIENT_SECRET", "STARWATT_SESSION_SECRET")
"""Variables that the Space alone may know: no process that it starts is given them."""


@dataclass(frozen=True)
class OAuthClient:
    """With whom people sign in, and as whom we ask."""

    provider: str
    """Address of the OpenID provider, without a slash at its end."""
    client_id: str
    client_secret: str = field(repr=False)
    session_secret: str = field(repr=False)
    """Random, 32 characters or more: what forms and sign-ins are bound with."""


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
    limits: Limits
    hub_endpoint: str | None
    hub_token: str | None = field(repr=False)
    fetch_token: str | None = field(default=None, repr=False)
    """May read what its account was let into on the Hub, and write nothing."""
    space_id: str | None = None
    """ORG/NAME of the Space this runs on, as the Hub tells it in `SPACE_ID`; None elsewhere."""
    oauth: OAuthClient | None = None
    """None: nobody can sign in."""
    at_home: bool = False
    """Whether this was taken for one's own machine by its address alone: single-user, and nobody said so."""
    operators: frozenset[str] = frozenset()
    """Subject ids of the accounts that operate this Space."""

    @property
    def single_user(self) -> bool:
        return self.accounts == "single-user"

    @property
    def open_to_all(self) -> bool:
        """Whether others than who sits at this machine may submit and operate."""
        return self.single_user and self.host not in _LOOPBACK


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
        limits=_limits(accounts, given.get("STARWATT_LIMITS") or ""),
        hub_endpoint=given.get("HF_ENDPOINT") or None,
        hub_token=given.get("HF_TOKEN") or None,
        fetch_token=given.get("STARWATT_FETCH_TOKEN") or None,
        space_id=given.get("SPACE_ID") or None,
        oauth=_oauth(given) if accounts == "hub" else None,
        at_home=accounts == "single-user" and not given.get("STARWATT_ACCOUNTS"),
        operators=_operators(given.get("STARWATT_OPERATORS") or ""),
    )


def _oauth(given: Mapping[str, str]) -> OAuthClient | None:
    """The client of the sign-in; None where none is given.

    Raises:
        BadInput: half a client, a secret that can be guessed, or a provider that is no address.
    """
    names = ("OAUTH_CLIENT_ID", "OAUTH_CLIENT_SECRET")
    client_id, client_secret = (given.get(name, "").strip() for name in names)
    if not client_id and not client_secret:
        return None
    if not client_id or not client_secret:
        raise BadInput(
            f"{names[0] if client_secret else names[1]} is missing.",
            "Set both, as the Hub shows them for the OAuth app; or neither, and nobody can sign in.",
        )
    provider = given.get("OPENID_PROVIDER_URL") or given.get("HF_ENDPOINT") or _PUBLIC_HUB
    where = urlsplit(provider)
    if where.scheme != "https" and not (where.scheme == "http" and where.hostname in _LOOPBACK):
        raise BadInput(
            f"OPENID_PROVIDER_URL is {provider!r}.", "Write it as https://…; without it the Hub is asked."
        )
    return OAuthClient(provider.rstrip("/"), client_id, client_secret, _session_secret(given))


def _session_secret(given: Mapping[str, str]) -> str:
    secret = given.get("STARWATT_SESSION_SECRET", "").strip()
    # Few different characters, or one piece over and over, is what people type when it must be long.
    repeated = any(secret == secret[:length] * (len(secret) // length) for length in _pieces(len(secret)))
    typed = any(
        word in secret.lower() for word in ("secret", "password", "changeme", "change-me", "starwatt")
    )
    runs = any(secret[:12].lower() in line for line in _KEYBOARD) if secret else False
    if len(secret) < _SECRET_CHARACTERS or len(set(secret)) < 8 or repeated or typed or runs:
        raise BadInput(
            f"STARWATT_SESSION_SECRET is {'missing' if not secret else 'too short or too easy to guess'}, "
            "and people are to sign in here.",
            "Make one: python -c 'import secrets; print(secrets.token_urlsafe(32))'. "
            "On a Space, `python -m leaderboard deploy` makes it.",
        )
    return secret


_SECRET_CHARACTERS = 32
_KEYBOARD = (
    "abcdefghijklmnopqrstuvwxyz" * 2,
    "0123456789" * 4,
    "1234567890" * 4,
    "qwertyuiopasdfghjklzxcvbnm",
)


def _pieces(length: int) -> list[int]:
    """Lengths of pieces that fill a text of some length by being repeated."""
    return [piece for piece in range(1, length // 2 + 1) if length % piece == 0]


def _operators(text: str) -> frozenset[str]:
    subjects = [part.strip() for part in text.split(",") if part.strip()]
    for subject in subjects:
        # A name would be as good as any that somebody takes after it was given up.
        if not _SUBJECT.fullmatch(subject):
            raise BadInput(
                f"STARWATT_OPERATORS names {subject[:60]!r}.",
                "Write subject ids, comma-separated; your own stands on the page /account.",
            )
    return frozenset(subjects)


def _limits(accounts: str, text: str) -> Limits:
    # Nobody has to be kept from their own machine, unless they say so themselves.
    default = Limits() if accounts == "hub" else Limits().only_queue()
    try:
        return default.changed(text)
    except BadInput as error:
        raise BadInput(f"STARWATT_LIMITS: {error.message}", error.remedy) from error


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
