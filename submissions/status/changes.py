"""What may be done to a submission, by its state and its history; and its owner's three acts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from leaderboard import succession
from leaderboard.disputes import disputes_on
from leaderboard.domain import (
    BadInput,
    Conflict,
    Event,
    Fault,
    NotFound,
    Notice,
    Person,
    Status,
    now,
)
from leaderboard.proposing import Said
from leaderboard.record import Record
from submissions.status.shown import clean

Verb = Literal["cancel", "rerun", "withdraw", "dispute"]
VERBS: tuple[Verb, ...] = ("cancel", "rerun", "withdraw", "dispute")
MOST_RERUNS = {Fault.OURS: 3, Fault.UNKNOWN: 1, Fault.THEIRS: 0}
"""How often an owner may have the same submission run again; after that an operator decides."""
LONGEST_REASON = 500

_CANCELLED_BY = (Status.RECEIVED, Status.QUEUED, Status.CLAIMED, Status.RUNNING)
_WITHDRAWN_BY = (Status.DONE, Status.REJECTED, Status.FAILED)


def why_not(verb: Verb, events: Sequence[Event], *, operator: bool = False) -> str:
    """Why a submission with this history allows no such act, as a sentence; empty: it does.

    Whether a person may is another question (`submissions.accounts.seam`).
    """
    status = events[-1].status
    if verb == "cancel":
        return "" if status in _CANCELLED_BY else f"What is {status.value} cannot be cancelled any more."
    if verb == "withdraw":
        return "" if status in _WITHDRAWN_BY else f"What is {status.value} has no result to withdraw."
    if verb == "dispute":
        rated = status is Status.DONE and rating_id_of(events) is not None
        return "" if rated else f"What is {status.value} has no rating to dispute."
    if "bundle" in events[0].detail:
        return "It was measured on its submitter's own machine: no runner of ours can run it again."
    return _why_no_rerun(events, operator=operator)


def cancel(record: Record, submission_id: str, person: Person, reason: str = "") -> Status:
    """Cancel a submission; a running one is stopped by its runner at the next heartbeat.

    Raises:
        NotFound: there is no such submission.
        Conflict: it has ended already.
        BadInput: the reason is too long.
    """
    events = _allowing("cancel", record, submission_id, person)
    started = events[-1].status.live
    what = (
        "Cancelled; its runner stops at the next heartbeat."
        if started
        else "Cancelled before it started, which costs nothing."
    )
    event = _act(Status.CANCELLED, person, what, checked(reason, needed=False), before_start=not started)
    return record.append(submission_id, event)


def rerun(record: Record, submission_id: str, person: Person, reason: str = "") -> Status:
    """Queue a submission again that ended without a figure by a fault of ours.

    Raises:
        NotFound: there is no such submission.
        Conflict: it did not end so, it was run again often enough, or the same run is asked for elsewhere.
        BadInput: the reason is too long.
    """
    events = _allowing("rerun", record, submission_id, person)
    fault = events[-1].fault.value
    event = _act(
        Status.QUEUED, person, "Queued again.", checked(reason, needed=False), rerun=True, of_fault=fault
    )
    return record.append(submission_id, event)


def withdraw(record: Record, submission_id: str, person: Person, reason: str) -> Status:
    """Take back a result: its page stays as the record of it, and its rating says that it was withdrawn.

    Raises:
        NotFound: there is no such submission.
        Conflict: it has no result.
        BadInput: no reason, or one that is too long.
    """
    why = checked(reason, needed=True)
    events = _allowing("withdraw", record, submission_id, person)
    kept = {name: value for name in ("run_id", "rating_id") if (value := _told(events, name)) is not None}
    event = _act(Status.WITHDRAWN, person, "Withdrawn.", why, **kept)
    notices = _notices(record, submission_id, events, Said(name_of(person), why))
    return record.append_with_notices(submission_id, event, notices)


def checked(reason: str, *, needed: bool) -> str:
    """A reason as it is kept. Raises BadInput."""
    reason = " ".join(clean(reason).split())
    if needed and not reason:
        raise BadInput("The reason is missing.", "Say why in a sentence: it is kept and shown.")
    if len(reason) > LONGEST_REASON:
        raise BadInput(
            f"The reason has {len(reason)} characters; {LONGEST_REASON} are kept.", "Say it in fewer words."
        )
    return reason


def run_id_of(events: Sequence[Event]) -> str | None:
    """The run that the newest result was made of."""
    return _told(events, "run_id")


def rating_id_of(events: Sequence[Event]) -> str | None:
    """The rating that came of it."""
    return _told(events, "rating_id")


def name_of(person: Person) -> str:
    """How a page calls them."""
    return person.name or "somebody"


def _why_no_rerun(events: Sequence[Event], *, operator: bool) -> str:
    last = events[-1]
    if last.status not in (Status.FAILED, Status.REJECTED):
        return f"What is {last.status.value} is not run again."
    if operator:
        return ""
    if last.fault is Fault.THEIRS:
        return "The cause lies with the model, so it would end the same way again."
    done = sum(1 for event in events if event.detail.get("rerun"))
    most = MOST_RERUNS[last.fault]
    if done < most:
        return ""
    return f"It was run again {'once' if done == 1 else f'{done} times'} already; an operator decides now."


def _allowing(verb: Verb, record: Record, submission_id: str, person: Person) -> list[Event]:
    events = record.events(submission_id)
    why = why_not(verb, events, operator=person.operator)
    if why:
        remedy = "Mend what its page says and submit it anew." if verb == "rerun" else "See its page."
        raise Conflict(why, remedy)
    return events


def _act(status: Status, person: Person, what: str, reason: str, **detail: str | bool) -> Event:
    return Event(
        status=status,
        at=now(),
        actor=person.subject,
        message=f"{what} Reason: {reason}" if reason else what,
        detail={"actor_name": name_of(person), "reason": reason, **detail},
    )


def _notices(record: Record, submission_id: str, events: Sequence[Event], said: Said) -> list[Notice]:
    """On the rating and its rows, where they are still made of this submission's run or of its re-test's."""
    rating_id = rating_id_of(events)
    if rating_id is None:
        return []
    try:
        rating = record.rating(rating_id)
    except NotFound:
        return []
    retests = [record.events(dispute.retest) for dispute in disputes_on(record, rating_id)]
    own = [one for one in retests if one[0].detail.get("retest_of") == submission_id]
    if rating.run_id not in [run_id_of(one) for one in (events, *own)]:
        return []
    return succession.notices_on(record, rating_id, "withdrawn", said)


def _told(events: Sequence[Event], name: str) -> str | None:
    """What the newest result says; a later rerun begins without one."""
    for event in reversed(events):
        if event.status is Status.QUEUED:
            return None
        if name in event.detail:
            return str(event.detail[name])
    return None
