"""The Space, composed: settings → record → site → scheduler → server. Importing it starts nothing."""

from __future__ import annotations

import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI
from fastapi.concurrency import run_in_threadpool

from leaderboard import __version__, board, editions
from leaderboard.board import server
from leaderboard.domain import StarwattError
from leaderboard.publish import Publisher
from leaderboard.publish.space_page import SpacePage
from leaderboard.record import Record
from leaderboard.settings import Settings, read_settings
from submissions import (
    desk,
    desk_api,
    desk_door,
    desk_pages,
    form,
    keeper,
    queue,
    runner_api,
    scheduler,
    status,
    tokens,
)
from submissions.accounts import accounts_of
from submissions.accounts.account_routes import create_account
from submissions.accounts.sign_in_routes import create_sign_in
from submissions.hub_facts import ApiFacts
from submissions.intake import Intake
from submissions.kept_facts import KeptFacts
from submissions.limits import Addresses, Gate
from submissions.outlook import Outlook
from submissions.policy import BodyCap
from submissions.results import Results


def create_app(settings: Settings, record: Record) -> FastAPI:
    """The whole Space over an open record; the caller closes the record."""
    editions.load_catalogue(record)
    tokens.ensure_tokens(record, settings.data)
    publisher = Publisher.of(record, settings)
    kept = keeper.Keeper.of(record, settings)
    jobs = scheduler.create_scheduler(record, publisher, settings.lease_s)
    scheduler.list_models_daily(jobs, record, SpacePage.of(settings))

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        jobs.start()
        kept.start()
        yield
        await run_in_threadpool(kept.stop)
        jobs.shutdown(wait=False)

    app = FastAPI(title="Starwatt", version=__version__, lifespan=lifespan, docs_url=None, redoc_url=None)
    accounts = accounts_of(settings, record)
    app.add_middleware(BodyCap)
    site = board.create_site(
        record, version=__version__, single_user=settings.single_user, about=accounts.about
    )
    site.install(app)
    acts, door = desk.Desk(record, publisher), desk_door.Door(record, accounts)
    told = kept.wake if kept.hub_first else None
    app.state.addresses = Addresses.of(settings.data, behind_proxy=settings.space_id is not None)
    gate, outlook = Gate(record, settings.limits), Outlook(record)
    facts = KeptFacts(ApiFacts(settings.hub_endpoint))
    intake = Intake(record, facts, gate=gate, when_received=told)
    for router in (
        create_sign_in(site.pages, accounts),
        create_account(site.pages, accounts),
        form.create_form(record, intake, site.pages, accounts),
        form.create_form_api(record, intake, accounts, kept),
        status.create_status(record, site.pages, accounts),
        status.create_status_api(record, accounts),
        queue.create_queue(outlook, site.pages, accounts),
        queue.create_queue_api(outlook, gate, accounts),
        runner_api.create_runner_api(record, Results(record), settings.lease_s, kept),
        desk_api.create_desk_api(record, acts, door, settings.lease_s),
        desk_pages.create_desk_pages(record, site.pages, acts, door, settings.lease_s),
        server.create_health(record),
    ):
        app.include_router(router)
    board.mount_gradio(app, record)
    return app


def main() -> int:
    """Run the Space until it is told to stop; exit code 2 when it cannot start."""
    try:
        settings = read_settings()
        # The socket first: two Spaces on one port must not touch one record.
        with server.listen(settings.host, settings.port) as listener:
            restored = keeper.restore_if_empty(settings)
            with Record.open(settings.data) as record:
                if restored is not None:
                    tokens.keep_tokens(record)
                return server.run(create_app(settings, record), listener)
    except StarwattError as error:
        print(f"error: {error}", file=sys.stderr)  # noqa: T201 - the one line a person starting it sees
        return error.exit_code


if __name__ == "__main__":
    sys.exit(main())
