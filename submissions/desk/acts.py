"""The operators' desk: each act, written down before it is done (`desk_log.py`).

Nothing here asks who may: that is `desk_door.py`. Pages, API and commands are beside it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

from leaderboard import editions, proposing, succession
from leaderboard.domain import Conflict, Event, Proposal, Rating, Status, now
from leaderboard.publish import Publisher
from leaderboard.publish.report import Report
from leaderboard.record import Record
from leaderboard.succession import Superseded
from submissions import pausing, runner_tokens
from submissions.attested import decisions
from submissions.desk.log import By, written
from submissions.runner_tokens import RunnerToken
from submissions.status import changes


class Desk:
    """What an operator may do. Every method raises BadInput where `by` has no reason."""

    def __init__(self, record: Record, publisher: Publisher) -> None:
        self._record = record
        self._publisher = publisher

    def pause(self, hardware: str, by: By) -> None:
        """Hand nothing of a hardware class to runners until it is resumed; what runs goes on.

        Raises:
            UnknownName: there is no such class.
        """
        with written(self._record, by, "pause", hardware, kind="hardware"):
            pausing.pause(self._record, hardware, by.reason)

    def resume(self, hardware: str, by: By) -> None:
        """Hand a hardware class out again. Raises Conflict where it was not paused."""
        with written(self._record, by, "resume", hardware, kind="hardware"):
            if not pausing.resume(self._record, hardware):
                raise Conflict(f"{hardware[:64]} was not paused.", "There is nothing to resume.")

    def drain(self, machine: str, by: By) -> None:
        """Hand a machine no more work; what it runs it may end.

        Raises:
            UnknownName: no machine of that name was ever heard of or given a token: it is a slip of the pen.
            BadInput: that is no machine's name.
        """
        with written(self._record, by, "drain", machine, kind="machine"):
            runner_tokens.check_machine(self._record, machine)
            pausing.drain(self._record, machine, by.reason)

    def undrain(self, machine: str, by: By) -> None:
        """Hand a machine work again. Raises Conflict where it was not draining."""
        with written(self._record, by, "undrain", machine, kind="machine"):
            if not pausing.undrain(self._record, machine):
                raise Conflict(f"{machine[:100]} was not draining.", "There is nothing to undo.")

    def requeue(self, submission_id: str, by: By) -> Status:
        """Queue a submission again that is stuck, failed or was rejected; a runner that holds it is stopped.

        Raises:
            NotFound, Conflict: there is none, it has ended for good, or the same run is elsewhere.
        """
        with written(self._record, by, "requeue", submission_id, kind="submission"):
            if self._record.submission(submission_id).attested:
                raise Conflict("A bundle is not measured here.", "Accept or reject it.")
            return self._record.append(
                submission_id, _event(Status.QUEUED, by, "Queued again by an operator")
            )

    def withdraw(self, submission_id: str, by: By) -> Status:
        """Take a submission back for good: its rating is marked as withdrawn, and its page stays.

        One that was not measured yet is cancelled.

        Raises:
            NotFound, Conflict: there is none, it is being judged at this moment, or has ended so before.
        """
        with written(self._record, by, "withdraw", submission_id, kind="submission"):
            if not self._record.status(submission_id).final:
                event = _event(Status.CANCELLED, by, "Cancelled by an operator")
                return self._record.append(submission_id, event)
            return changes.withdraw(self._record, submission_id, by.operator, by.reason)

    def accept_bundle(self, submission_id: str, by: By) -> Rating:
        """List a bundle's run as attested, without stars. Raises as `decisions.accept`."""
        return decisions.accept(self._record, submission_id, by.operator, by.reason.strip())

    def reject_bundle(self, submission_id: str, by: By) -> None:
        """Do not list a bundle; its submitter reads why. Raises as `decisions.reject`."""
        decisions.reject(self._record, submission_id, by.operator, by.reason.strip())

    def remark(self, rating_id: str, kind: Literal["disputed", "withdrawn", "settled"], by: By) -> list[str]:
        """Say that a rating is disputed, that this was answered, or that it is withdrawn; returns its rows.

        Raises:
            NotFound: there is no such rating.
        """
        with written(self._record, by, kind, rating_id, kind="rating"):
            return succession.say(self._record, rating_id, kind, by.said)

    def open_edition(self, wanted: dict[str, Any], after: str, by: By) -> int:
        """Open an edition that follows a frozen one; returns how many rows it carries on.

        Raises:
            NotFound, BadInput, Conflict: as `succession.follower` and `succession.open_edition`.
        """
        with written(self._record, by, "open", str(wanted["id"]), kind="edition", after=after):
            edition = succession.follower(self._record.edition(after), **wanted)
            return succession.open_edition(self._record, edition)

    def freeze(self, edition_id: str, by: By) -> dict[str, int]:
        """Freeze an edition's bands; returns reference models per cell.

        Raises:
            NotFound, BadInput, Conflict: as `editions.freeze`.
        """
        with written(self._record, by, "freeze", edition_id, kind="edition"):
            return editions.freeze(self._record, edition_id)

    def supersede(self, old_id: str, new_id: str, by: By) -> Superseded:
        """Let an edition take over from another. Raises as `succession.supersede`."""
        with written(self._record, by, "supersede", old_id, kind="edition", successor=new_id):
            return succession.supersede(self._record, old_id, new_id, by.said)

    def confirm(self, proposal_id: str, new_id: str, by: By) -> Superseded:
        """Follow a proposal; without a reason its own is said. Raises as `succession.confirm`."""
        if not by.reason.strip():
            by = by._replace(reason=proposing.proposal_of(self._record, proposal_id).reason)
        with written(self._record, by, "confirm", proposal_id, kind="proposal", successor=new_id):
            return succession.confirm(self._record, proposal_id, new_id, by.said)

    def decline(self, proposal_id: str, by: By) -> Proposal:
        """Decline a proposal. Raises as `proposing.decline`."""
        with written(self._record, by, "decline", proposal_id, kind="proposal"):
            return proposing.decline(self._record, proposal_id, by.said)

    def publish(self, by: By) -> Report:
        """Publish now what the clock would publish within a minute. Raises as `Publisher.publish`."""
        with written(self._record, by, "publish", "data sets", kind="publishing"):
            return self._publisher.publish()

    def make_token(self, machine: str, hardware: Sequence[str], by: By) -> tuple[RunnerToken, str]:
        """Make a token for a runner; returns it with its secret, which is told this once.

        Raises:
            UnknownName, BadInput: the hardware classes.
        """
        id, named = runner_tokens.new_token_id(), tuple(hardware)
        with written(self._record, by, "make-token", id, kind="token", machine=machine, hardware=list(named)):
            return runner_tokens.make_runner_token(self._record, id, machine, named, by.operator)

    def revoke_token(self, token_id: str, by: By) -> None:
        """Take a runner's token back, from the next request on. Raises NotFound."""
        with written(self._record, by, "revoke-token", token_id, kind="token"):
            runner_tokens.revoke(self._record, token_id)


def _event(status: Status, by: By, what: str) -> Event:
    return Event(
        status=status,
        at=now(),
        actor=by.operator.subject,
        message=f"{what}. Reason: {by.reason.strip()}",
        detail={"actor_name": by.operator.name, "reason": by.reason.strip()},
    )
