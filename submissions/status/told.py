"""What a submission's page tells, in words; the same as JSON."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from leaderboard import catalogue
from leaderboard.board.recipes import Recipe, recipe_of_plan
from leaderboard.disputes import Dispute, disputes_on
from leaderboard.domain import Event, Fault, Finding, NotFound, Progress, Rating, Status, Submission
from leaderboard.record import Record
from leaderboard.standing import STANDS, Standing, standing
from submissions.outlook import Outlook
from submissions.outlook import Standing as Expected
from submissions.status.changes import VERBS, rating_id_of, run_id_of, why_not
from submissions.status.disputes import can_be_retested, retest_of
from submissions.status.live import stamp_of
from submissions.status.shown import clean, log_tail
from submissions.status.words import Line, line, owner_words, tries


@dataclass(frozen=True)
class Now:
    """A run as it stands at this moment."""

    fraction: float
    message: str
    remaining_s: float | None
    """Seconds left as its runner last said, less those that went by since; None: it does not know."""
    heard_at: datetime
    """When the runner was last heard of."""
    heard_s: float
    """Seconds since then."""


@dataclass(frozen=True)
class Told:
    """Everything about one submission that anybody may know."""

    submission: Submission
    status: Status
    events: tuple[Event, ...]
    lines: tuple[Line, ...]
    tries: str
    """How often it was tried, in words; empty: once, or not yet."""
    now: Now | None
    waits: Expected | None
    """While it waits: its place, and when it should begin; None: it does not wait."""
    log: str
    run_id: str | None
    rating: Rating | None
    standing: Standing
    disputes: tuple[Dispute, ...]
    retest_of: str | None
    stamp: str
    """What a stream of changes goes on from."""

    @property
    def position(self) -> int | None:
        """Its place among those that wait for the same hardware, 1 is next; None: it does not wait."""
        return self.waits.row.place if self.waits else None

    @property
    def fault(self) -> Fault | None:
        """Whose fault it was; None: it did not end so."""
        return self.events[-1].fault if self.status in (Status.FAILED, Status.REJECTED) else None

    @property
    def retestable(self) -> bool:
        """Whether a runner of ours can measure what was rated."""
        return self.rating is not None and can_be_retested(self.rating)

    @property
    def findings(self) -> tuple[Finding, ...]:
        """What the checks before the queue said."""
        return tuple(Finding.model_validate(one) for one in self.events[0].detail.get("findings", ()))

    @property
    def again_href(self) -> str:
        """The form, filled in as it was."""
        plan = self.submission.plan
        asked = {
            "model": plan.model.repo_id,
            "task": plan.task,
            "hardware": plan.hardware,
            "precision": plan.model.precision,
            "protocol": plan.protocol,
            "reasoning": plan.reasoning,
        }
        return f"/submit?{urlencode(asked)}"

    @property
    def recipe(self) -> Recipe:
        """The commands that measure the same elsewhere."""
        return recipe_of_plan(self.submission.plan)


def tell(record: Record, submission_id: str, outlook: Outlook | None = None) -> Told:
    """All about a submission. Raises NotFound.

    `outlook`: who knows the line; it remembers what it read for others.
    """
    # First: what changes while the rest is read is then told by the stream.
    stamp = stamp_of(record, submission_id)
    submission, events = record.submission(submission_id), record.events(submission_id)
    rating = _rating(record, rating_id_of(events))
    run_id = run_id_of(events)
    ours = rating is not None and rating.run_id == run_id
    waiting = events[-1].status is Status.QUEUED
    return Told(
        submission=submission,
        status=events[-1].status,
        events=tuple(events),
        lines=tuple(line(event, submission) for event in events),
        tries=tries(events),
        now=_now(record, record.progress(submission_id), events),
        waits=(outlook or Outlook(record)).standing_of(submission_id) if waiting else None,
        log=log_tail(record.log(submission_id)),
        run_id=run_id,
        rating=rating,
        standing=standing(record, rating) if rating is not None and ours else STANDS,
        disputes=tuple(disputes_on(record, rating.id)) if rating is not None else (),
        retest_of=retest_of(events),
        stamp=stamp.text,
    )


def as_json(told: Told) -> dict[str, Any]:
    """A submission as the API tells it."""
    plan = told.submission.plan
    return {
        "id": told.submission.id,
        "status": told.status.value,
        "sentence": told.status.sentence,
        "final": told.status.final,
        "url": f"/submissions/{told.submission.id}",
        "model": plan.model.repo_id,
        "revision": plan.model.sha,
        "task": plan.task,
        "hardware": plan.hardware,
        "precision": plan.model.precision,
        "protocol": plan.protocol,
        "reasoning": plan.reasoning,
        "submitted_by": owner_words(told.submission),
        "submitted_at": told.submission.submitted_at.isoformat(),
        "expected_duration_s": plan.expected_duration_s,
        "position": told.position,
        "begins_at": _iso(told.waits.begins_at) if told.waits else None,
        "ends_at": _iso(told.waits.ends_at) if told.waits else None,
        "held": told.waits.held if told.waits else "",
        "tries": told.tries,
        "progress": _progress_json(told.now),
        "events": [
            {
                "status": step.status.value,
                "at": step.at.isoformat(),
                "actor": step.who,
                "message": step.message,
                "remedy": step.remedy,
            }
            for step in told.lines
        ],
        "fault": told.fault.value if told.fault else None,
        "why_not": {verb: why_not(verb, told.events) for verb in VERBS},
        "log_tail": told.log,
        "run_id": told.run_id,
        "rating_id": told.rating.id if told.rating else None,
        "standing": told.standing.status.value,
        "retest_of": told.retest_of,
        "retests": _retests(told),
    }


def _now(record: Record, progress: Progress | None, events: Sequence[Event]) -> Now | None:
    """None where nothing runs; a run that was just claimed was heard of when it was."""
    if not events[-1].status.live:
        return None
    if progress is None:
        at = events[-1].at
        return Now(0.0, "", None, at, max((record.now() - at).total_seconds(), 0.0))
    heard_s = max((record.now() - progress.heartbeat_at).total_seconds(), 0.0)
    left_s = None if progress.remaining_s is None else max(progress.remaining_s - heard_s, 0.0)
    return Now(progress.fraction, clean(progress.message), left_s, progress.heartbeat_at, heard_s)


def _rating(record: Record, rating_id: str | None) -> Rating | None:
    try:
        return record.rating(rating_id) if rating_id else None
    except NotFound:
        return None


def _progress_json(now: Now | None) -> dict[str, Any] | None:
    if now is None:
        return None
    return {
        "fraction": now.fraction,
        "message": now.message,
        "remaining_s": now.remaining_s,
        "heartbeat_at": now.heard_at.isoformat(),
        "heartbeat_age_s": round(now.heard_s, 3),
    }


def _iso(at: datetime | None) -> str | None:
    return None if at is None else at.isoformat()


def _retests(told: Told) -> list[str]:
    return list(dict.fromkeys(dispute.retest for dispute in told.disputes if dispute.retest))


def is_development(submission: Submission) -> bool:
    """Whether what comes of it stays in development editions; an unknown class does not say."""
    known = catalogue.hardware_classes().get(submission.plan.hardware)
    return known is not None and known.development
