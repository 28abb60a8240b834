"""The site, put together: routers, middleware, error pages, and Gradio behind them (DESIGN §5)."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fastapi import APIRouter, FastAPI

from leaderboard.board.api import create_api
from leaderboard.board.api_page import create_api_page
from leaderboard.board.calculator_pages import create_calculator_pages
from leaderboard.board.compare_pages import create_compare_pages
from leaderboard.board.control_pages import create_control_pages
from leaderboard.board.edition_pages import create_edition_pages
from leaderboard.board.efficiency_pages import create_efficiency
from leaderboard.board.errors import install_error_handlers
from leaderboard.board.feed import create_feed
from leaderboard.board.gradio_later import AllowList, Later
from leaderboard.board.headers import install_middleware
from leaderboard.board.label_routes import create_labels
from leaderboard.board.methods import taken_by
from leaderboard.board.model_api import create_model_api
from leaderboard.board.model_pages import create_model_pages
from leaderboard.board.org_pages import create_org_pages
from leaderboard.board.pages import METHOD_FILE, create_pages
from leaderboard.board.pareto_pages import create_pareto_pages
from leaderboard.board.places import Places
from leaderboard.board.render import AboutReader, Pages
from leaderboard.board.right_size_pages import create_right_size
from leaderboard.board.run_pages import create_run_pages
from leaderboard.board.static_files import create_icon, create_static
from leaderboard.board.summary import create_summary
from leaderboard.board.text_pages import create_text_pages

if TYPE_CHECKING:
    from leaderboard.board.gradio_api import Tools
    from leaderboard.record import Record


@dataclass(frozen=True)
class Site:
    """What `app.py` puts into its FastAPI app."""

    pages: Pages
    """Renders templates; other rooms render theirs with it."""
    routers: tuple[APIRouter, ...]

    def install(self, app: FastAPI) -> None:
        """Middleware, error pages, static files and the site's own routes."""
        install_middleware(app)
        install_error_handlers(app, self.pages)
        app.mount("/static", create_static(), name="static")
        for router in self.routers:
            app.include_router(router)


def create_site(
    record: Record,
    *,
    version: str,
    single_user: bool,
    about: AboutReader | None = None,
    news: Callable[[], str] = str,
    method_file: Path = METHOD_FILE,
    dataset: str | None = None,
) -> Site:
    """The site over a record. Starts nothing.

    `about`: what pages are told of their reader; `news`: what every page says above all else at this moment,
    or nothing; `dataset`: ORG/PREFIX of the data sets on the Hub.
    """
    pages = Pages(record, version=version, single_user=single_user, about=about, news=news)
    places = Places(record)
    routers = (
        create_pages(record, pages, method_file, dataset),
        create_edition_pages(record, pages),
        create_model_pages(record, pages),
        create_org_pages(record, pages),
        create_run_pages(record, pages),
        create_control_pages(record, pages),
        create_right_size(record, pages),
        create_efficiency(record, pages),
        create_compare_pages(record, pages, places),
        create_pareto_pages(pages, places),
        create_calculator_pages(record, pages, places),
        create_text_pages(pages),
        create_api_page(record, pages),
        create_icon(),
        create_api(record, pages),
        create_model_api(record, pages),
        create_feed(record, pages),
        create_labels(record),
        create_summary(record),
    )
    return Site(pages, routers)


def mount_gradio(app: FastAPI, record: Record, tools: Tools | None = None) -> None:
    """Gradio behind everything else; call it when all other routes are there.

    It is made once the app's lifespan runs, beside the first requests, and ends with it.
    `tools`: what its functions that submit and follow do; None leaves only what reads.
    """

    def make() -> FastAPI:
        from leaderboard.board.gradio_api import create_gradio  # It takes seconds to import.

        return create_gradio(record, tools)

    later, before = Later(make), app.router.lifespan_context

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[Any]:
        async with before(app) as state, later.alive():
            yield state

    app.router.lifespan_context = lifespan
    app.mount("/", AllowList(later, taken_by(app)))
