"""Version 6, third step: the names of models, with an index of every three characters that follow each other.

`detail=none` keeps the index small: it tells which names have all the trigrams of a text, and whether they
have the text itself is looked up in the name.
"""

from __future__ import annotations

from sqlalchemy import Connection

REFILL = ("INSERT INTO model_names (name) SELECT DISTINCT model_lower FROM ratings ORDER BY model_lower",)
"""Fills the empty table, and its trigger the index."""

_NAME = "INSERT INTO model_names (name) VALUES (NEW.model_lower) ON CONFLICT (name) DO NOTHING"
_TRIGRAMS = "INSERT INTO model_trigrams (rowid, name) VALUES (NEW.id, NEW.name)"


def migrate(connection: Connection) -> None:
    """Make both tables, their triggers and their rows."""
    connection.exec_driver_sql(
        "CREATE TABLE model_names (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE) STRICT"
    )
    connection.exec_driver_sql(
        "CREATE VIRTUAL TABLE model_trigrams "
        "USING fts5 (name, content = '', detail = 'none', columnsize = 0, tokenize = 'trigram')"
    )
    for name, when, what in (
        ("model_names_trigrams", "INSERT ON model_names", _TRIGRAMS),
        ("ratings_names_insert", "INSERT ON ratings", _NAME),
        ("ratings_names_update", "UPDATE OF model_lower ON ratings", _NAME),
    ):
        connection.exec_driver_sql(f"CREATE TRIGGER {name} AFTER {when} BEGIN {what}; END")
    for statement in REFILL:
        connection.exec_driver_sql(statement)
