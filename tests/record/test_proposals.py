"""Proposals and decisions: each once, and for ever."""

from __future__ import annotations

import pytest

from leaderboard.domain import Conflict, NotFound
from leaderboard.record import Record
from tests import builders


def test_the_same_cause_of_the_same_extent_is_kept_once(record: Record) -> None:
    first = builders.proposal()
    assert record.add_proposal(first) is True
    assert record.add_proposal(first.model_copy(update={"reason": "said again"})) is False
    grown = builders.proposal(extent=2)
    assert record.add_proposal(grown) is True
    assert record.add_proposal(builders.proposal("2027-05")) is True
    assert record.proposals("2026-11") == [first, grown]
    assert len(record.proposals()) == 3


def test_a_decision_stands(record: Record) -> None:
    proposal = builders.proposal()
    with pytest.raises(NotFound, match="no proposal"):
        record.decide(builders.decision(proposal.id))
    record.add_proposal(proposal)
    record.decide(builders.decision(proposal.id))
    with pytest.raises(Conflict, match="was declined before"):
        record.decide(builders.decision(proposal.id, verdict="confirmed"))
    assert record.decisions() == [builders.decision(proposal.id)]
