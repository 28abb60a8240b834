"""Tools that read, for programs and assistants: search, rating, compare, right size."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from leaderboard.board.asked_need import AskedNeed
from leaderboard.board.compare_pages import side_by_side, twin
from leaderboard.board.gradio_answers import as_json
from leaderboard.board.items import items
from leaderboard.board.model_finding import rows_of
from leaderboard.board.opening import Openings, check_names
from leaderboard.board.places import Places
from leaderboard.board.right_size_answer import answer_need, document
from leaderboard.board.view import ViewState
from leaderboard.domain import BadInput
from leaderboard.record import Record

_MOST_FOUND: Final = 100


def reading(record: Record) -> list[Callable[..., str]]:
    """The functions that read; what they are called is what their tools are called."""
    openings, places = Openings(record), Places(record)

    def search(q: str = "", task: str = "", hardware: str = "", edition: str = "", limit: int = 20) -> str:
        """Search energy ratings of AI models in one edition, least energy first; editions do not compare.

        Args:
            q: Part of a model's name on the Hub, for example qwen3; empty for every model.
            task: A task id such as text-generation or sentence-similarity; empty for every task.
            hardware: A hardware class id such as h100-sxm-80gb; empty for every one.
            edition: An edition id; empty for the one that the board opens on, else the newest with such rows.
            limit: How many rows at most, 1 to 100.
        """
        pairs = {"q": q, "task": task, "hardware": hardware, "edition": edition}

        def rows() -> Any:
            state = ViewState.from_query(pairs.items())
            check_names(state, record.editions())
            found = _rows_by_edition(record, state)
            if state.edition is None:
                state = state.model_copy(update={"edition": _edition(openings, state, found)})
            page = record.ratings(state.rating_query(limit=max(1, min(int(limit), _MOST_FOUND))))
            return {
                "edition": state.edition,
                "other_editions": [
                    {"edition": id, "rows": count} for id, count in found.items() if id != state.edition
                ],
                "total": page.total,
                "total_is_exact": page.total_is_exact,
                "items": items(record, page.items),
            }

        return as_json(rows)

    def rating(model: str, task: str = "", hardware: str = "") -> str:
        """The energy ratings of one AI model in every public edition: stars, Wh per 1,000 queries, cell size.

        Rows of different editions, tasks or hardware do not compare with one another.

        Args:
            model: The model's id on the Hub, organisation/name.
            task: A task id, to narrow down; empty for every task.
            hardware: A hardware class id, to narrow down; empty for every one.
        """

        def rows() -> Any:
            found = [
                row
                for row in rows_of(record, model.strip())
                if row.best
                and not row.development
                and task.strip() in ("", row.task)
                and hardware.strip() in ("", row.hardware)
            ]
            return {"model": model.strip(), "ratings": items(record, found)}

        return as_json(rows)

    def compare(models: list[str], task: str = "", hardware: str = "", edition: str = "") -> str:
        """Up to six AI models side by side: energy, stars, quality, time, cost; which cannot be told apart.

        Args:
            models: Their ids on the Hub, organisation/name, six at most.
            task: A task id; empty for the one that most of them have a figure for.
            hardware: A hardware class id; empty for the same.
            edition: An edition id; empty for the same. Development editions must be named.
        """
        place = {"task": task, "hardware": hardware, "edition": edition}

        def answer() -> Any:
            named = [("model", str(name)) for name in _names(models)]
            asked = [(name, str(value).strip()) for name, value in place.items() if str(value or "").strip()]
            return twin(record, side_by_side(places, [*named, *asked]))

        return as_json(answer)

    def right_size(
        task: str,
        hardware: str = "",
        edition: str = "",
        quality_min: str = "",
        memory_gb: str = "",
        latency_s: str = "",
        licence: str = "",
        reasoning: str = "off",
        unknown: str = "exclude",
        queries_per_day: str = "10000",
        limit: int = 20,
    ) -> str:
        """The most frugal AI model that does a job, then those that take more, with kWh a year of each.

        Reasoning is off unless asked for: on multiplies the energy of an answer.

        Args:
            task: A task id such as sentence-similarity or text-generation.
            hardware: A hardware class id such as h100-sxm-80gb; empty for the edition's own.
            edition: An edition id; empty for the newest with stars. Development editions must be named.
            quality_min: At least this good, in the task's own metric and by its direction; empty for any.
            memory_gb: What the weights may take, GB; empty for any.
            latency_s: Seconds one may wait for an answer; empty for any.
            licence: A licence id such as apache-2.0; empty for any.
            reasoning: off, on, low, medium, high or any.
            unknown: exclude leaves out, and counts, models that may not fit; include marks them.
            queries_per_day: The load that a year is made of.
            limit: How many models at most, 1 to 100.
        """
        pairs = {
            "task": task,
            "hardware": hardware,
            "edition": edition,
            "quality_min": quality_min,
            "memory_gb": memory_gb,
            "latency_s": latency_s,
            "licence": licence,
            "reasoning": reasoning,
            "unknown": unknown,
            "queries_per_day": queries_per_day,
        }

        def answer() -> Any:
            asked = AskedNeed.from_query((name, str(value)) for name, value in pairs.items())
            most = max(1, min(int(limit), _MOST_FOUND))
            return document(record, answer_need(record, openings, asked), most)

        return as_json(answer)

    return [search, rating, compare, right_size]


def _rows_by_edition(record: Record, asked: ViewState) -> dict[str, int]:
    """How many rows each public edition has for a question, newest first; without those that have none."""
    found = {
        edition.id: record.ratings(asked.changed(edition=edition.id).rating_query(limit=1)).total
        for edition in record.editions()
        if not edition.development
    }
    return {id: total for id, total in found.items() if total}


def _edition(openings: Openings, asked: ViewState, found: Mapping[str, int]) -> str:
    """The edition that the board opens on for the task; where it has no such row, the newest that has one."""
    first = openings.open(ViewState(task=asked.task)).edition.id
    if first in found:
        return first
    return next(iter(found), first)


def _names(models: Any) -> list[Any]:
    """Names as a list; one alone, or several with commas between them, come from callers by hand.

    Raises:
        BadInput: no model was named.
    """
    named = models.split(",") if isinstance(models, str) else models
    if not isinstance(named, list) or not any(str(name or "").strip() for name in named):
        raise BadInput("Which models? `models` is empty.", "Name two to six, organisation/name each.")
    return named
