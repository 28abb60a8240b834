from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from leaderboard.record import Record
from leaderboard.record.clock import HandClock
from tests import builders


@pytest.fixture
def clock() -> HandClock:
    """A clock that the test moves."""
    return HandClock(builders.NOON)


@pytest.fixture
def record(tmp_path: Path, clock: HandClock) -> Iterator[Record]:
    """An empty record on a real disk."""
    with Record.open(tmp_path / "data", clock=clock) as opened:
        yield opened
