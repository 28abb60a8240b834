"""Version 6, last step: fewer indexes that reach further.

A page's rows stand in cells of edition, task, hardware and class; where one of these was left open, several
walks are merged. So one index for each sort inside of a cell, and one over everything, do for all views: half
as many as before, which every write feels.
"""

from __future__ import annotations

from itertools import product

from sqlalchemy import Connection

from leaderboard.record.migrations.statements import sorted_index

_SORTS = ("energy", "model_lower", "stars", "quality", "params", "measured_us")


def migrate(connection: Connection) -> None:
    """Exchange the indexes."""
    for filters, sort in product((("task",), ("hardware",), ("task", "hardware")), _SORTS):
        connection.exec_driver_sql(f"DROP INDEX ratings_{'_'.join((*filters, sort))}")
    connection.exec_driver_sql("DROP INDEX ratings_hardware_task")
    cell = ("edition", "task", "hardware", "model_class")
    sorted_index(connection, cell)
    for sort in _SORTS:
        sorted_index(connection, (*cell, sort))
    # Everything that rows are filtered by, so that what no walk finds soon is found without the rows.
    connection.exec_driver_sql(
        "CREATE INDEX ratings_facets ON ratings (edition, task, hardware, protocol, reasoning, model_class, "
        "best, provenance, licence, precision, library, weights_open, data_open, licence_open, development, "
        "params, org, model_lower)"
    )
