"""How much may be asked for: which limit holds for whom, what is changed by a text, what a refusal says."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from leaderboard.domain import BadInput, Limits, Use

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


def use(name: str, used: int, allowed: int, free_at: datetime | None = None) -> Use:
    return Use(name=name, allowed=allowed, used=used, free_at=free_at)


def held(limits: Limits) -> set[str]:
    return {name for name, value in limits if value is not None}


def test_runs_and_bundles_are_held_to_their_own_and_to_the_day() -> None:
    days = {f"{whose}_{what}" for whose in ("person", "organisation", "address") for what in ("day", "made")}
    opens = {"person_open", "organisation_open", "address_open"}
    assert held(Limits().for_runs()) == days | opens | {"queue"}
    assert held(Limits().for_bundles()) == days | {"person_bundles", "bundles"}
    assert held(Limits().only_queue()) == {"queue", "bundles"}


def test_a_text_changes_the_limits_that_it_names() -> None:
    changed = Limits().changed("person-day=5, queue = none,")
    assert (changed.person_day, changed.queue) == (5, None)
    assert changed.model_copy(update={"person_day": 20, "queue": 1000}) == Limits()


@pytest.mark.parametrize(
    "text", ["person=5", "person-day", "person-day=-1", "queue=1000001", "queue=", "queue=٣", "person_day=x"]
)
def test_what_names_no_limit_or_no_number_is_quoted(text: str) -> None:
    with pytest.raises(BadInput) as caught:
        Limits().changed(text)
    assert repr(text) in caught.value.message
    assert "person-day" in caught.value.remedy


def test_how_far_a_limit_is_used() -> None:
    half, full, none = use("person-day", 1, 2), use("queue", 2, 2), use("bundles", 0, 0)
    assert (half.scope, half.reached, half.share) == ("person", False, 0.5)
    assert (full.scope, full.reached, full.share) == ("queue", True, 1.0)
    assert (none.reached, none.share) == (True, 1.0), "nothing is allowed, so it is full"


def test_a_refusal_says_when_the_next_is_free() -> None:
    refused = use("person-day", 2, 2, NOON + timedelta(minutes=5)).refusal(NOON)
    assert refused.message == "2 of 2 submissions of yours in 24 hours: that is the limit."
    assert refused.remedy == "The next is free at 2026-03-01 12:05 UTC."
    assert refused.retry_after_s == 300
    assert use("person-day", 2, 2, NOON - timedelta(days=1)).refusal(NOON).retry_after_s == 1


def test_where_only_an_end_makes_room_the_refusal_says_so() -> None:
    for name, words in (("person-open", "cancel one"), ("queue", "for everybody"), ("bundles", "stays good")):
        refused = use(name, 3, 3).refusal(NOON)
        assert words in refused.remedy
        assert refused.retry_after_s == 60
