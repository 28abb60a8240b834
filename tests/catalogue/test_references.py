"""What an edition's missing reference models would take, and what stands in their way."""

from __future__ import annotations

import pytest

from leaderboard import catalogue, references
from leaderboard.domain import Cell, UnknownName
from tests import builders

MODELS = [f"o/m-{number}" for number in range(12)]
LIST = {"task": "sentence-similarity", "hardware": ["t4-16gb"], "models": MODELS}
EDITION = builders.edition("2026-11", reference_models=[LIST])
CELL = Cell("2026-11", "sentence-similarity", "t4-16gb", "", "offline-b1", "off")
RUN_S = catalogue.expected_duration_s(catalogue.task("sentence-similarity"), catalogue.profile("official"))


def test_nothing_measured() -> None:
    (status,) = references.status(EDITION, {})
    rental = catalogue.hardware("t4-16gb").rental
    assert rental is not None
    assert (status.cell, status.listed, status.measured) == (CELL, tuple(MODELS), ())
    assert (status.missing, status.enough) == (tuple(MODELS), False)
    # The control is of the same task here, before and after the batch.
    assert status.gpu_hours == status.machine_hours == pytest.approx(14 * RUN_S / 3600)
    assert status.cost == pytest.approx(status.machine_hours * rental.price_per_hour)


def test_ten_are_enough_and_strangers_do_not_count() -> None:
    nine = {CELL: {*MODELS[:9], "o/stranger"}, CELL._replace(reasoning="on"): {MODELS[9]}}
    (status,) = references.status(EDITION, nine)
    assert (status.measured, status.enough) == (tuple(MODELS[:9]), False)
    (status,) = references.status(EDITION, {CELL: MODELS[:10]})
    assert status.enough
    assert status.missing == ("o/m-10", "o/m-11")
    assert status.machine_hours == pytest.approx(4 * RUN_S / 3600)
    (status,) = references.status(EDITION, {CELL: MODELS})
    assert (status.missing, status.machine_hours, status.cost) == ((), 0.0, 0.0)


def test_hardware_without_a_price_has_no_cost() -> None:
    unpriced = builders.edition("2026-11", reference_models=[{**LIST, "hardware": ["h100-pcie-80gb"]}])
    (status,) = references.status(unpriced, {})
    assert status.cost is None
    assert status.gpu_hours > 0


def test_cells_that_the_catalogue_does_not_have() -> None:
    for field, value, known in (
        ("task", "mind-reading", "text-generation"),
        ("hardware", ["abacus"], "h100-sxm-80gb"),
    ):
        wrong = builders.edition("2026-11", reference_models=[{**LIST, field: value}])
        with pytest.raises(UnknownName, match=known):
            references.status(wrong, {})


def test_obstacles_are_those_of_the_tasks_that_are_listed(monkeypatch: pytest.MonkeyPatch) -> None:
    later = catalogue.protocol("serving-b64").model_copy(update={"available": False})
    monkeypatch.setitem(catalogue.protocols(), later.id, later)
    found = references.obstacles(
        builders.edition("2026-11", reference_models=[LIST, {**LIST, "protocol": "serving-b64"}])
    )
    said = [(obstacle.why, obstacle.tasks) for obstacle in found]
    assert ("the protocol serving-b64 is not run yet", ("sentence-similarity",)) in said
    unpinned = catalogue.task("sentence-similarity").dataset.revision is None
    assert any("not pinned" in why for why, _ in said) == unpinned
    assert not any("no pipeline" in why for why, _ in said)
    assert all(obstacle.tasks for obstacle in found)


@pytest.mark.parametrize(
    ("params", "hardware", "fits"),
    [
        (7_000_000_000, "t4-16gb", True),
        (7_100_000_000, "t4-16gb", False),
        (35_000_000_000, "h100-sxm-80gb", True),
        (36_000_000_000, "h100-sxm-80gb", False),
        (36_000_000_000, "cpu", True),
    ],
)
def test_weights_leave_an_eighth_of_the_card_free(params: int, hardware: str, fits: bool) -> None:
    assert references.fits(params, hardware) is fits
