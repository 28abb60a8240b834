"""Moments of a record, for the tests of publishing: public and development figures, runs of both kinds."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from typing import Any

from leaderboard.domain import (
    Device,
    Edition,
    EditionStatus,
    Finding,
    Provenance,
    QualityResult,
    Rating,
    Rule,
    Run,
    Severity,
    Source,
    failed,
    passed,
)
from leaderboard.publish.view import RecordView
from leaderboard.rating.edition import freeze
from tests import builders


def source(**fields: Any) -> Source:
    defaults: dict[str, Any] = {
        "title": "Somebody's figures",
        "where": "somebody.example",
        "unit": "Wh per 1,000 queries",
        "terms": "Cite them",
        "file": "figures.csv",
        "format": "aies",
        "faults": ("One | reading is odd",),
    }
    return Source(**{**defaults, **fields})


def reference_edition(id: str = "aies-2025-02", dated: date = date(2025, 2, 1), **fields: Any) -> Edition:
    return builders.edition(
        id, dated=dated, source=source(), rule=Rule.RANGE, status=EditionStatus.FROZEN, **fields
    )


def reference_row(model: str, **fields: Any) -> Rating:
    defaults: dict[str, Any] = {
        "edition": "aies-2025-02",
        "task": "text-generation",
        "hardware": "aies-h100-80gb",
        "model_class": "A",
        "protocol": "aies-b1",
        "provenance": Provenance.REFERENCE,
        "development": False,
        "rule": Rule.RANGE,
        "revision": None,
        "precision": None,
        "measured_at": None,
        "quality": None,
        "quality_metric": None,
        "published_stars": 3,
        "source": "figures.csv:2",
    }
    return builders.rating(model, **{**defaults, **fields})


def public_run(model: str = builders.MODEL, **fields: Any) -> Run:
    """An official run on a T4."""
    plan = builders.plan(
        model,
        hardware="t4-16gb",
        device=Device.CUDA,
        profile=builders.profile(id="official", starts=2, window_s=60.0, block=None),
    )
    return builders.run(plan, provenance=Provenance.MEASURED, **fields)


def rows_of_every_kind() -> list[Rating]:
    """Ratings in which every field is filled in one row and empty in another, and numbers are awkward."""
    return [
        reference_row("org/plain"),
        reference_row("org/ünïcode-and-|", energy_wh_per_1000=1e-9, note='"quoted"\nand broken'),
        builders.rating(
            "org/full",
            configuration="batch 8, 2 GPUs",
            best=False,
            energy_wh_per_1000=0.1 + 0.2,
            energy_low=0.25,
            energy_high=1 / 3,
            stars=4,
            stars_low=3,
            stars_high=4,
            params=2**53 + 1,
            active_params=7,
            run_id="0123456789ab",
            gpus=2,
            batch=8,
            latency_s=5e-324,
            mean_power_w=1.7976931348623157e308,
            measured_at=builders.NOON + timedelta(milliseconds=7),
            source="run 0123456789ab",
        ),
        builders.rating("org/unrated", stars=None, not_rated="not rated (4 of 10)", licence=None),
    ]


def runs_of_every_kind() -> list[Run]:
    findings: tuple[Finding, ...] = (
        passed("energy", "Above zero.", joules=[1.5, 2], nested={"b": None, "a": True}),
        failed("quality-floor", "Not better | than chance.", "Look at the head.", Severity.REJECT),
    )
    return [
        builders.run(),
        builders.run(
            builders.plan("org/rejected"),
            findings=findings,
            quality=QualityResult(metric="spearman", reason="The queries have no labels."),
            idle_power_w=10.5,
            comparison_j=0.0,
            harness_hash="f" * 64,
            latency_s=None,
        ),
        public_run("org/official"),
    ]


def development_rows(count: int = 12) -> list[Rating]:
    return [
        builders.rating(f"org/model-{place:02}", energy_wh_per_1000=0.1 + place / 7) for place in range(count)
    ]


def view(
    version: int = 7,
    runs: Iterable[Run] | None = None,
    instead: Mapping[str, Iterable[Rating]] | None = None,
) -> RecordView:
    """Two reference editions, an open one of ours, a development one, and runs of both kinds.

    `instead`: other rows for some editions, by id.
    """
    february = [reference_row(f"org/big-{place}", energy_wh_per_1000=1.0 + place) for place in range(5)]
    december = [
        reference_row(f"org/new-{place}", edition="aies-2025-12", energy_wh_per_1000=2.0 + place)
        for place in range(3)
    ]
    captions = [reference_row("org/captioner", task="image-captioning", model_class="")]
    rows = {
        "aies-2025-02": (*february, *captions),
        "aies-2025-12": tuple(december),
        "dev-2026-11": tuple(development_rows()),
        "2026-11": (),
    }
    return RecordView(
        version=version,
        editions=(
            builders.edition("2026-11"),
            builders.edition("dev-2026-11"),
            reference_edition("aies-2025-12", date(2025, 12, 1)),
            reference_edition(),
        ),
        rows={**rows, **{edition: tuple(given) for edition, given in (instead or {}).items()}},
        runs=tuple(runs_of_every_kind() if runs is None else runs),
    )


def with_bands_and_notices(view: RecordView) -> RecordView:
    """The same moment with bands where there are rows, and notices on an edition and two ratings."""
    development = next(row for row in view.rows["dev-2026-11"])
    february = view.rows["aies-2025-02"][0]
    return dataclasses.replace(
        view,
        bands={
            edition.id: freeze(rows, edition.rule)
            for edition in view.editions
            if (rows := view.rows[edition.id])
        },
        notices=(
            builders.notice(february.id, reason="Two | meters\ndisagreed."),
            builders.notice("aies-2025-02", kind="superseded", at=builders.NOON + timedelta(days=1)),
            builders.notice(development.id, kind="withdrawn"),
        ),
    )
