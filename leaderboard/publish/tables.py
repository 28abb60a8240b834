"""Ratings and runs as Arrow tables, and back again, row for row."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from enum import Enum
from itertools import islice
from typing import Any, TypeVar

import pyarrow as pa

from leaderboard.domain import BadFile, Rating, Run, WrongSchema, canonical_json
from leaderboard.publish.columns import (
    FINDING_FIELDS,
    RATING_COLUMNS,
    RUN_COLUMNS,
    WINDOW_FIELDS,
    Column,
    schema_of,
)
from leaderboard.publish.parquet import ROW_GROUP

_WORDS_AT_ONCE = 2_000
RATING_SCHEMA = schema_of(RATING_COLUMNS)
RUN_SCHEMA = schema_of(RUN_COLUMNS)
T = TypeVar("T")


def ratings_table(rows: Iterable[Rating]) -> pa.Table:
    """Ratings as a table of `RATING_SCHEMA`, sorted by task, hardware, class and energy.

    Times are kept to the millisecond, UTC.
    """
    return ratings_as_they_come(sorted(rows, key=rating_order))


def ratings_as_they_come(rows: Sequence[Rating]) -> pa.Table:
    """Ratings as a table of `RATING_SCHEMA`, in their order."""
    return _table(RATING_COLUMNS, {name: [getattr(row, name) for row in rows] for name in _RATING_NAMES})


def ratings_in_parts(rows: Iterable[Rating]) -> Iterator[pa.Table]:
    """Ratings in their order as tables of `ROW_GROUP` rows, the last of fewer; few words are held at once."""
    parts: list[pa.Table] = []
    left = iter(rows)
    while some := list(islice(left, _WORDS_AT_ONCE)):
        parts.append(ratings_as_they_come(some))
        if len(parts) * _WORDS_AT_ONCE >= ROW_GROUP:
            yield pa.concat_tables(parts).combine_chunks()
            parts = []
    if parts:
        yield pa.concat_tables(parts).combine_chunks()


def table_of(columns: Sequence[Column], rows: Sequence[Mapping[str, Any]]) -> pa.Table:
    """Rows, each a value for every column, as a table in their order."""
    return _table(columns, {each.name: [row[each.name] for row in rows] for each in columns})


_RATING_NAMES = tuple(Rating.model_fields)


def rating_order(row: Rating) -> tuple[str, str, str, float, str, str]:
    """The order of published rows; it ends in the id, so that it is the same every time."""
    return (row.task, row.hardware, row.model_class, row.energy_wh_per_1000, row.model, row.id)


def ratings_of(table: pa.Table) -> list[Rating]:
    """The ratings in a table, in its order.

    Raises:
        WrongSchema: another version's columns.
        BadFile: a row that is no rating.
    """
    _check_schema(table, RATING_SCHEMA, "ratings")
    return _words(table, Rating.model_validate, "rating")


def runs_table(runs: Iterable[Run], development: Callable[[Run], bool]) -> pa.Table:
    """Runs as a table of `RUN_SCHEMA`, sorted by task, hardware, model and start.

    `development` says of a run whether it may only stand in development editions.
    """
    ordered = sorted(
        runs,
        key=lambda run: (run.plan.task, run.plan.hardware, run.plan.model.repo_id, run.started_at, run.id),
    )
    rows = [_run_row(run, development(run)) for run in ordered]
    return table_of(RUN_COLUMNS, rows)


def runs_of(table: pa.Table) -> list[Run]:
    """The runs in a table, in its order.

    Raises:
        WrongSchema: another version's columns.
        BadFile: a row that is no run.
    """
    _check_schema(table, RUN_SCHEMA, "runs")
    return _words(table, _run, "run")


def _table(columns: Sequence[Column], values: dict[str, list[Any]]) -> pa.Table:
    arrays = [pa.array([_plain(value) for value in values[each.name]], type=each.type) for each in columns]
    return pa.Table.from_arrays(arrays, schema=schema_of(columns))


def _plain(value: Any) -> Any:
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, datetime):
        moment = value.astimezone(UTC)
        return moment.replace(microsecond=moment.microsecond // 1000 * 1000)
    return value


def _check_schema(table: pa.Table, schema: pa.Schema, what: str) -> None:
    # The order of columns and their metadata are for people; names and types are the contract.
    found = {field.name: field.type for field in table.schema}
    expected = {field.name: field.type for field in schema}
    if found != expected:
        odd = sorted(name for name in found.keys() | expected.keys() if found.get(name) != expected.get(name))
        raise WrongSchema(
            f"This is no table of {what} of this version: {', '.join(odd)} differ.",
            "Read it with the version that wrote it, or publish again with this one.",
        )


def _words(table: pa.Table, make: Callable[[dict[str, Any]], T], what: str) -> list[T]:
    try:
        return [make(row) for row in table.to_pylist()]
    except (ValueError, KeyError, TypeError) as error:
        raise BadFile(f"A row is no {what}: {str(error).splitlines()[0]}.", "Publish it again.") from error


def _run_row(run: Run, development: bool) -> dict[str, Any]:
    plan, model = run.plan, run.model
    return {
        "run_id": run.id,
        "model": plan.model.repo_id,
        "revision": plan.model.sha,
        "precision": plan.model.precision,
        "profile": plan.profile.id,
        "dataset": plan.dataset.repo_id,
        "dataset_config": plan.dataset.config,
        "dataset_split": plan.dataset.split,
        "dataset_revision": plan.dataset.revision,
        "plan": canonical_json(plan.model_dump(mode="json")),
        "development": development,
        "valid": run.valid,
        "quality_metric": run.quality.metric,
        "quality": run.quality.value,
        "quality_reason": run.quality.reason,
        "quality_rows": run.quality.rows,
        "quality_correct": run.quality.correct,
        "quality_beside": canonical_json(run.quality.beside),
        "model_report": canonical_json(model.model_dump(mode="json")),
        "figures": None if run.figures is None else canonical_json(run.figures.model_dump(mode="json")),
        "stages": canonical_json([stage.model_dump(mode="json") for stage in run.stages]),
        "sweep": None if run.sweep is None else canonical_json(run.sweep.model_dump(mode="json")),
        "serving": None if run.serving is None else canonical_json(run.serving.model_dump(mode="json")),
        "environment": canonical_json(run.environment.model_dump(mode="json")),
        "windows": [window.model_dump(include=set(WINDOW_FIELDS)) for window in run.windows],
        "findings": [_finding(finding.model_dump_json()) for finding in run.findings],
        **{name: getattr(plan, name) for name in _FROM_PLAN},
        **{name: getattr(run, name) for name in _FROM_RUN},
        **{name: getattr(model, name) for name in _FROM_MODEL},
    }


_FROM_PLAN = (
    *("task", "task_version", "task_hash", "hardware", "device", "protocol", "reasoning", "block"),
    *("max_input_tokens", "output_tokens", "seed", "harness", "occasion", "expected_duration_s"),
)
_FROM_RUN = (
    *("run_key", "schema_version", "harness_hash", "provenance", "started_at", "finished_at"),
    *("idle_power_w", "energy_per_query_j", "repeatability_j", "comparison_j", "latency_s"),
)
_FROM_MODEL = ("params", "active_params", "dtype", "architecture", "weights_hash", "peak_memory_bytes")


def _finding(text: str) -> dict[str, Any]:
    # Through JSON text, because evidence may hold anything, and there an infinity becomes null.
    document = json.loads(text)
    return {
        **{name: document[name] for name in FINDING_FIELDS},
        "evidence": canonical_json(document["evidence"]),
    }


def _run(row: dict[str, Any]) -> Run:
    findings = [{**finding, "evidence": json.loads(finding["evidence"])} for finding in row["findings"]]
    return Run.model_validate(
        {
            **{name: row[name] for name in _FROM_RUN},
            "plan": json.loads(row["plan"]),
            "environment": json.loads(row["environment"]),
            "model": json.loads(row["model_report"]),
            "figures": None if row["figures"] is None else json.loads(row["figures"]),
            "stages": json.loads(row["stages"]),
            "windows": row["windows"],
            "quality": {
                "metric": row["quality_metric"],
                "value": row["quality"],
                "reason": row["quality_reason"],
                "rows": row["quality_rows"],
                "correct": row["quality_correct"],
                "beside": json.loads(row["quality_beside"]),
            },
            "findings": findings,
        }
    )
