"""What becomes of a finished run: judged again, rated, written down, its folder kept."""

from __future__ import annotations

import json
import shutil
from collections.abc import Sequence
from typing import Literal

from pydantic import Field

from leaderboard import catalogue, editions
from leaderboard.domain import (
    BadFile,
    Conflict,
    Event,
    FenceLost,
    Finding,
    Rating,
    Run,
    Status,
    Word,
    now,
    read_run,
    rejections,
)
from leaderboard.domain import Outcome as Found
from leaderboard.record import Record
from leaderboard.record.workers import node_of
from submissions.faults import (
    fault_of_code,
    fault_of_findings,
    unfit_by_code,
    unfit_by_findings,
    worth_another_try,
)
from submissions.incoming import RUN_FILES, Incoming
from submissions.pausing import LONGEST_REASON, found_fit
from submissions.status.disputes import Disputes


class Outcome(Word):
    """What a runner says at the end: `POST …/finish`."""

    fence: int
    outcome: Literal["done", "rejected", "failed"]
    cause: str = ""
    remedy: str = ""
    log_tail: str = ""
    code: str = Field(default="", max_length=40)
    """Of a failure: the error's kind (`leaderboard.domain.errors`); empty: the runner does not tell."""
    node: str = Field(default="", pattern=r"^[\w.-]{0,90}$")
    """The node that measured, where the runner hands its work to others; empty: its own machine."""


class Results:
    """Takes run folders from runners and turns them into rows of the board."""

    def __init__(self, record: Record, disputes: Disputes | None = None) -> None:
        self._record = record
        self._disputes = disputes or Disputes(record)
        self.incoming = Incoming(record)

    def finish(self, submission_id: str, outcome: Outcome, worker: str) -> tuple[Status, str | None]:
        """End a submission; returns its status and the run's id, if there is one.

        Doing it twice is harmless: a runner that lost our reply asks again.

        Raises:
            FenceLost: the lease went to another runner.
            BadFile, WrongSchema: run.json is missing, or is not of this plan.
        """
        status = self._record.status(submission_id)
        if status.final:
            ended = self._ended_before(submission_id, outcome, status)
            self._disputes.settle(submission_id)
            return ended
        self._record.hear(submission_id, outcome.fence)
        if outcome.log_tail:
            self._record.append_log(submission_id, outcome.fence, outcome.log_tail)
        if outcome.outcome == "failed" and worth_another_try(outcome.code):
            unfit = outcome.cause if unfit_by_code(outcome.code) else ""
            return self._try_again(submission_id, outcome, outcome.cause, outcome.remedy, unfit), None
        if outcome.outcome == "failed":
            event = _ending(
                Status.FAILED,
                worker,
                outcome.cause,
                outcome.remedy,
                fence=outcome.fence,
                fault=fault_of_code(outcome.code).value,
            )
            self._record.finish(submission_id, outcome.fence, [event], None, [])
            shutil.rmtree(self.incoming.folder(submission_id, outcome.fence), ignore_errors=True)
            return Status.FAILED, None
        run = self._read(submission_id, outcome.fence)
        unfit_for = unfit_by_findings(rejections(run.findings))
        if unfit_for is not None and not self._in_development(submission_id):
            before = self._set_aside_for(submission_id, unfit_for.name)
            if not before - {node_of(self._record.worker_of(submission_id), outcome.node)}:
                said, remedy, check = unfit_for.message, unfit_for.remedy, unfit_for.name
                return self._try_again(submission_id, outcome, said, remedy, said, check), None
            # Two machines found the same: it is the model, and one model must not stop a fleet.
            for machine in before:
                found_fit(self._record, machine)
        ratings, event = self._judge(submission_id, run, worker, outcome.fence)
        self._keep(submission_id, outcome.fence, run)
        verifying = Event(
            status=Status.VERIFYING, at=now(), actor=worker, message="The run folder has arrived."
        )
        self._record.finish(submission_id, outcome.fence, [verifying, event], run, ratings)
        self._disputes.settle(submission_id)
        return event.status, run.id

    def _set_aside_for(self, submission_id: str, check: str) -> set[str]:
        """Machines that earlier tries of this submission set aside by the same check."""
        details = [event.detail for event in self._record.events(submission_id)]
        return {str(one["aside"]) for one in details if one.get("check") == check and "aside" in one}

    def _try_again(
        self, submission_id: str, outcome: Outcome, said: str, remedy: str, unfit: str, check: str = ""
    ) -> Status:
        """Queue it again, at most so often.

        Args:
            unfit: why its machine gets no more work; empty: it does.
            check: the check that says so, if it was one.
        """
        machine, fence = node_of(self._record.worker_of(submission_id), outcome.node), outcome.fence
        aside = (machine, unfit[:LONGEST_REASON])
        set_aside = bool(unfit) and not self._in_development(submission_id)
        said = f"{machine}: {said}" if set_aside else said
        status = self._record.try_again(
            submission_id, fence, said, remedy, aside if set_aside else None, check
        )
        shutil.rmtree(self.incoming.folder(submission_id, fence), ignore_errors=True)
        self._disputes.settle(submission_id)
        return status

    def _in_development(self, submission_id: str) -> bool:
        """Whether its class is for trying things out: a busy machine there is nothing to see to."""
        return catalogue.hardware(self._record.submission(submission_id).plan.hardware).development

    def _judge(self, submission_id: str, run: Run, worker: str, fence: int) -> tuple[list[Rating], Event]:
        """The Space trusts the run's own findings no further than that none of them forbids a figure."""
        no = rejections(run.findings)
        if no:
            return [], _rejected(no, worker, run, fence)
        rated = editions.rate_run(self._record, run, self._record.submission(submission_id).facts)
        rating = rated.rating
        apart = [finding for finding in rated.findings if finding.outcome is Found.FAILED]
        if no := rejections(apart):
            return [], _rejected(no, "space", run, fence)
        stars = f"{rating.stars} of 5 stars" if rating.stars else rating.not_rated
        but = "".join(f" {finding.message}" for finding in apart)
        return rated.rows, _ending(
            Status.DONE,
            "space",
            f"{rating.energy_wh_per_1000:.3g} Wh per 1,000 queries: {stars}.{but}",
            run_id=run.id,
            rating_id=rating.id,
            fence=fence,
        )

    def _ended_before(
        self, submission_id: str, outcome: Outcome, status: Status
    ) -> tuple[Status, str | None]:
        last = self._record.events(submission_id)[-1].detail
        if last.get("fence") != outcome.fence:
            raise FenceLost(f"Submission {submission_id} has ended without this runner.", "Stop this run.")
        return status, last.get("run_id")

    def _read(self, submission_id: str, fence: int) -> Run:
        path = self.incoming.folder(submission_id, fence) / "run.json"
        if not path.is_file():
            raise BadFile("run.json was not handed in.", "PUT it to …/files/run.json first.")
        try:
            document = json.loads(path.read_bytes())
        except ValueError as error:
            raise BadFile(f"run.json is not JSON ({error}).", "Hand it in again.") from error
        run = read_run(document)
        if run.plan != self._record.submission(submission_id).plan:
            raise Conflict("run.json belongs to another plan.", "Hand in the run of this submission.")
        return run

    def _keep(self, submission_id: str, fence: int, run: Run) -> None:
        """Move the folder to where runs are kept; a folder that is there already is the same run's."""
        incoming, kept = self.incoming.folder(submission_id, fence), self._record.run_folder(run.id)
        for name in RUN_FILES:
            if (incoming / name).is_file():
                (incoming / name).replace(kept / name)
        shutil.rmtree(incoming, ignore_errors=True)


def _rejected(no: Sequence[Finding], actor: str, run: Run, fence: int) -> Event:
    fault = fault_of_findings(no).value
    return _ending(
        Status.REJECTED, actor, no[0].message, no[0].remedy, run_id=run.id, fence=fence, fault=fault
    )


def _ending(status: Status, actor: str, message: str, remedy: str = "", **detail: str | int) -> Event:
    return Event(status=status, at=now(), actor=actor, message=message, remedy=remedy, detail=detail)
