"""What can be asked of `/efficiency` ⇄ its query string."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final, Self
from urllib.parse import urlencode

from pydantic import Field

from leaderboard.board.view import ViewState
from leaderboard.domain import BadInput, KebabId, Word

_MOST_MODEL: Final = 193


class AskedEfficiency(Word):
    """What a reader chose; None was left to the page."""

    edition: KebabId | None = None
    task: KebabId | None = None
    model: str | None = Field(default=None, max_length=_MOST_MODEL)

    @classmethod
    def from_query(cls, items: Iterable[tuple[str, str]]) -> Self:
        """Read a query string; empty values are passed over.

        Raises:
            BadInput: a name that is none of ours, or a value that nothing can have.
        """
        given = {name: value.strip() for name, value in items if value.strip() and not name.startswith("__")}
        for name in given:
            if name not in ASKABLE:
                raise BadInput(f"There is no parameter {name[:40]!r}.", f"Known: {', '.join(ASKABLE)}.")
        model = given.pop("model", None)
        if model is not None and (len(model) > _MOST_MODEL or not model.isprintable()):
            raise BadInput("model is no model's name.", "Write it as the board does: organisation/name.")
        view = ViewState.from_query(given.items())
        return cls(edition=view.edition, task=view.task, model=model)

    @property
    def href(self) -> str:
        pairs = [(name, getattr(self, name)) for name in ASKABLE if getattr(self, name) is not None]
        return f"/efficiency?{urlencode(pairs)}" if pairs else "/efficiency"


ASKABLE: Final = ("edition", "task", "model")
"""Names a query string may hold."""
