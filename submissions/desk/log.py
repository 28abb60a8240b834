"""The operators' log: an act is written before its effect, so that no effect goes without it.

The order is: the act, then its effect, then, where the effect was refused, a second act that says so. A Space
that dies between the first two leaves an act whose effect never came: the log may promise too much, and
never tells too little.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

from leaderboard.domain import Act, BadInput, Person, StarwattError
from leaderboard.proposing import Said
from leaderboard.record import Record

REFUSED = "refused"
"""The act that says of another one, named in its detail, that nothing came of it."""
LONGEST_REASON = 2000
LONGEST_SUBJECT = 200
MOST_LISTED = 1000


class By(NamedTuple):
    """Which operator does something, and why."""

    operator: Person
    reason: str

    @property
    def said(self) -> Said:
        return Said(self.operator.name, self.reason.strip())


class Entry(NamedTuple):
    """An act with what became of it."""

    act: Act
    refused: str = ""
    """Why nothing came of it; empty: it was done."""


@contextmanager
def written(record: Record, by: By, act: str, subject: str, **detail: Any) -> Iterator[None]:
    """Write an act down; its effect is the body of the `with`.

    Raises:
        BadInput: there is no reason, or too much of one; nothing was done or written.
        And what the effect raises, after that was written beside the act.
    """
    number = secrets.token_hex(6)
    _append(record, by, act, subject, check_reason(by.reason), {"number": number, **detail})
    try:
        yield
    except StarwattError as error:
        _append(record, by, REFUSED, subject, str(error)[:LONGEST_REASON], {"of": number, "act": act})
        raise


def check_reason(reason: str) -> str:
    """The reason without blanks around it. Raises BadInput."""
    bare = reason.strip()
    if not bare:
        raise BadInput("The reason is missing.", "Say why: it is kept for ever and shown.")
    if len(bare) > LONGEST_REASON:
        raise BadInput(f"The reason is longer than {LONGEST_REASON} characters.", "Say it in fewer words.")
    return bare


def entries(record: Record, subject: str | None = None, limit: int = 200) -> list[Entry]:
    """The log, newest first; of one subject where it is named.

    Raises:
        BadInput: more are asked for than are listed at once.
    """
    if not 1 <= limit <= MOST_LISTED:
        raise BadInput(f"A list has 1 to {MOST_LISTED} acts, not {limit}.", "Narrow it by subject.")
    why: dict[str, str] = {}
    found = []
    # An act and the word that it was refused are two rows.
    for act in record.acts(subject, 2 * limit):
        if act.act == REFUSED:
            why[str(act.detail.get("of", ""))] = act.reason
        else:
            found.append(Entry(act, why.get(str(act.detail.get("number", "")), "")))
    return found[:limit]


def _append(record: Record, by: By, act: str, subject: str, reason: str, detail: dict[str, Any]) -> None:
    record.add_act(
        Act(
            at=record.now(),
            actor=by.operator.subject,
            actor_name=by.operator.name,
            act=act,
            subject=subject[:LONGEST_SUBJECT],
            reason=reason,
            detail=detail,
        )
    )
