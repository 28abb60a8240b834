"""Pages a reader opens first: the board, the method."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from urllib.parse import urlencode

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse
from markupsafe import Markup

from leaderboard import catalogue
from leaderboard.board import columns, filters, heads
from leaderboard.board.opening import Choice, Opening, Openings
from leaderboard.board.picks import picks, without_own_filters
from leaderboard.board.places import beside
from leaderboard.board.render import HUB, Pages
from leaderboard.board.row_html import RowHtml, Shown
from leaderboard.board.texts import Document
from leaderboard.board.view import ViewState
from leaderboard.domain import Check, EditionStatus, NotFound, Rating
from leaderboard.publish.layout import RATINGS, RATINGS_DEV, repository
from leaderboard.reasoning import Counterpart, counterpart
from leaderboard.record import RatingQuery, Record
from leaderboard.record.kept import Kept
from leaderboard.standing import Standing, standings

PAGE_ROWS = 50
METHOD_FILE = Path(__file__).parents[2] / "docs" / "METHOD.md"
_READ = ["GET", "HEAD"]
_TABS = 7


def create_pages(
    record: Record, pages: Pages, method_file: Path = METHOD_FILE, dataset: str | None = None
) -> APIRouter:
    """Routes of `/` and `/method`. They run in threads: nothing here blocks the event loop.

    `dataset`: ORG/PREFIX of the data sets on the Hub; None: there are none.
    """
    router = APIRouter(include_in_schema=False)
    openings = Openings(record)
    of_view: Kept[_OfView] = Kept(record)
    rows = RowHtml(record, pages)
    # It is the same on every page of an edition.
    help_html = cache(
        lambda classes: pages.fragment("board_help.html", columns=columns.COLUMNS, classes=classes)
    )
    method = Document(method_file.read_text("utf-8")) if method_file.is_file() else None

    @router.api_route("/", methods=_READ)
    def board(request: Request) -> Response:
        items = request.query_params.multi_items()
        names = [name for name, _ in items]
        if any(not value for _, value in items) or names.count("columns") > 1:
            # A form without JavaScript sends its empty fields too, and every ticked box by itself: the
            # address is told without the ones, and with the others in one.
            return RedirectResponse(ViewState.from_query(items).href, 302)
        return pages.cached(request, lambda: _board(request, ViewState.from_query(items)))

    def _board(request: Request, asked: ViewState) -> Response:
        opening = openings.open(asked)
        view = opening.view
        page = record.ratings(view.rating_query(PAGE_ROWS))
        # The same on every page of a view, in whichever order and columns: found once.
        shared = of_view.get(
            view.changed(sort="energy", order="asc", columns=None), lambda: _of_view(record, pages, opening)
        )
        shown = heads.told(heads.shown_columns(page.items, view), page.items, view.task)
        standing = cache(lambda: standings(record, page.items))
        return pages.render(
            "board.html",
            request,
            opening=opening,
            tabs=_tabs(opening),
            page=page,
            superseded=_superseded(opening, page.items, standing),
            columns=shown,
            choices=heads.choices(shown),
            help=help_html(opening.edition.classes),
            default_href=asked.changed(columns=None, after=asked.after).href if asked.columns else None,
            sorted_by=heads.sorted_by,
            sort_href=heads.sort_href,
            rows=rows.of(
                page.items,
                Shown.on(opening, shown, shared.scale, shared.best_quality),
                standing,
                _counterparts(record, opening, page.items),
                opening.edition,
            ),
            hero=shared.hero,
            fields=shared.fields,
            intervals=any(row.energy_low is not None for row in page.items),
            chips=list(filters.chips(opening)),
            unmeasured=None if page.items else _unmeasured(record, opening),
            loosen=[] if page.items else list(filters.loosen(record, opening)),
            sizes=filters.sizes(opening) if shared.sized or asked.params_min or asked.params_max else [],
            reasoning=filters.reasoning(opening),
            hidden_fields=filters.hidden_fields(asked),
            beside_columns=filters.beside_columns(asked),
            provenance=heads.only_provenance(page.items),
            exports=_exports(view),
            snapshot=_snapshot(opening, dataset),
            beside=beside(opening, page.items),
            permalink=view.href,
            next_href=asked.changed(after=page.next).href if page.next else None,
            first_href=asked.changed().href if asked.after else None,
            development=opening.edition.development,
        )

    @router.api_route("/method", methods=_READ)
    def method_page(request: Request) -> Response:
        if method is None:
            raise NotFound("The method's text is not here.", "It is docs/METHOD.md in the repository.")
        return pages.cached(
            request, lambda: pages.render("method.html", request, document=method, checks=_checks())
        )

    return router


def _checks() -> dict[str, list[Check]]:
    """Every check of the catalogue, by when it is made."""
    found = catalogue.checks().values()
    return {when: [check for check in found if check.when == when] for when in ("before", "during", "after")}


def _tabs(opening: Opening) -> list[Choice]:
    """As many tasks as fit into one line; the chosen one in front where it is not among them."""
    first = opening.tasks[:_TABS]
    current = [choice for choice in opening.tasks[_TABS:] if choice.current]
    return [*current, *first[: _TABS - len(current)]]


@dataclass(frozen=True)
class _OfView:
    """What all pages of a view share."""

    scale: columns.Scale | None
    best_quality: float | None
    """The best of the whole view, not of one page alone; None: no row tells its quality."""
    hero: Markup
    """What stands above the table: what the stars mean, and which models to take."""
    fields: Markup
    """The filters' fields."""
    sized: bool
    """Whether any row tells how many parameters it has."""


def _of_view(record: Record, pages: Pages, opening: Opening) -> _OfView:
    view = opening.view
    hero = pages.fragment("board_hero.html", view=view, picks=picks(record, opening))
    cell = without_own_filters(view)
    largest = record.ratings(cell.changed(sort="params", order="desc").rating_query(limit=1)).items
    sized = any(row.params is not None for row in largest)
    fields = pages.fragment(
        "board_fields.html", view=view, selects=list(filters.selects(opening)), sized=sized
    )
    order = heads.quality_order(view.task)
    best = record.ratings(view.changed(sort="quality", order=order).rating_query(limit=1)).items
    return _OfView(_scale(record, cell), best[0].quality if best else None, hero, fields, sized)


@dataclass(frozen=True)
class Unmeasured:
    """An edition that waits for its first figure."""

    listed: int
    """Reference models, each counted in every cell."""
    models: int
    hardware: int
    """On how many hardware classes."""


def _unmeasured(record: Record, opening: Opening) -> Unmeasured | None:
    """What the whole edition waits for; None where it has a row, or is another's."""
    edition = opening.edition
    if edition.reference or record.ratings(RatingQuery(edition=edition.id, limit=1)).items:
        return None
    cells = edition.reference_cells
    return Unmeasured(
        sum(map(len, cells.values())),
        len({model for models in cells.values() for model in models}),
        len({cell.hardware for cell in cells}),
    )


def _superseded(
    opening: Opening, rows: Sequence[Rating], standing: Callable[[], Mapping[str, Standing]]
) -> Standing | None:
    """What is said of the whole view where a newer edition took over; None: nothing."""
    if opening.edition.status is not EditionStatus.SUPERSEDED or not rows:
        return None
    return standing()[rows[0].id]


def _scale(record: Record, cell: ViewState) -> columns.Scale | None:
    """From the least to the greatest energy, whatever was searched: bars keep their lengths then."""
    ends = [
        record.ratings(cell.changed(sort="energy", order=order).rating_query(limit=1)).items
        for order in ("asc", "desc")
    ]
    return columns.Scale.over(row.energy_wh_per_1000 for rows in ends for row in rows)


def _counterparts(
    record: Record, opening: Opening, rows: Sequence[Rating]
) -> Callable[[Rating], Counterpart | None]:
    """From a row of a page to the same model with reasoning, or without it; where the edition has both."""
    paired = opening.edition.reasoning_beside
    if len(opening.reasoning) < 2 and opening.view.task not in {*paired, *paired.values()}:
        return lambda _: None

    @cache
    def of_page() -> dict[str, list[Rating]]:
        # All at once, and only when one is asked for: rows that were rendered before are kept.
        return record.rated_rows(opening.edition.id, {row.model for row in rows})

    return lambda row: counterpart(row, of_page().get(row.model, ()), paired)


def _exports(view: ViewState) -> list[tuple[str, str]]:
    """This view as files. The API tells every configuration unless asked for the best alone."""
    pairs = view.changed(configurations="best").pairs()
    query = urlencode([*pairs, ("configurations", view.configurations)], safe=",")
    return [
        ("CSV", f"/api/v1/ratings.csv?{query}"),
        ("Parquet", f"/api/v1/ratings.parquet?{query}"),
        ("JSON", f"/api/v1/ratings?{query}&limit=1000"),
        ("LaTeX table", f"/api/v1/ratings.tex?{query}"),
    ]


def _snapshot(opening: Opening, dataset: str | None) -> str | None:
    """Where the edition's rows of the task lie on the Hub, as they were published."""
    if dataset is None or opening.view.task is None:
        return None
    suffix = RATINGS_DEV if opening.edition.development else RATINGS
    place = f"{opening.view.task}/{opening.edition.split}"
    return f"{HUB}/datasets/{repository(dataset, suffix)}/viewer/{place}"
