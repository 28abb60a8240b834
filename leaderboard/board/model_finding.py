"""A model by its name: its rows, what is said beside them, and the other names of its weights."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from leaderboard.disputes import disputes_on
from leaderboard.domain import NotFound, Notice, Rating, Run
from leaderboard.next_star import stem
from leaderboard.record import Record
from leaderboard.standing import Standing

MOST_ROWS = 1000
"""Rows of a model that a page or an answer tells; a table of its ratings has all of them."""
_MOST_HASHES = 10
_LOOKED_AT, _MOST_NAMED = 50, 5


def rows_of(record: Record, model: str, *, public: bool = False, edition: str | None = None) -> list[Rating]:
    """The rows of a model, `MOST_ROWS` at most: rated ones first, then other configurations.

    Args:
        public: none of a development edition.
        edition: of this one alone; None: of all.

    Raises:
        NotFound: nothing is known of the model.
    """
    rows = record.ratings_of(model, public=public, edition=edition, limit=MOST_ROWS)
    narrowed = public or edition is not None
    if not rows and not (narrowed and record.count_of(model)) and not record.runs_of(model):
        shown = model if len(model) <= 80 else model[:79] + "…"
        named = _alike(record, model)
        raise NotFound(
            f"No figure is known for the model {shown!r}.",
            f"{named}Look for it on the board, or submit it to have it measured.",
        )
    return rows


def _alike(record: Record, model: str) -> str:
    """Models whose names begin as this one does, as the start of a remedy; empty where there are none."""
    found = record.rows_beginning(stem(model), limit=_LOOKED_AT) if "/" in model else []
    names = list(dict.fromkeys(row.model for row in found))[:_MOST_NAMED]
    return f"Named alike: {', '.join(names)}. " if names else ""


def row_notices(rows: Sequence[Rating], standing: Mapping[str, Standing]) -> list[tuple[Rating, Notice]]:
    """The notices on rows themselves, in the rows' order; those on editions are told elsewhere."""
    return [(row, notice) for row in rows for notice in standing[row.id].notices if notice.subject == row.id]


def settled(notices: Sequence[tuple[Rating, Notice]]) -> set[str]:
    """Ids of the rows whose last dispute was answered."""
    last = {row.id: notice.kind for row, notice in notices if notice.kind in ("disputed", "settled")}
    return {id for id, kind in last.items() if kind == "settled"}


def retests(record: Record, notices: Sequence[tuple[Rating, Notice]]) -> dict[str, str]:
    """The newest submission that measures a disputed row again, by the row's id."""
    found: dict[str, str] = {}
    for id in dict.fromkeys(row.id for row, notice in notices if notice.kind == "disputed"):
        for dispute in disputes_on(record, id):
            for rating_id in dispute.ratings if dispute.retest else ():
                found.setdefault(rating_id, dispute.retest)
    return found


@dataclass(frozen=True)
class Alias:
    """Another name of the same weights, file by file (METHOD §5)."""

    model: str
    sha: str
    submission: str


def aliases(record: Record, model: str, runs: Sequence[Run]) -> list[Alias]:
    """Other models whose submissions have exactly the weights that were measured here, the newest first."""
    hashes = list(dict.fromkeys(run.model.weights_hash for run in runs if run.model.weights_hash))
    found: dict[tuple[str, str], Alias] = {}
    for weights_hash in hashes[:_MOST_HASHES]:
        for submission, _ in record.of_weights(weights_hash):
            other = submission.plan.model
            # Closed models stand under the names that their owners gave: those are nobody else's copies.
            if other.repo_id != model and not submission.attested:
                found.setdefault((other.repo_id, other.sha), Alias(other.repo_id, other.sha, submission.id))
    return list(found.values())
