"""What the Hub said is kept for a moment, and a Hub that is asked too much at once says so."""

from __future__ import annotations

import pytest

from leaderboard.domain import HubUnavailable, ModelFacts, NotFound, Unavailable
from submissions.hub import recent_facts
from submissions.hub.recent_facts import KEPT_S, SILENT_S, RecentFacts
from tests import builders


class Counting:
    """A Hub that counts how often it is asked."""

    account = "fetcher"

    def __init__(self) -> None:
        self.asked = 0
        self.error: Exception | None = None

    def facts(self, repo_id: str, revision: str | None) -> ModelFacts:
        self.asked += 1
        if self.error is not None:
            raise self.error
        return builders.facts(repo_id)

    def search(self, text: str, limit: int) -> list[str]:
        self.asked += 1
        if self.error is not None:
            raise self.error
        return [text] * limit


@pytest.fixture
def now() -> list[float]:
    return [0.0]


@pytest.fixture
def hub() -> Counting:
    return Counting()


@pytest.fixture
def recent(hub: Counting, now: list[float]) -> RecentFacts:
    return RecentFacts(hub, clock=lambda: now[0])


def test_it_asks_once_in_a_while(recent: RecentFacts, hub: Counting, now: list[float]) -> None:
    first = recent.facts("a/b", None)
    assert recent.facts("a/b", None) is first
    assert recent.search("a", 2) == ["a", "a"] == recent.search("a", 2)
    assert hub.asked == 2
    recent.facts("a/b", "main")
    assert hub.asked == 3
    now[0] = KEPT_S
    recent.facts("a/b", None)
    assert hub.asked == 4
    assert recent.account == "fetcher"


def test_that_there_is_no_such_model_is_remembered_too(recent: RecentFacts, hub: Counting) -> None:
    hub.error = NotFound("There is none.")
    for _ in range(3):
        with pytest.raises(NotFound, match="There is none"):
            recent.facts("a/b", None)
    assert hub.asked == 1


def test_silence_is_no_answer(recent: RecentFacts, hub: Counting) -> None:
    hub.error = HubUnavailable("No answer.")
    with pytest.raises(HubUnavailable):
        recent.facts("a/b", None)
    hub.error = None
    assert recent.facts("a/b", None).repo_id == "a/b"


def test_it_keeps_no_more_than_it_may(
    recent: RecentFacts, hub: Counting, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recent_facts, "MOST_KEPT", 2)
    for name in ("a/a", "a/b", "a/c", "a/a"):
        recent.facts(name, None)
    assert hub.asked == 4


def test_too_many_at_once_are_told_to_wait(hub: Counting, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recent_facts, "AT_ONCE", 1)
    monkeypatch.setattr(recent_facts, "_PATIENCE_S", 0.0)
    outer = RecentFacts(hub)

    class Nested(Counting):
        def facts(self, repo_id: str, revision: str | None) -> ModelFacts:
            with pytest.raises(Unavailable, match="Many ask the Hub"):
                outer.facts("a/other", None)
            return super().facts(repo_id, revision)

    outer._hub = Nested()
    assert outer.facts("a/b", None).repo_id == "a/b"


def test_a_silent_hub_is_searched_once_for_all_that_is_typed_meanwhile(
    hub: Counting, recent: RecentFacts, now: list[float]
) -> None:
    hub.error = HubUnavailable("No answer.")
    for text in ("qw", "qwe", "qwen"):
        with pytest.raises(HubUnavailable):
            recent.search(text, 3)
    assert hub.asked == 1
    hub.error, now[0] = None, SILENT_S
    assert recent.search("qwen", 2) == ["qwen", "qwen"]
