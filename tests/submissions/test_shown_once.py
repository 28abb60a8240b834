"""A secret on its way to its page: its owner sees it once, nobody else ever."""

from __future__ import annotations

from submissions.shown_once import KEPT_S, MOST_KEPT, ShownOnce


def test_it_is_handed_out_once_and_to_its_owner_alone() -> None:
    once = ShownOnce[str]()
    key = once.put("ada", "a secret")
    assert once.take("bo", key) is None
    assert once.take("ada", "another") is None
    assert once.take("ada", key) == "a secret"
    assert once.take("ada", key) is None


def test_it_waits_some_minutes_and_among_so_many() -> None:
    now = [0.0]
    once = ShownOnce[str](lambda: now[0])
    late = once.put("ada", "late")
    now[0] = KEPT_S
    assert once.take("ada", late) is None
    first = once.put("ada", "first")
    for _ in range(MOST_KEPT):
        once.put("bo", "another")
    assert once.take("ada", first) is None
