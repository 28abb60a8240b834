from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from leaderboard.domain import BadFile, WrongSchema
from leaderboard.rating.aggregate import aggregate
from runners.bench.record import RUN, TRACE, write_run
from runners.bench.trace import Sample
from runners.verify import verify
from tests.runners.test_judge import made

Change = Callable[[dict[str, Any]], None]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A run folder as the bench writes it."""
    run = made()
    total = aggregate(run.windows, ("preprocess", "forward"))
    run = run.model_copy(
        update={
            "energy_per_query_j": total.energy_per_query_j,
            "repeatability_j": total.repeatability_j,
            "latency_s": total.seconds_per_query,
        }
    )
    samples = [Sample(100 + n / 10, 5.0, "forward") for n in range(100)]
    write_run(tmp_path, run, samples)
    return tmp_path


def failures(folder: Path) -> set[str]:
    _, findings = verify(folder)
    assert len({finding.name for finding in findings}) == len(findings)
    return {finding.name for finding in findings if finding.rejects}


def change(folder: Path, how: Change) -> None:
    document = json.loads((folder / RUN).read_text())
    how(document)
    (folder / RUN).write_text(json.dumps(document))


def test_a_run_as_it_was_written_is_valid(folder: Path) -> None:
    assert failures(folder) == set()
    assert sorted(path.name for path in folder.iterdir()) == [RUN, TRACE]


def test_a_changed_figure_is_found(folder: Path) -> None:
    change(folder, lambda run: run.update(energy_per_query_j=run["energy_per_query_j"] * 0.9))
    assert failures(folder) == {"figures-follow-from-windows"}


def test_a_changed_window_is_found(folder: Path) -> None:
    change(folder, lambda run: run["windows"][0].update(energy_j=1.0))
    assert "figures-follow-from-windows" in failures(folder)


def test_findings_cannot_be_talked_away(folder: Path) -> None:
    def shorten(run: dict[str, Any]) -> None:
        run["windows"][3]["passes"] = 2
        run["findings"] = [
            {"name": "windows-whole", "severity": "reject", "outcome": "passed", "message": "fine"}
        ]

    change(folder, shorten)
    assert "windows-whole" in failures(folder)


def test_what_only_the_harness_saw_is_kept(folder: Path) -> None:
    seen = {"name": "queries-answered", "severity": "reject", "outcome": "failed", "message": "3 were not"}
    change(folder, lambda run: run.update(findings=[seen]))
    assert failures(folder) == {"queries-answered"}


def test_a_trace_without_the_windows_is_found(folder: Path) -> None:
    run, _ = verify(folder)
    write_run(folder, run, [Sample(1.0, 5.0, "load")])
    assert failures(folder) == {"trace-covers-windows"}


def test_a_damaged_trace_is_an_error(folder: Path) -> None:
    damaged = bytearray((folder / TRACE).read_bytes())
    damaged[40] ^= 255
    (folder / TRACE).write_bytes(damaged)
    with pytest.raises(BadFile, match=r"trace\.parquet"):
        verify(folder)


def test_a_run_of_another_task_version_is_told(folder: Path) -> None:
    from leaderboard.domain import content_hash

    def another(run: dict[str, Any]) -> None:
        run["plan"]["task_hash"] = "e" * 64
        run["run_key"] = content_hash(run["plan"])

    change(folder, another)
    assert failures(folder) == {"task-as-catalogued"}


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("", BadFile),
        ("{", BadFile),
        ("[]", WrongSchema),
        ('{"schema_version": 7}', WrongSchema),
        ('{"schema_version": 1}', WrongSchema),
    ],
)
def test_what_is_no_run_record(folder: Path, text: str, error: type[Exception]) -> None:
    (folder / RUN).write_text(text)
    with pytest.raises(error):
        verify(folder)


def test_a_folder_without_a_run(tmp_path: Path) -> None:
    with pytest.raises(BadFile, match="cannot be read"):
        verify(tmp_path)
