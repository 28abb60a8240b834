"""Ratings as the Hub's evaluation results: which may stand on a model's page, and how they are written.

The format is that of `.eval_results/*.yaml` in a model's repository
(https://huggingface.co/docs/hub/eval-results).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import yaml
from huggingface_hub import EvalResultEntry, eval_result_entries_to_yaml

from leaderboard import catalogue
from leaderboard.domain import (
    Edition,
    EditionStatus,
    Notice,
    Provenance,
    Rating,
    Refused,
    three_significant,
)
from leaderboard.publish.layout import RATINGS, repository
from leaderboard.standing import standing_of

FOLDER = ".eval_results/"
_PREFIX = f"{FOLDER}starwatt-"
_OURS = (Provenance.MEASURED, Provenance.ATTESTED)
_SPEAKING_NOTICES = ("withdrawn", "disputed")


@dataclass(frozen=True)
class Travelling:
    """What of a model may stand on its page: rows of one edition."""

    edition: Edition
    rows: tuple[Rating, ...]
    """At least one, by task and hardware."""
    left_out: tuple[tuple[Rating, str], ...]
    """The model's other rated rows, each with the reason why it stays here."""


def travelling(
    model: str,
    rows: Sequence[Rating],
    editions: Iterable[Edition],
    notices: Callable[[str], Sequence[Notice]],
) -> Travelling:
    """The rows that may go: ours, public, of the newest frozen edition that has some, and not withdrawn.

    Args:
        model: organisation/name, for the refusal.
        rows: every row of the model.
        editions: those of the record.
        notices: a row's or an edition's id → the words added to it.

    Raises:
        Refused: none may go; the message says why for each kind of row.
    """
    by_id = {edition.id: edition for edition in editions}
    best = [row for row in rows if row.best and row.edition in by_id]
    reasons = {row.id: _why_not(row, by_id[row.edition], notices) for row in best}
    able = [row for row in best if not reasons[row.id]]
    if not able:
        said = "; ".join(dict.fromkeys(reason for reason in reasons.values() if reason))
        raise Refused(
            f"No figure of {model} may go on its page: {said or 'nothing is known of it'}.",
            "Have it measured in an open edition; it may go once that edition's bands are frozen.",
        )
    newest = max((by_id[row.edition] for row in able), key=lambda edition: (edition.dated, edition.id))
    chosen = sorted((row for row in able if row.edition == newest.id), key=lambda row: row.cell)
    left = [
        (row, reasons[row.id] or f"edition {row.edition} is older than {newest.id}")
        for row in best
        if row not in chosen
    ]
    return Travelling(newest, tuple(chosen), tuple(left))


def _why_not(row: Rating, edition: Edition, notices: Callable[[str], Sequence[Notice]]) -> str:
    """Why a row may not leave; empty: it may."""
    if edition.reference or row.provenance is Provenance.REFERENCE:
        return "figures published by others are theirs to carry on"
    if row.provenance not in _OURS:
        return f"{row.provenance.value} figures never leave the development editions"
    if edition.development or row.development:
        return "development editions stay on the board"
    if edition.status is EditionStatus.OPEN:
        return f"edition {edition.id} is open, and its bands are not frozen yet"
    if edition.status is EditionStatus.SUPERSEDED:
        return f"edition {edition.id} is superseded by a newer one"
    said = [notice for subject in (row.id, edition.id) for notice in notices(subject)]
    for mark in standing_of(None, said).marks:
        if mark.status.value in _SPEAKING_NOTICES:
            return f"it is {mark.status.value} ({mark.reason.rstrip('.')})"
    if row.stars is None and row.provenance is Provenance.MEASURED:
        return f"it has no stars ({row.not_rated})"
    return ""


def path_of_edition(edition: str) -> str:
    """The file of one edition in a model's repository."""
    return f"{_PREFIX}{edition}.yaml"


def is_ours(path: str) -> bool:
    """Whether a file of a model's repository is one that we proposed."""
    return path.startswith(_PREFIX) and path.endswith(".yaml")


def task_id(row: Rating) -> str:
    """The id of what a figure may be compared with, as the Hub's leaderboards do by `task_id`.

    Not the task alone: joules on an H100 and on a T4 in one list would rank the cards.
    """
    cell = row.cell
    parts = [cell.task, cell.hardware, f"class-{cell.model_class.lower()}" if cell.model_class else ""]
    parts += ["" if cell.protocol == "offline-b1" else cell.protocol]
    parts += ["reasoning" if cell.reasoning == "on" else ""]
    return "--".join(part for part in parts if part)


def eval_results(found: Travelling, dataset: str, site: str) -> str:
    """The YAML of one edition's file: one entry for each rated task on each hardware.

    Args:
        found: what may go.
        dataset: ORG/PREFIX of our data sets.
        site: the board's address, without a slash at its end.
    """
    entries = [
        EvalResultEntry(
            dataset_id=repository(dataset, RATINGS),
            task_id=task_id(row),
            value=float(f"{row.energy_wh_per_1000:.6g}"),
            date=row.measured_at.isoformat() if row.measured_at else None,
            source_url=f"{site}/r/{row.id}",
            source_name="Starwatt",
            notes=notes(row, found.edition),
        )
        for row in found.rows
    ]
    written: str = yaml.safe_dump(
        eval_result_entries_to_yaml(entries), sort_keys=False, allow_unicode=True, width=1000
    )
    return written


def notes(row: Rating, edition: Edition) -> str:
    """What a reader of the model's page must know to read the figure."""
    parts = [
        "Energy in Wh per 1,000 queries, less is better",
        f"hardware: {catalogue.title_of('hardware', row.hardware, edition.id)}",
        f"protocol: {catalogue.title_of('protocol', row.protocol, edition.id)}",
    ]
    if row.energy_low is not None and row.energy_high is not None:
        low, high = three_significant(row.energy_low), three_significant(row.energy_high)
        parts.append(f"comparison interval: {low}–{high} Wh")
    if stars(row):
        group = f"class {row.model_class}, " if row.model_class else ""
        parts.append(f"{stars(row)} ({group}{row.cell_size} models, edition {edition.id})")
    parts.append(f"provenance: {row.provenance.value}")
    parts += [f"reasoning: {row.reasoning}"] if row.reasoning != "off" else []
    parts += [f"precision: {row.precision}"] if row.precision else []
    parts += [f"revision: {row.revision[:7]}"] if row.revision else []
    return "; ".join(parts)


def stars(row: Rating) -> str:
    """The stars in words; empty for an attested row, which has none."""
    if row.stars is None or row.provenance is not Provenance.MEASURED:
        return ""
    span = ""
    if row.stars_low is not None and row.stars_high is not None and row.stars_low != row.stars_high:
        span = f", could be {row.stars_low}–{row.stars_high}"
    return f"{row.stars} of 5 stars{span}"
