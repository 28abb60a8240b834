"""Which models have a text in their id: candidates by trigram, made sure of in the name itself."""

from __future__ import annotations

import json

from sqlalchemy import ColumnElement, Connection, bindparam, func, select, text

from leaderboard.record.tables import ratings

MOST_NAMES = 5_000
"""More names than this are not looked up one by one: then rows in order soon show enough of them."""
_TRIGRAM = 3
_MOST_TRIGRAMS = 12

_BY_TRIGRAM = text(
    "SELECT n.name FROM model_trigrams t CROSS JOIN model_names n ON n.id = t.rowid "
    "WHERE t.model_trigrams MATCH :wanted AND instr(n.name, :part) > 0 LIMIT :most"
)
_BY_LOOKING = text("SELECT name FROM model_names WHERE instr(name, :part) > 0 LIMIT :most")


def names_with(connection: Connection, part: str) -> list[str] | None:
    """The names that have `part`, which is in small letters; None: there are more than MOST_NAMES."""
    given = {"part": part, "most": MOST_NAMES + 1}
    wanted = trigrams(part)
    if wanted:
        found = connection.execute(_BY_TRIGRAM, {**given, "wanted": wanted}).scalars().all()
    else:
        found = connection.execute(_BY_LOOKING, given).scalars().all()
    return None if len(found) > MOST_NAMES else list(found)


def trigrams(part: str) -> str:
    """What to ask the index for: trigrams that a name must have, all of them; empty: it cannot help.

    A long text is asked for by some of its trigrams, spread over its length: the name itself decides.
    """
    # A NUL ends the index's query.
    if len(part) < _TRIGRAM or "\0" in part:
        return ""
    every = list(dict.fromkeys(part[start : start + _TRIGRAM] for start in range(len(part) - _TRIGRAM + 1)))
    step = -(-len(every) // _MOST_TRIGRAMS)
    return " AND ".join('"' + one.replace('"', '""') + '"' for one in every[::step])


def is_named(names: list[str]) -> ColumnElement[bool]:
    """Whether a row is of one of these models."""
    listed = func.json_each(bindparam(None, json.dumps(names))).table_valued("value")
    return ratings.c.model_lower.in_(select(listed.c.value))
