"""A record in which one model has everything that its page can tell."""

from __future__ import annotations

from datetime import timedelta

from leaderboard.domain import EditionStatus, QualityResult, Rating, Run, Status, failed, passed
from leaderboard.record import Record
from tests import builders
from tests.board.conftest import PUBLIC, finish, public_row

MODEL = "acme/Widget-7B"
COPY = "somebody/Widget-Copy"
SMALLER = "acme/Widget-1B"
AS_GOOD = "other/as-good"
OLD = "2026-05"
HASH = "ab" * 32


def run_of(model: str, energy_j: float, **fields: object) -> Run:
    """A measured run on a T4; `occasion` and `packages` as given."""
    occasion = fields.pop("occasion", 0)
    packages = fields.pop("packages", {"torch": "2.13.0", "transformers": "5.1.0"})
    plan = builders.plan(model, hardware="t4-16gb", occasion=occasion)
    defaults: dict[str, object] = {
        "provenance": "measured",
        "energy_per_query_j": energy_j,
        "environment": builders.environment(
            device="cuda", gpu_name="Tesla T4", gpus=1, driver="550.1", packages=packages
        ),
        "model": builders.run().model.model_copy(update={"weights_hash": HASH}),
        "quality": QualityResult(metric="Spearman", value=0.82),
        "findings": (passed("steady", "It was steady."),),
        "finished_at": builders.NOON + timedelta(days=int(str(occasion))),
    }
    return builders.run(plan, **{**defaults, **fields})


def _row(model: str, **fields: object) -> Rating:
    return public_row(model, **{"quality_metric": "Spearman", **fields})


def fill_model(record: Record) -> None:
    """Two editions, two runs of which one is a re-test, a rejected run, a copy, alternatives, reasoning."""
    own: dict[str, object] = {
        "weights_open": True,
        "data_open": False,
        "params": 7_000_000_000,
        "energy_wh_per_1000": 0.35,
        "stars": 2,
    }
    rows = [
        _row(MODEL, **{**own, "mean_power_w": 70.0, "latency_s": 0.018, "gpus": 1, "batch": 1}),
        _row(MODEL, **{**own, "reasoning": "on", "energy_wh_per_1000": 1.05, "stars": 1}),
        _row(
            MODEL,
            **{
                **own,
                "protocol": "offline-sweep",
                "energy_wh_per_1000": 0.08,
                "stars": None,
                "best": False,
                "batch": 16,
                "configuration": "batch 16 · fp32",
            },
        ),
        _row(SMALLER, params=1_000_000_000, energy_wh_per_1000=0.15, stars=4, quality=0.7),
        _row(AS_GOOD, energy_wh_per_1000=0.175, stars=4, quality=0.83),
        _row("other/worse", energy_wh_per_1000=0.05, stars=5, quality=0.4),
        _row("other/untold", energy_wh_per_1000=0.07, stars=5, quality=None, quality_metric=None),
        _row("other/withdrawn", energy_wh_per_1000=0.01, stars=5, quality=0.99),
    ]
    old = [_row(MODEL, **{**own, "edition": OLD, "energy_wh_per_1000": 0.5, "stars": 3})]
    for id, some, status in ((OLD, old, EditionStatus.FROZEN), (PUBLIC, rows, EditionStatus.FROZEN)):
        bands = {row.cell: builders.bands() for row in some if row.stars is not None}
        year, month = id.split("-")
        dated = builders.NOON.date().replace(year=int(year), month=int(month))
        record.put_edition(builders.edition(id, dated=dated, status=status), bands, some, id)
    finish(record, run_of(MODEL, 1.3))
    again = run_of(MODEL, 1.26, occasion=1, packages={"torch": "2.14.0", "transformers": "5.1.0"})
    finish(record, again, rows[0].model_copy(update={"run_id": again.id, "measured_at": again.finished_at}))
    _reject(record, run_of(MODEL, 1.0, occasion=2, findings=(failed("steady", "Throttled.", "Cool it."),)))
    copied = builders.plan(COPY, hardware="t4-16gb")
    facts = builders.facts(COPY, sha=copied.model.sha, weights_hash=HASH)
    record.submit(builders.submission(copied, facts=facts), builders.received_and_queued())
    record.add_notice(builders.notice(rows[7].id, kind="withdrawn"))
    record.add_notice(builders.notice(rows[1].id))


def _reject(record: Record, run: Run) -> None:
    submission = builders.submission(run.plan)
    record.submit(submission, builders.received_and_queued())
    claim = record.claim([run.plan.hardware], "a machine", 60)
    assert claim is not None
    ends = [builders.event(one) for one in (Status.RUNNING, Status.VERIFYING, Status.REJECTED)]
    record.finish(submission.id, claim.fence, ends, run, [])
