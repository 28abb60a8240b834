"""Addresses that are no Space's."""

from __future__ import annotations

import pytest

from leaderboard.domain import (
    BadInput,
    SpaceUnavailable,
)
from runners.space import SpaceClient
from tests.runners.space_double import TOKEN, SpaceDouble


@pytest.mark.parametrize(
    "address", ["no address", "ftp://127.0.0.1", "http://127.0.0.1:9"], ids=["words", "scheme", "closed"]
)
def test_an_address_without_a_space(address: str) -> None:
    with pytest.raises((BadInput, SpaceUnavailable)), SpaceClient(address, TOKEN) as client:
        client.claim(("cpu",), "rack-1", "0.1.0")


def test_another_service_is_told_apart() -> None:
    with SpaceDouble() as space, SpaceClient(space.address, TOKEN) as client:
        space.hook = lambda method, path, body: (200, {"hello": "world"})
        with pytest.raises(SpaceUnavailable, match="something else"):
            client.claim(("cpu",), "rack-1", "0.1.0")
