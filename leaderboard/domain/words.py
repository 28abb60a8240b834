"""What every word of the domain shares: frozen, closed to unknown fields, hashed by its content."""

from __future__ import annotations

import hashlib
import json
from datetime import UTC, datetime
from typing import Annotated, Any

from pydantic import AwareDatetime, BaseModel, ConfigDict, StringConstraints, ValidationError

KebabId = Annotated[str, StringConstraints(pattern=r"^[a-z0-9]+(?:-[a-z0-9]+)*$", max_length=64)]
"""Ids of tasks, hardware classes, protocols and editions: kebab-case."""

Instant = AwareDatetime
"""A wall-clock time with its zone; shown and stored in UTC, never used to measure a duration."""


class Word(BaseModel):
    """A value that never changes: frozen, without unknown fields, numbers without NaN or infinity."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False, use_attribute_docstrings=True)


def now() -> datetime:
    """The wall clock, UTC, to the millisecond."""
    moment = datetime.now(UTC)
    return moment.replace(microsecond=moment.microsecond // 1000 * 1000)


def canonical_json(value: Any) -> str:
    """The one spelling of a JSON value: sorted keys, no spaces, no NaN. Hashes are taken of it."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)


def content_hash(value: Any) -> str:
    """sha256 (hex) of the canonical JSON of a value or of a Word."""
    if isinstance(value, BaseModel):
        value = value.model_dump(mode="json")
    return hashlib.sha256(canonical_json(value).encode()).hexdigest()


def first_fault(error: ValidationError, whole: str = "") -> str:
    """What is wrong with a document, and where: the first that was found; `whole`: where it has no place."""
    first = error.errors()[0]
    where = ".".join(str(part) for part in first["loc"]) or whole
    return f"{where}: {first['msg']}" if where else first["msg"]
