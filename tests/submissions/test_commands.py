"""`python -m submissions`: what it prints, what it asks, its exit codes."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from typing import Any

import httpx2
import pytest
from starlette.testclient import TestClient

import app as composition
from leaderboard import board
from leaderboard.domain import Status
from leaderboard.record import Record
from leaderboard.settings import read_settings
from submissions import __main__ as command
from submissions import space as client_module
from submissions import submit_commands
from submissions.hub.facts import FixedFacts
from tests import builders
from tests.record import scenes
from tests.submissions.people import adas_token

NAMES = iter(range(40))


@pytest.fixture(scope="module")
def record(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Record]:
    with Record.open(tmp_path_factory.mktemp("commands") / "data") as opened:
        yield opened


@pytest.fixture(scope="module")
def web(record: Record) -> Iterator[TestClient]:
    known = [builders.facts(f"org/model-{number}") for number in range(40)]
    known += [builders.facts("org/code", remote_code=True), builders.facts("org/bare", licence=None)]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(
            composition, "ApiFacts", lambda *_: FixedFacts({facts.repo_id: facts for facts in known})
        )
        patch.setattr(composition, "accounts_of", lambda *_: adas_token())
        patch.setattr(board, "mount_gradio", lambda *_: None)
        app = composition.create_app(read_settings({"STARWATT_DATA": str(record.folder)}), record)
        yield TestClient(app, base_url="http://127.0.0.1:7860")


@pytest.fixture(autouse=True)
def connected(web: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    """The command line's requests go to the Space of this process; nobody waits, nobody is asked."""

    def request(method: str, address: str, **options: Any) -> Any:
        options.pop("timeout")
        return web.request(method, address, **options)

    monkeypatch.setattr(httpx2, "request", request)
    monkeypatch.setattr(client_module, "_rest", lambda: None)
    monkeypatch.setattr(sys.stdin, "isatty", lambda: False, raising=False)
    monkeypatch.setenv("STARWATT_TOKEN", "good")


@pytest.fixture
def model() -> str:
    """A model that nobody has submitted yet."""
    return f"org/model-{next(NAMES)}"


def submit(model: str, *options: str) -> int:
    return command.main(["submit", model, "--task", "sentence-similarity", "--hardware", "cpu", *options])


def only(record: Record, model: str) -> list[str]:
    rows = record.submissions(limit=100)
    return [row.submission.id for row in rows if row.submission.plan.model.repo_id == model]


def test_it_says_what_it_costs_and_then_submits(
    record: Record, model: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert submit(model, "--yes") == 0
    said = capsys.readouterr().out
    (id,) = only(record, model)
    assert f"{id} queued: http://127.0.0.1:7860/submissions/{id}" in said
    for text in (
        builders.sha(model)[:12],
        "fetches",
        "energy    not known",
        "GPU time  none",
        "checks passed",
    ):
        assert text in said
    assert said.index("checks passed") < said.index(id)


def test_a_dry_run_queues_nothing(record: Record, model: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert submit(model, "--dry-run", "--json") == 0
    seen = json.loads(capsys.readouterr().out)
    assert seen["cost"]["duration_s"]["low"] > 0
    assert only(record, model) == []


@pytest.mark.parametrize(("answer", "count"), [("y", 1), ("YES ", 1), ("", 0), ("no", 0)])
def test_on_a_terminal_it_asks(
    record: Record, model: str, monkeypatch: pytest.MonkeyPatch, answer: str, count: int
) -> None:
    monkeypatch.setattr(sys.stdin, "isatty", lambda: True, raising=False)
    monkeypatch.setattr("builtins.input", lambda _: answer)
    assert submit(model) == 0
    assert len(only(record, model)) == count


def test_without_a_terminal_nobody_is_asked(record: Record, model: str) -> None:
    assert submit(model) == 0
    assert len(only(record, model)) == 1


def test_a_check_that_stands_against_it_ends_with_2(
    record: Record, capsys: pytest.CaptureFixture[str]
) -> None:
    assert submit("org/code", "--yes") == 2
    said = capsys.readouterr()
    assert "refused: no-remote-code" in said.out
    assert "Nothing was queued" in said.err
    assert "auto_map" in said.err
    assert only(record, "org/code") == []


def test_the_same_again_leads_to_the_first(
    record: Record, model: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert submit(model, "--yes") == 0
    assert submit(model, "--yes") == 2
    assert f"/submissions/{only(record, model)[0]}" in capsys.readouterr().out


def test_what_is_only_noted_is_said_and_forbids_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    assert submit("org/bare", "--dry-run") == 0
    assert "failed: licence" in capsys.readouterr().out


def test_for_an_organisation(record: Record, model: str) -> None:
    assert submit(model, "--yes", "--for", "acme") == 0
    assert record.submission(only(record, model)[0]).owner == "subject-acme"


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--for", "evil"], "You do not act for 'evil'"),
        (["--token", "bad"], "unknown, expired or revoked"),
        (["--token", "not a token"], "no token has"),
        (["--precision", "fp7"], "precision"),
        (["--revision", "../.."], "not a revision"),
        (["--protocol", "vibes"], "no protocol 'vibes'"),
    ],
)
def test_what_cannot_be_ends_with_2_and_words(
    record: Record, model: str, capsys: pytest.CaptureFixture[str], options: list[str], words: str
) -> None:
    assert submit(model, "--yes", *options) == 2
    assert words in capsys.readouterr().err
    assert only(record, model) == []


def test_markup_is_no_model_and_nobody_is_asked(capsys: pytest.CaptureFixture[str]) -> None:
    assert submit("<b>/x") == 2
    assert "is not a model id" in capsys.readouterr().err


def test_arguments_that_are_missing_or_fight() -> None:
    for arguments in (["submit"], ["submit", "a/b"], ["submit", "a/b", "--yes", "--dry-run"], ["nothing"]):
        with pytest.raises(SystemExit) as caught:
            command.main(arguments)
        assert caught.value.code == 2


Act = Callable[[Record, str], None]


def measure(record: Record, id: str) -> None:
    claim = record.claim(["cpu"], scenes.WORKER, scenes.LEASE_S)
    while claim is not None and claim.submission.id != id:
        claim = record.claim(["cpu"], scenes.WORKER, scenes.LEASE_S)
    assert claim is not None
    record.append(id, builders.event(Status.RUNNING), fence=claim.fence)
    record.heartbeat(id, claim.fence, builders.progress(), scenes.LEASE_S)


def end_well(record: Record, id: str) -> None:
    run = builders.run(record.submission(id).plan)
    record.finish(id, 1, scenes.ending(), run, [])


def end_badly(record: Record, id: str) -> None:
    event = builders.event(Status.FAILED, message="Out of memory.", remedy="Take a larger card.")
    record.append(id, event, fence=1)


@pytest.mark.parametrize(("end", "code", "word"), [(end_well, 0, "done"), (end_badly, 1, "Out of memory.")])
def test_it_waits_and_tells_every_change(
    record: Record,
    model: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    end: Act,
    code: int,
    word: str,
) -> None:
    acts = iter((measure, end))

    def meanwhile() -> None:
        next(acts)(record, only(record, model)[0])

    monkeypatch.setattr(client_module, "_rest", meanwhile)
    assert submit(model, "--yes", "--wait") == code
    said = capsys.readouterr().out
    for text in ("queued, number", "running", "50%", word):
        assert text in said


def test_ctrl_c_leaves_the_submission_alone(
    record: Record, model: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def interrupt() -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(client_module, "_rest", interrupt)
    assert submit(model, "--yes", "--wait") == submit_commands.INTERRUPTED
    (id,) = only(record, model)
    assert f"status {id}" in capsys.readouterr().err
    assert record.status(id) is Status.QUEUED


def test_a_space_that_is_silent(
    model: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def silent(*_: Any, **__: Any) -> Any:
        raise httpx2.ConnectError("refused")

    monkeypatch.setattr(httpx2, "request", silent)
    assert submit(model, "--yes") == 1
    assert "does not answer" in capsys.readouterr().err


def test_a_space_that_is_silent_for_a_moment_while_it_waits(
    record: Record, model: str, web: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []

    def request(method: str, address: str, **options: Any) -> Any:
        options.pop("timeout")
        asked.append(method)
        if len(asked) == 3:
            raise httpx2.ConnectError("refused")
        if len(asked) == 4:
            (id,) = only(record, model)
            web.post(f"/api/v1/submissions/{id}/cancel", headers={"Authorization": "Bearer good"})
        return web.request(method, address, **options)

    monkeypatch.setattr(httpx2, "request", request)
    assert submit(model, "--yes", "--wait") == 1
    assert asked == ["POST", "POST", "GET", "GET"]


def test_a_limit_is_told_with_its_end(
    model: str, web: TestClient, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    body = {"error": {"code": "too_many", "message": "Ten a day.", "remedy": "Come back at noon."}}
    refusal = httpx2.Response(429, json=body, headers={"Retry-After": "60"})
    monkeypatch.setattr(httpx2, "request", lambda *_, **__: refusal)
    assert submit(model, "--yes") == 2
    assert "Ten a day. Come back at noon." in capsys.readouterr().err


def test_status_and_cancel(record: Record, model: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert submit(model, "--yes") == 0
    (id,) = only(record, model)
    assert command.main(["status", id]) == 0
    assert "queued: It waits for a runner" in capsys.readouterr().out
    assert command.main(["cancel", id, "--token", "bad"]) == 2
    assert record.status(id) is Status.QUEUED
    assert command.main(["cancel", id]) == 0
    assert record.status(id) is Status.CANCELLED
    assert command.main(["cancel", id]) == 2
    capsys.readouterr()
    assert command.main(["status", id, "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["final"] is True
    assert command.main(["status", "nothing"]) == 2
