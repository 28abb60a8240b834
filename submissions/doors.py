"""Every door of this room, put together: what people, operators and runners reach over HTTP."""

from __future__ import annotations

from dataclasses import dataclass

from fastapi import APIRouter, FastAPI

from leaderboard.board.render import Pages
from leaderboard.publish import Publisher
from leaderboard.record import Record
from leaderboard.settings import Settings
from submissions import queue, runner_api
from submissions.accounts import Accounts
from submissions.accounts.account_routes import create_account
from submissions.accounts.sign_in_routes import create_sign_in
from submissions.attested import pages as attested
from submissions.desk import acts as desk
from submissions.desk import api as desk_api
from submissions.desk import door as desk_door
from submissions.desk import pages as desk_pages
from submissions.form import api as form_api
from submissions.form import page as form
from submissions.form import tools as form_tools
from submissions.hub.facts import HubFacts
from submissions.intake import Intake
from submissions.keeper import Keeper
from submissions.limits import Addresses, Gate
from submissions.outlook import Outlook
from submissions.policy import address_of
from submissions.results import Results
from submissions.status import live
from submissions.status import page as status
from submissions.status.disputes import Disputes


@dataclass(frozen=True)
class Doors:
    """What `app.py` puts into its FastAPI app."""

    routers: tuple[APIRouter, ...]
    tools: form_tools.Tools
    """For gradio_client and MCP."""
    streams: live.Streams
    addresses: Addresses

    def install(self, app: FastAPI) -> None:
        """The routes, and what they find in the app's state."""
        app.state.addresses = self.addresses
        app.state.before_end = (self.streams.end,)
        for router in self.routers:
            app.include_router(router)


def create_doors(
    settings: Settings,
    record: Record,
    pages: Pages,
    accounts: Accounts,
    hub: HubFacts,
    publisher: Publisher,
    keeper: Keeper,
) -> Doors:
    """Everything over one record. Starts nothing."""
    told = keeper.wake if keeper.hub_first else None
    addresses = Addresses.of(settings.data, behind_proxy=settings.space_id is not None)
    gate, outlook = Gate(record, settings.limits), Outlook(record)
    intake = Intake(record, hub, gate=gate, when_received=told, waits_s=outlook.waits_s)
    disputes = Disputes(record, limits=settings.limits, when_received=told)
    acts, door = desk.Desk(record, publisher), desk_door.Door(record, accounts)
    streams = live.Streams(record)
    routers = (
        create_sign_in(pages, accounts),
        create_account(pages, accounts),
        form.create_form(record, intake, pages, accounts, hub),
        form_api.create_form_api(record, intake, accounts, hub, keeper),
        attested.create_attested(record, pages, accounts, gate),
        attested.create_attested_api(record, accounts, gate),
        status.create_status(record, pages, accounts, disputes, outlook),
        status.create_status_api(record, accounts, disputes, outlook),
        live.create_live(record, streams, address_of),
        queue.create_queue(outlook, pages, accounts),
        queue.create_queue_api(outlook, gate, accounts),
        runner_api.create_runner_api(record, Results(record, disputes), settings.lease_s, keeper),
        desk_api.create_desk_api(record, acts, door, settings.lease_s),
        desk_pages.create_desk_pages(record, pages, acts, door, settings.lease_s),
    )
    tools = form_tools.Tools(record, intake, accounts, keeper, addresses)
    return Doors(routers, tools, streams, addresses)
