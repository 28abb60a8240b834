"""On what terms Hub jobs are placed: image, account, tokens, price; refused before anything is claimed."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from leaderboard import catalogue
from leaderboard.domain import BadInput, Forbidden, HubUnavailable, Refused

if TYPE_CHECKING:
    from huggingface_hub import HfApi

_PINNED = re.compile(r"^[\w./:-]+@sha256:[0-9a-f]{64}$")
_LOCAL = {"127.0.0.1", "::1", "localhost"}


@dataclass(frozen=True)
class Terms:
    """What every job of a worker has in common."""

    image: str
    namespace: str
    space: str
    """The Space's address, as a job reaches it."""
    runner_token: str = field(repr=False)
    fetch_token: str | None = field(repr=False)
    """What a job fetches models with; None: only open ones."""
    price_usd_per_hour: float | None

    def cost(self, flavor: str, seconds: float | None) -> str:
        """What a job cost, in a sentence; nothing is guessed."""
        if seconds is None:
            return f"It is not known how long this {flavor} ran, nor what it cost."
        hours = seconds / 3600
        if self.price_usd_per_hour is None:
            return f"{hours:.3f} h of {flavor}; the cost is not known: STARWATT_JOB_PRICE is not set."
        dollars = hours * self.price_usd_per_hour
        return f"{hours:.3f} h of {flavor} × {self.price_usd_per_hour:g} USD per hour = {dollars:.4f} USD."


def flavor_of(hardware: str) -> str:
    """The Hub's machine of a hardware class. Raises Refused, UnknownName."""
    asked = catalogue.hardware(hardware).hub_job
    if asked is None:
        there = [id for id, each in catalogue.hardware_classes().items() if each.hub_job is not None]
        raise Refused(
            f"The Hub has no machine for jobs of the class {hardware}.",
            f"It has for {', '.join(there)}; others join with --executor local or slurm.",
        )
    return asked.flavor


def read_terms(environ: Mapping[str, str], space: str, runner_token: str, api: HfApi) -> Terms:
    """The terms that a worker's environment sets.

    Args:
        api: with the token that places jobs.

    Raises:
        BadInput: a setting is missing or of no use.
        Forbidden: a token is not known, or may do too much.
        HubUnavailable: the Hub could not be asked whose tokens they are.
    """
    image = environ.get("STARWATT_JOB_IMAGE", "")
    if not _PINNED.fullmatch(image):
        raise BadInput(
            f"STARWATT_JOB_IMAGE is {image or 'not set'!r}, not an image by digest.",
            "Write it as NAME@sha256:…, with the 64 digits that the registry gave when it was pushed.",
        )
    host = urlsplit(space).hostname
    if host in _LOCAL and urlsplit(str(api.endpoint)).hostname not in _LOCAL:
        raise BadInput(
            f"A job on the Hub cannot reach a Space at {space}.", "Give --space its public address."
        )
    if not api.token:
        raise Forbidden("There is no token to run jobs with.", "Set HF_TOKEN to one that may run jobs.")
    fetch_token = environ.get("STARWATT_FETCH_TOKEN") or None
    owner = _who(api, str(api.token), "HF_TOKEN")
    if fetch_token is not None:
        _check_fetches_only(api, fetch_token)
    return Terms(
        image=image,
        namespace=environ.get("STARWATT_JOB_NAMESPACE") or str(owner["name"]),
        space=space,
        runner_token=runner_token,
        fetch_token=fetch_token,
        price_usd_per_hour=_price(environ.get("STARWATT_JOB_PRICE", "")),
    )


def _check_fetches_only(api: HfApi, token: str) -> None:
    """Raises Forbidden where the token may write, as far as the Hub tells."""
    remedy = "Make one that may read, and nothing else, and set STARWATT_FETCH_TOKEN to it."
    if token == api.token:
        raise Forbidden("STARWATT_FETCH_TOKEN is HF_TOKEN itself, which may run jobs.", remedy)
    told = (_who(api, token, "STARWATT_FETCH_TOKEN").get("auth") or {}).get("accessToken") or {}
    fine = told.get("fineGrained") or {}
    granted = [*(fine.get("global") or [])]
    for scope in fine.get("scoped") or []:
        granted += scope.get("permissions") or []
    writing = [str(word) for word in granted if "write" in str(word)]
    if told.get("role") == "write" or writing:
        what = f" ({', '.join(writing)})" if writing else ""
        raise Forbidden(f"STARWATT_FETCH_TOKEN may write{what}; a job would hold it.", remedy)


def _who(api: HfApi, token: str, name: str) -> dict[str, Any]:
    import httpx2
    from huggingface_hub.errors import HfHubHTTPError

    try:
        return dict(api.whoami(token=token))
    except (HfHubHTTPError, httpx2.HTTPError, ConnectionError, TimeoutError) as error:
        status = getattr(getattr(error, "response", None), "status_code", None)
        if status in (401, 403):
            raise Forbidden(f"The Hub does not know the token in {name}.", "Make a new one there.") from error
        raise HubUnavailable(
            f"The Hub could not be asked whose {name} is ({type(error).__name__}).", "Try again in a minute."
        ) from error


def _price(text: str) -> float | None:
    if not text.strip():
        return None
    try:
        price = float(text)
    except ValueError:
        price = math.nan
    if not 0 < price < math.inf:
        raise BadInput(f"STARWATT_JOB_PRICE is {text!r}, not a price.", "Write USD per hour, as in 0.40.")
    return price
