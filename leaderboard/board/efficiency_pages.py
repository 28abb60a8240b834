"""`/efficiency` and its JSON twin: what batch, precision and card buy, by an edition's configurations."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse, RedirectResponse

from leaderboard import catalogue
from leaderboard.board.address import public_address
from leaderboard.board.charts import Chart, Picture, answer, pictured
from leaderboard.board.configurations import Configurations, Shown
from leaderboard.board.efficiency_query import ASKABLE, AskedEfficiency
from leaderboard.board.render import Pages
from leaderboard.board.texts import sections
from leaderboard.domain import NotFound, joules_per_query
from leaderboard.efficiency import LEAST_COMMON, Agreement, Gain, Rung, median_times
from leaderboard.record import Record

_READ = ["GET", "HEAD"]
_DOCUMENTED: dict[str, Any] = {
    "parameters": [
        {"name": name, "in": "query", "required": False, "schema": {"type": "string"}} for name in ASKABLE
    ]
}


def create_efficiency(record: Record, pages: Pages) -> APIRouter:
    """Routes of `/efficiency` and `/api/v1/efficiency`. They run in threads."""
    router = APIRouter()
    configurations = Configurations(record)

    @router.api_route("/efficiency", methods=_READ, include_in_schema=False)
    def page(request: Request) -> Response:
        items = request.query_params.multi_items()
        asked = AskedEfficiency.from_query(items)
        if any(not value for _, value in items):
            return RedirectResponse(asked.href, 302)
        return pages.cached(request, lambda: _page(request, asked))

    def _page(request: Request, asked: AskedEfficiency) -> Response:
        shown = configurations.show(asked)
        address = public_address(request)
        return pages.render(
            "efficiency.html",
            request,
            shown=shown,
            picture=_picture(shown),
            ladder=_ladder(shown.rungs),
            median_times=median_times(shown.found.gains),
            least_common=LEAST_COMMON,
            generation_of=catalogue.generation_of,
            joules=lambda row: joules_per_query(row.energy_wh_per_1000),
            queries={
                name: _with_address(html, address, shown.edition.id)
                for name, html in sections("efficiency-queries").items()
            },
            development=shown.edition.development,
        )

    @router.api_route("/charts/efficiency/{form}", methods=_READ, include_in_schema=False)
    def chart(request: Request, form: str) -> Response:
        asked = AskedEfficiency.from_query(request.query_params.multi_items())
        return pages.cached(request, lambda: answer(_chart(configurations.show(asked)), form))

    def api(request: Request) -> Response:
        """Gains, agreements of cards, and rungs of one task; `docs/API.md` has the fields."""
        asked = AskedEfficiency.from_query(request.query_params.multi_items())
        return pages.cached(request, lambda: JSONResponse(document(configurations.show(asked))))

    router.add_api_route("/api/v1/efficiency", api, methods=["GET"], tags=["read"], openapi_extra=_DOCUMENTED)
    router.add_api_route("/api/v1/efficiency", api, methods=["HEAD"], include_in_schema=False)
    return router


@dataclass(frozen=True)
class Ladder:
    """Rungs as a table: a row for each batch, a column for each card and precision."""

    columns: list[tuple[str, str | None]]
    batches: list[int]
    cells: dict[tuple[str, str | None, int], Rung]
    best: set[Rung]
    """Of each column the rung nearest to the models' own best."""


def _ladder(rungs: Sequence[Rung]) -> Ladder:
    columns = list(dict.fromkeys((rung.hardware, rung.precision) for rung in rungs))
    best = {
        _nearest([rung for rung in rungs if (rung.hardware, rung.precision) == column]) for column in columns
    }
    cells = {(rung.hardware, rung.precision, rung.batch): rung for rung in rungs}
    return Ladder(columns, sorted({rung.batch for rung in rungs}), cells, best)


def _nearest(column: Sequence[Rung]) -> Rung:
    """The rung nearest to 1 that half of the models reached; where one model ran, it is often its best."""
    enough = max(rung.models for rung in column) / 2
    return min((rung for rung in column if rung.models >= enough), key=lambda rung: rung.times)


def _with_address(html: Any, address: str, edition: str) -> Any:
    """A query that can be pasted: it asks this site, for this edition."""
    return html.replace("http://SITE", address).replace("EDITION", edition)


def _picture(shown: Shown) -> Picture | None:
    """None where no configuration tells its batch."""
    if not (found := _with_batches(shown)):
        return None
    asked = {"edition": shown.edition.id, "task": shown.task or "", "model": shown.model or ""}
    return pictured(_batches(shown, found), "/charts/efficiency", f"?{urlencode(asked)}")


def _chart(shown: Shown) -> Chart:
    if not (found := _with_batches(shown)):
        raise NotFound("There is nothing to draw here.", "No configuration of this model tells its batch.")
    return _batches(shown, found)


def _with_batches(shown: Shown) -> tuple[Gain, ...]:
    return tuple(gain for gain in shown.model_gains if any(row.batch is not None for row in gain.rows))


def _batches(shown: Shown, found: tuple[Gain, ...]) -> Chart:
    # What draws takes a second to import, and an edition without configurations draws nothing.
    from leaderboard.board.charts.cards import batch_chart

    titles = {
        gain.hardware: catalogue.title_of("hardware", gain.hardware, shown.edition.id) for gain in found
    }
    return batch_chart(found, titles)


def document(shown: Shown) -> dict[str, Any]:
    """What the page shows, as the API tells it."""
    return {
        "edition": shown.edition.id,
        "development": shown.edition.development,
        "task": shown.task,
        "model": shown.model,
        "configurations": shown.found.configurations,
        "configurations_are_all": shown.found.whole,
        "models": shown.found.models,
        "groups": len(shown.found.gains),
        "median_times": median_times(shown.found.gains),
        "tasks": [
            {
                "task": line.task,
                "hardware": line.hardware,
                "generation": catalogue.generation_of(line.hardware) or None,
                "models": line.models,
                "configurations": line.configurations,
                "precisions": list(line.precisions),
                "batches": list(line.batches),
                "median_times": line.median_times,
                "most_times": line.most_times,
            }
            for line in shown.found.lines
        ],
        "agreements": [_agreement(one) for one in shown.found.agreements],
        "rungs": [_rung(one) for one in shown.rungs],
        "gains": list(_gains(shown.task_gains)),
    }


def _agreement(one: Agreement) -> dict[str, Any]:
    return {
        **one.work._asdict(),
        "first": one.first,
        "second": one.second,
        "models": one.models,
        "first_better": one.first_better,
        "second_better": one.second_better,
        "better": one.better,
        "median_first_over_second": one.ratio,
        "spearman": one.spearman,
        "kendall": one.kendall,
    }


def _rung(one: Rung) -> dict[str, Any]:
    return {
        "hardware": one.hardware,
        "precision": one.precision,
        "batch": one.batch,
        "models": one.models,
        "median_times_of_best": one.times,
    }


def _gains(found: Iterable[Gain]) -> Iterable[dict[str, Any]]:
    for gain in found:
        yield {
            **gain.work._asdict(),
            "hardware": gain.hardware,
            "model": gain.model,
            "configurations": len(gain.rows),
            "best": gain.best.configuration,
            "best_energy_j": joules_per_query(gain.best.energy_wh_per_1000),
            "worst": gain.worst.configuration,
            "worst_energy_j": joules_per_query(gain.worst.energy_wh_per_1000),
            "times": gain.times,
            "times_less_than_smallest_batch": gain.times_less,
        }
