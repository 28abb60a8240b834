"""The queue as people see it: their turn, what runs, who is silent, what is paused; and as JSON."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from fastapi import FastAPI
from starlette.requests import Request
from starlette.testclient import TestClient

from leaderboard.board import create_site
from leaderboard.domain import Limits, Org, Person, Status
from leaderboard.record import LineRow, Record
from leaderboard.record.clock import HandClock
from submissions import pausing
from submissions.accounts import SingleUser
from submissions.estimate import FEWEST
from submissions.limits import Gate
from submissions.outlook import SILENT_AFTER_S, STALE_AFTER_S, Outlook
from submissions.queue import ROWS, create_queue, create_queue_api
from tests import builders
from tests.record import scenes

PLANNED_S = builders.plan().expected_duration_s


class Signed(SingleUser):
    """Somebody whose name the request tells."""

    single_user = False

    def person(self, request: Request) -> Person | None:
        name = request.headers.get("x-person")
        orgs = (Org(subject="org", name="Org"),) if name == "ann" else ()
        return Person(subject=name, name=name, orgs=orgs) if name else None


@pytest.fixture
def clock() -> HandClock:
    return HandClock(builders.NOON)


@pytest.fixture
def outlook(record: Record) -> Outlook:
    return Outlook(record)


@pytest.fixture
def client(record: Record, outlook: Outlook) -> TestClient:
    app = FastAPI()
    site = create_site(record, version="1", single_user=True)
    site.install(app)
    accounts = Signed()
    app.include_router(create_queue(outlook, site.pages, accounts))
    app.include_router(create_queue_api(outlook, Gate(record, Limits().changed("person-day=3")), accounts))
    return TestClient(app, base_url="http://127.0.0.1")


def ask(record: Record, seed: int, person: str = "local", hardware: str = "cpu", owner: str = "") -> str:
    plan = builders.plan(seed=seed, hardware=hardware)
    return scenes.queued(record, plan, submitted_by=person, owner=owner).id


def test_begin_and_end_follow_from_plans_while_there_is_no_history(record: Record, outlook: Outlook) -> None:
    ids = [ask(record, seed) for seed in (1, 2, 3)]
    record.saw_worker("m", ["cpu"])
    rows = outlook.queue().rows
    assert [row.row.id for row in rows] == ids
    for place, row in enumerate(rows):
        assert row.begins_at == builders.NOON + timedelta(seconds=place * PLANNED_S)
        assert row.ends_at == builders.NOON + timedelta(seconds=(place + 1) * PLANNED_S)
        assert (row.from_history, row.held) == (False, "")


def test_history_corrects_the_plan(record: Record, clock: HandClock, outlook: Outlook) -> None:
    for seed in range(1, FEWEST + 1):
        claim = scenes.claimed(record, builders.plan(seed=seed))
        record.append(claim.submission.id, builders.event(Status.RUNNING), fence=claim.fence)
        clock.advance(300)
        events = [builders.event(Status.VERIFYING), builders.event(Status.DONE, at=clock.now())]
        record.finish(claim.submission.id, claim.fence, events, builders.run(claim.submission.plan), [])
    ask(record, 9)
    record.saw_worker("m", ["cpu"])
    (row,) = outlook.queue().rows
    assert (row.expected_s, row.from_history) == (300, True)


def test_a_running_one_is_waited_for_and_a_silent_one_is_marked(
    record: Record, clock: HandClock, outlook: Outlook
) -> None:
    claim = scenes.running(record, builders.plan(seed=1), worker="m")
    record.saw_worker("m", ["cpu"])
    ask(record, 2)
    record.heartbeat(
        claim.submission.id, claim.fence, builders.progress(heartbeat_at=clock.now(), remaining_s=40.0), 300
    )
    clock.advance(10)
    running, waiting = outlook.queue().rows
    assert (running.heartbeat_s, running.stale) == (10, False)
    assert running.ends_at == waiting.begins_at == clock.now() + timedelta(seconds=30)
    clock.advance(max(STALE_AFTER_S, SILENT_AFTER_S))
    seen = outlook.queue()
    running, waiting = seen.rows
    assert running.stale and running.ends_at is None and "not been heard from" in running.held
    assert waiting.begins_at is None and "No runner" in waiting.held
    assert [(runner.machine, runner.silent) for runner in seen.runners] == [("m", True)]
    assert outlook.waits_s("cpu") is None


def test_without_a_runner_no_time_is_said(record: Record, outlook: Outlook) -> None:
    ask(record, 1)
    record.saw_worker("other", ["t4-16gb"])
    (row,) = outlook.queue().rows
    assert (row.begins_at, row.ends_at) == (None, None)
    assert row.held == "No runner with this hardware is there now."
    assert outlook.waits_s("cpu") is None


def test_paused_and_draining_are_said_and_wait_without_a_time(
    record: Record, outlook: Outlook, client: TestClient
) -> None:
    ask(record, 1)
    record.saw_worker("m", ["cpu", "t4-16gb"])
    pausing.pause(record, "cpu", "The fan <broke>.")
    (row,) = outlook.queue().rows
    assert row.held == "Paused: The fan <broke>."
    assert outlook.waits_s("cpu") is None
    assert outlook.waits_s("t4-16gb") == 0
    page = client.get("/queue").text
    assert "is paused" in page and "The fan &lt;broke&gt;." in page
    assert client.get("/api/v1/queue").json()["paused"] == {"cpu": "The fan <broke>."}
    pausing.resume(record, "cpu")
    pausing.drain(record, "m", "It moves house.")
    (row,) = outlook.queue().rows
    assert row.begins_at is None
    assert "It moves house." in client.get("/queue").text


def test_a_newcomer_waits_for_one_round_and_a_regular_for_their_own(record: Record, outlook: Outlook) -> None:
    record.saw_worker("m", ["cpu"])
    assert outlook.waits_s("cpu") == 0
    for seed in range(1, 11):
        ask(record, seed, "many")
    ask(record, 11, "other")
    assert outlook.waits_s("cpu") == 2 * PLANNED_S
    assert outlook.waits_s("cpu", "newcomer") == 2 * PLANNED_S
    assert outlook.waits_s("cpu", "other") == 3 * PLANNED_S
    assert outlook.waits_s("cpu", "many") == 11 * PLANNED_S
    assert outlook.waits_s("t4-16gb") is None


def test_what_was_foretold_for_a_newcomer_is_what_they_get(record: Record, outlook: Outlook) -> None:
    record.saw_worker("m", ["cpu"])
    for seed in range(1, 6):
        ask(record, seed, "many")
    foretold = outlook.waits_s("cpu", "new")
    mine = ask(record, 6, "new")
    row = next(row for row in outlook.queue().rows if row.row.id == mine)
    assert row.begins_at == record.now() + timedelta(seconds=foretold or -1)
    assert outlook.standing_of(mine) == row
    assert outlook.standing_of("0" * 12) is None


def test_the_line_is_read_once_for_each_version(
    record: Record, outlook: Outlook, monkeypatch: pytest.MonkeyPatch
) -> None:
    ask(record, 1)
    looked: list[int] = []
    look = record.line

    def counted() -> list[LineRow]:
        looked.append(record.version)
        return look()

    monkeypatch.setattr(record, "line", counted)
    for _ in range(3):
        assert len(outlook.queue().rows) == 1
    ask(record, 2)
    assert len(outlook.queue().rows) == 2
    assert len(looked) == 2


def test_mine_is_what_i_asked_for_and_what_my_organisation_did(record: Record, client: TestClient) -> None:
    own = ask(record, 1, "ann")
    ask(record, 2, "bob")
    ours = ask(record, 3, "bob", owner="org")
    told = client.get("/api/v1/queue?mine=1", headers={"x-person": "ann"}).json()
    assert {row["id"] for row in told["items"]} == {own, ours}
    page = client.get("/queue?mine=1", headers={"x-person": "ann"})
    assert set(re.findall(r"/submissions/(\w+)", page.text)) == {own, ours}
    for address in ("/queue?mine=1", "/api/v1/queue?mine=1"):
        assert client.get(address).status_code == 401
    nobody = client.get("/queue?mine=1", headers={"x-person": "eve"})
    assert "Nothing of yours waits" in nobody.text


def test_one_class_alone(record: Record, client: TestClient) -> None:
    wanted = ask(record, 1, hardware="t4-16gb")
    ask(record, 2, hardware="cpu")
    told = client.get("/api/v1/queue?hardware=t4-16gb").json()
    assert [row["id"] for row in told["items"]] == [wanted]
    assert re.findall(r"/submissions/(\w+)", client.get("/queue?hardware=t4-16gb").text) == [wanted]
    assert client.get("/queue?hardware=abacus").status_code == 404
    assert client.get("/api/v1/queue?hardware=abacus").json()["error"]["code"] == "unknown_name"


def test_a_long_queue_comes_in_pages(record: Record, client: TestClient) -> None:
    ids = [ask(record, seed) for seed in range(1, ROWS + 8)]
    first, second = client.get("/queue"), client.get("/queue?page=2")
    assert re.findall(r'href="/submissions/(\w+)"', first.text) == ids[:ROWS]
    assert re.findall(r'href="/submissions/(\w+)"', second.text) == ids[ROWS:]
    assert f"1 to {ROWS} of {len(ids)} submissions" in first.text
    assert 'href="/queue?page=2" rel="next"' in first.text
    assert 'href="/queue" rel="prev"' in second.text
    assert "/queue?page=2" in re.findall(r'hx-get="([^"]+)"', second.text)
    assert client.get("/queue?page=99").text.count("/submissions/") == second.text.count("/submissions/")
    assert len(first.content) < 60_000
    told = client.get("/api/v1/queue?limit=10&page=2").json()
    assert (told["total"], [row["id"] for row in told["items"]]) == (len(ids), ids[10:20])


def test_the_page_and_its_twin_name_who_runs_what(record: Record, client: TestClient) -> None:
    claim = scenes.running(record, worker="machine-1")
    record.saw_worker("machine-1", ["cpu"])
    record.heartbeat(claim.submission.id, claim.fence, builders.progress(heartbeat_at=record.now()), 300)
    page = client.get("/queue").text
    for words in (builders.MODEL, "running", "window 2 of 3", "machine-1", 'value="50"', "heard 0 s ago"):
        assert words in page, words
    told = client.get("/api/v1/queue").json()
    assert told["runners"] == [
        {
            "machine": "machine-1",
            "hardware": ["cpu"],
            "last_seen": record.now().isoformat(),
            "silent": False,
            "draining": None,
            "nodes_without_work": {},
            "runs": claim.submission.id,
        }
    ]
    (row,) = told["items"]
    assert (row["place"], row["heartbeat_age_s"], row["stale"]) == (None, 0, False)
    assert row["progress"]["fraction"] == 0.5


def test_an_empty_queue_invites(client: TestClient) -> None:
    page = client.get("/queue").text
    assert 'href="/submit"' in page
    assert "No runner has been heard of yet" in page


def test_limits_are_told_before_they_bite(record: Record, client: TestClient) -> None:
    ask(record, 1, "ann", owner="org")
    told = client.get("/api/v1/limits", headers={"x-person": "ann"}).json()
    assert told["person"] == "ann"
    found = {(item["whose"], item["name"]): (item["used"], item["allowed"]) for item in told["items"]}
    assert found["you", "person-day"] == (1, 3)
    assert found["Org", "organisation-day"] == (1, 60)
    assert found["everybody", "queue"] == (1, 1000)
    free = next(item["free_at"] for item in told["items"] if item["name"] == "person-day")
    assert free == (builders.NOON + timedelta(days=1)).isoformat().replace("+00:00", "Z")
    stranger = client.get("/api/v1/limits").json()
    assert (stranger["person"], [item["name"] for item in stranger["items"]]) == (None, ["queue"])
