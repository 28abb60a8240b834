"""Whom somebody speaks for goes by the Hub's subject ids, never by names."""

from __future__ import annotations

import pytest

from leaderboard.domain import Person
from leaderboard.domain.people import Org

ANN = Person(subject="u-1", name="ann", orgs=(Org(subject="o-1", name="acme"),))


@pytest.mark.parametrize(
    ("owner", "hers"), [("u-1", True), ("o-1", True), ("ann", False), ("acme", False), ("u-2", False)]
)
def test_a_person_speaks_for_themself_and_their_organisations(owner: str, hers: bool) -> None:
    assert ANN.speaks_for(owner) is hers
