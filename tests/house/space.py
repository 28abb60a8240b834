"""The Space as `app.py` composes it, served on a free port over a furnished record."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from fastapi import FastAPI

from leaderboard.record import Record
from leaderboard.record.clock import SystemClock
from leaderboard.settings import read_settings
from submissions.accounts.identity import Identity
from submissions.accounts.personal_tokens import PersonalTokens
from submissions.accounts.sessions import Sessions
from tests.board.serving import serving
from tests.house.furniture import OPERATOR, Furniture, furnish

_SECRET = "p4Wv0xqJk2nL8sT6yB1mZ9cR5dF7gH3e"
_IDENTITY = Identity(OPERATOR.subject, OPERATOR.name, ())


@dataclass(frozen=True)
class House:
    """A Space that is up, and an operator's session in it."""

    app: FastAPI
    address: str
    record: Record
    there: Furniture
    session: str

    @property
    def cookie(self) -> tuple[str, str]:
        """Name and value of the operator's session."""
        return f"starwatt-session-{urlsplit(self.address).port}", self.session


@contextmanager
def opened(folder: Path) -> Iterator[House]:
    """People sign in there with a Hub that cannot be reached; the operator's session was begun before."""
    from app import create_app  # Gradio takes seconds to import.

    settings = read_settings(
        {
            "STARWATT_DATA": str(folder),
            "STARWATT_ACCOUNTS": "hub",
            "STARWATT_SESSION_SECRET": _SECRET,
            "STARWATT_OPERATORS": OPERATOR.subject,
            "OAUTH_CLIENT_ID": "a-client",
            "OAUTH_CLIENT_SECRET": "a-secret",
            "HF_ENDPOINT": "http://127.0.0.1:9",
        }
    )
    with Record.open(folder) as record:
        there, clock = furnish(record), SystemClock()
        session = Sessions(record, _SECRET, clock).begin(_IDENTITY)
        PersonalTokens(record, clock).make(_IDENTITY, "<b>laptop</b>{{7*7}}")
        app = create_app(settings, record)
        with serving(app) as address:
            yield House(app, address, record, there, session)
