"""A row's other side: the same model in the same place, with reasoning or without it."""

from __future__ import annotations

from typing import Any

import pytest

from leaderboard import catalogue
from leaderboard.reasoning import counterpart
from tests import builders

OFF = builders.rating("a/model", task="reasoning", energy_wh_per_1000=10.0)
ON = builders.rating("a/model", task="reasoning", reasoning="on", energy_wh_per_1000=250.0)


def test_the_factor_is_the_same_from_both_sides() -> None:
    there, back = counterpart(OFF, [OFF, ON]), counterpart(ON, [OFF, ON])
    assert there is not None and back is not None
    assert (there.row, back.row) == (ON, OFF)
    assert there.times == back.times == 25
    assert not there.several


def test_of_several_ways_the_least_is_told() -> None:
    ways = [
        builders.rating("a/model", task="reasoning", reasoning=mode, energy_wh_per_1000=energy)
        for mode, energy in (("high", 90.0), ("low", 30.0), ("medium", 60.0))
    ]
    found = counterpart(OFF, [OFF, *ways])
    assert found is not None
    assert (found.row.reasoning, found.times, found.several) == ("low", 3, True)


@pytest.mark.parametrize(
    "fields",
    [
        {"hardware": "t4-16gb"},
        {"edition": "2026-11"},
        {"protocol": "offline-sweep"},
        {"precision": "int4"},
        {"revision": builders.sha("another")},
        {"task": "text-generation"},
        {"best": False},
        {"model": "a/other"},
    ],
)
def test_what_stands_elsewhere_is_no_other_side(fields: dict[str, Any]) -> None:
    given = {"model": "a/model", "task": "reasoning", "revision": OFF.revision, "reasoning": "on", **fields}
    assert counterpart(OFF, [builders.rating(**given)]) is None


def test_published_tasks_are_paired_where_their_source_does() -> None:
    edition = catalogue.edition("aies-2025-12")
    rows = catalogue.reference_rows(edition.id)
    paired = edition.reasoning_beside
    off = [row for row in rows if row.task == "text-generation"]
    found = {
        row.model: counterpart(row, [one for one in rows if one.model == row.model], paired) for row in off
    }
    times = {model: other.times for model, other in found.items() if other is not None}
    assert len(times) == 9
    assert times["HuggingFaceTB/SmolLM3-3B"] == pytest.approx(12791.22 / 18.35)
    assert times["Qwen/Qwen3-235B-A22B"] < 1
    assert not any(counterpart(row, rows) for row in off), "a task stands beside another by its source's word"
