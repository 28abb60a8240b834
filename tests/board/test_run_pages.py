"""A run's page: its trace drawn and told, its figures, its boards; and the trace as data."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from leaderboard.board.traces import MOST_POINTS, MOST_SAMPLES, read_columns, read_trace, thin
from leaderboard.domain import BadFile, Board, Device, Figures, Run
from leaderboard.judging.samples import STEP, Sample, write_trace
from leaderboard.record import Record
from tests import builders
from tests.board.conftest import client_of, finish

BOARD = Board(
    index=0,
    name="NVIDIA H100 80GB HBM3",
    uuid_hash="abcdef01" * 8,
    memory_gb=85.5,
    compute_capability="9.0",
    power_limit_w=700,
    default_power_limit_w=700,
    mig=False,
    ecc=True,
    max_sm_clock_mhz=1980,
)


def samples(*, boards: bool = True, held_back: bool = False, foreign: int = 0) -> list[Sample]:
    """Idle, then the windows of `builders.run()` from 100 s to 106 s, ten samples a second."""
    rows = []
    for number in range(120):
        time_s = 95.0 + number / 10
        once = number % 10 == 0 and boards
        inside = time_s >= 100
        rows.append(
            Sample(
                time_s,
                "forward" if inside else "idle",
                420.0 + number % 3 if inside else 70.0,
                70.0 * number,
                41.0 + number / 40 if once else None,
                1980 if once else None,
                2619 if once else None,
                (0x40 if held_back and inside else 0) if once else None,
                (foreign if inside else 0) if once else None,
                1.7e9 + time_s if number % 10 == 0 else None,
            )
        )
    return [*rows, Sample(100.0, STEP, counter_j=3500.0)]


def run(**fields: Any) -> Run:
    environment = builders.environment(
        device=Device.CUDA, gpu_name=BOARD.name, gpus=1, driver="570.1", boards=(BOARD,), exclusive="vouched",
        counter_step_s=0.1,
    )  # fmt: skip
    stages = (
        builders.stage("idle", start=None, start_s=95.0, end_s=99.5, energy_j=315.0, queries=0),
        builders.stage("load", start_s=99.5, end_s=99.9, energy_j=None, queries=0),
    )
    figures = Figures(
        cv=0.0123,
        mean_power_w=421.0,
        net_energy_per_query_j=0.41,
        energy_per_output_token_j=0.0039,
        queries_per_s=32.0,
    )
    return builders.run(**{"environment": environment, "stages": stages, "figures": figures, **fields})


def put(record: Record, made: Run, rows: list[Sample] | None) -> str:
    finish(record, made)
    if rows is not None:
        write_trace(rows, record.run_folder(made.id) / "trace.parquet")
    return f"/runs/{made.id}"


def test_the_trace_is_drawn_for_wide_and_narrow_screens(record: Record) -> None:
    page = client_of(record).get(put(record, run(), samples())).text
    assert page.count("<svg") >= 2 + 3  # two plots; the switch of colours has three
    label = re.search(r'role="img" aria-label="([^"]+)"', page)
    assert label is not None
    assert "Power from 70 to 422 W" in label[1]
    assert "3 windows" in label[1]
    assert "Temperature from 41 to 44 °C" in label[1]
    # It takes the page's own colours, and brings neither style nor script.
    plot = page[page.index('<figure class="chart"') : page.index("</figure>")]
    assert 'stroke="var(--ink)"' in plot
    for word in ("style=", "<script", "<style", "NaN"):
        assert word not in plot
    for word in ("Power, W", "°C", "SM MHz", "idle", "load", "forward"):
        assert word in plot
    assert "held back" not in plot


def test_what_went_wrong_is_marked(record: Record) -> None:
    page = client_of(record).get(put(record, run(), samples(held_back=True, foreign=2))).text
    assert "▼ The GPU was held back." in page
    assert "■ Another process was on the GPU." in page
    assert "Another process was seen" in page


def test_a_trace_of_power_alone_has_one_panel(record: Record) -> None:
    page = client_of(record).get(put(record, run(), samples(boards=False))).text
    assert "Power, W" in page
    assert "SM MHz" not in page


def test_a_run_without_a_trace_or_with_a_damaged_one_says_so(record: Record) -> None:
    client = client_of(record)
    made = run()
    address = put(record, made, None)
    assert f"The run {made.id} has no trace." in client.get(address).text
    assert client.get(f"/api/v1/runs/{made.id}/trace").status_code == 404
    other = builders.run(builders.plan(seed=7))
    address = put(record, other, samples())
    path = record.run_folder(other.id) / "trace.parquet"
    damaged = bytearray(path.read_bytes())
    damaged[60] ^= 1
    path.write_bytes(damaged)
    assert "The trace cannot be read" in client.get(address).text
    answer = client.get(f"/api/v1/runs/{other.id}/trace")
    assert answer.status_code in (400, 422, 500)
    assert "cannot be read" in answer.json()["error"]["message"]


def test_the_trace_is_data_too(record: Record, tmp_path: Path) -> None:
    made = run()
    put(record, made, samples())
    client = client_of(record)
    columns = client.get(f"/api/v1/runs/{made.id}/trace").json()
    assert len(columns["time_s"]) == 121
    assert columns["power_w"][0] == 70.0
    assert STEP in columns["phase"]
    file = tmp_path / "trace.parquet"
    file.write_bytes(client.get(f"/api/v1/runs/{made.id}/trace.parquet").content)
    assert pq.read_table(file).num_rows == 121
    assert client.get("/api/v1/runs/0123456789ab/trace").status_code == 404


def test_figures_stages_and_boards_are_shown(record: Record) -> None:
    page = client_of(record).get(put(record, run(), samples())).text
    for words in (
        "1.23 %",
        "421 W",
        "0.410 J",
        "never rated",
        "0.00390 J",
        "Recorded and not rated.",
        "Board abcdef01",
        "limit 700 W (default 700 W)",
        "ECC on, persistence not told, MIG off",
        "vouched for by whoever runs the machine",
        "one step every 100 ms",
    ):
        assert words in page, words


def test_peaks_stay_when_a_trace_is_thinned() -> None:
    points = [(float(n), 100.0) for n in range(50_000)]
    points[31_234] = (31_234.0, 700.0)
    points[7] = (7.0, 3.0)
    kept = thin(points)
    assert len(kept) <= MOST_POINTS
    assert {(31_234.0, 700.0), (7.0, 3.0)} <= set(kept)
    assert [time for time, _ in kept] == sorted(time for time, _ in kept)
    assert thin(points[:5]) == points[:5]


def test_what_is_no_trace(tmp_path: Path) -> None:
    path = tmp_path / "trace.parquet"
    write_trace([], path)
    with pytest.raises(BadFile, match="no times"):
        read_trace(path, builders.run())
    write_trace([Sample(1.0, STEP, counter_j=1.0)], path)
    with pytest.raises(BadFile, match="no samples"):
        read_trace(path, builders.run())


def test_a_trace_of_more_samples_than_any_run_s_is_not_read(tmp_path: Path) -> None:
    path, rows = tmp_path / "trace.parquet", MOST_SAMPLES + 1
    flat = {"time_s": np.zeros(rows), "power_w": np.ones(rows), "phase": np.zeros(rows, np.int8)}
    pq.write_table(pa.table(flat), path, compression="zstd", write_page_checksum=True)
    assert path.stat().st_size < 200_000
    with pytest.raises(BadFile, match="more than 2,000,000 samples"):
        read_columns(path)


def test_every_check_has_an_address(record: Record) -> None:
    page = client_of(record).get("/method").text
    assert 'id="check-not-throttled"' in page
    assert "drift 5 °C" in page
    assert "least history 3" in page
    assert "floor 80 %" in page
