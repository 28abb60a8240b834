"""An edition takes over from another: no star of the old one moves, each that differs is explained.

The runs are real words handed in as a runner does; what is asked is asked over HTTP.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

import app as composition
from leaderboard.domain import EditionStatus, Rating, Status
from leaderboard.editions import edition_for
from leaderboard.publish import Publisher
from leaderboard.record import Record
from leaderboard.record.clock import HandClock
from leaderboard.settings import read_settings
from submissions import scheduler
from submissions.__main__ import main
from submissions.desk import commands as desk_commands
from submissions.hub.facts import FixedFacts
from submissions.space import Space
from submissions.tokens import token_file
from tests import builders
from tests.submissions.test_cells import rate, run

A, B = "2026-11", "2027-05"
FIRST = [f"org/a-{n:02}" for n in range(12)]
NEW = [f"org/b-{n:02}" for n in range(12)]
KEY = "sentence-similarity/t4-16gb//offline-b1/off"
CLOCK = datetime(2026, 11, 2, 12, tzinfo=UTC)
DAY_S = 86_400.0


def energy(n: int) -> tuple[float, float]:
    """Far enough apart that no edges merge: each a quarter above the one before."""
    joules = 0.1 * 1.25**n
    return joules, joules


def lists(models: list[str]) -> list[dict[str, Any]]:
    return [{"task": "sentence-similarity", "hardware": ["t4-16gb"], "models": models}]


@pytest.fixture
def clock() -> HandClock:
    return HandClock(CLOCK)


@pytest.fixture
def client(record: Record, monkeypatch: pytest.MonkeyPatch) -> Iterator[TestClient]:
    """The Space; its catalogue has one small edition, and the command line speaks to it."""
    small = builders.edition(A, title="Starwatt 2026-11", reference_models=lists(FIRST))
    monkeypatch.setattr("leaderboard.editions.catalogue.editions", lambda: {A: small})
    monkeypatch.setattr("leaderboard.editions.catalogue.content_hash_of_edition", lambda id: id)
    monkeypatch.setattr(composition, "ApiFacts", lambda *_: FixedFacts({}))
    monkeypatch.setenv("STARWATT_DATA", str(record.folder))
    settings = read_settings({"STARWATT_DATA": str(record.folder)})
    with TestClient(composition.create_app(settings, record), base_url="http://127.0.0.1:7860") as opened:

        class Here(Space):
            def at_desk(self, method: str, path: str, body: Any = None) -> dict[str, Any]:
                answer = opened.request(method, f"/api/v1/desk/{path}", json=body, headers=self._headers)
                if not answer.is_success:
                    from submissions.space import _error_of

                    raise _error_of(answer)
                return dict(answer.json())

        monkeypatch.setattr(desk_commands, "Space", Here)
        yield opened


def desk(capsys: pytest.CaptureFixture[str], *arguments: str) -> dict[str, Any]:
    assert main(["desk", *arguments]) == 0
    return dict(json.loads(capsys.readouterr().out))


def measured(record: Record, models: list[str], first: int = 0, step: int = 1) -> None:
    for place, model in enumerate(models):
        assert rate(record, run(model, energy(first + step * place)))[0] is Status.DONE


def test_two_editions(
    client: TestClient,
    record: Record,
    clock: HandClock,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    measured(record, FIRST)
    assert desk(capsys, "freeze", A)["cells"] == {KEY: 12}
    bands = record.bands_of(A)
    (frozen,) = bands.values()
    assert frozen.frozen_at == CLOCK
    assert [one.rank for one in frozen.references] == list(range(1, 13))
    assert {one.revision for one in frozen.references} == {builders.sha(model) for model in FIRST}

    # Twelve more, most of them frugal: rated at once, and nobody else moves.
    before = {row.model: row for row in record.edition_rows(A)}
    measured(record, NEW, first=-8)
    rows = record.edition_rows(A)
    assert {row.model: row for row in rows if row.model in before} == before
    assert all(row.stars is not None for row in rows)
    assert len(rows) == 24

    # Half a year later the clock proposes, once; the operator opens a follower and confirms.
    publisher = Publisher.of(record, read_settings({"STARWATT_DATA": str(record.folder)}))
    job = scheduler.create_scheduler(record, publisher, 300).get_job("editions")
    clock.advance(180 * DAY_S)
    job.func()
    assert desk(capsys, "proposals")["proposals"] == []
    clock.advance(2 * DAY_S)
    job.func()
    clock.advance(DAY_S)
    job.func()
    (proposal,) = desk(capsys, "proposals")["proposals"]
    assert (proposal["cause"], proposal["edition"]) == ("half-year", A)
    assert "half a year ago" in client.get(f"/editions/{A}").text

    references = tmp_path / "references.yaml"
    references.write_text(json.dumps({"reference_models": lists([*FIRST, *NEW])}))
    opened = desk(capsys, "open", B, "--after", A, "--references", str(references))
    assert opened == {"edition": B, "rows": 24}
    assert edition_for(record, run("org/now")).id == A
    done = desk(capsys, "confirm", proposal["id"], "--by", B)
    assert done == {"old": A, "new": B, "cells": {KEY: 24}, "without_bands": []}
    assert edition_for(record, run("org/now")).id == B
    assert desk(capsys, "proposals")["proposals"] == []

    # Row for row and band for band, the old edition is what it was.
    assert record.edition_rows(A) == rows
    assert record.bands_of(A) == bands
    assert record.edition(A).status is EditionStatus.SUPERSEDED
    (notice,) = record.notices(A)
    assert (notice.kind, notice.author, notice.reason) == ("superseded", "operator", proposal["reason"])

    explained(client, record, rows)
    permalinks(client, record, rows)

    # A run that ends now gets its stars in the new edition alone.
    measured(record, ["org/late"])
    assert [row.edition for row in record.ratings_of("org/late")] == [B]


def explained(client: TestClient, record: Record, old: list[Rating]) -> None:
    stars = {row.model: row.stars for row in old}
    differ = {row.model for row in record.edition_rows(B) if row.stars != stars[row.model]}
    assert differ
    told = client.get(f"/api/v1/editions/{A}/compare/{B}").json()
    (cell,) = told["cells"]
    assert (cell["references_before"], cell["references_after"]) == (12, 24)
    reasons = {change["model"]: change for change in cell["changes"] if change["kind"] == "moved"}
    assert reasons.keys() == differ
    page = client.get(f"/editions/{A}/compare/{B}").text
    for model, change in reasons.items():
        assert change["moved_by"] == "bands"
        assert change["measured_anew"] is False
        assert change["reason"].startswith("Its energy is the same; the ")
        assert "twelve models were added to its reference models" in change["reason"]
        assert model.split("/")[1] in page
        assert change["reason"] in page


def permalinks(client: TestClient, record: Record, old: list[Rating]) -> None:
    model = old[0].model
    (new,) = (row for row in record.ratings_of(model) if row.edition == B)
    for address in (
        f"/?edition={A}&task=sentence-similarity",
        f"/models/{model}",
        f"/r/{old[0].id}",
        f"/editions/{A}",
        f"/runs/{old[0].run_id}",
    ):
        answer = client.get(address)
        assert answer.status_code == 200, address
        assert "uperseded" in answer.text, address
        assert "half a year ago" in answer.text, address
        assert B in answer.text, address
    fresh = client.get(f"/?edition={B}&task=sentence-similarity")
    assert fresh.status_code == 200
    assert "Superseded:" not in fresh.text
    assert client.get(f"/r/{new.id}", follow_redirects=False).headers["location"].endswith(new.id)
    items = client.get(f"/api/v1/models/{model}").json()["ratings"]
    said = {item["edition"]: (item["edition_status"], [n["kind"] for n in item["notices"]]) for item in items}
    assert said == {A: ("superseded", ["superseded"]), B: ("frozen", [])}
    listed = {edition["id"]: edition for edition in client.get("/api/v1/editions").json()["editions"]}
    assert (listed[A]["superseded_by"], listed[B]["succeeds"]) == (B, A)
    assert f"/editions/{A}/compare/{B}" in client.get("/editions").text


def test_a_withdrawn_rating_stays_with_its_word_and_makes_no_bands(
    client: TestClient, record: Record, capsys: pytest.CaptureFixture[str]
) -> None:
    measured(record, FIRST)
    best = record.edition_rows(A)[0]
    told = desk(capsys, "withdraw", best.id, "--reason", "The board was throttled.", "--author", "me")
    assert told == {"kind": "withdrawn", "ratings": [best.id]}
    assert desk(capsys, "freeze", A)["cells"] == {KEY: 11}
    assert best.model not in {one.model for bands in record.bands_of(A).values() for one in bands.references}
    for address in (f"/models/{best.model}", f"/runs/{best.run_id}", f"/?edition={A}&task={best.task}"):
        page = client.get(address).text
        assert "withdrawn" in page, address
        assert "The board was throttled." in page, address
    row = next(
        line for line in client.get(f"/api/v1/ratings.csv?edition={A}").text.splitlines() if best.id in line
    )
    assert row.endswith("withdrawn: The board was throttled.")
    # It is not what a reader is told to take.
    picks = client.get(f"/?edition={A}&task={best.task}").text.split('class="picks"')[1].split("</ul>")[0]
    assert best.model.split("/")[1] not in picks
    # And the next edition does not carry it on.
    desk(capsys, "open", B, "--after", A)
    assert best.model not in {found.model for found in record.edition_rows(B)}


def test_what_the_desk_refuses(
    client: TestClient, record: Record, capsys: pytest.CaptureFixture[str]
) -> None:
    def refused(*arguments: str) -> str:
        assert main(["desk", *arguments]) == 2
        return capsys.readouterr().err

    assert "cannot be followed" in refused("open", B, "--after", A)
    measured(record, FIRST)
    desk(capsys, "freeze", A)
    desk(capsys, "open", B, "--after", A)
    assert "already" in refused("open", B, "--after", A)
    assert "does not follow" in refused("supersede", B, "--by", A, "--reason", "wrong way")
    assert "no proposal" in refused("confirm", "nothing", "--by", B)
    assert "no proposal" in refused("decline", "nothing", "--reason", "x")
    assert "no rating" in refused("dispute", "0000000000", "--reason", "x")
    assert "no rating" in refused("settle", "0000000000", "--reason", "x")
    desk(capsys, "supersede", A, "--by", B, "--reason", "A better list.")
    assert "is superseded" in refused("supersede", A, "--by", B, "--reason", "again")
    assert "was superseded" in refused("freeze", A)
    headers = {"Authorization": f"Bearer {token_file(record.folder, 'operator').read_text().strip()}"}
    blank = {"by": B, "reason": "   "}
    answer = client.post(f"/api/v1/desk/editions/{A}/supersede", json=blank, headers=headers)
    assert answer.status_code == 422
    assert client.get("/api/v1/desk/proposals").status_code == 403
