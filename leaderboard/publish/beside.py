"""What travels beside the ratings: the frozen bands of every cell, and the notices; a table of each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import pyarrow as pa

from leaderboard.domain import Bands, Cell, Notice, Rating, Reference
from leaderboard.publish.columns import Column, column, list_of, schema_of
from leaderboard.publish.layout import BANDS, NOTICES, RATINGS, RATINGS_DEV, Suffix
from leaderboard.publish.tables import table_of
from leaderboard.publish.view import RecordView

_DEVELOPMENT = "In a development edition, or on one: published only to `…-dev`."

EDGE_PARTS = (
    column(Rating, "energy_wh_per_1000", "energy", "Upper edge of the band; what lies on it is in it."),
    Column("stars", pa.int64(), "stars, 1 to 5", "Stars at or below the edge, down to the edge before."),
)
REFERENCE_PARTS = (
    Column("model", pa.string(), "", "Hub id, org/name."),
    column(Reference, "energy", meaning="Its energy when the bands were frozen."),
    column(Reference, "revision"),
    column(Reference, "rank"),
)

BAND_COLUMNS = (
    *(column(Rating, name) for name in Cell._fields[:-1]),
    Column("reasoning", pa.string(), "", "off or on: every way of reasoning stands in one cell."),
    column(Rating, "rule"),
    column(Bands, "low", meaning="Rule `range`: the least energy of the cell; None: another rule."),
    column(Bands, "high", meaning="Rule `range`: the greatest energy of the cell; None: another rule."),
    Column(
        "edges",
        list_of(pa.struct([part.field for part in EDGE_PARTS])),
        "",
        "Rule `quintile`: upper edges, frugal end first; above the last: 1 star.",
    ),
    Column(
        "references",
        list_of(pa.struct([part.field for part in REFERENCE_PARTS])),
        "",
        "The reference models that made the bands, frugal end first.",
    ),
    Column(
        "beside",
        list_of(pa.string()),
        "",
        "Models that stood in the cell at the freeze without making its bands.",
    ),
    column(Bands, "frozen_at"),
    Column("development", pa.bool_(), "", _DEVELOPMENT),
)
"""One row a cell: with it anyone can give stars to an energy as we do (METHOD §5)."""

NOTICE_COLUMNS = (
    *(column(Notice, name) for name in Notice.model_fields),
    Column("edition", pa.string(), "", "The edition it is on, or that the rating it is on belongs to."),
    Column("development", pa.bool_(), "", _DEVELOPMENT),
)
"""One row a notice, oldest first; a reader of figures should look here before quoting one."""

BAND_SCHEMA = schema_of(BAND_COLUMNS)
NOTICE_SCHEMA = schema_of(NOTICE_COLUMNS)


@dataclass(frozen=True)
class Beside:
    """One such table."""

    name: str
    """Of its configuration and of its only split."""
    columns: tuple[Column, ...]
    what: str
    """One sentence for the card."""
    parts: tuple[tuple[str, tuple[Column, ...]], ...] = ()
    """Columns that are lists, with what each item has."""


BESIDE = (
    Beside(
        BANDS,
        BAND_COLUMNS,
        "The frozen bands of every rated cell, with the reference models that made them.",
        (("edges", EDGE_PARTS), ("references", REFERENCE_PARTS)),
    ),
    Beside(
        NOTICES,
        NOTICE_COLUMNS,
        "Words added to ratings and editions later: superseded, disputed, settled, withdrawn.",
    ),
)


def tables_beside(suffix: Suffix, view: RecordView, noticed: Mapping[str, str]) -> dict[str, pa.Table]:
    """The tables that a data set of ratings has beside them, by name; none that has no rows.

    `noticed`: the edition's id of each row that a notice is on, by the row's id.
    """
    development = {edition.id: edition.development for edition in view.editions}
    here = {id for id, dev in development.items() if suffix == (RATINGS_DEV if dev else RATINGS)}
    made = {
        BANDS: bands_table(
            {cell: bands for id in here for cell, bands in view.bands.get(id, {}).items()}, development
        ),
        NOTICES: notices_table(_on(here, view, noticed), development),
    }
    return {name: table for name, table in made.items() if table.num_rows}


def bands_table(bands: Mapping[Cell, Bands], development: Mapping[str, bool]) -> pa.Table:
    """Bands as a table of `BAND_SCHEMA`, sorted by cell. `development`: of each edition's id."""
    rows = [
        {
            **cell._asdict(),
            "rule": one.rule,
            "low": one.low,
            "high": one.high,
            "edges": [{"energy": energy, "stars": stars} for energy, stars in one.edges],
            "references": [reference.model_dump() for reference in one.references],
            "beside": list(one.beside),
            "frozen_at": one.frozen_at,
            "development": development[cell.edition],
        }
        for cell, one in sorted(bands.items())
    ]
    return table_of(BAND_COLUMNS, rows)


def notices_table(notices: list[tuple[Notice, str]], development: Mapping[str, bool]) -> pa.Table:
    """Notices, each with its edition's id, as a table of `NOTICE_SCHEMA`, oldest first."""
    rows = [
        {
            **{name: getattr(notice, name) for name in Notice.model_fields},
            "edition": edition,
            "development": development[edition],
        }
        for notice, edition in sorted(notices, key=lambda pair: (pair[0].at, pair[0].subject))
    ]
    return table_of(NOTICE_COLUMNS, rows)


def _on(editions: set[str], view: RecordView, noticed: Mapping[str, str]) -> list[tuple[Notice, str]]:
    """The notices on these editions and on their ratings."""
    edition_of = {**{edition.id: edition.id for edition in view.editions}, **noticed}
    pairs = ((notice, edition_of.get(notice.subject)) for notice in view.notices)
    return [(notice, edition) for notice, edition in pairs if edition in editions and edition is not None]
