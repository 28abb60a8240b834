"""A model's rows are found by its name, and never by going through an edition, whatever else is asked."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import event

from leaderboard.domain import Rating
from leaderboard.record import Record
from tests import builders

EDITION = "2026-11"
PLACE = {"task": "sentence-similarity", "hardware": "cpu", "protocol": "offline-b1", "edition": EDITION}


@pytest.mark.parametrize(
    "ask",
    [
        lambda record: record.rated_rows(EDITION, ["org/m-1", "org/m-2"]),
        lambda record: record.ratings_of("org/m-1", best=True, **PLACE),
        lambda record: record.ratings_of("org/m-1", run_id="0" * 12),
        lambda record: record.count_of("org/m-1", public=True, edition=EDITION),
    ],
)
def test_it_is_found_by_name(record: Record, ask: Callable[[Record], Any]) -> None:
    rows: list[Rating] = [builders.rating(f"org/m-{place}", edition=EDITION) for place in range(9)]
    record.put_edition(builders.edition(EDITION), {}, rows, "rows")
    asked: list[tuple[str, Any]] = []
    engine = record._readers._engine

    def keep(_: Any, __: Any, statement: str, parameters: Any, *___: Any) -> None:
        if "FROM ratings" in statement:
            asked.append((statement, parameters))

    event.listen(engine, "before_cursor_execute", keep)
    try:
        ask(record)
        (statement, parameters) = asked[-1]
        with engine.connect() as connection:
            plan = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters).all()
    finally:
        event.remove(engine, "before_cursor_execute", keep)
    assert any("ratings_of_model (model=?)" in row[3] for row in plan), plan
