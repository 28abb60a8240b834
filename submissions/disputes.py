"""Somebody doubts a rating: a notice beside it, a re-test of the same plan, and its answer."""

from __future__ import annotations

import secrets
import threading
from collections.abc import Callable, Sequence
from datetime import timedelta

from leaderboard import catalogue, succession
from leaderboard.disputes import DISPUTE, Dispute, act_of, disputes_on
from leaderboard.domain import (
    Conflict,
    Event,
    Limits,
    Notice,
    Person,
    Plan,
    Provenance,
    Rating,
    Status,
    Submission,
    TooMany,
    now,
    three_significant,
    wh_per_1000,
)
from leaderboard.proposing import Said
from leaderboard.record import Asker, Record
from leaderboard.standing import StandingStatus, standing
from submissions.changes import checked, name_of, rating_id_of, run_id_of, why_not
from submissions.intake import ID_ALPHABET, queued_event

SPACE = "space"
"""Whose a re-test is: neither who doubts a figure nor whose model it is may cancel or withdraw it."""
MOST_A_DAY = 10
"""Disputes of one person in 24 hours."""
_LOOKED_AT = 1000
"""The newest acts of all, among which theirs are counted."""
MOST_RETESTS = 3
"""Re-tests that one person may have waiting or running."""


class Disputes:
    """Takes disputes, one after the other, and settles them when their re-test is done."""

    def __init__(
        self,
        record: Record,
        *,
        limits: Limits | None = None,
        when_received: Callable[[], None] | None = None,
    ) -> None:
        """`limits`: only the queue's cap counts here. `when_received`: as `Intake`."""
        self._record = record
        self._limits = (limits or Limits()).only_queue()
        self._when_received = when_received
        self._one_at_a_time = threading.Lock()

    def dispute(self, submission_id: str, person: Person, reason: str) -> str:
        """Doubt the rating of a submission; returns the id of the submission that measures it again.

        Empty: what was attested on somebody's own machine cannot be measured here, and an operator answers.

        Raises:
            NotFound: there is no such submission.
            BadInput: no reason, or one that is too long.
            Conflict: it has no rating that stands, or this person's dispute about it is still open.
            TooMany: this person disputed enough today, has enough re-tests under way, or the queue is full.
        """
        why = checked(reason, needed=True)
        with self._one_at_a_time:
            rating = self._disputable(submission_id)
            self._check_many(person)
            earlier = [dispute for dispute in disputes_on(self._record, rating.id) if self._open(dispute)]
            mine = next((dispute for dispute in earlier if dispute.person == person.subject), None)
            if mine is not None:
                follow = (
                    f"Follow the re-test at /submissions/{mine.retest}." if mine.retest else "Wait for it."
                )
                raise Conflict("You dispute this rating already, and there is no answer yet.", follow)
            if earlier or not can_be_retested(rating):
                retest = earlier[0].retest if earlier else ""
            else:
                retest = self._queue_retest(submission_id, rating, person, why)
            said = Said(name_of(person), why)
            notices = succession.notices_on(self._record, rating.id, "disputed", said)
            ids = tuple(notice.subject for notice in notices)
            dispute = Dispute(rating.id, ids, person.subject, said.author, why, self._record.now(), retest)
            self._record.add_notices(notices, act_of(dispute))
        return retest

    def settle(self, submission_id: str) -> None:
        """Answer the disputes that a re-test was made for, if it is one and is done; twice is harmless."""
        events = self._record.events(submission_id)
        first = events[0].detail
        if events[-1].status is not Status.DONE or "retest_of" not in first:
            return
        # Who joins a dispute at this moment is either answered here, or told that it is over.
        with self._one_at_a_time:
            self._settle(submission_id, events)

    def _settle(self, submission_id: str, events: Sequence[Event]) -> None:
        first = events[0].detail
        asked = disputes_on(self._record, first["rating_id"])
        ids = sorted({id for dispute in asked if dispute.retest == submission_id for id in dispute.ratings})
        before, after = self._record.run(first["run_id"]), self._record.run(str(run_id_of(events)))
        said = _comparison(before.energy_per_query_j, after.energy_per_query_j, after.id)
        at = self._record.now()
        self._record.add_notices(
            [
                Notice(subject=id, kind="settled", reason=said, author="Starwatt", at=at)
                for id in ids
                if self._is_disputed(id)
            ]
        )

    def _disputable(self, submission_id: str) -> Rating:
        events = self._record.events(submission_id)
        no = why_not("dispute", events)
        if no:
            raise Conflict(no, "Only a rating on the board can be disputed.")
        rating = self._record.rating(str(rating_id_of(events)))
        if rating.run_id != run_id_of(events):
            raise Conflict(
                f"This rating is made of a later run by now: {rating.run_id}.",
                f"See it at /r/{rating.id}, and dispute that one if you doubt it too.",
            )
        if standing(self._record, rating).status is StandingStatus.WITHDRAWN:
            raise Conflict("This rating was withdrawn already.", f"See why at /r/{rating.id}.")
        return rating

    def _open(self, dispute: Dispute) -> bool:
        if not dispute.retest:
            return self._is_disputed(dispute.rating_id)
        return not self._record.status(dispute.retest).final

    def _is_disputed(self, rating_id: str) -> bool:
        marks = standing(self._record, self._record.rating(rating_id)).marks
        return any(mark.status is StandingStatus.DISPUTED for mark in marks)

    def check_again(self, submission_id: str, rating: Rating) -> str:
        """Queue a re-test that nobody asked for: a sample of the ratings is measured again every year.

        Returns:
            its id.

        Raises:
            TooMany: the queue is full.
        """
        full = self._record.limit_reached(self._limits, Asker(SPACE, SPACE, ""), self._record.now())
        if full is not None:
            raise full.refusal(self._record.now())
        note = f"Re-test of submission {submission_id}, drawn by chance."
        message = "To be measured again: a sample of the ratings is, every year."
        return self._submit_retest(submission_id, rating, (SPACE, "Starwatt"), note, message)

    def _queue_retest(self, submission_id: str, rating: Rating, person: Person, reason: str) -> str:
        self._check_room(person)
        note = f"Re-test of submission {submission_id}, whose rating is disputed."
        message = f"To be measured again, because the rating is disputed. Reason: {reason}"
        return self._submit_retest(submission_id, rating, (person.subject, name_of(person)), note, message)

    def _submit_retest(
        self, submission_id: str, rating: Rating, actor: tuple[str, str], note: str, message: str
    ) -> str:
        first = self._record.submission(submission_id)
        plan = self._next_plan(first.plan)
        retest = Submission(
            id="".join(secrets.choice(ID_ALPHABET) for _ in range(12)),
            plan=plan,
            facts=first.facts,
            submitted_by=SPACE,
            submitted_by_name="Starwatt",
            submitted_at=now(),
            note=note,
        )
        received = Event(
            status=Status.RECEIVED,
            at=retest.submitted_at,
            actor=actor[0],
            message=message,
            detail={
                "actor_name": actor[1],
                "retest_of": submission_id,
                "rating_id": rating.id,
                "run_id": rating.run_id,
            },
        )
        queued = [queued_event(retest)] if self._when_received is None else []
        self._record.submit(retest, [received, *queued])
        if self._when_received is not None:
            self._when_received()
        return retest.id

    def _next_plan(self, plan: Plan) -> Plan:
        """The same measurement on its next occasion: another run key and another order of the queries."""
        occasion = plan.occasion
        while True:
            occasion += 1
            again = catalogue.plan_again(plan, occasion)
            if self._record.find_run_key(again.run_key) == (None, None):
                return again

    def _check_many(self, person: Person) -> None:
        since = self._record.now() - timedelta(days=1)
        theirs = [
            act.at
            for act in self._record.acts(limit=_LOOKED_AT)
            if act.act == DISPUTE and act.actor == person.subject and act.at > since
        ]
        if len(theirs) >= MOST_A_DAY:
            raise TooMany(
                f"You disputed {MOST_A_DAY} ratings in 24 hours.",
                "Come back when the first of them is a day old.",
                retry_after_s=max((min(theirs) - since).total_seconds(), 1.0),
            )

    def _check_room(self, person: Person) -> None:
        at = self._record.now()
        full = self._record.limit_reached(self._limits, Asker(SPACE, SPACE, ""), at)
        if full is not None:
            raise full.refusal(at)
        retests = [row for row in self._record.line() if row.person == SPACE]
        mine = [one for one in retests if self._record.events(one.id)[0].actor == person.subject]
        if len(mine) >= MOST_RETESTS:
            raise TooMany(
                f"{MOST_RETESTS} re-tests that you asked for are not over yet.",
                f"Wait for one of them: /submissions/{mine[0].id}.",
                retry_after_s=min(one.planned_s for one in mine),
            )


def can_be_retested(rating: Rating) -> bool:
    """Whether a runner of ours can measure it: it cannot where only its submitter has the model."""
    return rating.provenance is not Provenance.ATTESTED


def retest_of(events: Sequence[Event]) -> str | None:
    """The submission that this one measures again; None: it is no re-test."""
    found = events[0].detail.get("retest_of")
    return None if found is None else str(found)


def _comparison(before_j: float, after_j: float, run_id: str) -> str:
    old, new = (three_significant(wh_per_1000(joules)) for joules in (before_j, after_j))
    change = (after_j / before_j - 1) * 100
    return (
        f"Measured again with another order of the queries (run {run_id}): {old} Wh per 1,000 queries "
        f"before, {new} now ({change:+.1f} %). The newer figure stands."
    )
