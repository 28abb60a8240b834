"""What the tests of submissions stand on, here too; and the report that `make faults` ends with."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.faults.rounds import FULL, ROWS
from tests.submissions.conftest import hub as known_hub

hub = known_hub

Report = Callable[[str, int, str], None]
_LINES: list[str] = []


@pytest.fixture
def report() -> Report:
    """Called at a row's end with its name, the rounds that were run, and what was seen."""

    def tell(row: str, rounds: int, seen: str) -> None:
        _LINES.append(f"fault: {ROWS[row].what}: {rounds} rounds, {seen} (target: {ROWS[row].target})")

    return tell


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if not FULL:
        long = [item for item in items if item.get_closest_marker("full")]
        config.hook.pytest_deselected(items=long)
        items[:] = [item for item in items if item not in long]


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    if FULL and _LINES:
        terminalreporter.section("faults")
        for line in _LINES:
            terminalreporter.line(line)
