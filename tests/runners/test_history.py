from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from leaderboard.domain import Board, Outcome
from runners.bench.history import History

AT = datetime(2026, 11, 2, tzinfo=UTC)
BOARD = Board(index=0, name="Tesla T4", uuid_hash="a" * 64)


def of(cache: Path, *boards: Board, driver: str | None = "570") -> History:
    return History(cache, boards or (BOARD,), driver)


def test_a_reading_is_held_to_the_median_of_its_series(tmp_path: Path) -> None:
    history = of(tmp_path)
    assert history.readings("idle") == []
    for value in (10.0, 11.0, 30.0):
        assert history.judge("idle-as-usual", "idle", 11.0, "W").outcome is Outcome.UNVERIFIABLE
        history.add("idle", value, AT)
    assert history.judge("idle-as-usual", "idle", 11 * 1.0999, "W").outcome is Outcome.PASSED
    wrong = history.judge("idle-as-usual", "idle", 11 * 1.101, "W")
    assert wrong.rejects
    assert "+10.1%" in wrong.message
    assert "median of 11 W" in wrong.message
    assert history.path.name in wrong.remedy
    assert wrong.evidence["readings"] == 3
    # What was judged was not remembered by it.
    assert history.readings("idle") == [10.0, 11.0, 30.0]


def test_series_drivers_and_boards_are_kept_apart(tmp_path: Path) -> None:
    history = of(tmp_path)
    history.add("idle", 10.0, AT)
    history.add("control", 0.5, AT)
    assert history.readings("idle") == [10.0]
    assert of(tmp_path, driver="580").readings("idle") == []
    other = BOARD.model_copy(update={"uuid_hash": "b" * 64})
    assert of(tmp_path, other).readings("idle") == []
    assert of(tmp_path, BOARD, other).path not in (of(tmp_path).path, of(tmp_path, other).path)
    assert History(tmp_path, (), None, "a CPU").path != History(tmp_path, (), None, "another").path


def test_damaged_lines_have_nothing_to_say(tmp_path: Path) -> None:
    history = of(tmp_path)
    history.add("idle", 10.0, AT)
    with history.path.open("ab") as file:
        for line in (
            b"{",
            b"[]",
            b"7",
            b'{"value": "NaN"}',
            b'{"value": NaN, "series": "idle", "driver": "570"}',
            b'{"value": -1.0, "series": "idle", "driver": "570"}',
            b'{"value": 1.0}',
            b"\xff\xfe",
        ):
            file.write(line + b"\n")
    history.add("idle", 12.0, AT)
    assert history.readings("idle") == [10.0, 12.0]
