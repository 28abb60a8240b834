"""How whole harnesses are judged against each other, and what the peers need: without installing any."""

from __future__ import annotations

import json
import runpy
import sys
from pathlib import Path
from typing import Any

import pytest

BENCH = Path(__file__).resolve().parents[2] / "bench"


@pytest.fixture
def bench(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """What the script defines; it is not run."""
    monkeypatch.setattr(sys, "path", list(sys.path))
    return runpy.run_path(str(BENCH / "harness_vs_peer.py"), run_name="bench")


def said(bench: dict[str, Any], *errors: float, code: int = 0) -> Any:
    from peers.harness import Window  # type: ignore[import-not-found, unused-ignore]

    windows = [Window(4.0, 16, 100.0 * (1 + error), 100.0) for error in errors]
    return bench["Said"](code, 20.0, windows)


def verdict(bench: dict[str, Any], ours: float, theirs: float | None, fault: Any = None) -> Any:
    pairs = {"ours": [bench["Pair"](said(bench, ours), 4.0)]}
    if theirs is not None:
        pairs["optimum"] = [bench["Pair"](said(bench, 0.001, theirs), 4.0)]
    faulty = [] if fault is None else [bench["Faulty"]("ours", "gpu-lost", fault)]
    return bench["judge"](pairs, faulty)


def test_ours_must_be_no_worse_than_the_worst_of_the_peers(bench: dict[str, Any]) -> None:
    assert verdict(bench, -0.001, -0.013) == (pytest.approx(0.001), pytest.approx(0.013), True)
    assert not verdict(bench, -0.02, -0.013).ok


def test_without_a_peer_ours_is_held_to_a_number(bench: dict[str, Any]) -> None:
    assert verdict(bench, 0.003, None).ok
    assert not verdict(bench, 0.005, None).ok


def test_a_figure_that_no_reading_stands_behind_is_never_ok(bench: dict[str, Any]) -> None:
    assert verdict(bench, 0.001, 0.01, said(bench, code=1)).ok
    assert not verdict(bench, 0.001, 0.01, said(bench, -1.0)).ok
    # A figure is as wrong when the exit code says that something was.
    assert not verdict(bench, 0.001, 0.01, said(bench, -1.0, code=3)).ok
    # To end well without a figure is no answer either.
    assert not verdict(bench, 0.001, 0.01, said(bench)).ok


def test_a_run_of_ours_without_a_figure_is_short(bench: dict[str, Any]) -> None:
    pairs = {"ours": [bench["Pair"](said(bench, code=1), 4.0)]}
    assert not bench["judge"](pairs, []).ok


def test_what_a_harness_says_of_a_lost_gpu_is_one_line(bench: dict[str, Any]) -> None:
    assert bench["fault"](said(bench, -1.0)) == "exit 0, 0.00 J a query (-100.0%)"
    stopped = said(bench, code=1)
    stopped.message = "error: The GPU is lost. Look at it."
    assert bench["fault"](stopped) == "exit 1, no figure: The GPU is lost."


def test_a_row_holds_rate_error_and_the_other_phase(bench: dict[str, Any]) -> None:
    row = bench["speed_and_error"]("a peer", [bench["Pair"](said(bench, -0.02, 0.01), 5.0)])
    assert "4.00   0.800" in row
    assert "-0.500%   -2.000%" in row


@pytest.mark.parametrize("name", ["optimum", "ai_energy"])
def test_every_peer_has_a_driver_and_pinned_versions(bench: dict[str, Any], name: str) -> None:
    assert name in bench["PEERS"]
    assert (BENCH / "peers" / f"run_{name}.py").is_file()
    wanted = (BENCH / "peers" / f"{name}.txt").read_text().splitlines()
    assert all(line.startswith("#") or "==" in line for line in wanted)
    title, version = bench["PEERS"][name].split()
    assert f"{title}=={version}" in wanted


def test_the_peers_take_a_text_as_it_is_and_write_as_much_as_we_do(
    bench: dict[str, Any], tmp_path: Path
) -> None:
    from peers.material import for_peers  # type: ignore[import-not-found, unused-ignore]

    (tmp_path / "chat_template.jinja").write_text("{{ messages }}")
    (tmp_path / "config.json").write_text(json.dumps({"rope_parameters": {"rope_theta": 5.0}}))
    (tmp_path / "generation_config.json").write_text(json.dumps({"eos_token_id": 2}))
    for_peers(tmp_path, 128)
    assert not (tmp_path / "chat_template.jinja").exists()
    assert json.loads((tmp_path / "config.json").read_text())["rope_theta"] == 5.0
    told = json.loads((tmp_path / "generation_config.json").read_text())
    assert told == {"eos_token_id": 2, "min_new_tokens": 128}
