"""Tables that follow from `ratings` and make the board quick: numbers of rows, and names to search in.

Triggers keep both, so that no write can forget them. Neither is in the record's log: a restore makes them
again (docs/design/searching-a-million-rows.md).
"""

from __future__ import annotations

from sqlalchemy import Column, Integer, Table, Text

from leaderboard.record.tables import schema

rating_counts = Table(
    "rating_counts",
    schema,
    Column("field", Text, primary_key=True),
    Column("edition", Text, primary_key=True),
    Column("task", Text, primary_key=True),
    Column("hardware", Text, primary_key=True),
    Column("model_class", Text, primary_key=True),
    Column("protocol", Text, primary_key=True),
    Column("reasoning", Text, primary_key=True),
    Column("best", Integer, primary_key=True),
    Column("development", Integer, primary_key=True),
    Column("value", Text, primary_key=True),
    Column("number", Integer, nullable=False),
)
"""How many rows of `ratings` stand in a place: all of them (`field` and `value` empty), and those in which a
field has a value. `openness` has the values weights, data, licence and all."""

PLACES = ("edition", "task", "hardware", "model_class", "protocol", "reasoning", "best", "development")
"""The columns that make a place."""
COUNTED_FIELDS = ("provenance", "licence", "precision", "library", "openness")
"""The fields whose values are counted inside of a place, each for itself."""

model_names = Table(
    "model_names",
    schema,
    Column("id", Integer, primary_key=True),
    Column("name", Text, nullable=False, unique=True),
)
"""Every `model_lower` that a rating ever had. Beside it stands `model_trigrams`, the FTS5 index of its names;
a name whose last rating went stays, for it finds no rows."""
