"""A submission's life as Atom (RFC 4287), so that a reader of feeds hears when it is done."""

from __future__ import annotations

from leaderboard.board.feed import Entry, atom_of
from submissions.status.told import Told


def feed_of(told: Told, site: str) -> bytes:
    """The feed: one entry for each step, newest first.

    Args:
        site: the Space's address, without a slash at its end.
    """
    submission = told.submission
    path = f"/submissions/{submission.id}"
    entries = [
        Entry(
            f"submission/{submission.id}/{place}",
            f"{line.status.value.capitalize()}: {submission.plan.model.repo_id}",
            " ".join(part for part in (line.message, line.remedy) if part) or line.status.sentence,
            path,
            line.at,
            submission.plan.task,
        )
        for place, line in enumerate(told.lines)
    ]
    return atom_of(
        entries[::-1],
        site,
        name=f"submission/{submission.id}",
        title=f"Starwatt: {submission.plan.model.repo_id}",
        subtitle="What becomes of one submission.",
        path=f"{path}.atom",
        page=path,
    )
