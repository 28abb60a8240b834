"""A serving run on its page and as rows: one rated, its other concurrencies beside it."""

from __future__ import annotations

import re

import pytest

from leaderboard.domain import ModelReport, wh_per_1000
from leaderboard.editions import load_catalogue, rate_run
from leaderboard.judging.samples import Sample, write_trace
from leaderboard.record import Record
from leaderboard.served import beside
from tests import builders
from tests.board.conftest import client_of, finish
from tests.judging.test_serving import rung, served_run


def test_the_page_shows_a_load_with_its_steady_window_and_every_rung(record: Record) -> None:
    made = served_run(rung(4, energy_per_request_j=40.0), rung(16, (), problem="Out of memory."), rung())
    finish(record, made)
    samples = [Sample(200.0 + n / 2, "serve", 300.0 if 10 < n < 90 else 90.0, float(n)) for n in range(100)]
    write_trace(samples, record.run_folder(made.id) / "trace.parquet")
    page = client_of(record).get(f"/runs/{made.id}").text
    served = page[page.index('id="serving"') : page.index("Also from these") if "Also from" in page else None]
    label = re.search(r'aria-label="(1280 requests[^"]+)"', served)
    assert label is not None
    assert "a ramp of 5.0 s, the steady window of 40.0 seconds" in label[1]
    assert "a tail of 5.0 seconds" in label[1]
    for word in ("steady window", "Requests at once", "Power, W", "Seconds since the first request"):
        assert word in served
    assert "style=" not in served
    assert "Out of memory." in served
    assert re.search(r"64 <span class=\"mark\">rated</span>", served)
    assert 'with <span class="mono">--max-num-seqs 64</span>' in served


def test_without_a_trace_the_requests_are_drawn_alone(record: Record) -> None:
    made = served_run(started_here=False)
    finish(record, made)
    served = client_of(record).get(f"/runs/{made.id}").text
    served = served[served.index('id="serving"') :]
    assert "Requests at once" in served
    assert "Power, W" not in served[: served.index("</figure>")]
    assert "whoever measured vouches" in served
    finish(record, builders.run())
    assert 'id="serving"' not in client_of(record).get(f"/runs/{builders.run().id}").text


def test_only_the_protocols_own_concurrency_is_rated(record: Record) -> None:
    load_catalogue(record)
    model = ModelReport(params=3_000_000_000, dtype="bfloat16", architecture="LlamaForCausalLM")
    made = served_run(rung(4, energy_per_request_j=40.0), rung(16, (), energy_per_request_j=None), rung())
    made = made.model_copy(update={"model": model})
    rated = rate_run(record, made, builders.facts())
    row, rows = rated.rating, rated.rows[1:]
    assert (row.best, row.configuration, row.batch, row.protocol) == (True, "64 at once", 64, "serving-b64")
    # 62 at once, 25 a second: each takes two and a half seconds.
    assert row.latency_s == pytest.approx(62 / 25)
    assert row.energy_wh_per_1000 == pytest.approx(wh_per_1000(12.0005))
    assert [(one.best, one.configuration, one.batch, one.stars) for one in rows] == [
        (False, "4 at once", 4, None)
    ]
    assert rows[0].energy_wh_per_1000 == pytest.approx(wh_per_1000(40.0))
    assert rows[0].id != row.id
    assert beside(row, builders.run()) == []
    # Taken in, they stand beside the rated row and are not counted as runs of their own.
    finish(record, made, row, *rows)
    again = rate_run(record, made, builders.facts()).rating
    assert again.id == row.id
    assert [one.configuration for one in record.ratings_of(row.model)] == ["64 at once", "4 at once"]
