"""For all tests: one thread for torch, nothing beyond this machine, and in CI no skip but `package-gone`."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from leaderboard.editions import load_catalogue
from leaderboard.record import Record
from leaderboard.record.clock import Clock, HandClock
from tests import builders

if TYPE_CHECKING:
    from tests.house import House

os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"
os.environ["HF_HUB_DISABLE_TELEMETRY"] = "1"
# A test that needs the Hub gets a loopback one; nothing may fall back to the public one.
os.environ.setdefault("HF_ENDPOINT", "http://127.0.0.1:9")

_SKIPS: list[str] = []


@pytest.fixture
def clock() -> Clock:
    """A clock that the test moves."""
    return HandClock(builders.NOON)


@pytest.fixture
def record(tmp_path: Path, clock: Clock) -> Iterator[Record]:
    """An empty record on a real disk."""
    with Record.open(tmp_path / "data", clock=clock) as opened:
        yield opened


@pytest.fixture(scope="session")
def catalogued(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A closed record with the catalogue's editions: to be copied, which is cheaper than loading them."""
    folder = tmp_path_factory.mktemp("catalogued") / "data"
    with Record.open(folder) as opened:
        load_catalogue(opened)
    return folder


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    if shutil.which("chromium"):
        return
    reason = "no Chromium on this machine: install the package `chromium`"
    for item in items:
        if item.get_closest_marker("browser"):
            item.add_marker(pytest.mark.skip(reason=reason))


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    if report.skipped:
        reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else str(report.longrepr)
        if "package-gone" not in reason:
            _SKIPS.append(f"{report.nodeid}: {reason}")


def pytest_sessionfinish(session: pytest.Session) -> None:
    if _SKIPS and os.environ.get("STARWATT_CI") and session.exitstatus == pytest.ExitCode.OK:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    if _SKIPS and os.environ.get("STARWATT_CI"):
        terminalreporter.section("skipped, which fails here: install what is missing")
        for line in _SKIPS:
            terminalreporter.line(line)


@pytest.fixture(scope="session")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """The whole Space, full of what strangers wrote; tests read it and change nothing."""
    from tests.house import opened  # Gradio takes seconds to import, and few tests need it.

    with opened(tmp_path_factory.mktemp("house")) as running:
        yield running
