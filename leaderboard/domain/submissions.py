"""A submission, its events, and the one table of moves between its states (DESIGN §3)."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum
from typing import Any

from pydantic import Field

from leaderboard.domain.errors import Conflict
from leaderboard.domain.models import ModelFacts
from leaderboard.domain.plans import Plan
from leaderboard.domain.words import Instant, Word


class Status(StrEnum):
    """Where a submission stands. Each has a sentence; each way out has a cause and a remedy."""

    RECEIVED = "received"
    QUEUED = "queued"
    CLAIMED = "claimed"
    RUNNING = "running"
    VERIFYING = "verifying"
    DONE = "done"
    REJECTED = "rejected"
    FAILED = "failed"
    CANCELLED = "cancelled"
    WITHDRAWN = "withdrawn"

    @property
    def sentence(self) -> str:
        """What it means, for the person who submitted."""
        return _SENTENCES[self]

    @property
    def final(self) -> bool:
        """Whether nothing but a withdrawal can follow."""
        return self in _FINAL

    @property
    def live(self) -> bool:
        """Whether a runner holds it now."""
        return self in (Status.CLAIMED, Status.RUNNING, Status.VERIFYING)


class Fault(StrEnum):
    """Whose fault an ending without a figure was; an event's detail keeps it as `fault`."""

    OURS = "ours"
    """A runner, its machine or the Hub: the same submission may run again."""
    THEIRS = "theirs"
    """The model or what was asked of it: it would end the same way again."""
    UNKNOWN = "unknown"
    """Nobody can tell from what was written down."""


_FINAL = (Status.DONE, Status.REJECTED, Status.FAILED, Status.CANCELLED, Status.WITHDRAWN)

_SENTENCES = {
    Status.RECEIVED: "We have your submission; it is written down and looked at before it goes on.",
    Status.QUEUED: "It waits for a runner with the hardware you chose.",
    Status.CLAIMED: "A runner has taken it and is fetching the model.",
    Status.RUNNING: "The model is running and its energy is being measured.",
    Status.VERIFYING: "The measurement is over; its checks are being judged.",
    Status.DONE: "Measured and on the board.",
    Status.REJECTED: "The run finished, but its checks forbid a figure.",
    Status.FAILED: "The run could not finish, so there is no figure.",
    Status.CANCELLED: "Cancelled before it was measured.",
    Status.WITHDRAWN: "Withdrawn from the board; this page stays as the record of it.",
}

MOVES: dict[Status | None, frozenset[Status]] = {
    None: frozenset({Status.RECEIVED}),
    Status.RECEIVED: frozenset(
        {
            Status.QUEUED,
            # A bundle, which no runner holds: its checks are judged as soon as it has come.
            Status.VERIFYING,
            Status.REJECTED,
            Status.CANCELLED,
        }
    ),
    Status.QUEUED: frozenset({Status.CLAIMED, Status.CANCELLED}),
    # Back to queued: the runner was lost, which is our fault and never the submitter's.
    Status.CLAIMED: frozenset({Status.RUNNING, Status.FAILED, Status.QUEUED, Status.CANCELLED}),
    Status.RUNNING: frozenset({Status.VERIFYING, Status.FAILED, Status.QUEUED, Status.CANCELLED}),
    Status.VERIFYING: frozenset({Status.DONE, Status.REJECTED, Status.FAILED, Status.QUEUED}),
    Status.DONE: frozenset({Status.WITHDRAWN}),
    Status.REJECTED: frozenset({Status.QUEUED, Status.WITHDRAWN}),
    Status.FAILED: frozenset({Status.QUEUED, Status.WITHDRAWN}),
    Status.CANCELLED: frozenset(),
    Status.WITHDRAWN: frozenset(),
}
"""Every legal move; what is not here is refused."""


class Submission(Word):
    """What was asked for. Immutable: what happens to it is told by its events."""

    id: str = Field(pattern=r"^[0-9a-z]{12}$")
    plan: Plan
    facts: ModelFacts
    """What the Hub said of the model when it was submitted."""
    submitted_by: str
    """The Hub subject id, or "local" in single-user mode."""
    submitted_by_name: str = ""
    """Their name on the Hub at that time; shown, never trusted."""
    owner: str = ""
    """Subject id of the organisation it was made for; empty: the person themselves."""
    owner_name: str = ""
    submitted_at: Instant
    note: str = Field(default="", max_length=500)

    @property
    def attested(self) -> bool:
        """Whether its run was made by the submitter, so that no runner of ours may take it."""
        return self.plan.nonce is not None


class Event(Word):
    """One thing that happened to a submission; appended, never changed."""

    status: Status
    at: Instant
    actor: str
    """Who did it: a person's id, "space", or a runner's machine name."""
    message: str = ""
    """What happened, for the submitter."""
    remedy: str = ""
    """What to do, where something can be done."""
    detail: dict[str, Any] = Field(default_factory=dict)
    """Machine-readable: run id, findings, log link, fence, fault, and the actor's name (`actor_name`)."""

    @property
    def fault(self) -> Fault:
        """Whose fault this ending was, as far as it was written down."""
        told = self.detail.get("fault")
        return next((fault for fault in Fault if fault.value == told), Fault.UNKNOWN)


class Progress(Word):
    """How far a live run has come; overwritten, because it is a moment and not an event."""

    fraction: float = Field(ge=0, le=1)
    message: str
    remaining_s: float | None = Field(default=None, ge=0)
    heartbeat_at: Instant
    log_characters: int = Field(default=0, ge=0)
    """How much of its log has arrived, so that what is sent twice is taken once."""


def check_move(before: Status | None, after: Status) -> None:
    """Whether the table allows this move.

    Raises:
        Conflict: it does not; the message names what is possible.
    """
    if after not in MOVES[before]:
        start = f"A submission that is {before.value}" if before else "A new submission"
        allowed = ", ".join(sorted(status.value for status in MOVES[before])) or "nothing"
        raise Conflict(f"{start} cannot become {after.value}.", f"Possible from there: {allowed}.")


def fold(events: Iterable[Event]) -> Status:
    """The status that a stream of events leads to.

    Raises:
        Conflict: the stream makes a move that the table forbids, or is empty.
    """
    status: Status | None = None
    for event in events:
        check_move(status, event.status)
        status = event.status
    if status is None:
        raise Conflict("A submission without events has no status.", "The record is damaged: restore it.")
    return status
