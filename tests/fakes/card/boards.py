"""The cards that can be simulated, as their drivers describe the real ones."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Board:
    """One card; powers in watts, clocks in MHz, memory in bytes."""

    name: str
    limit_w: float
    memory: int
    capability: tuple[int, int]
    architecture: int
    """NVML's number of it."""
    idle_w: float
    load_w: float
    sm_mhz: int
    memory_mhz: int
    vbios: str
    uuid: str
    """Without its last digit, which is the board's index. Each class has its own, since a runner remembers
    boards by it."""
    ecc: bool = True


H100_SXM = Board(
    name="NVIDIA H100 80GB HBM3",
    limit_w=700,
    memory=85_520_809_984,
    capability=(9, 0),
    architecture=9,
    idle_w=70,
    load_w=420,
    sm_mhz=1980,
    memory_mhz=2619,
    vbios="96.00.89.00.01",
    uuid="GPU-5a4e2f0c-1000-4000-8000-00000000000",
)
H100_PCIE = Board(
    name="NVIDIA H100 PCIe",
    limit_w=350,
    memory=85_520_809_984,
    capability=(9, 0),
    architecture=9,
    idle_w=48,
    load_w=260,
    sm_mhz=1755,
    memory_mhz=1593,
    vbios="96.00.3f.00.01",
    uuid="GPU-5a4e2f0c-2000-4000-8000-00000000000",
)
H100_NVL = Board(
    name="NVIDIA H100 NVL",
    limit_w=400,
    memory=100_485_038_080,
    capability=(9, 0),
    architecture=9,
    idle_w=62,
    load_w=300,
    sm_mhz=1785,
    memory_mhz=2619,
    vbios="96.00.99.00.01",
    uuid="GPU-5a4e2f0c-3000-4000-8000-00000000000",
)
T4 = Board(
    name="Tesla T4",
    limit_w=70,
    memory=16_106_127_360,
    capability=(7, 5),
    architecture=6,
    idle_w=10,
    load_w=55,
    sm_mhz=1590,
    memory_mhz=5001,
    vbios="90.04.38.00.03",
    uuid="GPU-5a4e2f0c-4000-4000-8000-00000000000",
)
BOARDS = {"h100-sxm-80gb": H100_SXM, "h100-pcie-80gb": H100_PCIE, "h100-nvl-94gb": H100_NVL, "t4-16gb": T4}
"""By the hardware class each one is."""
