"""The GPUs as the driver's own library (NVML) describes them before a run (METHOD §3.1)."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

from leaderboard.domain import Board, HardwareClass, NoReading
from runners.bench.nvml import named, nvml_origin, told
from runners.bench.state import running

_Answer = TypeVar("_Answer")


@dataclass(frozen=True)
class GpuFacts:
    """All GPUs this process may see."""

    driver: str | None
    origin: str
    """The file NVML was loaded from; empty where the system does not tell."""
    boards: tuple[Board, ...]
    uuids: tuple[str, ...] = field(repr=False)
    """To pin the model's process by; never published."""
    indices: tuple[int, ...]
    """NVML's own index of each."""
    running: frozenset[int] | None
    """Ids of the processes on them; None: NVML does not tell."""


def read_gpus(environ: Mapping[str, str] = os.environ) -> GpuFacts:
    """What NVML says of the GPUs that CUDA_VISIBLE_DEVICES leaves in sight.

    Raises:
        NoReading: there is no NVML, it does not answer, a GPU is lost, or CUDA_VISIBLE_DEVICES names none.
    """
    import pynvml  # type: ignore[import-untyped]  # ships no types

    with named(pynvml):
        pynvml.nvmlInit()
        handles = [pynvml.nvmlDeviceGetHandleByIndex(index) for index in range(pynvml.nvmlDeviceGetCount())]
        uuids = [str(pynvml.nvmlDeviceGetUUID(handle)) for handle in handles]
        indices = visible(environ.get("CUDA_VISIBLE_DEVICES"), uuids)
        seen = [handles[index] for index in indices]
        return GpuFacts(
            driver=told(pynvml, lambda: str(pynvml.nvmlSystemGetDriverVersion())),
            origin=nvml_origin(),
            boards=tuple(_board(pynvml, handle, place) for place, handle in enumerate(seen)),
            uuids=tuple(uuids[index] for index in indices),
            indices=indices,
            running=running(pynvml, seen),
        )


def visible(variable: str | None, uuids: Sequence[str]) -> tuple[int, ...]:
    """NVML indices of the GPUs in sight, in the order CUDA numbers them.

    Args:
        variable: CUDA_VISIBLE_DEVICES; None: not set, and all are seen.
        uuids: of every GPU, by NVML index.

    Raises:
        NoReading: it names none, one twice, a slice of one, or one that is not there. CUDA would quietly stop
            at the first such name, and a meter would count another set of GPUs than the model uses.
    """
    if variable is None:
        return tuple(range(len(uuids)))
    names = [name.strip() for name in variable.split(",")]
    remedy = "Write CUDA_VISIBLE_DEVICES as GPU indices or UUIDs, each once."
    if not variable.strip():
        raise NoReading("CUDA_VISIBLE_DEVICES is empty, so no GPU is in sight.", remedy)
    found = []
    for name in names:
        if name.startswith("MIG-"):
            raise NoReading(
                f"CUDA_VISIBLE_DEVICES names the MIG slice {name[:12]}…, whose energy no counter tells.",
                "Switch MIG off, and name the whole GPU.",
            )
        matches = [index for index, uuid in enumerate(uuids) if name and uuid.startswith(name)]
        if name.isdigit() and int(name) < len(uuids):
            found.append(int(name))
        elif name.startswith("GPU-") and len(matches) == 1:
            found.append(matches[0])
        else:
            raise NoReading(f"CUDA_VISIBLE_DEVICES names {name[:60]!r}, which is no GPU here.", remedy)
    if len(set(found)) != len(found):
        raise NoReading(f"CUDA_VISIBLE_DEVICES names a GPU twice: {variable}.", remedy)
    return tuple(found)


def pick(gpus: GpuFacts, hardware: HardwareClass) -> str | None:
    """CUDA_VISIBLE_DEVICES for as many boards of the class as it has, of more that are in sight.

    A scheduler that gives a whole node gives every GPU of it. None: nothing is to be picked, and the
    preflight has its say.
    """
    fitting = [
        uuid for board, uuid in zip(gpus.boards, gpus.uuids, strict=True) if board.name == hardware.gpu_name
    ]
    if len(gpus.boards) <= hardware.gpus or len(fitting) < hardware.gpus:
        return None
    return ",".join(fitting[: hardware.gpus])


def _board(nvml: Any, handle: Any, place: int) -> Board:
    def tells(ask: Callable[[], _Answer]) -> _Answer | None:
        return told(nvml, ask)

    capability = tells(lambda: nvml.nvmlDeviceGetCudaComputeCapability(handle))
    memory = tells(lambda: nvml.nvmlDeviceGetMemoryInfo(handle).total)
    limit = tells(lambda: nvml.nvmlDeviceGetEnforcedPowerLimit(handle))
    default = tells(lambda: nvml.nvmlDeviceGetPowerManagementDefaultLimit(handle))
    sm, memory_clock = nvml.NVML_CLOCK_SM, nvml.NVML_CLOCK_MEM
    return Board(
        index=place,
        name=str(nvml.nvmlDeviceGetName(handle)),
        uuid_hash=uuid_hash(str(nvml.nvmlDeviceGetUUID(handle))),
        memory_gb=memory / 1e9 if memory else None,
        compute_capability=".".join(map(str, capability)) if capability else None,
        power_limit_w=limit / 1000 if limit else None,
        default_power_limit_w=default / 1000 if default else None,
        mig=_switch(tells(lambda: nvml.nvmlDeviceGetMigMode(handle)[0])),
        ecc=_switch(tells(lambda: nvml.nvmlDeviceGetEccMode(handle)[0])),
        persistence=_switch(tells(lambda: nvml.nvmlDeviceGetPersistenceMode(handle))),
        vbios=tells(lambda: str(nvml.nvmlDeviceGetVbiosVersion(handle))),
        max_sm_clock_mhz=tells(lambda: nvml.nvmlDeviceGetMaxClockInfo(handle, sm)) or None,
        max_memory_clock_mhz=tells(lambda: nvml.nvmlDeviceGetMaxClockInfo(handle, memory_clock)) or None,
        sm_clock_mhz=tells(lambda: nvml.nvmlDeviceGetApplicationsClock(handle, sm)) or None,
        default_sm_clock_mhz=tells(lambda: nvml.nvmlDeviceGetDefaultApplicationsClock(handle, sm)) or None,
    )


def _switch(value: int | None) -> bool | None:
    return None if value is None else bool(value)


def uuid_hash(uuid: str) -> str:
    """Recognises a board again without publishing its UUID."""
    return hashlib.sha256(f"starwatt {uuid}".encode()).hexdigest()
