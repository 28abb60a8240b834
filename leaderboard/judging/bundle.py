"""What a bundle is: a run's folder in one zip, with a manifest that names each file's hash (METHOD §6).

`python -m runners bundle` packs it and the Space takes it; both read the format here.
"""

from __future__ import annotations

from typing import Literal

from pydantic import Field, ValidationError

from leaderboard.domain import WrongSchema
from leaderboard.domain.hardware import Environment
from leaderboard.domain.plans import NONCE
from leaderboard.domain.units import Count
from leaderboard.domain.words import Instant, Word, first_fault

SCHEMA: Literal[1] = 1
MANIFEST, PLAN, RUN, TRACE, LOG = "manifest.json", "plan.json", "run.json", "trace.parquet", "log.txt"
MOST_BYTES = {
    MANIFEST: 64 * 1024,
    PLAN: 64 * 1024,
    RUN: 1024 * 1024,
    TRACE: 16 * 1024 * 1024,
    LOG: 1024 * 1024,
}
"""The members of a bundle, all of them, and how large each may be, bytes."""
MOST_BUNDLE_BYTES = 20 * 1024 * 1024
"""How large a bundle may be as it is sent."""
MOST_SAMPLES = 200_000
"""Rows of a trace: five and a half hours at ten a second."""


class Member(Word):
    """One file of a bundle."""

    sha256: str = Field(pattern=r"^[0-9a-f]{64}$")
    size: Count
    """Bytes."""


class Manifest(Word):
    """`manifest.json`: what is in a bundle, and whose it is."""

    schema_version: Literal[1] = SCHEMA
    """Version of this format."""
    nonce: str = Field(pattern=NONCE)
    """The Space's number, which the plan carries too."""
    run_key: str = Field(pattern=r"^[0-9a-f]{64}$")
    """sha256 of the plan."""
    title: str = Field(max_length=100, pattern=r"^[^\x00-\x1f\x7f]+$")
    """What readers call the model."""
    licence: str = Field(max_length=60, pattern=r"^[A-Za-z0-9][A-Za-z0-9.+_-]*$")
    """Of the weights, in a word; `closed` where nobody else may have them."""
    harness: str = Field(max_length=40)
    """Version of the code that measured."""
    harness_hash: str | None = Field(default=None, pattern=r"^[0-9a-f]{64}$")
    """sha256 of the files of the code that measured and judged."""
    packed_at: Instant
    environment: Environment
    """What the run was on; the run's record says the same."""
    members: dict[str, Member] = Field(max_length=8)
    """Every file but this one."""


def read_manifest(document: object) -> Manifest:
    """A manifest out of parsed JSON.

    Raises:
        WrongSchema: it is none, or one of another schema version.
    """
    version = document.get("schema_version") if isinstance(document, dict) else None
    if version != SCHEMA:
        newer = isinstance(version, int) and not isinstance(version, bool) and version > SCHEMA
        raise WrongSchema(
            f"This is a bundle of schema version {str(version)[:20]}; version {SCHEMA} is read here.",
            "This Space is older than your harness: ask its operators to renew it."
            if newer
            else "Pack it with `python -m runners bundle`.",
        )
    try:
        return Manifest.model_validate(document)
    except ValidationError as error:
        raise WrongSchema(
            f"manifest.json is no manifest: {first_fault(error)}.",
            "Pack it with `python -m runners bundle`.",
        ) from error
