"""What follows beside the rated figure: power, net energy, and energy per token, image, second of audio."""

from __future__ import annotations

from typing import Any

import pytest

from leaderboard import catalogue
from leaderboard.domain import MeasurementFailed, Window
from leaderboard.rating.aggregate import aggregate, figures
from tests import builders

PHASES = ("preprocess", "generate")


def windows(phase: str, energies: tuple[float, ...], **fields: Any) -> list[Window]:
    """Windows of one start that last two seconds and answer ten queries, energies in J."""
    counted = {"queries": 10, "passes": 1, "start_s": 100.0, "end_s": 102.0, **fields}
    return [builders.window(energy, repeat, phase=phase, **counted) for repeat, energy in enumerate(energies)]


FORWARD = windows("forward", (90.0, 100.0, 110.0))


def test_power_rate_and_spread_by_hand() -> None:
    got = figures(FORWARD, ["forward"], 20.0, "query")
    # Ten queries in two seconds with 100 J on average.
    assert got.mean_power_w == pytest.approx(50.0)
    assert got.queries_per_s == pytest.approx(5.0)
    assert got.net_energy_per_query_j == pytest.approx(10.0 - 20.0 * 0.2)
    assert got.cv == pytest.approx(0.1)
    assert got.cv == aggregate(FORWARD, ["forward"]).cv


def test_a_phase_counts_by_its_share_of_a_query_and_not_by_its_windows_queries() -> None:
    """Windows are as long as the profile says, so a quick phase has many more queries in its own."""
    both = [
        *windows("preprocess", (20.0, 20.0), queries=1000, passes=100),
        *windows("generate", (140.0, 140.0)),
    ]
    got = figures(both, PHASES, 10.0, "query")
    energy_j, seconds = 20 / 1000 + 140 / 10, 2 / 1000 + 2 / 10
    assert got.mean_power_w == pytest.approx(energy_j / seconds)
    assert got.queries_per_s == pytest.approx(1 / seconds)
    assert got.net_energy_per_query_j == pytest.approx(energy_j - 10.0 * seconds)


def test_phases_that_only_explain_are_left_alone() -> None:
    both = [*FORWARD, *windows("prefill", (1000.0, 2000.0), tokens_out=10, audio_s=5.0)]
    assert figures(both, ["forward"], 20.0, "query") == figures(FORWARD, ["forward"], 20.0, "query")


def test_net_energy_may_be_below_zero_and_is_unknown_without_idle() -> None:
    assert figures(FORWARD, ["forward"], 60.0, "query").net_energy_per_query_j == pytest.approx(-2.0)
    assert figures(FORWARD, ["forward"], None, "query").net_energy_per_query_j is None


def test_energy_of_a_written_token() -> None:
    both = [
        *windows("preprocess", (20.0, 20.0), queries=1000, passes=100),
        *windows("generate", (140.0, 150.0), tokens_out=1280),
    ]
    got = figures(both, PHASES, None, "query")
    assert got.energy_per_output_token_j == pytest.approx((0.02 + 14.5) / 128)
    assert figures(FORWARD, ["forward"], None, "query").energy_per_output_token_j is None


def test_tokens_of_windows_of_unequal_length_count_per_query() -> None:
    uneven = [
        builders.window(100.0, 0, queries=10, tokens_out=100),
        builders.window(300.0, 1, queries=30, tokens_out=60),
    ]
    assert figures(uneven, ["forward"], None, "query").energy_per_output_token_j == pytest.approx(10 / 4)


def test_energy_of_a_second_of_audio_that_two_phases_hear() -> None:
    heard = [
        *windows("preprocess", (10.0, 10.0), audio_s=150.0),
        *windows("generate", (140.0, 140.0), audio_s=150.0, tokens_out=300),
    ]
    got = figures(heard, PHASES, None, "query")
    assert got.energy_per_audio_second_j == pytest.approx(15.0 / 15.0)
    assert got.energy_per_output_token_j == pytest.approx(15.0 / 30)
    assert figures(FORWARD, ["forward"], None, "query").energy_per_audio_second_j is None


def test_only_tasks_that_make_images_have_an_energy_per_image() -> None:
    making = {
        id
        for id, task in catalogue.tasks().items()
        if figures(FORWARD, ["forward"], None, task.unit).energy_per_image_j is not None
    }
    assert making == {"image-generation"}
    got = figures(FORWARD, ["forward"], None, catalogue.task("image-generation").unit)
    assert got.energy_per_image_j == pytest.approx(10.0)


def test_no_figures_without_a_measured_phase() -> None:
    with pytest.raises(MeasurementFailed, match="The phase generate was not measured"):
        figures(FORWARD, ["forward", "generate"], None, "query")


def test_decode_is_what_generating_takes_beyond_the_prefill() -> None:
    both = [*windows("generate", (140.0, 150.0)), *windows("prefill", (30.0, 50.0))]
    got = figures(both, ["generate"], None, "query", explains=["prefill"])
    assert got.prefill_energy_j == pytest.approx(4.0)
    assert got.decode_energy_j == pytest.approx(14.5 - 4.0)
    unseen = figures(windows("generate", (140.0, 150.0)), ["generate"], None, "query", explains=["prefill"])
    assert (unseen.prefill_energy_j, unseen.decode_energy_j) == (None, None)
