"""A proposal for a model's page: exactly what would change there, as text, before it is asked for."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from dataclasses import dataclass

from leaderboard.publish.card_snippet import placed, snippet
from leaderboard.publish.eval_results import Travelling, eval_results, path_of_edition
from leaderboard.publish.model_repository import CARD, Page, our_files


@dataclass(frozen=True)
class Proposal:
    """Files of a model's repository that would change, and why."""

    page: Page
    """What they stand on: the page itself, or the open pull request."""
    files: Mapping[str, str | None]
    """Path → new text, or None where the file would go; empty: the page says all this already."""
    why: str
    """The pull request's text."""

    @property
    def diff(self) -> str:
        """A unified diff from what lies there to what is proposed; empty where nothing changes."""
        parts: list[str] = []
        for path, text in sorted(self.files.items()):
            old = self.page.files.get(path)
            parts += difflib.unified_diff(
                _lines(old),
                _lines(text),
                "/dev/null" if old is None else f"a/{path}",
                "/dev/null" if text is None else f"b/{path}",
            )
        return "".join(parts)


def proposal(page: Page, found: Travelling, dataset: str, site: str, asked_by: str) -> Proposal:
    """What is to change on a page for the rows that may go there.

    Args:
        page: what lies there.
        found: the rows.
        dataset: ORG/PREFIX of our data sets.
        site: the board's address, without a slash at its end.
        asked_by: who asked, in words: it is said in the pull request.

    Raises:
        Refused: the card cannot take the snippet.
    """
    wanted: dict[str, str | None] = {
        CARD: placed(page.files.get(CARD), snippet(found, site)),
        path_of_edition(found.edition.id): eval_results(found, dataset, site),
    }
    # Figures of an edition that is no longer the newest would stand beside the new ones as if both held.
    wanted.update({path: None for path in our_files(page) if path not in wanted})
    changed = {path: text for path, text in wanted.items() if page.files.get(path) != text}
    return Proposal(page, changed, _why(found, site, asked_by))


def _why(found: Travelling, site: str, asked_by: str) -> str:
    count = len(found.rows)
    return "\n".join(
        (
            f"{count} {'rating' if count == 1 else 'ratings'} of edition {found.edition.id}: evaluation "
            "results that the Hub shows on this page, and a few lines for the card between two markers.",
            "",
            *(f"- {site}/r/{row.id}" for row in found.rows),
            "",
            f"{asked_by} Nothing but these files changes, and to close this pull request is answer enough.",
        )
    )


def _lines(text: str | None) -> list[str]:
    """Lines of a text for a diff, the last of which always ends."""
    lines = (text or "").splitlines(keepends=True)
    if lines and not lines[-1].endswith("\n"):
        lines[-1] += "\n\\ No newline at end of file\n"
    return lines
