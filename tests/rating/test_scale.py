"""Positions between the least and the greatest energy of a set."""

from __future__ import annotations

from leaderboard.rating.scale import Scale


def test_a_scale_is_logarithmic_and_ends() -> None:
    scale = Scale(1.0, 100.0)
    assert [scale.share(energy) for energy in (0.1, 1.0, 10.0, 100.0, 1e9)] == [0.0, 0.0, 0.5, 1.0, 1.0]
    assert Scale(2.0, 2.0).share(3.0) == 0.5


def test_a_set_gives_its_ends_and_none_without_figures() -> None:
    assert Scale.over([3.0, 1.0, 2.0]) == Scale(1.0, 3.0)
    assert Scale.over([]) is None
