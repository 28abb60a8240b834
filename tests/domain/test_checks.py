"""Checks as data: thresholds by name, and no name that is not there."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from leaderboard.domain import Check, Severity

DRIFT = {
    "id": "temperature-steady",
    "title": "The temperature is steady",
    "asks": "It stays within a few degrees.",
    "when": "during",
    "severity": "reject",
    "limits": {"drift_c": 5.0},
    "remedy": "Cool it.",
    "source": "METHOD §3.6",
}


def test_a_check_is_its_row_and_tells_its_thresholds_by_name() -> None:
    check = Check.model_validate(DRIFT)
    assert check.limit("drift_c") == 5.0
    assert check.severity is Severity.REJECT
    assert not check.tentative
    with pytest.raises(KeyError, match="tolerance"):
        check.limit("tolerance")


@pytest.mark.parametrize(
    "changed", [{"when": "sometimes"}, {"severity": "shrug"}, {"limits": {"drift_c": "x"}}]
)
def test_a_check_that_is_none_is_refused(changed: dict[str, object]) -> None:
    with pytest.raises(ValidationError, match=next(iter(changed))):
        Check.model_validate(DRIFT | changed)
