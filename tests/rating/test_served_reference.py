"""The formulas of serving, held to what ML.ENERGY published: J per request, per token, power, throughput."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

import leaderboard.catalogue

FILE = Path(leaderboard.catalogue.__file__).parent / "reference" / "mlenergy-v3.csv"


def rows() -> list[dict[str, float]]:
    """Every configuration of a language model that tells all five."""
    names = ("energy_per_request_j", "energy_per_token_j", "avg_output_tokens", "avg_power_w", "throughput")
    with FILE.open(encoding="utf-8", newline="") as file:
        return [
            {name: float(row[name]) for name in names}
            for row in csv.DictReader(file)
            if row["throughput_unit"] == "tok/s" and all(row[name] for name in names)
        ]


def test_joules_per_request_are_joules_per_token_times_the_mean_output() -> None:
    told = rows()
    assert len(told) == 838
    for row in told:
        made = row["energy_per_token_j"] * row["avg_output_tokens"]
        assert made == pytest.approx(row["energy_per_request_j"], rel=1e-9)


def test_joules_per_token_are_power_by_throughput() -> None:
    """Energy ÷ tokens of one window is its mean power ÷ its tokens a second."""
    for row in rows():
        assert row["avg_power_w"] / row["throughput"] == pytest.approx(row["energy_per_token_j"], rel=1e-6)
