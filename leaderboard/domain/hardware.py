"""Hardware classes (what a star is bound to) and the environment a run really saw (METHOD §4)."""

from __future__ import annotations

from datetime import date
from enum import StrEnum
from typing import Literal

from pydantic import Field

from leaderboard.domain.units import Count, Positive, PowerW, Seconds
from leaderboard.domain.words import KebabId, Word

Precision = Literal["fp32", "fp16", "bf16", "fp8", "int8", "int4"]
BYTES_PER_PARAMETER: dict[Precision, float] = {
    "fp32": 4,
    "fp16": 2,
    "bf16": 2,
    "fp8": 1,
    "int8": 1,
    "int4": 0.5,
}
FREE_SHARE = 1 / 8
"""Share of a card's memory that weights leave to activations, caches and the driver."""


def weights_gb(params: int, precision: Precision) -> float:
    """What that many parameters take in a precision, GB (10⁹ bytes)."""
    return params * BYTES_PER_PARAMETER[precision] / 1e9


class Device(StrEnum):
    """Where a model computes."""

    CUDA = "cuda"
    CPU = "cpu"


class ControlModel(Word):
    """The reference model that tells whether a board still measures as it did (METHOD §3.8)."""

    model: str
    """organisation/name on the Hub."""
    revision: str = "main"
    """Branch, tag or commit; another commit begins another series."""
    task: KebabId


class Rental(Word):
    """What a card of a hardware class costs where one can be rented; it decides no figure."""

    price_per_hour: float = Field(gt=0)
    """For one machine with the class's GPUs, in `currency`."""
    currency: str = Field(pattern=r"^[A-Z]{3}$")
    """ISO 4217: USD, EUR …"""
    source: str
    """Whose price it is, and how far it was checked."""
    dated: date
    """The day it was written down."""


class SlurmRequest(Word):
    """What a job of a hardware class asks Slurm for; it decides no figure."""

    gres: str | None = Field(default=None, pattern=r"^[\w.:,-]+$")
    """Generic resources, as the cluster's gres.conf names them: "gpu:h100:1"."""
    partition: str | None = Field(default=None, pattern=r"^[\w.,-]+$")
    constraint: str | None = None
    """Features that a node must have."""


class HubJobRequest(Word):
    """What a job of a hardware class asks the Hub for; it decides no figure."""

    flavor: str = Field(pattern=r"^[a-z0-9-]+$")
    """The machine, as the Hub calls it: "t4-small"."""


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
    control: ControlModel | None = None
    """What `runners control` measures on it."""
    rental: Rental | None = None
    """What it costs by the hour; None: not known."""
    slurm: SlurmRequest | None = None
    """What a job of it asks Slurm for besides a node of its own."""
    hub_job: HubJobRequest | None = None
    """What a job of it asks the Hub for; None: the Hub rents no such machine."""
    source: str
    """Where the figures come from."""

    @property
    def room_gb(self) -> float | None:
        """Memory that weights may take, GB; None where the class states no memory."""
        return None if self.memory_gb is None else (1 - FREE_SHARE) * self.memory_gb * max(self.gpus, 1)


class Board(Word):
    """One GPU as NVML described it before the run; None: the driver does not tell."""

    index: Count
    """Its place among the GPUs this process may see."""
    name: str
    uuid_hash: str
    """Salted sha256 of its UUID: the same board is recognised, the UUID is not published."""
    memory_gb: float | None = Field(default=None, gt=0)
    """Total memory, GB (10⁹ bytes)."""
    compute_capability: str | None = None
    power_limit_w: PowerW | None = None
    """The enforced limit, watts."""
    default_power_limit_w: PowerW | None = None
    """The limit it leaves the factory with, watts."""
    mig: bool | None = None
    """Whether it is cut into instances."""
    ecc: bool | None = None
    persistence: bool | None = None
    vbios: str | None = None
    max_sm_clock_mhz: Positive | None = None
    max_memory_clock_mhz: Positive | None = None
    sm_clock_mhz: Positive | None = None
    """The application clock that is set, MHz."""
    default_sm_clock_mhz: Positive | None = None
    """The application clock it has when nobody sets one, MHz."""


Exclusivity = Literal["seen", "vouched", "unknown"]
"""How it is known that nothing else used the GPUs: NVML lists every process, whoever runs the machine says
so, or not at all (a container hides them)."""


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
    boards: tuple[Board, ...] = ()
    """Every GPU this process may see; empty on a CPU."""
    exclusive: Exclusivity | None = None
    """How it is known that nothing else used the GPUs; None on a CPU."""
    counter_step_s: Seconds | None = None
    """T, the time between two steps of the energy counter as it was measured before the run, seconds."""
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
