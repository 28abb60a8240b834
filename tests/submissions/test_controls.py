"""Controls handed in by runners."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx2
import pytest

from leaderboard.domain import BadFile, BadInput, Outcome, Run, WrongSchema, failed
from leaderboard.record import Record
from runners.space import SpaceClient
from submissions.controls import take_control
from submissions.hub.facts import FixedFacts
from submissions.tokens import token_file
from tests import builders
from tests.submissions.test_http import client_of


def run(energy_j: float = 0.5, occasion: int = 1, **fields: Any) -> Run:
    moment = builders.NOON.replace(minute=occasion)
    plan = builders.plan(occasion=occasion)
    return builders.run(plan, **{"energy_per_query_j": energy_j, "finished_at": moment, **fields})


def taken(record: Record, made: Run) -> Outcome:
    return take_control(record, made.model_dump_json().encode())[0].outcome


def test_a_control_is_held_to_the_ones_before_it_on_its_board(record: Record) -> None:
    energies = [0.5, 0.51, 0.49, 0.505, 0.53, 0.5]
    outcomes = [taken(record, run(energy, place)) for place, energy in enumerate(energies)]
    assert outcomes == [
        *[Outcome.UNVERIFIABLE] * 3,
        Outcome.PASSED,
        Outcome.FAILED,
        Outcome.PASSED,
    ]
    # All are kept, the one that is out of line too; the next is not held to it.
    assert [control.energy_per_query_j for control in record.controls()] == energies[::-1]
    newest = record.controls()[0]
    assert 0.53 not in record.earlier_controls(newest.board, newest.driver, newest.series)
    assert len(record.controls("cpu", limit=2)) == 2
    assert record.controls("t4-16gb") == []


def test_the_same_run_twice_is_one_control(record: Record) -> None:
    assert [taken(record, run()) for _ in range(3)] == [Outcome.UNVERIFIABLE] * 3
    assert len(record.controls()) == 1


def test_what_is_no_control(record: Record) -> None:
    other = builders.run(builders.plan("org/other"))
    with pytest.raises(BadInput, match="The control of CPU"):
        taken(record, other)
    no = failed("windows-agree", "The windows differ.", "Measure again.")
    with pytest.raises(BadInput, match="The windows differ"):
        taken(record, run(findings=(no,)))
    for body, error in ((b"{", BadFile), (b"[]", WrongSchema), (b"\xff", BadFile)):
        with pytest.raises(error):
            take_control(record, body)
    assert record.controls() == []


@pytest.fixture
def handed_in(
    record: Record, hub: FixedFacts, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> Iterator[Callable[[Run], str]]:
    """A run as `python -m runners control --space` hands it in."""
    with client_of(record, hub, monkeypatch) as client:

        def through(request: httpx2.Request) -> httpx2.Response:
            answer = client.post(
                request.url.raw_path.decode(), content=request.content, headers=dict(request.headers)
            )
            return httpx2.Response(answer.status_code, content=answer.content)

        def hand_in(made: Run) -> str:
            (tmp_path / "run.json").write_text(made.model_dump_json())
            token = token_file(record.folder, "runner").read_text().strip()
            with SpaceClient("http://127.0.0.1:7860", token, httpx2.MockTransport(through)) as space:
                return space.put_control(tmp_path, "rack-1", fit=True)

        yield hand_in


def test_a_runner_hands_one_in(record: Record, handed_in: Callable[[Run], str]) -> None:
    assert handed_in(run()) == "unverifiable"
    assert [control.id for control in record.controls()] == [run().id]
    with pytest.raises(BadInput, match="The control of"):
        handed_in(builders.run(builders.plan("org/other")))
