"""The GPUs as the driver's own library (NVML) describes them."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from leaderboard.domain import NoReading

_DRIVER_FOLDERS = ("/usr/lib", "/usr/lib64", "/lib", "/lib64", "/usr/local/nvidia", "/usr/local/cuda")
"""Where a driver's own library lies; one from elsewhere may be a test double."""


@dataclass(frozen=True)
class Gpu:
    """One board."""

    name: str
    uuid: str
    memory_bytes: int
    power_limit_w: float
    default_power_limit_w: float
    compute_capability: str

    @property
    def uuid_hash(self) -> str:
        """Recognises the board again without publishing its UUID."""
        return hashlib.sha256(f"starwatt {self.uuid}".encode()).hexdigest()


@dataclass(frozen=True)
class GpuFacts:
    """All boards this process can see."""

    driver: str
    origin: str
    """The file NVML was loaded from."""
    gpus: tuple[Gpu, ...]


def read_gpus() -> GpuFacts:
    """What NVML says.

    Raises:
        NoReading: there is no NVML, or it does not answer.
    """
    import pynvml  # type: ignore[import-untyped]  # ships no types

    try:
        pynvml.nvmlInit()
        handles = [pynvml.nvmlDeviceGetHandleByIndex(index) for index in range(pynvml.nvmlDeviceGetCount())]
        return GpuFacts(
            driver=str(pynvml.nvmlSystemGetDriverVersion()),
            origin=nvml_origin(),
            gpus=tuple(_gpu(pynvml, handle) for handle in handles),
        )
    except pynvml.NVMLError as error:
        raise NoReading(
            f"NVML, the driver's own library, does not answer ({error}).",
            "Install the NVIDIA driver, or choose a hardware class without a GPU.",
        ) from error


def _gpu(nvml: Any, handle: Any) -> Gpu:
    major, minor = nvml.nvmlDeviceGetCudaComputeCapability(handle)
    return Gpu(
        name=str(nvml.nvmlDeviceGetName(handle)),
        uuid=str(nvml.nvmlDeviceGetUUID(handle)),
        memory_bytes=int(nvml.nvmlDeviceGetMemoryInfo(handle).total),
        power_limit_w=nvml.nvmlDeviceGetEnforcedPowerLimit(handle) / 1000.0,
        default_power_limit_w=nvml.nvmlDeviceGetPowerManagementDefaultLimit(handle) / 1000.0,
        compute_capability=f"{major}.{minor}",
    )


def nvml_origin(maps: Path = Path("/proc/self/maps")) -> str:
    """The file NVML was loaded from; empty where the system does not tell."""
    try:
        found = re.search(r"(/\S*libnvidia-ml\S*)", maps.read_text())
    except OSError:
        return ""
    return found.group(1) if found else ""


def is_drivers_own(origin: str) -> bool:
    """Whether NVML came from where drivers put it: a guard against accidents, not against root."""
    return any(origin.startswith(folder + "/") for folder in _DRIVER_FOLDERS)
