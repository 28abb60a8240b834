"""What a class of hardware leaves for weights."""

from __future__ import annotations

import pytest

from leaderboard.domain import HardwareClass


def machine(memory_gb: float | None, gpus: int) -> HardwareClass:
    return HardwareClass(
        id="some-card",
        title="Some card",
        device="cuda" if gpus else "cpu",
        gpus=gpus,
        memory_gb=memory_gb,
        generation="Turing",
        precisions=("fp32",),
        default_precision="fp32",
        default_profile="quick",
        source="made up",
    )


@pytest.mark.parametrize(
    ("memory_gb", "gpus", "room_gb"), [(80.0, 1, 70.0), (80.0, 2, 140.0), (16.0, 0, 14.0), (None, 1, None)]
)
def test_weights_leave_an_eighth_free_of_all_cards_together(
    memory_gb: float | None, gpus: int, room_gb: float | None
) -> None:
    assert machine(memory_gb, gpus).room_gb == (room_gb if room_gb is None else pytest.approx(room_gb))
