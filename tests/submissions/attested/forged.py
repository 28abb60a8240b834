"""Runs that were altered and packed anew, so that every hash is right; and the finding that tells."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from leaderboard.judging.samples import Sample, read_trace, write_trace

Forge = Callable[[Path], None]


def run_with(change: Callable[[dict[str, Any]], None]) -> Forge:
    """The record changed; what it says of its plan goes along."""

    def forge(folder: Path) -> None:
        path = folder / "run.json"
        document = json.loads(path.read_text())
        change(document)
        path.write_text(json.dumps(document))

    return forge


def trace_with(change: Callable[[Sample], Sample | None]) -> Forge:
    """Each sample as it shall be; None leaves it out."""

    def forge(folder: Path) -> None:
        path = folder / "trace.parquet"
        changed = [change(sample) for sample in read_trace(path)]
        write_trace([sample for sample in changed if sample is not None], path)

    return forge


def both(*forges: Forge) -> Forge:
    def forge(folder: Path) -> None:
        for each in forges:
            each(folder)

    return forge


def put(*path: str | int, to: Any) -> Forge:
    def change(document: Any) -> None:
        for part in path[:-1]:
            document = document[part]
        document[path[-1]] = to

    return run_with(change)


def ten_seconds_missing(folder: Path) -> None:
    windows = json.loads((folder / "run.json").read_text())["windows"]
    from_s = windows[4]["start_s"] + 20
    trace_with(lambda sample: None if from_s < sample.time_s < from_s + 10 else sample)(folder)


def cheaper_windows(share: float) -> Forge:
    """Less in every window, and in every figure that follows from them."""

    def change(document: dict[str, Any]) -> None:
        for window in document["windows"]:
            window["energy_j"] *= share
        for name in ("energy_per_query_j", "repeatability_j"):
            document[name] *= share
        document["figures"] = None

    return run_with(change)


def cheaper_counter_everywhere(sample: Sample) -> Sample:
    return sample._replace(counter_j=0.9 * (sample.counter_j or 0.0))


def words(document: dict[str, Any]) -> None:
    document["findings"] *= 20


def impossible(document: dict[str, Any]) -> None:
    for window in document["windows"]:
        window["energy_j"] = 1.7e308


def too_many(document: dict[str, Any]) -> None:
    document["windows"][3]["queries"] = 10**400


def no_trace(folder: Path) -> None:
    (folder / "trace.parquet").write_bytes(b"PAR1" + b"\0" * 400 + b"\x10\0\0\0PAR1")


FORGED: dict[str, tuple[Forge, str]] = {
    "ten seconds of samples missing": (ten_seconds_missing, "trace-complete"),
    "windows a hundredth cheaper": (cheaper_windows(0.99), "energy-follows-from-counter"),
    "windows and counter made cheaper": (
        both(cheaper_windows(0.9), trace_with(cheaper_counter_everywhere)),
        "counter-agrees-with-power",
    ),
    "a figure of its own": (put("energy_per_query_j", to=0.001), "figures-follow-from-windows"),
    "power that is no number": (
        trace_with(lambda sample: sample._replace(power_w=float("nan"))),
        "trace-readable",
    ),
    "a counter that is infinite": (
        trace_with(lambda sample: sample._replace(counter_j=float("inf"))),
        "trace-readable",
    ),
    "no samples": (trace_with(lambda _: None), "trace-readable"),
    "a field of its own": (put("note", to=1), "run-readable"),
    "a check left out": (run_with(lambda run: run["findings"].pop(0)), "findings-as-told"),
    "a window left out": (run_with(lambda run: run["windows"].pop()), "windows-as-planned"),
    "a window twice": (
        run_with(lambda run: run["windows"].append(run["windows"][0])),
        "windows-as-planned",
    ),
    "too many findings": (run_with(words), "run-readable"),
    "energies past any card": (run_with(impossible), "power-plausible"),
    "queries past any number": (run_with(too_many), "figures-possible"),
    "a library of its own": (
        put("environment", "nvml_origin", to="/home/u/libnvidia-ml.so.1"),
        "provenance-as-found",
    ),
    "another card": (put("environment", "gpu_name", to="NVIDIA H100"), "hardware-matches"),
    "simulated": (put("provenance", to="simulated"), "simulated"),
    "estimated": (put("provenance", to="estimated"), "estimated"),
    "attested by itself": (put("provenance", to="attested"), "attested"),
    "a run that is to come": (put("finished_at", to="2026-11-03T12:00:00Z"), "run-after-nonce"),
    "a run from before the nonce": (put("started_at", to="2026-11-01T12:00:00Z"), "run-after-nonce"),
    "a newer run record": (put("schema_version", to=2), "run-readable"),
    "a trace that is none": (
        no_trace,
        "trace-readable",
    ),
}
"""What was forged → how, and the name of the finding."""
