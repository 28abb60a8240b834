"""`python -m submissions status`, `cancel`, `rerun`, `withdraw`, `dispute` against a Space."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from leaderboard.domain import Fault, Status
from leaderboard.record import Record
from submissions.__main__ import main
from submissions.accounts import SingleUser
from tests.board.serving import serving
from tests.submissions import scenes


@pytest.fixture
def space(record: Record) -> Iterator[list[str]]:
    """The options that name a running Space."""
    with serving(scenes.app_of(record, SingleUser())) as address:
        yield ["--space", address]


def test_each_verb_does_what_it_says(
    record: Record, space: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    failed = scenes.in_state(record, Status.FAILED, Fault.OURS)
    assert main(["rerun", failed.id, "--reason", "Again.", *space]) == 0
    assert main(["cancel", failed.id, "--reason", "No more.", *space]) == 0
    assert capsys.readouterr().out.split() == ["queued", "cancelled"]

    done = scenes.submitted(record, "org/other")
    scenes.ended(record, done, Status.DONE)
    assert main(["dispute", done.id, "--reason", "Half of it.", *space]) == 0
    retest = record.queue()[0].submission.id
    assert f"/submissions/{retest}" in capsys.readouterr().out
    assert main(["withdraw", done.id, "--reason", "Wrong weights.", *space]) == 0
    assert record.status(done.id) is Status.WITHDRAWN


def test_status_prints_who_did_what(
    record: Record, space: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    submission = scenes.submitted(record)
    fence = scenes.running(record, submission)
    record.append_log(submission.id, fence, "hf_abcdefghijklmnop loaded\n")
    assert main(["status", submission.id, "--log", *space]) == 0
    out = capsys.readouterr().out
    for text in ("running: The model is running", "Olga Owner: All 7 checks", "runner rack-7:", "••• loaded"):
        assert text in out
    assert main(["status", submission.id, "--json", *space]) == 0
    assert json.loads(capsys.readouterr().out)["progress"]["message"] == "window 2 of 3"


def test_what_cannot_be_done_is_said_with_its_remedy(
    record: Record, space: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    submission = scenes.in_state(record, Status.QUEUED)
    assert main(["rerun", submission.id, *space]) == 2
    assert "queued is not run again" in capsys.readouterr().err
    assert main(["dispute", "../x", "--reason", "?", *space]) == 2
    assert main(["status", "000000000000", *space]) == 2
    with pytest.raises(SystemExit):
        main(["withdraw", submission.id, *space])
    assert record.status(submission.id) is Status.QUEUED


def test_an_address_without_its_scheme_is_told_apart_from_a_silent_space(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["status", "000000000000", "--space", "127.0.0.1:7860"]) == 2
    assert "Begin it with https:// or http://" in capsys.readouterr().err
