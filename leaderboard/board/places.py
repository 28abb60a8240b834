"""Where models are set side by side: one task, hardware, protocol and edition, for pages beside the board."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from leaderboard import catalogue
from leaderboard.board.opening import Opening, Openings, check_names
from leaderboard.board.view import ViewState
from leaderboard.domain import Rating
from leaderboard.record import Record

PLACE = ("task", "hardware", "edition", "protocol", "model_class", "reasoning")
"""Parameters that say where; the names are the board's."""
Pairs = list[tuple[str, str]]
Select = tuple[str, str, list[tuple[str, str]], str]
"""Name, label, options (value, words), the chosen value."""

_LOOSEN = (
    ("model_class", "reasoning"),
    ("model_class", "reasoning", "protocol"),
    ("model_class", "reasoning", "protocol", "hardware"),
    ("model_class", "reasoning", "protocol", "hardware", "task"),
)


@dataclass(frozen=True)
class Place:
    """A cell's whereabouts, with the switches to others."""

    opening: Opening
    loosened: tuple[str, ...] = ()
    """What was asked for and let go, because nothing stands there: names of parameters."""

    @property
    def view(self) -> ViewState:
        """With nothing left open."""
        return self.opening.view

    @property
    def pairs(self) -> Pairs:
        """This place in a query string."""
        return [(name, value) for name in PLACE if (value := getattr(self.view, name))]

    @property
    def words(self) -> str:
        """In words: the task and the hardware."""
        view = self.view
        parts = [
            catalogue.title_of("task", view.task, view.edition) if view.task else "",
            f"on {catalogue.title_of('hardware', view.hardware, view.edition)}" if view.hardware else "",
        ]
        return " ".join(part for part in parts if part)

    def selects(self, *names: str) -> list[Select]:
        """The switches as a form has them; one without a choice is left out."""
        choices = {
            "task": ("Task", self.opening.tasks),
            "hardware": ("Hardware", self.opening.hardware),
            "edition": ("Edition", self.opening.editions),
            "protocol": ("Protocol", self.opening.protocols),
            "model_class": ("Size class", self.opening.classes),
        }
        found = []
        for name in names:
            label, options = choices[name]
            chosen = getattr(self.view, name) or ""
            if len(options) > 1 or (options and name in ("task", "hardware")):
                found.append((name, label, [(choice.id, choice.title) for choice in options], chosen))
        return found


class Places:
    """Finds the place that a reader means, whatever they left open."""

    def __init__(self, record: Record) -> None:
        self.record = record
        self._openings = Openings(record)

    def find(self, items: Sequence[tuple[str, str]], models: Iterable[str] = ()) -> Place:
        """The place of a query string; what it leaves open is where most of the models stand.

        Raises:
            BadInput: a value that no place can have.
            UnknownName: a task, hardware class, protocol or edition nobody knows.
        """
        asked = ViewState.from_query([(name, value) for name, value in items if name in PLACE])
        check_names(asked, self.record.editions())
        settled = self._settled(asked, list(models))
        if self._has_rows(settled):
            return Place(self._openings.open(settled))
        for names in _LOOSEN:
            dropped = tuple(name for name in names if getattr(asked, name) is not None)
            looser = asked.model_copy(update=dict.fromkeys(names))
            if dropped and self._has_rows(looser):
                return Place(self._openings.open(looser), dropped)
        return Place(self._openings.open(settled))

    def _has_rows(self, view: ViewState) -> bool:
        return bool(self.record.ratings(view.rating_query(limit=1)).items)

    def _settled(self, asked: ViewState, models: list[str]) -> ViewState:
        standing: dict[tuple[str, str, str, str], set[str]] = {}
        public: set[tuple[str, str, str, str]] = set()
        for model in models:
            place = {name: getattr(asked, name) for name in ("edition", "task", "hardware", "protocol")}
            for row in self.record.ratings_of(model, best=True, **place):
                key = (row.edition, row.task, row.hardware, row.protocol)
                standing.setdefault(key, set()).add(model)
                if not row.development:
                    public.add(key)
        if not standing:
            return asked
        best = max(standing, key=lambda key: (key in public, len(standing[key])))
        names = ("edition", "task", "hardware", "protocol")
        return asked.model_copy(update=dict(zip(names, best, strict=True)))


def address(path: str, pairs: Iterable[tuple[str, str]]) -> str:
    """A page's address with its parameters."""
    query = urlencode(list(pairs), safe="/:")
    return f"{path}?{query}" if query else path


def against(rows: Iterable[Rating]) -> str:
    """What energy can be drawn against, in words: two models at least must tell it; empty: nothing."""
    told = list(rows)
    if len({row.model for row in told if row.quality is not None}) > 1:
        return "quality"
    return "parameters" if len({row.model for row in told if row.params is not None}) > 1 else ""


def beside(opening: Opening, rows: Sequence[Rating], compared: int = 3) -> list[tuple[str, str]]:
    """Pages about what a board shows: words and addresses; the first models are set side by side."""
    place = Place(opening)
    first = list(dict.fromkeys(row.model for row in rows))[:compared]
    found = [("What one takes in a year", address("/calculator", place.pairs))]
    if drawn := against(rows):
        found.insert(0, (f"Energy against {drawn}", address("/pareto", place.pairs)))
    if len(first) > 1:
        side = address("/compare", [*(("model", model) for model in first), *place.pairs])
        found.insert(0, (f"Compare the first {len(first)} side by side", side))
    return found
