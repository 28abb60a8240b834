"""Public names are exactly those that each room lists."""

from __future__ import annotations

import importlib
import inspect

import pytest

ROOMS = (
    "leaderboard.domain",
    "leaderboard.catalogue",
    "leaderboard.rating",
    "leaderboard.record",
    "leaderboard.publish",
    "leaderboard.board",
)


@pytest.mark.parametrize("name", ROOMS)
def test_a_room_lists_exactly_its_public_names(name: str) -> None:
    room = importlib.import_module(name)
    assert len(set(room.__all__)) == len(room.__all__)
    public = {
        word
        for word, thing in vars(room).items()
        if not word.startswith("_") and not inspect.ismodule(thing) and word != "annotations"
    }
    listed = {word for word in room.__all__ if not inspect.ismodule(getattr(room, word))}
    assert public == listed


@pytest.mark.parametrize("name", ROOMS)
def test_what_is_public_is_documented(name: str) -> None:
    room = importlib.import_module(name)
    assert room.__doc__
    bare = [
        word
        for word in room.__all__
        if (inspect.isclass(getattr(room, word)) or inspect.isfunction(getattr(room, word)))
        and not (getattr(room, word).__doc__ or "").strip()
    ]
    assert bare == [], f"no docstring: {bare}"
