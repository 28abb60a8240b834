"""The Space's README: ours, with the rated models and our data sets in its front matter.

By `models:` and `datasets:` the Hub shows the Space on the pages of each of them.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import yaml

from leaderboard.domain import BadFile, Edition, EditionStatus, Rating
from leaderboard.publish.layout import RATINGS, RUNS, repository
from leaderboard.publish.view import RecordView

MOST_MODELS = 200
"""Models listed. The front matter is read and checked whole at each view and each commit, and a list is there
for people who come from a model's page; at about 40 bytes a name this keeps it under 8 KB. The Hub names no
limit that we know of."""


def rated_models(view: RecordView) -> tuple[str, ...]:
    """Models with stars or an attested figure that hold now, by name: the newest measured come in first.

    Open, development and superseded editions do not count; published figures of others do, after ours.
    """
    current = {edition.id: edition for edition in view.editions if _holds(edition)}
    rows = (row for id in current for row in view.rows_of(id) if _rated(row))
    newest: dict[str, tuple[bool, float]] = {}
    for row in rows:
        ours = not current[row.edition].reference
        rank = (ours, row.measured_at.timestamp() if row.measured_at else 0.0)
        newest[row.model] = max(rank, newest.get(row.model, rank))
    first = sorted(newest, key=lambda model: (*(-rank for rank in newest[model]), model))[:MOST_MODELS]
    # By name, so that a newer measurement of a listed model is no change of the list.
    return tuple(sorted(first, key=str.lower))


def _holds(edition: Edition) -> bool:
    return not edition.development and edition.status is EditionStatus.FROZEN


def _rated(row: Rating) -> bool:
    stands = row.stars is not None or row.provenance.value == "attested"
    return row.best and not row.development and row.provenance.public and stands


def listed_models(readme: str) -> tuple[str, ...]:
    """The models that a Space's README lists."""
    return tuple(str(model) for model in _parts(readme)[0].get("models") or ())


def space_readme(readme: str, models: Sequence[str], dataset: str | None) -> str:
    """A README with what it lists made anew, and all else as it was.

    Args:
        readme: with front matter.
        models: organisation/name each; the first `MOST_MODELS` are taken.
        dataset: ORG/PREFIX; None where nothing is published.

    Raises:
        BadFile: the README has no front matter.
    """
    front, text = _parts(readme)
    data_sets = [repository(dataset, suffix) for suffix in (RATINGS, RUNS)] if dataset else []
    for name, values in (("models", list(models[:MOST_MODELS])), ("datasets", data_sets)):
        front.pop(name, None)
        if values:
            front[name] = values
    written = yaml.safe_dump(front, sort_keys=False, allow_unicode=True, width=1000)
    return f"---\n{written}---\n{text}"


def _parts(readme: str) -> tuple[dict[str, Any], str]:
    """Front matter, and what stands below it."""
    head, found, text = readme.removeprefix("---\n").partition("\n---\n")
    try:
        front = yaml.safe_load(head) if found and readme.startswith("---\n") else None
    except yaml.YAMLError as error:
        raise BadFile("The README's front matter is not YAML.", "Mend README.md.") from error
    if not isinstance(front, dict):
        raise BadFile(
            "The README has no front matter, by which the Hub knows a Space.",
            "Take README.md as it is in the repository.",
        )
    return front, text
