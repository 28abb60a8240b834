"""A submission's log: pieces put together in the caller's transaction, once each however often they come."""

from __future__ import annotations

import json

from sqlalchemy import Connection, bindparam, select
from sqlalchemy.dialects.sqlite import insert

from leaderboard.record.states import State
from leaderboard.record.tables import logs

LOG_BYTES = 64 * 1024
"""How much of the end of a log is kept."""
GAP = "(Some lines are missing here: they had come before the record was restored.)\n"

_LOG = select(logs.c.tail).where(logs.c.submission_id == bindparam("of"))
_ADD_LOG = insert(logs)
_KEEP_LOG = _ADD_LOG.on_conflict_do_update(
    index_elements=["submission_id"], set_={"tail": _ADD_LOG.excluded.tail}
)


def arrived(state: State) -> int:
    """Characters of the run's log that are here, of the runner that holds the submission now."""
    if not state.progress:
        return 0
    known: int = json.loads(state.progress).get("log_characters", 0)
    return known


def unseen(text: str, at: int | None, here: int) -> tuple[str, int]:
    """What of a piece is new, and how many characters have arrived with it.

    Args:
        at: where in the run's log the piece begins, in characters; None: its runner does not count, and all
            of it is new.
        here: characters that had arrived before.
    """
    if at is None:
        return text, here + len(text)
    if at > here:
        return (GAP + text if text else ""), at + len(text)
    return text[here - at :], max(here, at + len(text))


def add_log(connection: Connection, id: str, text: str) -> None:
    """Add to a log; its last 64 KiB are kept, from the start of a line."""
    if text:
        before = connection.execute(_LOG, {"of": id}).scalar_one_or_none() or ""
        connection.execute(_KEEP_LOG, {"submission_id": id, "tail": _tail(before + text)})


def _tail(text: str) -> str:
    """The last 64 KiB in UTF-8, from the start of a line where one begins there."""
    encoded = text.encode(errors="replace")
    if len(encoded) <= LOG_BYTES:
        return encoded.decode()
    end = encoded[-LOG_BYTES:]
    line = end.find(b"\n") + 1
    return end[line:].decode(errors="ignore") if 0 < line < len(end) else end.decode(errors="ignore")
