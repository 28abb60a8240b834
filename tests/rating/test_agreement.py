"""Runs of one cell beside each other: the same weights agree, and reasoning costs something (METHOD §3.6)."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leaderboard import catalogue
from leaderboard.domain import BadInput, Outcome, Severity
from leaderboard.rating.agreement import reasoning_costs_more, same_weights_agree

SAME = catalogue.check("same-weights-agree")
REASONING = catalogue.check("reasoning-costs-more")
ENERGIES = st.floats(1e-6, 1e9)


@pytest.mark.parametrize(
    ("energy_j", "other_j", "agree"),
    [
        (1.0, 1.0, True),
        (1.1, 1.0, True),
        (1.0, 1.1, True),
        (1.101, 1.0, False),
        (1.0, 1.101, False),
        (0.5, 1.0, False),
    ],
)
def test_the_same_weights_agree_within_a_tenth_from_either_side(
    energy_j: float, other_j: float, agree: bool
) -> None:
    found = same_weights_agree(SAME, energy_j, {"org/copy": other_j})
    assert (found.name, found.severity) == ("same-weights-agree", Severity.REJECT)
    assert found.outcome is (Outcome.PASSED if agree else Outcome.FAILED)
    assert found.rejects is not agree
    assert found.remedy == ("" if agree else SAME.remedy)
    assert "org/copy" in found.message
    assert found.evidence == {
        "energy_j": energy_j,
        "others_j": {"org/copy": other_j},
        "limits": {"tolerance": 0.1},
    }


@given(ENERGIES, ENERGIES)
def test_it_is_the_same_finding_from_either_side(one_j: float, other_j: float) -> None:
    here = same_weights_agree(SAME, one_j, {"org/other": other_j})
    there = same_weights_agree(SAME, other_j, {"org/one": one_j})
    assert here.outcome is there.outcome


def test_only_those_that_differ_are_named_and_how() -> None:
    others = {"org/like": 3.1, "org/less": 2.0, "org/more": 6.0}
    found = same_weights_agree(SAME, 3.0, others)
    assert found.rejects
    assert "org/like" not in found.message
    assert "org/less 2 J (50.0% more here)" in found.message
    assert "org/more 6 J (50.0% less here)" in found.message


def test_what_agrees_says_how_well() -> None:
    found = same_weights_agree(SAME, 2.0, {"org/a": 1.9, "org/b": 2.02})
    assert found.outcome is Outcome.PASSED
    assert found.message == "The same weights agree within 5.3% with org/a, org/b."


def test_weights_under_one_name_have_nothing_to_agree_with() -> None:
    found = same_weights_agree(SAME, 2.0, {})
    assert found.outcome is Outcome.PASSED
    assert "no other name" in found.message


def test_the_tolerance_and_the_severity_are_the_catalogues() -> None:
    lenient = SAME.model_copy(update={"limits": {"tolerance": 1.0}, "severity": Severity.FLAG})
    assert same_weights_agree(lenient, 2.0, {"org/copy": 1.0}).outcome is Outcome.PASSED
    found = same_weights_agree(lenient, 2.1, {"org/copy": 1.0})
    assert (found.outcome, found.severity) == (Outcome.FAILED, Severity.FLAG)


@pytest.mark.parametrize("energy_j", [0.0, -1.0, math.nan, math.inf])
def test_what_is_no_energy_is_not_compared(energy_j: float) -> None:
    with pytest.raises(BadInput, match="missing, zero, negative or not finite"):
        same_weights_agree(SAME, energy_j, {"org/copy": 1.0})
    with pytest.raises(BadInput):
        same_weights_agree(SAME, 1.0, {"org/copy": energy_j})
    with pytest.raises(BadInput):
        reasoning_costs_more(REASONING, energy_j, 1.0, 0.1)
    with pytest.raises(BadInput):
        reasoning_costs_more(REASONING, 1.0, energy_j, 0.1)


@pytest.mark.parametrize(
    ("on_j", "outcome"),
    [
        (40.0, Outcome.PASSED),
        (10.0, Outcome.PASSED),
        (9.5, Outcome.PASSED),
        (9.49, Outcome.FAILED),
        (1.0, Outcome.FAILED),
    ],
)
def test_reasoning_may_be_cheaper_by_chance_and_no_more(on_j: float, outcome: Outcome) -> None:
    found = reasoning_costs_more(REASONING, on_j, 10.0, 0.5)
    assert (found.name, found.severity) == ("reasoning-costs-more", Severity.REJECT)
    assert found.outcome is outcome
    assert found.rejects is (outcome is Outcome.FAILED)
    assert found.remedy == (REASONING.remedy if outcome is Outcome.FAILED else "")
    assert found.evidence == {"on_j": on_j, "off_j": 10.0, "comparison_j": 0.5}


def test_reasoning_shows_its_factor() -> None:
    assert "×4" in reasoning_costs_more(REASONING, 40.0, 10.0, 0.5).message


@pytest.mark.parametrize("on_j", [1.0, 40.0])
def test_without_an_interval_reasoning_cannot_be_judged(on_j: float) -> None:
    found = reasoning_costs_more(REASONING, on_j, 10.0, None)
    assert found.outcome is Outcome.UNVERIFIABLE
    assert not found.rejects
    assert "not yet known" in found.message
    assert found.remedy


@pytest.mark.parametrize("comparison_j", [-0.1, math.nan, math.inf])
def test_an_interval_is_a_width(comparison_j: float) -> None:
    with pytest.raises(BadInput, match="interval"):
        reasoning_costs_more(REASONING, 1.0, 1.0, comparison_j)
