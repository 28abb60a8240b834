"""The Hub is asked once for a few seconds, and again once they are over."""

from __future__ import annotations

import pytest

from leaderboard.domain import ModelFacts, NotFound
from submissions.hub_facts import FixedFacts
from submissions.kept_facts import KEPT_S, MOST, KeptFacts
from tests import builders


class Counted(FixedFacts):
    asked = 0

    def facts(self, repo_id: str, revision: str | None) -> ModelFacts:
        self.asked += 1
        return super().facts(repo_id, revision)


def test_an_answer_is_good_for_a_while_and_a_refusal_never() -> None:
    hub = Counted({"o/m": builders.facts("o/m")})
    moment = [100.0]
    kept = KeptFacts(hub, clock=lambda: moment[0])
    assert kept.facts("o/m", None) == kept.facts("o/m", None) == builders.facts("o/m")
    assert hub.asked == 1
    assert kept.facts("o/m", "main") == builders.facts("o/m")
    assert hub.asked == 2
    moment[0] += KEPT_S
    kept.facts("o/m", None)
    assert hub.asked == 3
    for _ in range(2):
        with pytest.raises(NotFound):
            kept.facts("o/nothing", None)
    assert hub.asked == 5
    assert kept.search("m", 3) == ["o/m"]


def test_not_everything_is_kept() -> None:
    names = [f"o/m-{number}" for number in range(MOST + 1)]
    hub = Counted({name: builders.facts(name) for name in names})
    kept = KeptFacts(hub, clock=lambda: 0.0)
    for name in names:
        kept.facts(name, None)
    kept.facts(names[-1], None)
    kept.facts(names[0], None)
    assert hub.asked == MOST + 2
