"""The Space, composed: settings → record → site → scheduler → server. Importing it starts nothing."""

from __future__ import annotations

import gc

if __name__ == "__main__":
    # What a start imports stays for good: looking through it for what went takes an eighth of the start.
    gc.disable()

import logging
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI
from fastapi.concurrency import run_in_threadpool

from leaderboard import __version__, board, editions
from leaderboard.board import server
from leaderboard.domain import StarwattError
from leaderboard.listening import listen
from leaderboard.publish import Publisher
from leaderboard.publish.space_page import SpacePage
from leaderboard.record import Record
from leaderboard.settings import Settings, read_settings
from submissions import keeper, scheduler, tokens
from submissions.accounts import accounts_of
from submissions.attested import taking
from submissions.doors import create_doors
from submissions.hub.facts import ApiFacts
from submissions.hub.recent_facts import RecentFacts
from submissions.incoming import Incoming
from submissions.job_book import JobBook
from submissions.metrics import create_metrics
from submissions.policy import BodyCap

_LOG = logging.getLogger("starwatt")


def create_app(settings: Settings, record: Record) -> FastAPI:
    """The whole Space over an open record; the caller closes the record."""
    editions.load_catalogue(record)
    tokens.ensure_tokens(record, settings.data)
    taking.tidy(record)
    if settings.open_to_all:
        _LOG.warning("single-user on %s: whoever reaches it may submit and operate", settings.host)
    Incoming(record).sweep()
    publisher = Publisher.of(record, settings)
    kept = keeper.Keeper.of(record, settings)
    jobs = scheduler.create_scheduler(record, publisher, settings.lease_s)
    book = JobBook(jobs)
    scheduler.list_models_daily(jobs, record, SpacePage.of(settings))

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        jobs.start()
        kept.start()
        yield
        await run_in_threadpool(kept.stop)
        jobs.shutdown(wait=False)

    app = FastAPI(
        title="Starwatt",
        version=__version__,
        lifespan=lifespan,
        docs_url=None,
        redoc_url=None,
        responses=board.RESPONSES,
    )
    accounts = accounts_of(settings, record)
    app.add_middleware(BodyCap)
    site = board.create_site(
        record,
        version=__version__,
        single_user=settings.single_user,
        about=accounts.about,
        dataset=settings.dataset,
        news=kept.news,
    )
    site.install(app)
    hub = RecentFacts(ApiFacts(settings.hub_endpoint, settings.fetch_token))
    doors = create_doors(settings, record, site.pages, accounts, hub, publisher, kept)
    doors.install(app)
    app.include_router(server.create_health(record, kept.told, book.shown))
    app.include_router(create_metrics(record, book))
    board.mount_gradio(app, record, doors.tools)
    return app


def main() -> int:
    """Run the Space until it is told to stop; exit code 2 when it cannot start."""
    gc.freeze()
    gc.enable()
    try:
        settings = read_settings()
        # The socket first: two Spaces on one port must not touch one record.
        with listen(settings.host, settings.port) as listener:
            restored = keeper.restore_if_empty(settings)
            with Record.open(settings.data) as record:
                if restored is not None:
                    tokens.keep_tokens(record)
                app = create_app(settings, record)
                return server.run(app, listener, on_space=settings.space_id is not None)
    except StarwattError as error:
        print(f"error: {error}", file=sys.stderr)  # noqa: T201 - the one line a person starting it sees
        return error.exit_code


if __name__ == "__main__":
    sys.exit(main())
