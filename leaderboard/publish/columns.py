"""The columns of the published tables: name, type, unit, meaning, all out of the domain's own words."""

from __future__ import annotations

import re
import types
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from typing import Annotated, Any, Literal, Union, get_args, get_origin

import pyarrow as pa
from pydantic import AwareDatetime

from leaderboard.domain import DatasetRef, Finding, ModelRef, ModelReport, Plan, Rating, Run, Window, Word

INSTANT = pa.timestamp("ms", tz="UTC")

_WH = "Wh per 1,000 queries"
_UNITS = {
    "energy_wh_per_1000": _WH,
    "energy_low": _WH,
    "energy_high": _WH,
    "energy": _WH,
    "low": _WH,
    "high": _WH,
    "stars": "stars, 1 to 5",
    "stars_low": "stars, 1 to 5",
    "stars_high": "stars, 1 to 5",
    "published_stars": "stars, 1 to 5",
    "params": "parameters",
    "active_params": "parameters",
    "cell_size": "models, or rows",
    "gpus": "GPUs",
    "batch": "queries",
    "block": "queries",
    "queries": "queries",
    "max_input_tokens": "tokens",
    "output_tokens": "tokens",
    "tokens_in": "tokens",
    "tokens_out": "tokens",
    "energy_per_query_j": "J per query",
    "repeatability_j": "J per query",
    "comparison_j": "J per query",
    "measured_at": "UTC",
    "frozen_at": "UTC",
    "at": "UTC",
    "started_at": "UTC",
    "finished_at": "UTC",
    "start_s": "s, CLOCK_MONOTONIC",
    "end_s": "s, CLOCK_MONOTONIC",
}
_SUFFIXES = {"_j": "J", "_w": "W", "_s": "s", "_bytes": "bytes"}


@dataclass(frozen=True)
class Column:
    """One column: `unit` is empty for what has none; `meaning` is one sentence for the card."""

    name: str
    type: pa.DataType
    unit: str
    meaning: str
    nullable: bool = False

    @property
    def field(self) -> pa.Field:
        """The Arrow field, with unit and meaning in its metadata."""
        return pa.field(
            self.name, self.type, self.nullable, metadata={"unit": self.unit, "meaning": self.meaning}
        )


def unit_of(name: str) -> str:
    """The unit that a column's name stands for; empty where it has none."""
    if name in _UNITS:
        return _UNITS[name]
    return next((unit for suffix, unit in _SUFFIXES.items() if name.endswith(suffix)), "")


def arrow_type(annotation: Any) -> tuple[pa.DataType, bool]:
    """The Arrow type of a word's field, and whether it may be null.

    Raises:
        TypeError: the field is itself a word or a collection, which needs a column of its own making.
    """
    origin = get_origin(annotation)
    if origin is Annotated:
        return arrow_type(get_args(annotation)[0])
    if origin in (Union, types.UnionType):
        inner = [part for part in get_args(annotation) if part is not type(None)]
        if len(inner) == 1:
            return arrow_type(inner[0])[0], True
    if origin is Literal:
        return arrow_type(type(get_args(annotation)[0]))
    if isinstance(annotation, type):
        for python, arrow in _ARROW:
            if issubclass(annotation, python):
                return arrow, False
    raise TypeError(f"no column type for {annotation!r}")


# bool before int, because a bool is an int; enums here are of strings.
_ARROW: tuple[tuple[Any, pa.DataType], ...] = (
    (bool, pa.bool_()),
    (int, pa.int64()),
    (float, pa.float64()),
    (datetime, INSTANT),
    (AwareDatetime, INSTANT),  # a class of pydantic's own, not a datetime
    (str, pa.string()),
    (Enum, pa.string()),
)


def column(word: type[Word], field: str, name: str = "", meaning: str = "") -> Column:
    """The column of a word's field; `name` and `meaning` where the table says it otherwise."""
    info = word.model_fields[field]
    kind, nullable = arrow_type(info.annotation)
    shown = name or field
    sentence = " ".join((meaning or _MEANINGS.get(field) or info.description or "").split())
    # What Python calls None is null in every other reader's words.
    return Column(shown, kind, unit_of(shown), re.sub(r"\bNone\b", "null", sentence), nullable)


# Where a unit's own description stands before the field's.
_MEANINGS = {
    "energy_wh_per_1000": "GPU (or stated) energy per query.",
    "energy_per_query_j": "Rated energy per query (METHOD §3.7).",
    "repeatability_j": "Half-width of the 95 % repeatability interval (METHOD §5).",
    "expected_duration_s": "How long the run should take, stated before it started.",
    "start_s": "Clock when the window began.",
    "end_s": "Clock when the window ended.",
    "energy_j": "Energy between the window's edges.",
}


def struct_of(word: type[Word], fields: Iterable[str], texts: Iterable[str] = ()) -> pa.DataType:
    """A struct of some fields of a word; those in `texts` as JSON text."""
    plain = [column(word, field).field for field in fields]
    return pa.struct([*plain, *(pa.field(text, pa.string(), nullable=False) for text in texts)])


def list_of(kind: pa.DataType) -> pa.DataType:
    """A list, its items named as Parquet names them, so that the type is the same after a round trip."""
    return pa.list_(pa.field("element", kind))


WINDOW_FIELDS = tuple(Window.model_fields)
FINDING_FIELDS = tuple(name for name in Finding.model_fields if name != "evidence")

RATING_COLUMNS = tuple(column(Rating, name) for name in Rating.model_fields)
"""Every field of a `Rating`, in its order: one schema for every task and edition."""

_JSON = "JSON with sorted keys and no spaces."

RUN_COLUMNS = (
    Column("run_id", pa.string(), "", "Short id: the first twelve hex digits of the run key."),
    column(Run, "run_key"),
    column(Run, "schema_version", meaning="Version of the run record's format."),
    column(ModelRef, "repo_id", "model", "Hub id, org/name."),
    column(ModelRef, "sha", "revision"),
    column(ModelRef, "precision", meaning="Number format of the weights."),
    column(Plan, "task"),
    column(Plan, "task_version"),
    column(Plan, "task_hash"),
    column(Plan, "hardware", meaning="Hardware class it was measured on."),
    column(Plan, "device"),
    column(Plan, "protocol"),
    column(Plan, "reasoning"),
    Column("profile", pa.string(), "", "How long it measured: official or quick (METHOD §3.4)."),
    column(DatasetRef, "repo_id", "dataset", "Hub id of the data set of the queries."),
    column(DatasetRef, "config", "dataset_config", "Its configuration, where it has several."),
    column(DatasetRef, "split", "dataset_split", "Its split."),
    column(DatasetRef, "revision", "dataset_revision", "Its commit sha; null: not pinned."),
    column(Plan, "block"),
    column(Plan, "max_input_tokens"),
    column(Plan, "output_tokens"),
    column(Plan, "seed"),
    column(Plan, "harness"),
    column(Run, "harness_hash"),
    column(Plan, "occasion"),
    column(Plan, "expected_duration_s"),
    Column("plan", pa.string(), "", f"The whole plan. {_JSON} Its sha256 is the run key."),
    column(Run, "provenance"),
    Column("development", pa.bool_(), "", "Whether the run may only stand in development editions."),
    Column("valid", pa.bool_(), "", "Whether no check forbids its figure."),
    column(Run, "started_at"),
    column(Run, "finished_at"),
    column(Run, "idle_power_w"),
    column(Run, "energy_per_query_j"),
    column(Run, "repeatability_j"),
    column(Run, "comparison_j"),
    column(Run, "latency_s"),
    Column("quality_metric", pa.string(), "", "Name of the quality metric."),
    Column("quality", pa.float64(), "", "How well the model did the task; null: not known.", True),
    Column("quality_reason", pa.string(), "", "Why there is no quality; empty when there is one."),
    Column("quality_rows", pa.int64(), "", "Labelled rows that were scored."),
    Column("quality_correct", pa.float64(), "", "Share answered correctly; null: no such thing.", True),
    Column("quality_beside", pa.string(), "", f"Further figures by name. {_JSON}"),
    column(ModelReport, "params"),
    column(ModelReport, "active_params"),
    column(ModelReport, "dtype"),
    column(ModelReport, "architecture"),
    column(ModelReport, "weights_hash"),
    column(ModelReport, "peak_memory_bytes"),
    Column("model_report", pa.string(), "", f"Everything found on the loaded model. {_JSON}"),
    Column("environment", pa.string(), "", f"What it really ran on. {_JSON}"),
    Column("figures", pa.string(), "", f"What else follows from the windows; null: not kept. {_JSON}", True),
    Column("stages", pa.string(), "", f"Idle, load and warm-up: recorded and not rated. {_JSON}"),
    Column("windows", list_of(struct_of(Window, WINDOW_FIELDS)), "", "Every window, in order measured."),
    Column(
        "findings",
        list_of(struct_of(Finding, FINDING_FIELDS, texts=("evidence",))),
        "",
        "Every check, passed ones included; `evidence` is JSON, in SI units.",
    ),
    Column("sweep", pa.string(), "", f"Every rung of a sweep; null: no sweep. {_JSON}", True),
    Column("serving", pa.string(), "", f"Loads of a serving run; null: measured otherwise. {_JSON}", True),
)
"""One row a run: its plan, what it ran on, its windows and what the checks said."""


def schema_of(columns: Iterable[Column]) -> pa.Schema:
    return pa.schema([each.field for each in columns])
