"""A short address leads to one figure for good."""

from __future__ import annotations

from pathlib import Path

import pytest

from leaderboard.domain import Conflict
from leaderboard.record import Record
from tests import builders


def test_an_id_is_not_given_to_a_second_row(tmp_path: Path) -> None:
    first = builders.rating("org/one")
    second = builders.rating("org/two", id=first.id)
    with Record.open(tmp_path) as record:
        with pytest.raises(Conflict, match="belongs to another row"):
            record.put_edition(builders.edition(), {}, [first, second], "both at once")
        record.put_edition(builders.edition(), {}, [first], "one")
        with pytest.raises(Conflict, match="belongs to another row"):
            record.put_edition(
                builders.edition("2026-11"),
                {},
                [builders.rating("org/two", id=first.id, edition="2026-11")],
                "two",
            )
        assert record.rating(first.id) == first
