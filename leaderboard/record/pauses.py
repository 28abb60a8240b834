"""What is held back for now: hardware classes that are paused, machines that are drained, each with a reason.

Both are settings, JSON of name → reason, so that they outlive the disk. Claims read them in their own
transaction: from the moment that a pause is written, nothing more of that class is handed out.
"""

from __future__ import annotations

import json
from typing import Literal, get_args

from sqlalchemy import Connection, bindparam, or_, select
from sqlalchemy.dialects.sqlite import insert

from leaderboard.record.prepared import Prepared
from leaderboard.record.shelf import Shelf
from leaderboard.record.tables import settings

Held = Literal["paused", "draining", "aside"]
"""The keys: classes that are paused, machines that are draining, machines that were set aside as unfit."""

KINDS: tuple[Held, ...] = get_args(Held)
_READ_ALL = Prepared(
    select(settings.c.key, settings.c.value).where(or_(*(settings.c.key == kind for kind in KINDS)))
)
_READ = select(settings.c.value).where(settings.c.key == bindparam("kind"))
_WRITE = insert(settings).on_conflict_do_update(
    index_elements=["key"], set_={"value": insert(settings).excluded.value}
)


def held_back(connection: Connection, kind: Held) -> dict[str, str]:
    """Name → reason, in the caller's transaction."""
    value = connection.execute(_READ, {"kind": kind}).scalar_one_or_none()
    held: dict[str, str] = json.loads(value) if value else {}
    return held


def all_held_back(connection: Connection) -> dict[Held, dict[str, str]]:
    """Every kind in one question, for claims: kind → name → reason."""
    found: dict[Held, dict[str, str]] = {kind: {} for kind in KINDS}
    for kind, value in _READ_ALL.rows(connection, {}):
        found[kind] = json.loads(value)
    return found


def hold(connection: Connection, kind: Held, name: str, reason: str) -> None:
    """Hold one back, in the caller's transaction."""
    _write(connection, kind, {**held_back(connection, kind), name: reason})


class Pauses(Shelf):
    """Holding hardware classes and machines back, and letting them go on."""

    def held_back(self, kind: Held) -> dict[str, str]:
        """Hardware class or machine → why it is held back."""
        with self._readers.snapshot() as connection:
            return held_back(connection, kind)

    def hold_back(self, kind: Held, name: str, reason: str) -> None:
        """Hold one back, with a reason that pages show; once more puts another reason in its place."""

        self._writer.run(lambda connection: hold(connection, kind, name, reason))

    def let_go(self, kind: Held, name: str) -> bool:
        """Let it go on; returns whether it was held back."""

        def job(connection: Connection) -> bool:
            held = held_back(connection, kind)
            if name not in held:
                return False
            del held[name]
            _write(connection, kind, held)
            return True

        return self._writer.run(job)


def _write(connection: Connection, kind: Held, held: dict[str, str]) -> None:
    connection.execute(_WRITE, {"key": kind, "value": json.dumps(held, sort_keys=True)})
