"""Ratings and runs to tables and back: nothing is lost, nothing is invented."""

from __future__ import annotations

import hashlib
import random
from datetime import timedelta, timezone

import pyarrow as pa
import pytest

from leaderboard.domain import BadFile, Rating, Run, WrongSchema
from leaderboard.publish.columns import RATING_COLUMNS, RUN_COLUMNS, arrow_type
from leaderboard.publish.parquet import parquet_bytes, read_parquet
from leaderboard.publish.tables import (
    RATING_SCHEMA,
    RUN_SCHEMA,
    rating_order,
    ratings_of,
    ratings_table,
    runs_of,
    runs_table,
)
from tests import builders
from tests.publish import views


def through_a_file(table: pa.Table) -> pa.Table:
    return read_parquet(parquet_bytes(table))


def test_ratings_come_back_row_for_row() -> None:
    rows = views.rows_of_every_kind() + views.development_rows()
    table = through_a_file(ratings_table(rows))
    assert ratings_of(table) == sorted(rows, key=rating_order)
    assert table.schema.equals(RATING_SCHEMA, check_metadata=True)


def test_runs_come_back_row_for_row() -> None:
    runs = views.runs_of_every_kind()
    table = through_a_file(runs_table(runs, lambda run: run is runs[0]))
    back = runs_of(table)
    assert sorted(back, key=lambda run: run.id) == sorted(runs, key=lambda run: run.id)
    assert table.schema.equals(RUN_SCHEMA, check_metadata=True)
    marked = dict(zip(table["run_id"].to_pylist(), table["development"].to_pylist(), strict=True))
    assert [run_id for run_id, development in marked.items() if development] == [runs[0].id]


def test_the_plan_column_hashes_to_the_run_key() -> None:
    table = runs_table(views.runs_of_every_kind(), lambda run: True)
    keys = [hashlib.sha256(plan.encode()).hexdigest() for plan in table["plan"].to_pylist()]
    assert keys == table["run_key"].to_pylist()


def test_flat_columns_of_a_run_say_what_its_words_say() -> None:
    rejected = views.runs_of_every_kind()[1]
    (row,) = runs_table([rejected], lambda run: True).to_pylist()
    assert row["valid"] is False
    assert (row["quality"], row["quality_reason"]) == (None, "The queries have no labels.")
    assert (row["model"], row["profile"], row["dataset"]) == (
        "org/rejected",
        "quick",
        "AIEnergyScore/sentence_similarity",
    )
    assert [window["energy_j"] for window in row["windows"]] == [32.0, 32.0, 32.0]
    assert row["findings"][0]["evidence"] == '{"joules":[1.5,2],"nested":{"a":true,"b":null}}'


def test_an_infinity_in_evidence_becomes_null_and_stops_nothing() -> None:
    finding = views.runs_of_every_kind()[1].findings[0]
    odd = finding.model_copy(update={"evidence": {"watts": float("inf")}})
    (row,) = runs_table([builders.run(findings=(odd,))], lambda run: True).to_pylist()
    assert row["findings"][0]["evidence"] == '{"watts":null}'


def test_rows_are_sorted_by_task_hardware_class_and_energy_whatever_order_they_come_in() -> None:
    rows = views.rows_of_every_kind() + views.development_rows()
    tables = []
    for seed in range(3):
        random.Random(seed).shuffle(rows)
        tables.append(ratings_table(rows))
    assert tables[0].equals(tables[1]) and tables[1].equals(tables[2])
    keys = [
        (row.task, row.hardware, row.model_class, row.energy_wh_per_1000) for row in ratings_of(tables[0])
    ]
    assert keys == sorted(keys)


def test_times_are_utc_to_the_millisecond() -> None:
    noon = builders.NOON.astimezone(timezone(timedelta(hours=5)))
    row = builders.rating(measured_at=noon + timedelta(microseconds=1999))
    (back,) = ratings_of(ratings_table([row]))
    assert back.measured_at == builders.NOON + timedelta(milliseconds=1)
    assert str(RATING_SCHEMA.field("measured_at").type) == "timestamp[ms, tz=UTC]"


def test_every_field_of_a_rating_is_a_column_with_a_meaning() -> None:
    assert [column.name for column in RATING_COLUMNS] == list(Rating.model_fields)
    assert [column.name for column in (*RATING_COLUMNS, *RUN_COLUMNS) if not column.meaning] == []
    assert len({column.name for column in RUN_COLUMNS}) == len(RUN_COLUMNS)


def test_every_field_of_a_run_is_in_a_column() -> None:
    whole = {"plan", "environment", "model", "quality"}
    names = {column.name for column in RUN_COLUMNS}
    assert set(Run.model_fields) - whole <= names


@pytest.mark.parametrize(
    ("name", "unit"),
    [
        ("energy_wh_per_1000", "Wh per 1,000 queries"),
        ("energy_low", "Wh per 1,000 queries"),
        ("latency_s", "s"),
        ("mean_power_w", "W"),
        ("params", "parameters"),
        ("model", ""),
    ],
)
def test_units_stand_in_the_metadata(name: str, unit: str) -> None:
    metadata = through_a_file(ratings_table(views.rows_of_every_kind())).schema.field(name).metadata
    assert metadata[b"unit"].decode() == unit
    assert metadata[b"meaning"]


def test_a_table_of_other_columns_is_another_schema() -> None:
    table = ratings_table(views.rows_of_every_kind())
    with pytest.raises(WrongSchema, match="stars"):
        ratings_of(table.drop_columns(["stars"]))
    with pytest.raises(WrongSchema, match="run_key"):
        runs_of(table)
    wider = table.set_column(0, "id", pa.array(range(table.num_rows)))
    with pytest.raises(WrongSchema, match="id"):
        ratings_of(wider)


def test_a_row_that_is_no_rating_is_a_bad_file() -> None:
    table = ratings_table([builders.rating()])
    place = table.schema.get_field_index("energy_wh_per_1000")
    zero = table.set_column(place, table.schema.field(place), pa.array([0.0]))
    with pytest.raises(BadFile, match="no rating"):
        ratings_of(zero)


def test_a_table_without_rows_has_the_schema() -> None:
    assert through_a_file(ratings_table([])).schema.equals(RATING_SCHEMA)
    assert ratings_of(ratings_table([])) == []
    assert runs_of(runs_table([], lambda run: True)) == []


def test_a_field_that_needs_a_column_of_its_own_making_is_said_so() -> None:
    with pytest.raises(TypeError, match="no column type"):
        arrow_type(Run.model_fields["windows"].annotation)
