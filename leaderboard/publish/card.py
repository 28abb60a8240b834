"""The data set card: front matter for the Hub, and every column with unit and meaning for people."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import yaml
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from leaderboard.domain import Edition, Finding, Provenance, Window
from leaderboard.publish.beside import BESIDE
from leaderboard.publish.columns import (
    FINDING_FIELDS,
    RATING_COLUMNS,
    RUN_COLUMNS,
    WINDOW_FIELDS,
    Column,
    column,
)
from leaderboard.publish.layout import LATEST, RUNS_SPLIT, Suffix, path_of, public, repository

SUMMARIES = {
    "ratings": "Energy ratings of AI models, one to five stars per task: who needs how much energy for the "
    "same queries.",
    "runs": "Every run behind the energy ratings: what was to be measured, what it ran on, each measured "
    "window, and what the checks said.",
}
TITLES = {"ratings": "Starwatt: energy ratings of AI models", "runs": "Starwatt: runs behind the ratings"}


@dataclass(frozen=True)
class TableInCard:
    """One Parquet file, as the card lists it."""

    task: str
    split: str
    edition: str
    """Empty for runs, and for what stands beside ratings."""
    rows: int


def card(
    suffix: Suffix, tables: Sequence[TableInCard], editions: Sequence[Edition], dataset: str | None
) -> str:
    """README.md of one data set.

    `dataset` is ORG/PREFIX, or None where nothing goes to the Hub; `editions` those that have rows here.
    """
    kind = suffix.partition("-")[0]
    runs = kind == "runs"
    sources = [edition for edition in editions if edition.source is not None]
    development = not public(suffix)
    text = _ENVIRONMENT.get_template("card.md").render(
        kind=kind,
        title=TITLES[kind],
        summary=SUMMARIES[kind],
        development=development,
        tables=tables,
        editions=editions,
        sources=sources,
        example=_example(tables, runs),
        beside=[each for each in BESIDE if any(table.task == each.name for table in tables)],
        year=max((edition.dated.year for edition in editions), default=None),
        repository=repository(dataset, suffix) if dataset else None,
        columns=RUN_COLUMNS if runs else RATING_COLUMNS,
        structs=_STRUCTS if runs else (),
        provenances=[each for each in Provenance if development or each.public],
    )
    front = _front_matter(TITLES[kind], development, tables, bool(sources))
    return f"---\n{front}---\n\n{text.strip()}\n"


def _example(tables: Sequence[TableInCard], runs: bool) -> TableInCard:
    """The table that the card shows how to load: text generation where it is there."""
    usual = TableInCard("text-generation", RUNS_SPLIT if runs else LATEST, "", 0)
    return next((table for table in tables if table.task == usual.task), tables[0] if tables else usual)


def _front_matter(title: str, development: bool, tables: Sequence[TableInCard], borrowed: bool) -> str:
    configs: dict[str, list[dict[str, str]]] = {}
    for table in tables:
        file = {"split": table.split, "path": path_of(table.task, table.split)}
        configs.setdefault(table.task, []).append(file)
    licence: dict[str, Any] = {"license": "cc-by-4.0"}
    if borrowed:
        # Published figures of others stand among ours, each under its source's terms.
        licence = {
            "license": "other",
            "license_name": "terms-of-each-source",
            "license_link": "README.md#sources-and-terms",
        }
    front: dict[str, Any] = {
        **licence,
        "pretty_name": f"DEVELOPMENT: {title}" if development else title,
        "language": ["en"],
        "tags": ["energy", "energy-efficiency", "green-ai", "leaderboard", "inference"]
        + (["development"] if development else []),
    }
    if configs:
        front["configs"] = [{"config_name": task, "data_files": files} for task, files in configs.items()]
    return yaml.safe_dump(front, sort_keys=False, allow_unicode=True, width=1000)


def _cell(text: str) -> str:
    """Text inside a Markdown table: on one line, with its bars escaped."""
    return " ".join(text.split()).replace("|", "\\|")


def _kind(kind: pa.DataType) -> str:
    """A column type as a reader of the card knows it."""
    if pa.types.is_list(kind):
        return "list"
    names = {pa.string(): "text", pa.bool_(): "true or false", pa.int64(): "integer", pa.float64(): "float"}
    return names.get(kind, "timestamp" if pa.types.is_timestamp(kind) else str(kind))


_STRUCTS: tuple[tuple[str, tuple[Column, ...]], ...] = (
    ("windows", tuple(column(Window, name) for name in WINDOW_FIELDS)),
    (
        "findings",
        (
            *(column(Finding, name) for name in FINDING_FIELDS),
            Column("evidence", pa.string(), "SI units", "The figures the check looked at, as JSON."),
        ),
    ),
)

_ENVIRONMENT = Environment(
    loader=FileSystemLoader(Path(__file__).parent / "text"),
    autoescape=False,  # Markdown; the Hub makes the HTML, and cleans it
    trim_blocks=True,
    lstrip_blocks=True,
    keep_trailing_newline=True,
    undefined=StrictUndefined,
)
_ENVIRONMENT.filters.update(cell=_cell, kind=_kind)
