"""Hardware classes (what a star is bound to) and the environment a run really saw (METHOD §4)."""

from __future__ import annotations

from enum import StrEnum
from typing import Literal

from pydantic import Field

from leaderboard.domain.units import Positive, PowerW
from leaderboard.domain.words import KebabId, Word

Precision = Literal["fp32", "fp16", "bf16", "fp8", "int8", "int4"]


class Device(StrEnum):
    """Where a model computes."""

    CUDA = "cuda"
    CPU = "cpu"


class HardwareClass(Word):
    """One row of `catalogue/hardware/`: several GPUs, or another memory or power limit, are another class."""

    id: KebabId
    title: str
    """As people call it: "NVIDIA H100 SXM 80 GB"."""
    device: Device
    gpu_name: str | None = None
    """The exact name NVML gives; None on a CPU."""
    gpus: int = Field(default=1, ge=0)
    """How many GPUs the class has, all of which must be visible and none besides."""
    memory_gb: float | None = Field(default=None, gt=0)
    """Memory of one GPU, GB (10⁹ bytes) as the maker states it."""
    power_limit_w: PowerW | None = None
    """Default power limit of one GPU, watts."""
    compute_capability: str | None = None
    generation: str
    """Turing, Hopper, Blackwell …, or CPU."""
    precisions: tuple[Precision, ...]
    """What the card computes natively or by well-kept kernels."""
    default_precision: Precision
    development: bool = False
    """Whether figures on it may only stand in development editions."""
    default_profile: Literal["official", "quick"] = "official"
    """What a submission for this class is measured with."""
    watts_per_core: PowerW | None = None
    """The stated factor of the CPU-time estimate, watts per busy core."""
    source: str
    """Where the figures come from."""


class Environment(Word):
    """What the run really ran on, as the runner found it."""

    device: Device
    os: str
    python: str
    cpu_model: str
    cpu_cores: Positive
    memory_gb: float = Field(gt=0)
    gpu_name: str | None = None
    gpu_uuid_hash: str | None = None
    """Salted sha256 of the GPU's UUID: the same board is recognised, the UUID is not published."""
    gpus: int = Field(default=0, ge=0)
    driver: str | None = None
    nvml_origin: str | None = None
    """The file the NVML library was loaded from (a test double is told apart by it)."""
    meter: str
    """Which meter gave the energy, in words."""
    sandbox: str
    """bubblewrap, a container the executor vouches for, or none."""
    threads: Positive | None = None
    """CPU threads the model was given."""
    packages: dict[str, str] = Field(default_factory=dict)
    """Versions of the packages that make the number."""
    git_commit: str | None = None
    git_dirty: bool | None = None
