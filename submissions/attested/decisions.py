"""What an operator decides about bundles that wait: listed as attested, or not (METHOD §6)."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, NamedTuple

from leaderboard import editions
from leaderboard.domain import (
    BadInput,
    Conflict,
    Event,
    Finding,
    Forbidden,
    NotFound,
    Outcome,
    Person,
    Provenance,
    Rating,
    Run,
    StarwattError,
    Status,
    Submission,
    rejections,
)
from leaderboard.judging import bundle as form
from leaderboard.record import Record
from submissions.attested.opening import open_bundle, read_opening
from submissions.attested.refusing import refuse_for
from submissions.attested.taking import place_of, sha256_of, unpacked
from submissions.desk.log import By, written

_MOST_WAITING = 1000
_DECIDING = threading.Lock()
"""One decision at a time: who comes second must find it made before they touch a file of the first."""


class Waiting(NamedTuple):
    """A bundle that waits, with what an operator should see of it."""

    submission: Submission
    title: str
    """What readers call the model."""
    remarks: tuple[Finding, ...]
    """Its findings that did not pass: flags, notes, and what could not be looked at."""
    recomputed: dict[str, float | None]
    """Energy per query made again from the raw samples, J: `by_counter_j` and `by_power_j`."""


def waiting(record: Record) -> list[Waiting]:
    """Bundles that nobody has decided about, oldest first."""
    rows = record.submissions([Status.RECEIVED], limit=_MOST_WAITING)
    return [_waiting(record, row.submission) for row in reversed(rows) if row.submission.attested]


def accept(record: Record, id: str, person: Person, reason: str) -> Rating:
    """List a bundle's run as attested, without stars; its files are those that were judged when it came.

    Args:
        reason: why, kept with the operator's name.

    Raises:
        Forbidden: the person is no operator.
        BadInput: no reason is given.
        NotFound: there is no such submission, or its bundle was lost with the disk.
        Conflict: it waits no longer.
        Refused: other runs speak against it.
    """
    _check(person, reason)
    with written(record, By(person, reason), "accept-bundle", id, kind="submission"), _DECIDING:
        return _accept(record, _waits(record, id), person, reason)


def _accept(record: Record, submission: Submission, person: Person, reason: str) -> Rating:
    id = submission.id
    detail = record.events(id)[0].detail
    bundle = place_of(record, id)
    if not bundle.is_file() or sha256_of(bundle) != detail["bundle"]["sha256"]:
        raise NotFound(
            "The bundle was lost with the disk, or is damaged there.", "Reject it, and ask for a new one."
        )
    with unpacked(record, bundle) as folder:
        opened = open_bundle(folder, read_opening(folder))
        run = opened.run.model_copy(
            update={
                "provenance": Provenance.ATTESTED,
                # What this Space found when it came, and not what its submitter's machine did.
                "findings": tuple(Finding.model_validate(finding) for finding in detail["findings"]),
            }
        )
        rating, across = editions.rate_run(record, run, submission.facts)
        for finding in rejections(across):
            raise refuse_for(finding, across)
        with _kept(record, id, folder, run):
            record.decide_bundle(id, _moves(record, person, rating, across, reason), run, [rating])
    return rating


def _moves(
    record: Record, person: Person, rating: Rating, across: Sequence[Finding], reason: str
) -> list[Event]:
    flags = "".join(f" {finding.message}" for finding in across if finding.outcome is Outcome.FAILED)
    return [
        _event(record, Status.VERIFYING, person, "An operator looks at the bundle."),
        _event(
            record,
            Status.DONE,
            person,
            f"{rating.energy_wh_per_1000:.3g} Wh per 1,000 queries, {rating.not_rated}.{flags} {reason}",
            run_id=rating.run_id,
            rating_id=rating.id,
        ),
    ]


def reject(record: Record, id: str, person: Person, reason: str) -> None:
    """Do not list it. The reason is what its submitter reads; the bundle is deleted.

    Raises:
        Forbidden, BadInput, NotFound, Conflict: as `accept`.
    """
    _check(person, reason)
    with written(record, By(person, reason), "reject-bundle", id, kind="submission"), _DECIDING:
        _waits(record, id)
        event = _event(record, Status.REJECTED, person, reason)
        remedy = "Mend that, measure again with a new nonce, and hand in the new bundle."
        record.append(id, event.model_copy(update={"remedy": remedy}))
        place_of(record, id).unlink(missing_ok=True)


def _waiting(record: Record, submission: Submission) -> Waiting:
    detail = record.events(submission.id)[0].detail
    findings = [Finding.model_validate(finding) for finding in detail["findings"]]
    remarks = tuple(finding for finding in findings if finding.outcome is not Outcome.PASSED)
    return Waiting(submission, detail["bundle"]["title"], remarks, detail["recomputed"])


def _check(person: Person, reason: str) -> None:
    """Whether they may decide, and say why; before anything is written."""
    if not person.operator:
        raise Forbidden("Only an operator of this Space may do this.", "Ask one of them.")
    if not reason.strip():
        raise BadInput("No reason is given.", "Say why; it is kept and shown.")


def _waits(record: Record, id: str) -> Submission:
    submission, status = record.submission(id), record.status(id)
    if not submission.attested or status is not Status.RECEIVED:
        raise Conflict(f"Submission {id} is {status.value} and no bundle that waits.", "Read it again.")
    return submission


@contextmanager
def _kept(record: Record, id: str, folder: Path, run: Run) -> Iterator[None]:
    """The run's folder beside those of our own runs before the record tells of it; gone where it does not."""
    target = record.run_folder(run.id)
    try:
        for name in (form.TRACE, form.LOG):
            shutil.copyfile(folder / name, target / name)
        (target / form.RUN).write_text(run.model_dump_json(indent=2) + "\n", encoding="utf-8")
        yield
    except BaseException:
        # What the record tells of stays, however this ended; where it cannot be asked, everything does.
        with suppress(StarwattError):
            if record.status(id) is not Status.DONE:
                shutil.rmtree(target, ignore_errors=True)
        raise


def _event(record: Record, status: Status, person: Person, message: str, **detail: Any) -> Event:
    detail = {"actor_name": person.name, **detail}
    return Event(status=status, at=record.now(), actor=person.subject, message=message, detail=detail)
