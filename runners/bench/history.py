"""What a board was like before: its idle power and its control model's energy, remembered from run to run
(METHOD §3.2, §3.8)."""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from leaderboard import catalogue
from leaderboard.domain import Board, Finding
from leaderboard.rating.series import as_usual


class History:
    """Readings of one board, or of boards that are measured together, one JSON line each."""

    def __init__(self, cache: Path, boards: Sequence[Board], driver: str | None, processor: str = "") -> None:
        """
        Args:
            driver: another one may measure otherwise, and begins another series.
            processor: its name, where there are no boards.
        """
        names = " ".join(board.uuid_hash for board in boards) or f"processor {processor}"
        self.path = cache / "boards" / f"{hashlib.sha256(names.encode()).hexdigest()[:16]}.jsonl"
        self._driver = driver

    def readings(self, series: str) -> list[float]:
        """Earlier readings of a series on this driver, oldest first. A damaged line is left out: a history
        is a witness, and one it cannot read has nothing to say."""
        return [entry["value"] for entry in self._entries(series) if entry["driver"] == self._driver]

    def of_earlier_driver(self, series: str) -> tuple[str, list[float]] | None:
        """The driver that was there before this one, and its readings; None where there was no other."""
        others = [entry for entry in self._entries(series) if entry["driver"] not in (None, self._driver)]
        if not others:
            return None
        last = str(others[-1]["driver"])
        return last, [entry["value"] for entry in others if entry["driver"] == last]

    def _entries(self, series: str) -> list[dict[str, Any]]:
        try:
            lines = self.path.read_text(encoding="utf-8", errors="replace").splitlines()
        except FileNotFoundError:
            return []
        found = [_reading(line) for line in lines]
        return [entry for entry in found if entry is not None and entry["series"] == series]

    def add(self, series: str, value: float, at: datetime) -> None:
        """Remember a reading that was as usual, or one of the first."""
        entry = {"series": series, "value": value, "driver": self._driver, "at": at.isoformat()}
        self.path.parent.mkdir(parents=True, exist_ok=True)
        with self.path.open("a", encoding="utf-8") as file:
            file.write(json.dumps(entry) + "\n")

    def judge(self, check: str, series: str, value: float, unit: str) -> Finding:
        """Whether a reading is as the median of its series.

        Args:
            check: the catalogue's id, with `tolerance` and `least_history`.
            unit: of the reading, for the message.
        """
        finding = as_usual(catalogue.check(check), value, self.readings(series), unit)
        if not finding.rejects:
            return finding
        remedy = f"{finding.remedy} It is kept in the cache, in boards/{self.path.name}."
        return finding.model_copy(update={"remedy": remedy})


def _reading(line: str) -> dict[str, Any] | None:
    try:
        entry = json.loads(line)
        value = entry["value"]
        whole = isinstance(value, float) and math.isfinite(value) and value > 0
        return entry if whole and {"series", "driver"} <= entry.keys() else None
    except (ValueError, TypeError, KeyError, AttributeError):
        return None
