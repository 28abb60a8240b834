"""What stands in the house: hostile names and words wherever the domain lets them in."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta

from leaderboard.domain import (
    Control,
    Event,
    Outcome,
    Plan,
    Provenance,
    Run,
    Severity,
    Status,
    Submission,
    failed,
    now,
    passed,
    unverifiable,
)
from leaderboard.editions import load_catalogue
from leaderboard.judging.samples import write_trace
from leaderboard.record import Record
from submissions.runner_tokens import make_runner_token, new_token_id
from tests import builders
from tests.board.test_run_pages import samples
from tests.payloads import PAYLOADS

EDITION = "dev-2026-11"
OPERATOR = builders.person("Opal", subject="opal", operator=True)
RUNNER = "rack-7"
_NOTE = 500


@dataclass
class Furniture:
    """Ids of what was put down, for addresses."""

    ratings: dict[str, str] = field(default_factory=dict)
    """The row of each payload: payload → rating id."""
    run: str = ""
    """A run whose findings, packages and trace are there."""
    submissions: list[str] = field(default_factory=list)
    """With every note, one that ended badly with every word in its log, one in each state."""
    failed: str = ""
    waiting: str = ""


def furnish(record: Record) -> Furniture:
    """Fill a fresh record."""
    load_catalogue(record)
    there = Furniture()
    _ratings(record, there)
    _run(record, there)
    _submissions(record, there)
    _desk(record, there)
    return there


def _ratings(record: Record, there: Furniture) -> None:
    rows = []
    for place, text in enumerate(PAYLOADS):
        unrated = place % 10 == 9
        row = builders.rating(
            text,
            licence=text,
            library=text,
            note=text,
            source=text,
            configuration=text,
            stars=None if unrated else 1 + place % 5,
            not_rated=text if unrated else "",
            energy_wh_per_1000=0.1 * (place + 1),
            energy_low=0.09 * (place + 1),
            energy_high=0.11 * (place + 1),
            latency_s=0.01 * (place + 1),
            weights_open=place % 2 == 0,
        )
        rows.append(row)
        there.ratings[text] = row.id
    record.put_edition(record.edition(EDITION), {rows[0].cell: builders.bands()}, rows, "rows")
    for text, id in there.ratings.items():
        record.add_notice(builders.notice(id, reason=text, author=text))


def _run(record: Record, there: Furniture) -> None:
    """One run with all words in its findings, its packages and its machine's description."""
    plan = builders.plan(seed=2)
    verdicts = (
        lambda name, text: passed(name, text, Severity.FLAG, seen=text),
        lambda name, text: failed(name, text, text, Severity.FLAG, seen=text),
        lambda name, text: unverifiable(name, text, text, Severity.NOTE),
    )
    run = builders.run(
        plan,
        environment=builders.environment(
            cpu_model=PAYLOADS[0],
            os=PAYLOADS[16],
            meter=PAYLOADS[17],
            sandbox=PAYLOADS[20],
            packages=dict(zip(PAYLOADS, PAYLOADS, strict=True)),
        ),
        findings=tuple(verdicts[n % 3](f"check-{n}", text) for n, text in enumerate(PAYLOADS)),
    )
    _take(record, plan, "")
    claim = record.claim([plan.hardware], RUNNER, 300)
    assert claim is not None
    events = [builders.event(status, at=now()) for status in (Status.RUNNING, Status.VERIFYING, Status.DONE)]
    record.finish(claim.submission.id, claim.fence, events, run, [])
    write_trace(samples(), record.run_folder(run.id) / "trace.parquet")
    there.run = run.id
    there.submissions.append(claim.submission.id)


def _submissions(record: Record, there: Furniture) -> None:
    for seed, note in enumerate(_notes(), 100):
        there.submissions.append(_take(record, builders.plan(seed=seed, hardware="t4-16gb"), note).id)
    there.waiting = there.submissions[-1]
    bad = _take(record, builders.plan(seed=3), "")
    claim = record.claim(["cpu"], RUNNER, 300)
    assert claim is not None
    record.append_log(bad.id, claim.fence, "\n".join(PAYLOADS))
    ends = [
        builders.event(Status.RUNNING, at=now(), message=PAYLOADS[18], remedy=PAYLOADS[19]),
        Event(
            status=Status.FAILED,
            at=now(),
            actor=RUNNER,
            message="\n".join(PAYLOADS),
            remedy=PAYLOADS[17],
            detail={"fault": "ours", "actor_name": PAYLOADS[2]},
        ),
    ]
    record.finish(bad.id, claim.fence, ends, None, [])
    there.failed = bad.id
    live = _take(record, builders.plan(seed=4), "")
    claim = record.claim(["cpu"], RUNNER, 300)
    assert claim is not None
    record.append(live.id, builders.event(Status.RUNNING, at=now()), fence=claim.fence)
    record.heartbeat(live.id, claim.fence, builders.progress(message=PAYLOADS[1], heartbeat_at=now()), 3000)
    there.submissions += [bad.id, live.id]


def _take(record: Record, plan: Plan, note: str) -> Submission:
    """A queued submission, by somebody and for an organisation with a name out of hell."""
    submission = builders.submission(
        plan,
        submitted_by=OPERATOR.subject,
        submitted_by_name=PAYLOADS[17],
        owner="org-1",
        owner_name=PAYLOADS[0],
        note=note,
        submitted_at=now() - timedelta(minutes=5),
    )
    record.submit(
        submission, [builders.event(status, at=now()) for status in (Status.RECEIVED, Status.QUEUED)]
    )
    return submission


def _notes() -> list[str]:
    """All words, in as few notes as hold them."""
    notes, note = list[str](), ""
    for text in PAYLOADS:
        if note and len(note) + len(text) + 1 > _NOTE:
            notes.append(note)
            note = ""
        note = f"{note} {text}".strip(" ") if note else text
    return [*notes, note]


def _desk(record: Record, there: Furniture) -> None:
    for text in PAYLOADS:
        record.add_act(builders.act(subject=text[:200], reason=text, actor_name=text))
    record.add_proposal(builders.proposal("2026-11", reason=PAYLOADS[0]))
    make_runner_token(record, new_token_id(), "rack-9", ("t4-16gb",), OPERATOR)
    record.hold_back("draining", RUNNER, PAYLOADS[0])
    for place, energy in enumerate((0.5, 0.51, 0.62)):
        run = builders.run(builders.plan(occasion=place, hardware="t4-16gb"))
        record.add_control(_control(run, place, energy), run)


def _control(run: Run, place: int, energy: float) -> Control:
    return builders.control(
        run,
        energy_per_query_j=energy,
        at=builders.NOON + timedelta(days=place),
        driver=PAYLOADS[place],
        message=PAYLOADS[place],
        provenance=Provenance.MEASURED,
        idle_power_w=70.0 + place,
        outcome=Outcome.FAILED if energy > 0.6 else Outcome.PASSED,
        hardware="t4-16gb",
    )
