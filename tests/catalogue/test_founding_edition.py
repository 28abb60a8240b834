"""The reference models of our first edition: enough of them, in cells that exist, of the right class."""

from __future__ import annotations

import csv

import pytest

from leaderboard import catalogue, references
from leaderboard.catalogue.loading import FOLDER
from leaderboard.domain import Cell, check_repo_id, model_class

EDITION = catalogue.edition("2026-11")
HARDWARE = ("t4-16gb", "h100-sxm-80gb")
ENOUGH = 12
"""Two more than bands need, for those that the Hub or the runner refuses."""


def known_sizes() -> dict[str, int]:
    """Parameters of the models whose source states them."""
    with (FOLDER / "reference" / "mlenergy-v3.csv").open(encoding="utf-8", newline="") as file:
        return {
            row["model_id"]: round(float(row["total_params_b"]) * 1e9)
            for row in csv.DictReader(file)
            if row["total_params_b"]
        }


def test_every_task_has_its_cells_on_both_cards() -> None:
    expected = set()
    for task in catalogue.tasks().values():
        for hardware in HARDWARE:
            # Class B fits one H100 and no T4 (METHOD §5).
            classes = (("A",) if hardware == "t4-16gb" else ("A", "B")) if task.classes else ("",)
            expected |= {(task.id, hardware, one) for one in classes}
    assert {cell[1:4] for cell in EDITION.reference_cells} == expected


@pytest.mark.parametrize("cell", EDITION.reference_cells, ids=lambda cell: cell.key_in_edition)
def test_a_cell_exists_and_has_enough_models(cell: Cell) -> None:
    models = EDITION.reference_cells[cell]
    task, protocol = catalogue.task(cell.task), catalogue.protocol(cell.protocol)
    assert catalogue.hardware(cell.hardware).development is False
    assert protocol.rated and protocol.available
    assert bool(cell.model_class) == task.classes
    assert cell.reasoning == "off" or task.reasoning
    assert len(set(models)) >= ENOUGH
    assert [check_repo_id(model) for model in models] == list(models)
    assert len({model.split("/")[0] for model in models}) >= 4, "spread over makers"


def test_models_of_known_size_stand_in_their_class_and_fit_their_card() -> None:
    sizes = known_sizes()
    checked = set()
    for cell, models in EDITION.reference_cells.items():
        for model in sizes.keys() & set(models):
            assert cell.model_class in ("", model_class(sizes[model])), model
            assert references.fits(sizes[model], cell.hardware), f"{model} on {cell.hardware}"
            checked.add(model)
    assert {"Qwen/Qwen3-8B", "Qwen/Qwen3-14B", "Qwen/Qwen3-32B"} <= checked


def test_a_model_stands_in_one_class_of_a_task() -> None:
    classes: dict[tuple[str, str], set[str]] = {}
    for cell, models in EDITION.reference_cells.items():
        for model in models:
            classes.setdefault((cell.task, model), set()).add(cell.model_class)
    assert {what: found for what, found in classes.items() if len(found) > 1} == {}
