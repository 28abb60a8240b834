"""Whole serving runs: a model that generates on a simulated card, a server that was there, and what fails."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from leaderboard import catalogue
from leaderboard.domain import BadInput, ChildFailed, Device, Outcome, Plan, Provenance, Run
from runners.bench.parent import Settings, bench
from runners.bench.process import Deadlines
from runners.bench.record import read_run_file
from runners.bench.serving import vllm
from runners.bench.serving.options import Options, ladder_of
from runners.verify import verify
from tests import builders
from tests.fakes.card import H100_SXM, Card, NoCompiler, library
from tests.fakes.serving import Counting, Habits, Serving
from tests.runners.conftest import TEXTS, Listener, make_inputs, short

ROOT = Path(__file__).resolve().parents[2]
FAKE = (sys.executable, "-m", "tests.fakes.serving")
LONGEST_S = 280


def plan_of(hardware: str, tokens: int, **lengths: Any) -> Plan:
    profile = short(**{"idle_s": 0.3, "windows": 2, "block": 16, "output_tokens": tokens, **lengths})
    made = catalogue.make_plan(
        builders.model_ref(),
        task="text-generation",
        hardware=hardware,
        device=Device.CPU,
        profile="quick",
        protocol="serving-b64",
    )
    return made.model_copy(update={"profile": profile, "block": 16, "output_tokens": tokens})


def findings(run: Run) -> set[str]:
    return {finding.name for finding in run.findings if finding.rejects}


def test_a_model_that_really_generates_on_a_card_whose_energy_is_known(
    tmp_path: Path, generator: Path
) -> None:
    try:
        library()
    except NoCompiler as error:
        pytest.skip(str(error))
    out = tmp_path / "out"
    with Card(tmp_path / "card", (H100_SXM,)) as card:
        card.counter(0.02)
        plan = plan_of("h100-sxm-80gb", 8, window_s=0.3)
        told = {
            "plan": plan.model_dump(mode="json"),
            "out": str(out),
            "cache": str(tmp_path / "cache"),
            "model": str(generator),
            "command": [*FAKE, "--card", str(tmp_path / "card"), "serve"],
        }
        (tmp_path / "told.json").write_text(json.dumps(told))
        done = subprocess.run(
            [sys.executable, "-m", "tests.runners.serving_job", str(tmp_path / "told.json")],
            cwd=ROOT,
            env={**os.environ, **card.environment()},
            capture_output=True,
            text=True,
            timeout=LONGEST_S,
            check=False,
        )
        assert (out / "run.json").is_file(), done.stderr
        card.reread()
        run = read_run_file(out / "run.json")
        for window in run.windows:
            truth_j = card.true_energy_j(window.start_s, window.end_s)
            assert window.energy_j == pytest.approx(truth_j, rel=0.01)
    assert run.provenance is Provenance.SIMULATED
    assert run.serving is not None
    assert run.serving.started_here
    assert "--no-enable-prefix-caching" in run.serving.flags
    rung = run.serving.rated
    assert (rung.at_once, rung.limited_by, rung.problem) == (64, "server", "")
    assert run.energy_per_query_j == pytest.approx(rung.energy_per_request_j)
    assert rung.mean_output_tokens == 8
    # Ramp and tail are outside, and never do more than 64 run together.
    for load in rung.loads:
        assert load.steady is not None
        assert load.start_s < load.steady.start_s < load.steady.end_s < load.end_s
        assert 0 < load.steady.mean_batch <= 64
        assert max(level for _, level in load.running) <= 64
        assert load.tokens_out == 8 * load.requests
    # Every token that it wrote is in the file of requests, and none that it did not.
    table = pq.read_table(out / "requests.parquet").to_pylist()
    written = re.search(r"server: written (\d+) tokens", (out / "log.txt").read_text())
    assert written is not None
    assert sum(sum(row["tokens"]) for row in table) == int(written[1])
    assert all(row["usage_out"] == sum(row["tokens"]) == 8 for row in table)
    assert {row["repeat"] for row in table} == {None, 0, 1}
    # Judged again from the folder it is found the same. How full the batch was is up to this machine.
    assert {finding.name for finding in verify(out)[1] if finding.rejects} <= {
        "steady-window-long",
        "steady-batch-full",
    }
    idle = next(stage for stage in run.stages if stage.kind == "idle")
    assert idle.mean_power_w == pytest.approx(H100_SXM.idle_w, rel=0.01)


def measure(tmp_path: Path, model: Path, **options: Any) -> Run:
    """A run on the CPU in this process, of a plan of eight tokens a request."""
    plan = plan_of("cpu", 8, window_s=0.05)
    inputs = make_inputs(tmp_path / "cache", model, TEXTS[: plan.block])
    settings = Settings(
        cache=tmp_path / "cache",
        sandbox="off",
        deadlines=Deadlines(load_s=120, silence_s=120),
        inputs=lambda plan, cache: inputs,
        serving=Options(**options),
    )
    return bench(plan, tmp_path / "out", settings, Listener())


def test_a_ladder_goes_on_where_a_rung_breaks(tmp_path: Path, generator: Path) -> None:
    command = (*FAKE, "--counting", "--dies-at", "2", "serve")
    run = measure(tmp_path, generator, command=command, ladder=(1, 2))
    assert run.serving is not None
    one, two, rated = run.serving.rungs
    assert (one.at_once, two.at_once, rated.at_once) == (1, 2, 64)
    assert "CUDA out of memory" in two.problem
    assert two.energy_per_request_j is None
    for rung in (one, rated):
        assert rung.problem == ""
        assert rung.energy_per_request_j == pytest.approx(8 * (rung.energy_per_token_j or 0))
    assert run.energy_per_query_j == pytest.approx(rated.energy_per_request_j)
    assert all(window.work_queries != window.queries for window in run.windows if window.tokens_out % 8)


def test_a_server_that_was_there_is_vouched_for_and_what_it_does_wrong_is_named(
    tmp_path: Path, generator: Path
) -> None:
    habits = Habits(every=40, tells_usage=False)
    with Serving(Counting(0.004), 64, habits=habits) as server:
        run = measure(tmp_path, generator, url=server.url)
    assert run.serving is not None
    assert not run.serving.started_here
    assert run.serving.rated.limited_by == "client"
    assert "tests/model" in run.serving.server
    assert "usage-told" in findings(run)
    named = {finding.name: finding for finding in run.findings}
    assert "vouches" in named["server-ours"].message
    assert named["server-ours"].outcome is Outcome.FAILED
    assert named["precision-as-planned"].outcome is Outcome.UNVERIFIABLE
    # The rest of the run is kept.
    assert run.energy_per_query_j > 0
    assert {"server-stays", "server-in-time", "server-compatible"} & findings(run) == set()
    asked = server.asked[0]
    assert asked["temperature"] == 0
    assert asked["ignore_eos"] is True
    assert (asked["max_tokens"], asked["stream_options"]) == (8, {"include_usage": True})


def test_nothing_to_serve_with_or_nobody_there(
    tmp_path: Path, generator: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shutil, "which", lambda _: None)
    with pytest.raises(BadInput, match="vLLM is not installed") as missing:
        measure(tmp_path / "none", generator)
    assert "--url" in missing.value.remedy
    assert not (tmp_path / "none" / "out").exists()
    with pytest.raises(BadInput, match="another machine"):
        measure(tmp_path / "far", generator, url="http://192.0.2.7:8000")
    with pytest.raises(BadInput, match="no address of a server"):
        measure(tmp_path / "odd", generator, url="ftp://127.0.0.1/v1")
    with Serving(Counting(), 64, habits=Habits(answers_html=True)) as server:
        address = server.url
        with pytest.raises(ChildFailed, match=r"not OpenAI-compatible.*nginx"):
            measure(tmp_path / "page", generator, url=address)
    with pytest.raises(BadInput, match="Nobody serves"):
        measure(tmp_path / "gone", generator, url=address)


def test_a_server_that_always_closes_gives_no_figure_and_keeps_its_requests(
    tmp_path: Path, generator: Path
) -> None:
    with (
        Serving(Counting(), 64, habits=Habits(closes_after=2)) as server,
        pytest.raises(ChildFailed, match=r"Not one request was answered. 192 of 192.*closed the connection"),
    ):
        measure(tmp_path, generator, url=server.url)
    assert not (tmp_path / "out" / "run.json").exists()
    kept = pq.read_table(tmp_path / "out" / "requests.parquet").to_pylist()
    assert {row["fault"] for row in kept} == {"closed"}


def test_words_of_the_command_line() -> None:
    assert ladder_of("64,1, 4,4") == (1, 4, 64)
    for wrong in ("", "0", "four", "1,5000"):
        with pytest.raises(BadInput, match="no number of requests at once"):
            ladder_of(wrong)
    offline = catalogue.make_plan(builders.model_ref(), task="sentence-similarity", hardware="cpu")
    with pytest.raises(BadInput, match="asks no server"):
        bench(
            offline,
            Path("never made"),
            Settings(cache=Path(), serving=Options(url="http://127.0.0.1:1")),
            Listener(),
        )
    with pytest.raises(BadInput, match="not measured in int4"):
        vllm.flags_of(offline.model_copy(update={"model": builders.model_ref(precision="int4")}), 64)
