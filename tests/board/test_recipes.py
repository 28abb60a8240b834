"""The commands that measure a model again say all that made the run what it was."""

from __future__ import annotations

from typing import Any

import pytest

from leaderboard import catalogue
from leaderboard.board.recipes import recipe, recipe_of, recipe_of_plan
from leaderboard.domain import Ladder
from leaderboard.record import Record
from tests import builders
from tests.board.conftest import client_of, finish
from tests.board.test_model_sweep import swept

OWN = catalogue.protocol("offline-sweep").batches


def sweep_plan(batches: tuple[int, ...]) -> Any:
    ladder = Ladder(batches=batches, precisions=("fp32", "bf16"))
    return builders.plan(protocol="offline-sweep", ladder=ladder)


@pytest.mark.parametrize(("batches", "named"), [((1, 2, 4), (1, 2, 4)), (OWN, None)])
def test_a_shorter_ladder_is_named(batches: tuple[int, ...], named: tuple[int, ...] | None) -> None:
    assert recipe_of_plan(sweep_plan(batches)).batches == named
    assert recipe_of_plan(builders.plan()).batches is None


def test_it_stands_on_the_pages_of_the_run_and_of_its_model(record: Record) -> None:
    run = swept()
    assert recipe_of(run) is not None
    finish(record, run)
    client = client_of(record)
    for path in (f"/runs/{run.id}", f"/models/{builders.MODEL}"):
        assert "--protocol offline-sweep --batches 1,2,4,8 " in client.get(path).text


@pytest.mark.parametrize(
    ("hardware", "ours"),
    [
        ("t4-16gb", "t4-16gb"),
        ("aies-h100-80gb", "h100-sxm-80gb"),
        ("mlenergy-b200", "t4-16gb"),
    ],
)
def test_a_published_row_is_measured_again_on_the_same_board(hardware: str, ours: str) -> None:
    again = recipe([builders.rating(hardware=hardware)], [])
    assert again is not None
    assert again.published_elsewhere
    assert again.hardware == ours
