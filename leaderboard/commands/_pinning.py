"""Which commit a data set is pinned to, and whether a pin still holds (METHOD §2)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Protocol

from leaderboard.domain import BadInput, DatasetRef, NotFound, Pin, Refused

_SHOWN = 12
"""Characters of a commit that people are shown."""


class Hub(Protocol):
    """What is asked of the Hub; `_data_sets.DataSets` says what is raised."""

    def newest(self, repo_id: str) -> str: ...

    def confirm(self, ref: DatasetRef, revision: str) -> None: ...


@dataclass(frozen=True)
class Outcome:
    """What became of one data set."""

    pin: Pin | None
    """What the file shall hold of it."""
    said: str
    good: bool
    """Whether it is pinned and all is there."""


def pin_one(hub: Hub, parts: Sequence[DatasetRef], old: Pin | None, *, renew: bool, today: date) -> Outcome:
    """Pin a data set to its newest commit if that has every part; what is pinned is kept, unless `renew`.

    Args:
        parts: one or more, all of the same data set.

    Raises:
        Forbidden, HubUnavailable: nothing can be asked.
    """
    try:
        revision = old.revision if old is not None and not renew else hub.newest(parts[0].repo_id)
        _confirm(hub, parts, revision)
    except (NotFound, Refused, BadInput) as error:
        state = "not pinned" if old is None else f"kept at {_short(old.revision)}, but not confirmed"
        return Outcome(old, f"{state}: {error}", good=False)
    if old is not None and old.revision == revision:
        return Outcome(old, f"kept at {_short(revision)}", good=True)
    before = "" if old is None else f" (before: {_short(old.revision)})"
    return Outcome(
        Pin(revision=revision, pinned_on=today), f"pinned at {_short(revision)}{before}", good=True
    )


def check_one(hub: Hub, parts: Sequence[DatasetRef], old: Pin | None) -> Outcome:
    """Whether a pin is there, has every part, and is still the newest commit; nothing is changed.

    Args:
        parts: one or more, all of the same data set.

    Raises:
        Forbidden, HubUnavailable: nothing can be asked.
    """
    if old is None:
        return Outcome(None, "not pinned", good=False)
    try:
        newest = hub.newest(parts[0].repo_id)
        _confirm(hub, parts, old.revision)
    except (NotFound, Refused, BadInput) as error:
        return Outcome(old, f"pinned at {_short(old.revision)}, but not confirmed: {error}", good=False)
    if newest == old.revision:
        return Outcome(old, f"as pinned at {_short(newest)}", good=True)
    said = f"moved: pinned at {_short(old.revision)}, the Hub has {_short(newest)} now"
    try:
        _confirm(hub, parts, newest)
    except (NotFound, Refused, BadInput) as error:
        said += f", which does not do: {error}"
    return Outcome(old, said, good=False)


def _confirm(hub: Hub, parts: Sequence[DatasetRef], revision: str) -> None:
    for part in parts:
        hub.confirm(part, revision)


def _short(revision: str) -> str:
    return revision[:_SHOWN]
