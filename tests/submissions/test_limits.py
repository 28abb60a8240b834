"""Limits at the door: who is held to which, from where, and what a refusal costs and says."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from pathlib import Path

import pytest
from starlette.testclient import TestClient

import app as composition
from leaderboard.domain import BadInput, Limits, ModelFacts, Person, Status, TooMany, Use
from leaderboard.record import Asker, Record
from leaderboard.settings import read_settings
from submissions.hub.facts import FixedFacts
from submissions.intake import Intake
from submissions.limits import Addresses, Gate, network_of
from tests import builders
from tests.submissions.conftest import request

MODELS = [f"org/m-{number}" for number in range(300)]
ANN = Person(subject="ann", name="ann")


class Counted(FixedFacts):
    """A Hub that counts how often it was asked."""

    asked = 0

    def facts(self, repo_id: str, revision: str | None) -> ModelFacts:
        self.asked += 1
        return super().facts(repo_id, revision)


@pytest.fixture
def counted() -> Counted:
    return Counted({name: builders.facts(name) for name in MODELS})


@pytest.fixture
def opened(record: Record, counted: Counted, monkeypatch: pytest.MonkeyPatch) -> Iterator[TestClient]:
    monkeypatch.setattr(composition, "ApiFacts", lambda *_: counted)
    given = read_settings(
        {"STARWATT_DATA": str(record.folder), "STARWATT_LIMITS": "person-day=2,address-day=50,queue=60"}
    )
    with TestClient(composition.create_app(given, record), base_url="http://127.0.0.1:7860") as client:
        yield client


def body(model: str) -> dict[str, str]:
    return {"model": model, "task": "sentence-similarity", "hardware": "cpu"}


def test_over_the_limit_is_429_with_the_time_and_costs_the_hub_nothing(
    opened: TestClient, counted: Counted, record: Record
) -> None:
    for model in MODELS[:2]:
        assert opened.post("/api/v1/submissions", json=body(model)).status_code == 202
    asked, version = counted.asked, record.version
    for model in (MODELS[2], MODELS[3], "org/nowhere"):
        answer = opened.post("/api/v1/submissions", json=body(model))
        assert (answer.status_code, answer.json()["error"]["code"]) == (429, "too_many")
        assert 86_000 < int(answer.headers["Retry-After"]) <= 86_400
        assert "2 of 2 submissions of yours" in answer.json()["error"]["message"]
    assert (counted.asked, record.version) == (asked, version)
    page = opened.post("/submit", data=body(MODELS[4]))
    assert page.status_code == 429
    assert int(page.headers["Retry-After"]) > 86_000
    assert "2 of 2 submissions of yours" in page.text
    assert f'value="{MODELS[4]}"' in page.text


def test_cancelling_early_makes_room_at_once(opened: TestClient) -> None:
    first = opened.post("/api/v1/submissions", json=body(MODELS[0])).json()["id"]
    opened.post("/api/v1/submissions", json=body(MODELS[1]))
    assert opened.post("/api/v1/submissions", json=body(MODELS[2])).status_code == 429
    assert opened.post(f"/api/v1/submissions/{first}/cancel").status_code == 200
    assert opened.post("/api/v1/submissions", json=body(MODELS[2])).status_code == 202
    assert opened.post("/api/v1/submissions", json=body(MODELS[3])).status_code == 429


def test_the_form_shows_limits_before_they_bite(opened: TestClient) -> None:
    page = opened.get("/submit").text
    assert 'id="limits"' in page and "Submissions of yours in 24 hours" in page
    assert "reached" not in page.split('id="limits"')[1].split("</details>")[0]
    for model in MODELS[:2]:
        opened.post("/api/v1/submissions", json=body(model))
    told = opened.get("/submit").text.split('id="limits"')[1].split("</details>")[0]
    assert "reached" in told and "UTC" in told
    fullest = opened.get("/api/v1/limits").json()["items"][0]
    assert (fullest["name"], fullest["used"], fullest["allowed"]) == ("person-day", 2, 2)


def test_settings_name_limits_and_refuse_what_is_none() -> None:
    assert read_settings({"HOST": "0.0.0.0"}).limits == Limits()
    assert read_settings({}).limits == Limits().only_queue()
    changed = read_settings({"STARWATT_LIMITS": " person-day=5, queue=none,"}).limits
    assert (changed.person_day, changed.person_open, changed.queue) == (5, None, None)
    with pytest.raises(BadInput, match=r"STARWATT_LIMITS: 'person-week=3' is no limit"):
        read_settings({"STARWATT_LIMITS": "person-week=3"})


def test_an_operator_with_an_account_is_held_to_the_queue_alone(record: Record) -> None:
    gate = Gate(record, Limits())
    operator = Person(subject="op", name="op", operator=True)
    assert gate.limits_of(operator) == Limits().only_queue()
    assert gate.limits_of(ANN) == Limits()
    # Whoever sits at their own machine is held to what they set themselves.
    assert gate.limits_of(Person(subject="local", name="local", operator=True)) == Limits()


def test_one_refusal_is_remembered_until_the_record_changes(
    record: Record, hub: FixedFacts, monkeypatch: pytest.MonkeyPatch
) -> None:
    gate = Gate(record, Limits().changed("person-open=1"))
    intake = Intake(record, hub, gate=gate)
    first = intake.submit(request(), ANN)
    looked: list[Asker] = []
    look = record.limit_reached

    def counted(limits: Limits, asker: Asker, at: datetime) -> Use | None:
        looked.append(asker)
        return look(limits, asker, at)

    monkeypatch.setattr(record, "limit_reached", counted)
    for _ in range(3):
        with pytest.raises(TooMany):
            gate.check(ANN)
    assert len(looked) == 1
    gate.check(Person(subject="bob", name="bob"))
    record.append(first.id, builders.event(Status.CANCELLED))
    gate.check(ANN)
    assert len(looked) == 3


def test_three_hundred_from_four_threads_accept_exactly_the_limit(record: Record, counted: Counted) -> None:
    intake = Intake(record, counted, gate=Gate(record, Limits().changed("person-day=none,person-open=40")))
    start = threading.Barrier(4)

    def storm(share: list[str]) -> tuple[list[str], int]:
        start.wait(60)
        accepted, refused = [], 0
        for model in share:
            try:
                accepted.append(intake.submit(request(model), ANN).id)
            except TooMany:
                refused += 1
        return accepted, refused

    with ThreadPoolExecutor(4) as pool:
        told = list(pool.map(storm, [MODELS[place::4] for place in range(4)]))
    accepted = [id for ids, _ in told for id in ids]
    assert (len(accepted), sum(refused for _, refused in told)) == (40, 260)
    assert sorted(accepted) == sorted(row.id for row in record.line())
    # Who was refused at the gate asked the Hub nothing; a few may have been under way.
    assert 40 <= counted.asked <= 44


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("192.0.2.7", "192.0.2.7"),
        (" 192.0.2.7 ", "192.0.2.7"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("[2001:db8:1:2::9]", "2001:db8:1:2::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("", ""),
        ("unknown", ""),
        ("1.2.3.4, 5.6.7.8", ""),
    ],
)
def test_what_of_an_address_counts(address: str, network: str) -> None:
    assert network_of(address) == network


def test_the_hash_of_an_address_has_a_key_that_stays(tmp_path: Path) -> None:
    one = Addresses.of(tmp_path, behind_proxy=False)
    assert one.hashed("192.0.2.7") == Addresses.of(tmp_path, behind_proxy=True).hashed("192.0.2.7")
    assert one.hashed("192.0.2.7") != Addresses.of(tmp_path / "other", behind_proxy=False).hashed("192.0.2.7")
    assert one.hashed("testclient") == ""
    path = tmp_path / "tokens" / "addresses"
    assert path.stat().st_mode & 0o077 == 0
    path.write_text("")
    assert Addresses.of(tmp_path, behind_proxy=False).hashed("192.0.2.7") != one.hashed("192.0.2.7")
    assert len(path.read_text()) == 64


@pytest.mark.parametrize(("space", "counted_as"), [("org/space", "203.0.113.9"), (None, "192.0.2.1")])
def test_only_a_space_believes_its_proxy_and_only_the_last_hop(
    record: Record, counted: Counted, monkeypatch: pytest.MonkeyPatch, space: str | None, counted_as: str
) -> None:
    monkeypatch.setattr(composition, "ApiFacts", lambda *_: counted)
    given = {"STARWATT_DATA": str(record.folder), "STARWATT_ACCOUNTS": "single-user"}
    given |= {"SPACE_ID": space} if space else {}
    built = composition.create_app(read_settings(given), record)
    with TestClient(built, base_url="http://127.0.0.1:7860", client=("192.0.2.1", 5)) as client:
        forged = {"X-Forwarded-For": "198.51.100.1, 203.0.113.9"}
        assert client.post("/api/v1/submissions", json=body(MODELS[0]), headers=forged).status_code == 202
    with record._readers.snapshot() as connection:
        kept = connection.exec_driver_sql("SELECT address FROM submitters").scalar_one()
    assert kept == Addresses.of(record.folder, behind_proxy=False).hashed(counted_as)


def test_a_file_of_a_runner_is_capped(opened: TestClient, record: Record) -> None:
    from submissions.incoming import LARGEST_FILE
    from submissions.tokens import token_file

    opened.post("/api/v1/submissions", json=body(MODELS[0]))
    runner = {"Authorization": f"Bearer {token_file(record.folder, 'runner').read_text().strip()}"}
    claim = {"hardware": ["cpu"], "machine": "m", "harness": "0.1.0"}
    taken = opened.post("/api/v1/runner/claim", json=claim, headers=runner).json()
    where = f"/api/v1/runner/submissions/{taken['submission_id']}/files/log.txt?fence={taken['fence']}"

    def chunks() -> Iterator[bytes]:
        for _ in range(LARGEST_FILE // 2**20 + 1):
            yield b"x" * 2**20

    answer = opened.put(where, content=chunks(), headers=runner)
    assert answer.status_code == 400
    assert "larger than" in answer.json()["error"]["message"]
