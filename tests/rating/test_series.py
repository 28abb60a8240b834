from __future__ import annotations

import pytest

from leaderboard.domain import Check, Outcome, Severity
from leaderboard.rating.series import as_usual

CHECK = Check(
    id="control-as-usual",
    title="As usual",
    asks="It is.",
    when="after",
    severity=Severity.REJECT,
    limits={"tolerance": 0.03, "least_history": 3},
    remedy="Find out what changed.",
    source="METHOD §3.8",
)


@pytest.mark.parametrize(
    ("value", "earlier", "outcome"),
    [
        (1.0, [], Outcome.UNVERIFIABLE),
        (1.0, [1.0, 1.0], Outcome.UNVERIFIABLE),
        (1.0, [1.0, 1.0, 1.0], Outcome.PASSED),
        # The median, not the mean: one odd reading moves nothing.
        (1.0, [1.0, 1.0, 9.0], Outcome.PASSED),
        (1.0299, [1.0, 1.0, 1.0], Outcome.PASSED),
        (1.0301, [1.0, 1.0, 1.0], Outcome.FAILED),
        (0.9701, [1.0, 1.0, 1.0], Outcome.PASSED),
        (0.9699, [1.0, 1.0, 1.0], Outcome.FAILED),
    ],
)
def test_a_reading_against_its_series(value: float, earlier: list[float], outcome: Outcome) -> None:
    found = as_usual(CHECK, value, earlier, "J")
    assert found.outcome is outcome
    assert found.rejects is (outcome is Outcome.FAILED)
    assert f"{value:.4g} J" in found.message


def test_what_was_looked_at_is_told() -> None:
    found = as_usual(CHECK, 1.1, [1.0, 1.0, 1.0], "J")
    assert "+10.0% from this board's median of 1 J; 3% are allowed." in found.message
    assert found.evidence == {"value": 1.1, "median": 1.0, "readings": 3, "limits": CHECK.limits}
    assert found.remedy == CHECK.remedy
