"""Reference models of an edition: written as lists, held by cell."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from leaderboard.domain import Cell, Edition
from tests import builders

KEY = "sentence-similarity/t4-16gb//offline-b1/off"


def listed(**fields: Any) -> dict[str, Any]:
    return {"task": "sentence-similarity", "hardware": ["t4-16gb"], "models": ["o/a", "o/b"], **fields}


def test_lists_become_cells_and_those_of_one_cell_add_up() -> None:
    made = builders.edition(
        "2026-11",
        reference_models=[
            listed(hardware=["t4-16gb", "h100-sxm-80gb"]),
            listed(hardware=["h100-sxm-80gb"], models=["o/big"]),
            listed(task="reasoning", model_class="A", reasoning="on", models=["o/c"]),
        ],
    )
    assert made.reference_models == {
        KEY: ("o/a", "o/b"),
        "sentence-similarity/h100-sxm-80gb//offline-b1/off": ("o/a", "o/b", "o/big"),
        "reasoning/t4-16gb/A/offline-b1/on": ("o/c",),
    }
    assert next(iter(made.reference_cells)) == Cell(
        "2026-11", "sentence-similarity", "t4-16gb", "", "offline-b1", "off"
    )
    assert [cell.key_in_edition for cell in made.reference_cells] == list(made.reference_models)
    assert Edition.model_validate_json(made.model_dump_json()) == made


@pytest.mark.parametrize(
    ("written", "what"),
    [
        ([listed(models=["no-slash"])], "no-slash"),
        ([listed(models=["o/a", "O/A"])], "stands twice"),
        ([listed(), listed(models=["o/b"])], "stands twice"),
        ([listed(models=[])], "at least 1 item"),
        ([listed(hardware=[])], "at least 1 item"),
        ([listed(model_class="D")], "model_class"),
        ([listed(colour="red")], "colour"),
        ({KEY: ["o/a", "o/a"]}, "stands twice"),
        ({"sentence-similarity/t4-16gb": ["o/a"]}, "task/hardware/class/protocol/reasoning"),
        ({KEY.replace("//", "/D/"): ["o/a"]}, "no model class 'D'"),
    ],
)
def test_what_cannot_be_a_list_of_reference_models(written: Any, what: str) -> None:
    with pytest.raises(ValidationError, match=what):
        builders.edition(reference_models=written)


def source(*faults: Any) -> dict[str, Any]:
    said = dict.fromkeys(("title", "where", "unit", "terms", "file"), "x")
    return {**said, "format": "aies", "faults": list(faults)}


def test_a_fault_may_name_the_rows_that_it_is_about() -> None:
    about = {"fault": "It is low.", "of": [{"task": "reasoning", "models": ["o/a"]}]}
    misplaced = {"fault": "Its class.", "of": [{"about": "class", "models": ["o/b"]}]}
    made = builders.edition("aies", source=source("All are rough.", about, misplaced))
    assert made.source is not None
    assert made.source.faults == ("All are rough.", "It is low.", "Its class.")
    assert Edition.model_validate_json(made.model_dump_json()) == made
    low, other = (builders.rating("o/a", task=task) for task in ("reasoning", "text-generation"))
    assert [one.fault for one in made.faults_of(low)] == ["It is low."]
    assert made.doubts_figure(low) and not made.doubts_figure(other)
    assert made.faults_of(other) == ()
    elsewhere = builders.rating("o/b")
    assert [one.fault for one in made.faults_of(elsewhere)] == ["Its class."]
    assert not made.doubts_figure(elsewhere)
    assert builders.edition("2026-11").faults_of(low) == ()


@pytest.mark.parametrize(
    ("fault", "what"),
    [
        ({"fault": "It is low."}, "a fault is its words"),
        ({"fault": "It is low.", "of": [{"models": []}]}, "at least 1 item"),
        (7, "a fault is its words"),
    ],
)
def test_what_cannot_be_a_fault(fault: Any, what: str) -> None:
    with pytest.raises(ValidationError, match=what):
        builders.edition("aies", source=source(fault))
