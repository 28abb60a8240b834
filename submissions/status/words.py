"""A submission's history in plain words: who did what, and how often it was tried."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from leaderboard.domain import Event, Status, Submission
from leaderboard.record.states import MOST_ATTEMPTS
from submissions.status.shown import clean

_ENDED_BADLY = (Status.FAILED, Status.REJECTED, Status.CANCELLED, Status.WITHDRAWN)


@dataclass(frozen=True)
class Line:
    """One step of the timeline."""

    status: Status
    at: datetime
    who: str
    """Who did it, by name."""
    message: str
    remedy: str
    bad: bool


def owner_words(submission: Submission) -> str:
    """Who asked, by name, and for whom."""
    name = submission.submitted_by_name or ("local" if submission.submitted_by == "local" else "somebody")
    return f"{name} for {submission.owner_name or 'an organisation'}" if submission.owner else name


def who(event: Event, submission: Submission) -> str:
    """Who did it, by a name that people know: ids are nobody's business."""
    if named := event.detail.get("actor_name"):
        return clean(str(named))
    if event.actor == "space":
        return "Starwatt"
    if event.actor == submission.submitted_by:
        return submission.submitted_by_name or ("local" if event.actor == "local" else "who submitted it")
    if event.status.live or "fence" in event.detail:
        return f"runner {event.actor}"
    return "an operator"


def tries(events: Sequence[Event]) -> str:
    """How often it was tried since somebody last queued it, in words; empty: once, or not yet."""
    claims = lost = reruns = 0
    for event in events:
        if event.status is Status.CLAIMED:
            claims += 1
        elif event.detail.get("rerun"):
            claims, lost, reruns = 0, 0, reruns + 1
        elif "silence_s" in event.detail:
            lost += 1
    words = []
    if lost:
        runner = "its runner fell" if lost == 1 else f"{lost} runners fell"
        said = f"Try {max(claims, 1)} of {MOST_ATTEMPTS}: {runner} silent before."
        words.append(f"{said} That is no fault of yours.")
    if reruns:
        times = "once" if reruns == 1 else f"{reruns} times"
        words.append(f"It was queued again {times} after it had ended.")
    return " ".join(words)


def line(event: Event, submission: Submission) -> Line:
    """A step as the timeline shows it."""
    # What runners wrote went through nobody's hands.
    message, remedy = clean(event.message), clean(event.remedy)
    bad = event.status in _ENDED_BADLY
    return Line(event.status, event.at, who(event, submission), message, remedy, bad)
