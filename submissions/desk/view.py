"""What operators see first: what waits where, which runners are there, what is stuck, what waits."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from leaderboard import catalogue, proposing
from leaderboard.domain import Edition, Event, NotFound, Proposal, Rating, Status
from leaderboard.record import OutboxRow, Record, SubmissionRow
from leaderboard.record.workers import machine_of, node_of
from leaderboard.standing import Standing, StandingStatus, standings
from submissions import pausing
from submissions.attested.decisions import Waiting, waiting
from submissions.desk.log import Entry, entries
from submissions.runner_tokens import RunnerToken, runner_tokens

HERE_S = 120.0
"""A runner speaks every few seconds while it looks for work, and every half minute while it works."""
WRITTEN_DOWN_WITHIN = timedelta(minutes=10)
"""A submission that is received and not queued for longer waits for something that does not come."""
LISTED = 10
_DISPUTES_LOOKED_AT = 500


class Hardware(NamedTuple):
    """One hardware class: what waits for it, and who could take it."""

    id: str
    waiting: int
    running: int
    oldest: datetime | None
    """When the one that waits longest was submitted."""
    here: int
    """Runners with this class that were heard from lately and are not draining."""
    paused: str
    """Why it is paused; empty: it is not."""


class Runner(NamedTuple):
    """A runner's machine."""

    machine: str
    hardware: tuple[str, ...]
    last_seen: datetime
    here: bool
    holds: SubmissionRow | None
    draining: str
    """Why it gets no more work; empty: it does."""
    nodes: dict[str, str]
    """Of the nodes that it hands work to, those that get none, as `node@machine` → why."""


class Stuck(NamedTuple):
    """A submission that does not go on by itself as it should."""

    row: SubmissionRow
    why: str


class Ended(NamedTuple):
    """A submission that ended without a figure, and its last event."""

    row: SubmissionRow
    last: Event


class Dispute(NamedTuple):
    """A rating that somebody doubts and nobody has decided on."""

    rating: Rating
    standing: Standing


@dataclass(frozen=True)
class Overview:
    """The desk at one moment."""

    hardware: list[Hardware]
    runners: list[Runner]
    stuck: list[Stuck]
    bundles: list[Waiting]
    """Bundles of runs made elsewhere that nobody has decided about."""
    ended: list[Ended]
    """The newest that failed or were rejected."""
    proposals: list[Proposal]
    disputes: list[Dispute]
    outbox: list[OutboxRow]
    editions: list[Edition]
    """Ours, not those of published figures."""
    tokens: list[RunnerToken]
    log: list[Entry]


def overview(record: Record, lease_s: float) -> Overview:
    """The desk as the record has it now. `lease_s`: how long a runner may be silent."""
    queue, paused = record.queue(), pausing.paused(record)
    runners = _runners(record, queue)
    return Overview(
        hardware=_hardware(queue, runners, paused),
        runners=runners,
        stuck=_stuck(record, queue, lease_s),
        bundles=waiting(record),
        ended=[
            Ended(row, record.events(row.submission.id)[-1])
            for row in record.submissions([Status.FAILED, Status.REJECTED], LISTED)
        ],
        proposals=proposing.waiting(record),
        disputes=_disputes(record),
        outbox=record.outbox(),
        editions=[edition for edition in record.editions() if not edition.reference],
        tokens=runner_tokens(record),
        log=entries(record, limit=LISTED),
    )


def _runners(record: Record, queue: Sequence[SubmissionRow]) -> list[Runner]:
    at, idle, nodes = record.now(), pausing.no_work(record), pausing.nodes_without_work(record)
    holds = {row.worker: row for row in queue if row.status.live}
    return [
        Runner(
            machine,
            hardware,
            seen,
            (at - seen).total_seconds() <= HERE_S,
            holds.get(machine),
            idle.get(machine, ""),
            {node_of(machine, node): why for node, why in nodes.get(machine_of(machine), {}).items()},
        )
        for machine, hardware, seen, _ in record.workers()
    ]


def _hardware(
    queue: Sequence[SubmissionRow], runners: Sequence[Runner], paused: dict[str, str]
) -> list[Hardware]:
    """Every class of the catalogue, busy ones first."""
    found = []
    for name in catalogue.hardware_classes():
        of_it = [row for row in queue if row.submission.plan.hardware == name]
        waiting = [row for row in of_it if not row.status.live]
        able = [r for r in runners if name in r.hardware and r.here and not r.draining]
        oldest = min((row.submission.submitted_at for row in waiting), default=None)
        running = len(of_it) - len(waiting)
        found.append(Hardware(name, len(waiting), running, oldest, len(able), paused.get(name, "")))
    return sorted(found, key=lambda one: (-one.waiting - one.running, not one.paused, one.id))


def _stuck(record: Record, queue: Sequence[SubmissionRow], lease_s: float) -> list[Stuck]:
    at, found = record.now(), []
    for row in queue:
        if row.status.live:
            heard = row.progress.heartbeat_at if row.progress else record.events(row.submission.id)[-1].at
            if (at - heard).total_seconds() > lease_s:
                why = f"Its runner {row.worker} was last heard from {_ago(at - heard)} ago"
                found.append(Stuck(row, why))
        elif row.submission.attested:
            # It waits for an operator, and not for anything to go on.
            continue
        elif row.status is Status.RECEIVED and at - row.submission.submitted_at > WRITTEN_DOWN_WITHIN:
            waits = _ago(at - row.submission.submitted_at)
            found.append(Stuck(row, f"It has waited {waits} to be written down in the Hub"))
        elif row.status is Status.QUEUED and row.attempt > 1:
            found.append(Stuck(row, f"{row.attempt} runners were lost with it"))
    return found


def _ago(since: timedelta) -> str:
    minutes = int(since.total_seconds() // 60)
    if minutes < 120:
        return f"{minutes} min"
    hours = minutes // 60
    return f"{hours} h" if hours < 48 else f"{hours // 24} days"


def _disputes(record: Record) -> list[Dispute]:
    said = record.newest_notices(_DISPUTES_LOOKED_AT)
    # A dict keeps the order and drops doubles; what an edition is told is no rating's.
    ratings = []
    for id in dict.fromkeys(notice.subject for notice in said if notice.kind == "disputed"):
        with contextlib.suppress(NotFound):
            ratings.append(record.rating(id))
    where = standings(record, ratings)
    return [
        Dispute(rating, where[rating.id])
        for rating in ratings
        if where[rating.id].status is StandingStatus.DISPUTED
    ]


def overview_json(record: Record, lease_s: float) -> dict[str, Any]:
    """The same for programs."""
    seen = overview(record, lease_s)
    return {
        "hardware": [
            {**one._asdict(), "oldest": one.oldest.isoformat() if one.oldest else None}
            for one in seen.hardware
        ],
        "runners": [
            {
                "machine": one.machine,
                "hardware": list(one.hardware),
                "last_seen": one.last_seen.isoformat(),
                "here": one.here,
                "holds": one.holds.submission.id if one.holds else None,
                "draining": one.draining,
                "nodes_without_work": one.nodes,
            }
            for one in seen.runners
        ],
        "stuck": [{**_row_json(one.row), "why": one.why} for one in seen.stuck],
        "bundles": [
            {
                "id": one.submission.id,
                "title": one.title,
                "remarks": [finding.message for finding in one.remarks],
                "recomputed": one.recomputed,
            }
            for one in seen.bundles
        ],
        "ended": [{**_row_json(one.row), "why": one.last.message} for one in seen.ended],
        "proposals": [one.model_dump(mode="json") for one in seen.proposals],
        "disputes": [{"rating": one.rating.id, "why": one.standing.reason} for one in seen.disputes],
        "outbox": [{"edition": one.subject, "since": one.created_at.isoformat()} for one in seen.outbox],
        "editions": [{"id": one.id, "status": one.status.value} for one in seen.editions],
    }


def token_json(token: RunnerToken) -> dict[str, Any]:
    """A runner's token as the API tells it: never its secret."""
    return {
        "id": token.id,
        "machine": token.machine,
        "hardware": list(token.hardware),
        "made_by": token.made.made_by_name,
        "made_at": token.made.made_at.isoformat(),
        "revoked": token.revoked,
    }


def _row_json(row: SubmissionRow) -> dict[str, Any]:
    return {
        "id": row.submission.id,
        "status": row.status.value,
        "model": row.submission.plan.model.repo_id,
        "hardware": row.submission.plan.hardware,
    }
