"""The rows of a board as HTML, each made once: a page in another order is put together from what is there."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from markupsafe import Markup

from leaderboard.board.columns import Column, Scale
from leaderboard.board.opening import Opening
from leaderboard.board.render import Pages
from leaderboard.domain import Edition, Rating
from leaderboard.reasoning import Counterpart
from leaderboard.record import Record
from leaderboard.record.kept import Kept
from leaderboard.standing import Standing

_KEPT_ROWS = 4_000
"""About a kilobyte each."""


@dataclass(frozen=True)
class Shown:
    """All that a row's HTML depends on, besides the row and what the record says of it."""

    columns: tuple[Column, ...]
    scale: Scale | None
    best_quality: float | None
    tells_reasoning: bool
    """Whether the view holds several ways of reasoning."""

    def __post_init__(self) -> None:
        # Each row of a page asks for it, and each column is hashed for it.
        told = hash((self.columns, self.scale, self.best_quality, self.tells_reasoning))
        object.__setattr__(self, "_hash", told)

    def __hash__(self) -> int:
        found: int = vars(self)["_hash"]
        return found

    @classmethod
    def on(
        cls, opening: Opening, columns: Sequence[Column], scale: Scale | None, best_quality: float | None
    ) -> Shown:
        """As a view shows its rows."""
        several = opening.view.reasoning in (None, "any") and len(opening.reasoning) > 1
        return cls(tuple(columns), scale, best_quality, several)


class RowHtml:
    """Renders rows. What was rendered is kept until the record changes."""

    def __init__(self, record: Record, pages: Pages) -> None:
        self._pages = pages
        self._kept: Kept[Markup] = Kept(record, _KEPT_ROWS)
        self._shown: Kept[Shown] = Kept(record)

    def of(
        self,
        rows: Sequence[Rating],
        shown: Shown,
        standings: Callable[[], Mapping[str, Standing]],
        counterpart: Callable[[Rating], Counterpart | None],
        edition: Edition,
    ) -> Markup:
        """Rows of an edition one below the other; the record is asked only of those that were not kept."""
        by_id = {row.id: row for row in rows}
        # The very one of before: keys are then compared by it alone.
        shown = self._shown.get(shown, lambda: shown)

        def render(missing: Sequence[tuple[str, Shown]]) -> list[Markup]:
            return [
                self._pages.fragment(
                    "board_row.html",
                    row=by_id[id],
                    columns=shown.columns,
                    scale=shown.scale,
                    best_quality=shown.best_quality,
                    tells_reasoning=shown.tells_reasoning,
                    standing=standings()[id],
                    edition=edition,
                    counterpart=counterpart(by_id[id]),
                )
                for id, _ in missing
            ]

        return Markup("\n").join(self._kept.all([(id, shown) for id in by_id], render))
