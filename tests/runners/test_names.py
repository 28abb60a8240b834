"""Which runner of its machine one is."""

from __future__ import annotations

from pathlib import Path

import pytest

from leaderboard.domain import (
    Conflict,
    StorageUnavailable,
)
from runners.names import taken_name


def test_runners_of_one_machine_have_numbers(tmp_path: Path) -> None:
    with taken_name("my rack", folder=tmp_path) as first, taken_name("my rack", folder=tmp_path) as second:
        assert (first, second) == ("my-rack:1", "my-rack:2")
        with (
            pytest.raises(Conflict, match="Runner 2 of this machine is at work"),
            taken_name("my rack", 2, tmp_path),
        ):
            pass
    with taken_name("my rack", 2, tmp_path) as again:
        assert again == "my-rack:2"
    with pytest.raises(StorageUnavailable), taken_name("my rack", folder=tmp_path / "1.lock"):
        pass
