"""`python -m submissions desk`: the same acts from a terminal, over HTTP, with the operator token."""

from __future__ import annotations

import json
import re
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx2
import pytest
from starlette.testclient import TestClient

from leaderboard.domain import Status
from leaderboard.record import Record
from submissions import pausing
from submissions.__main__ import main
from submissions.desk import commands as desk_commands
from submissions.runner_tokens import check_runner
from submissions.tokens import token_file
from tests import builders
from tests.submissions.desk.space import LEASE_S, desk_space, queued

WHY = ["--reason", "The rack is being moved."]


@pytest.fixture
def record(tmp_path: Path) -> Iterator[Record]:
    with Record.open(tmp_path / "data") as opened:
        yield opened


@pytest.fixture
def client(record: Record, monkeypatch: pytest.MonkeyPatch) -> Iterator[TestClient]:
    """The command line speaks to it as it would to an address."""
    monkeypatch.setenv("STARWATT_DATA", str(record.folder))
    with desk_space(record) as opened:

        def request(method: str, url: str, **words: Any) -> Any:
            words.pop("timeout")
            given = {name: value for name, value in words.items() if value is not None}
            return opened.request(method, url.removeprefix("http://127.0.0.1:7860"), **given)

        monkeypatch.setattr("submissions.space.httpx2.request", request)
        yield opened


def desk(capsys: pytest.CaptureFixture[str], *arguments: str) -> Any:
    assert main(["desk", *arguments]) == 0
    return json.loads(capsys.readouterr().out)


def refused(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    assert main(["desk", *arguments]) == 2
    return capsys.readouterr().err


@pytest.mark.usefixtures("client")
def test_holding_back(record: Record, capsys: pytest.CaptureFixture[str]) -> None:
    assert "There is no machine 'rack-1'." in refused(capsys, "drain", "rack-1", *WHY)
    record.saw_worker("rack-1", ["cpu"])
    assert desk(capsys, "pause", "cpu", *WHY) == {"hardware": "cpu", "done": "pause"}
    assert desk(capsys, "drain", "rack-1", *WHY) == {"machine": "rack-1", "done": "drain"}
    assert pausing.paused(record) == {"cpu": WHY[1]}
    assert pausing.draining(record) == {"rack-1": WHY[1]}
    seen = desk(capsys, "show", "--json")
    assert {one["id"]: one["paused"] for one in seen["hardware"]}["cpu"] == WHY[1]
    desk(capsys, "resume", "cpu", *WHY)
    desk(capsys, "undrain", "rack-1", *WHY)
    assert pausing.paused(record) == pausing.draining(record) == {}
    assert "was not paused" in refused(capsys, "resume", "cpu", *WHY)
    assert "abacus" in refused(capsys, "pause", "abacus", *WHY)


@pytest.mark.usefixtures("client")
def test_submissions_and_ratings_by_their_ids(record: Record, capsys: pytest.CaptureFixture[str]) -> None:
    submission_id = queued(record)
    record.claim(["cpu"], "rack-1", LEASE_S)
    assert desk(capsys, "requeue", submission_id, *WHY) == {"id": submission_id, "status": "queued"}
    told = desk(capsys, "withdraw", submission_id, *WHY, "--author", "the night shift")
    assert told == {"id": submission_id, "status": "cancelled"}
    last = record.events(submission_id)[-1]
    assert (last.status, last.actor, last.detail["actor_name"]) == (
        Status.CANCELLED,
        "token",
        "the night shift",
    )
    rating = builders.rating()
    record.put_edition(builders.edition(), {}, [rating], "hash")
    told = desk(capsys, "withdraw", rating.id, *WHY)
    assert told == {"kind": "withdrawn", "ratings": [rating.id]}


@pytest.mark.usefixtures("client")
def test_a_token_is_printed_once_with_a_hint(record: Record, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["desk", "make-token", "rack-1", "--hardware", "cpu, t4-16gb", *WHY]) == 0
    printed = capsys.readouterr()
    made = json.loads(printed.out)
    assert "this once" in printed.err
    assert made["token"] not in printed.err
    shown = check_runner(record, f"Bearer {made['token']}")
    assert shown.token is not None
    assert shown.token.hardware == ("cpu", "t4-16gb")
    assert [one["id"] for one in desk(capsys, "tokens")["tokens"]] == [made["id"]]
    assert made["token"] not in json.dumps(desk(capsys, "tokens")) + json.dumps(desk(capsys, "log"))
    assert desk(capsys, "revoke-token", made["id"], *WHY) == {"id": made["id"], "revoked": True}
    assert "before" in refused(capsys, "revoke-token", made["id"], *WHY)


@pytest.mark.usefixtures("client")
def test_a_token_goes_to_a_file_that_only_we_can_read(
    record: Record, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "rack-1.token"
    wanted = ["make-token", "rack-1", "--hardware", "cpu", *WHY, "--save", str(path)]
    told = desk(capsys, *wanted)
    assert told["saved"] == str(path)
    assert "token" not in told
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert check_runner(record, f"Bearer {path.read_text().strip()}").token is not None
    assert "cannot be made" in refused(capsys, *wanted)
    assert len(record.tokens("runner")) == 1, "no token without a place for it"
    other = tmp_path / "other.token"
    wrong = ["make-token", "rack-1", "--hardware", "abacus", *WHY, "--save", str(other)]
    assert "abacus" in refused(capsys, *wrong)
    assert not other.exists(), "no file without a token"


@pytest.mark.usefixtures("client")
def test_the_log(record: Record, capsys: pytest.CaptureFixture[str]) -> None:
    record.saw_worker("rack-1", ["cpu"])
    desk(capsys, "pause", "cpu", *WHY)
    desk(capsys, "drain", "rack-1", *WHY)
    assert "no submission" in refused(capsys, "requeue", "nothing", *WHY)
    acts = desk(capsys, "log")["acts"]
    assert [(act["act"], act["subject"]) for act in acts] == [
        ("requeue", "nothing"),
        ("drain", "rack-1"),
        ("pause", "cpu"),
    ]
    assert "no submission" in acts[0]["refused"]
    assert {act["actor"] for act in acts} == {"token"}
    assert [act["act"] for act in desk(capsys, "log", "--subject", "rack-1")["acts"]] == ["drain"]
    assert len(desk(capsys, "log", "--limit", "1")["acts"]) == 1
    assert len(record.acts()) == 4


@pytest.mark.usefixtures("client")
def test_publishing_says_why_even_when_nobody_did(record: Record, capsys: pytest.CaptureFixture[str]) -> None:
    desk(capsys, "publish")
    desk(capsys, "publish", "--reason", "The press waits.")
    assert [act.reason for act in record.acts()] == [
        "The press waits.",
        "Asked for at the command line; no reason was given.",
    ]


@pytest.mark.parametrize(
    "act", ["pause", "drain", "requeue", "withdraw", "dispute", "settle", "revoke-token"]
)
def test_a_reason_is_asked_for(act: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stopped:
        main(["desk", act, "x"])
    assert stopped.value.code == 2
    assert "--reason" in capsys.readouterr().err


@pytest.mark.usefixtures("client")
def test_without_the_operator_token_nothing_is_done(
    record: Record, capsys: pytest.CaptureFixture[str]
) -> None:
    runner = str(token_file(record.folder, "runner"))
    assert "operator token" in refused(capsys, "pause", "cpu", *WHY, "--token-file", runner)
    assert "cannot be read" in refused(capsys, "show", "--token-file", "/nowhere")
    assert record.acts() == []


def test_a_space_that_is_not_there(
    record: Record, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    def nobody(*_: object, **__: object) -> None:
        raise httpx2.ConnectError("refused")

    monkeypatch.setattr("submissions.space.httpx2.request", nobody)
    token = tmp_path / "token"
    token.write_text("sw_operator_x\n")
    saved = tmp_path / "saved"
    wanted = ["desk", "make-token", "m", "--hardware", "cpu", *WHY, "--token-file", str(token)]
    assert main([*wanted, "--save", str(saved)]) == 1
    told = capsys.readouterr().err
    assert "does not answer" in told
    assert "sw_operator_x" not in told
    assert not saved.exists()


def test_the_help_lists_every_act_and_takes_no_secret(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["desk", "--help"])
    listed = capsys.readouterr().out
    acts = re.findall(r"^    ([a-z-]+)", listed, flags=re.MULTILINE)
    assert set(acts) == {
        *("show", "log", "proposals", "tokens", "pause", "resume", "drain", "undrain", "requeue", "withdraw"),
        *("accept-bundle", "reject-bundle"),
        *("dispute", "settle", "make-token", "revoke-token", "freeze", "publish", "open", "supersede"),
        *("confirm", "decline"),
    }
    for act in acts:
        with pytest.raises(SystemExit):
            main(["desk", act, "--help"])
        told = capsys.readouterr().out
        assert "--token-file" in told
        assert not re.search(r"--(token|secret|password)[ =]", told)
    assert desk_commands.__doc__


@pytest.mark.usefixtures("client")
def test_show_is_a_table_for_people(record: Record, capsys: pytest.CaptureFixture[str]) -> None:
    record.saw_worker("rack-1", ["cpu", "t4-16gb"])
    desk(capsys, "drain", "rack-1", "--reason", "New\x1b[2J fans.")
    assert main(["desk", "show"]) == 0
    said = capsys.readouterr().out
    lines = said.splitlines()
    head = lines[lines.index("Runners") + 1]
    assert head.split("  ")[1] == "machine"
    (row,) = [line for line in lines if line.startswith("  rack-1")]
    assert row.index("cpu, t4-16gb") == head.index("hardware")
    assert row.index("New [2J fans.") == head.index("draining")
    # What nothing stands in takes no column, and what is empty one line in all.
    assert "holds" not in head
    assert "None: " in lines[-1]
    assert "stuck" in lines[-1]
