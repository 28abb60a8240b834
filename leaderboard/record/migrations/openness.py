"""Version 6, first step: for which library a model is, and how open it is, to filter by."""

from __future__ import annotations

from sqlalchemy import Connection


def migrate(connection: Connection) -> None:
    """Rows of before say nothing of it: NULL is not known."""
    connection.exec_driver_sql("ALTER TABLE ratings ADD COLUMN library TEXT")
    for name in ("weights_open", "data_open", "licence_open"):
        connection.exec_driver_sql(f"ALTER TABLE ratings ADD COLUMN {name} INTEGER CHECK ({name} IN (0, 1))")
    connection.exec_driver_sql("DROP INDEX ratings_facets")  # the last step makes a wider one
