"""The runner's settings: what it reads from the environment. None of them changes a number (DESIGN §9)."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

VARIABLES = {
    "STARWATT_CACHE": "folder that keeps fetched models and queries; ~/.cache/starwatt",
    "STARWATT_RUNNER_TOKEN": "the runner's token for its Space, where no --token-file is given",
    "HF_ENDPOINT": "address of the Hub; the public one unless given",
    "STARWATT_FETCH_TOKEN": "read-only Hub token of the account that gated models are fetched with; "
    "the model's process never sees it",
    "HF_TOKEN": "of a worker with --executor hf_jobs: the token that may run jobs; no job sees it",
    "STARWATT_JOB_IMAGE": "image of Hub jobs, by digest: NAME@sha256:…",
    "STARWATT_JOB_NAMESPACE": "whose Hub jobs they are; the owner of HF_TOKEN unless given",
    "STARWATT_JOB_PRICE": "price of an hour of a Hub job in USD; without it a job's cost is not known",
    "STARWATT_JOB": "what a Hub job is to measure; its worker sets it",
    "HF_HUB_OFFLINE": "1: measure only what the cache holds",
    "OMP_NUM_THREADS": "CPU threads of the model; 1 on a CPU unless given, and recorded with the run",
    "CUDA_VISIBLE_DEVICES": "which GPUs the model and the meter see; exactly the class's",
}
"""Every environment variable a runner reads, with what it does."""


def cache_folder(given: Path | None = None, environ: Mapping[str, str] | None = None) -> Path:
    """Where inputs are kept: as given, else as the environment says, else in the home folder."""
    named = (os.environ if environ is None else environ).get("STARWATT_CACHE")
    return (given or (Path(named) if named else Path.home() / ".cache" / "starwatt")).absolute()
