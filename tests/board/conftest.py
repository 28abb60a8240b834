"""A site over a small record that a test fills, and one over the catalogue's published figures."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from leaderboard.board import Site, create_site
from leaderboard.domain import Rating, Run, Status
from leaderboard.record import Record
from tests import builders

PUBLIC = "2026-11"
DEVELOPMENT = "dev-2026-11"


def public_row(model: str = builders.MODEL, **fields: object) -> Rating:
    """A measured row of the public edition."""
    defaults: dict[str, object] = {
        "edition": PUBLIC,
        "hardware": "t4-16gb",
        "provenance": "measured",
        "development": False,
    }
    return builders.rating(model, **{**defaults, **fields})


def fill(record: Record, *rows: Rating) -> None:
    """Put rows into the editions they name; both editions of ours are there afterwards."""
    for place, id in enumerate((PUBLIC, DEVELOPMENT)):
        own = [row for row in rows if row.edition == id]
        bands = {row.cell: builders.bands() for row in own if row.stars is not None}
        edition = builders.edition(id, dated=date(2026, 11, 2 + place))
        record.put_edition(edition, bands, own, f"{len(rows)} {sorted(row.id for row in own)}")


def finish(record: Record, run: Run, *rows: Rating) -> None:
    """Take a run the whole way: submitted, claimed, measured, done."""
    submission = builders.submission(run.plan)
    record.submit(submission, builders.received_and_queued())
    claim = record.claim([run.plan.hardware], "a machine", 60)
    assert claim is not None
    events = [builders.event(status) for status in (Status.RUNNING, Status.VERIFYING, Status.DONE)]
    record.finish(submission.id, claim.fence, events, run, rows)


def site_of(record: Record) -> Site:
    return create_site(record, version="0.1.0", single_user=True)


def client_of(record: Record) -> TestClient:
    """The site as `app.py` composes it, without Gradio and submissions."""
    app = FastAPI(docs_url=None, redoc_url=None)
    site_of(record).install(app)
    return TestClient(app, base_url="http://127.0.0.1", raise_server_exceptions=False)


@pytest.fixture(scope="session")
def published(tmp_path_factory: pytest.TempPathFactory, catalogued: Path) -> Iterator[Record]:
    """A record with the catalogue's editions, as on a first start; tests only read it."""
    with Record.open(shutil.copytree(catalogued, tmp_path_factory.mktemp("published") / "data")) as opened:
        yield opened


@pytest.fixture(scope="session")
def board(published: Record) -> TestClient:
    return client_of(published)
