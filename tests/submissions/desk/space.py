"""The doors of desk and runners over a record, without the rest of the Space; people come by a header."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from fastapi import FastAPI
from starlette.requests import Request
from starlette.testclient import TestClient

from leaderboard import board
from leaderboard.domain import Forbidden, Person
from leaderboard.publish import Publisher
from leaderboard.record import Record
from leaderboard.settings import read_settings
from submissions.accounts import SingleUser
from submissions.desk.acts import Desk
from submissions.desk.api import create_desk_api
from submissions.desk.door import Door
from submissions.desk.pages import create_desk_pages
from submissions.policy import same_origin
from submissions.results import Results
from submissions.runner_api import create_runner_api
from submissions.tokens import Role, ensure_tokens, token_file
from tests import builders

LEASE_S = 300.0
ADA = builders.person("Ada", subject="ada", operator=True)
BO = builders.person("Bo", subject="bo")
ADA_IS_HERE = {"X-Who": "ada"}


class People:
    """Accounts whose session is the header `X-Who`; a personal token is `person-` and the name."""

    single_user = False
    closed = ""

    def __init__(self) -> None:
        self._known = {person.subject: person for person in (ADA, BO)}
        self.forged = False

    def person(self, request: Request) -> Person | None:
        token = request.headers.get("authorization", "").removeprefix("Bearer ").removeprefix("person-")
        return self._known.get(request.headers.get("x-who", "")) or self._known.get(token)

    def about(self, request: Request) -> dict[str, Any]:
        return {"person": self.person(request)}

    def check_write(self, request: Request) -> None:
        same_origin(request)
        if self.forged:
            raise Forbidden("This form was not made for your session.", "Reload the page.")


@contextmanager
def desk_space(record: Record, accounts: Any = None) -> Iterator[TestClient]:
    """A client of it; `accounts`: People unless given."""
    ensure_tokens(record, record.folder)
    who = accounts or People()
    app = FastAPI()
    site = board.create_site(record, version="0", single_user=isinstance(who, SingleUser), about=who.about)
    site.install(app)
    publisher = Publisher.of(record, read_settings({"STARWATT_DATA": str(record.folder)}))
    desk, door = Desk(record, publisher), Door(record, who)
    app.include_router(create_desk_api(record, desk, door, LEASE_S))
    app.include_router(create_desk_pages(record, site.pages, desk, door, LEASE_S))
    app.include_router(create_runner_api(record, Results(record), LEASE_S))
    with TestClient(app, base_url="http://127.0.0.1:7860", follow_redirects=False) as client:
        yield client


def bearer(record: Record, role: Role) -> dict[str, str]:
    return {"Authorization": f"Bearer {token_file(record.folder, role).read_text().strip()}"}


def queued(record: Record, model: str = builders.MODEL, **fields: Any) -> str:
    """A submission that waits; its id."""
    submission = builders.submission(builders.plan(model, **fields))
    record.submit(submission, builders.received_and_queued())
    return submission.id
