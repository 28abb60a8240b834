"""Whether this machine could rate, check by check: what `python -m runners doctor` says."""

from __future__ import annotations

import importlib.util
import shutil
from pathlib import Path

from leaderboard import catalogue
from leaderboard.domain import (
    Device,
    Finding,
    HardwareClass,
    NoReading,
    Severity,
    failed,
    passed,
)
from runners.bench import observed, sandbox
from runners.bench.gpu import GpuFacts, read_gpus
from runners.bench.meter.rapl_zones import readable_packages

LEAST_DISK_GB = 20.0
"""Free space that one small model with its data needs at ease; large models need more."""
_PACKAGES = ("torch", "transformers", "sentence_transformers", "datasets", "zeus")


def examine(hardware_id: str | None, cache: Path) -> list[Finding]:
    """Every check, in the order in which one would mend things.

    Args:
        hardware_id: the class this machine should stand for; None looks at what is there.

    Raises:
        UnknownName: no such hardware class.
    """
    gpus, why_not = _look_for_gpus()
    hardware = catalogue.hardware(hardware_id) if hardware_id else _guess(gpus)
    found = [_packages(), _disk(cache), _hub(), _sandbox(hardware)]
    if hardware.device is Device.CPU:
        return [*found, _cpu_meter(hardware)]
    if gpus is None:
        return [*found, failed("gpu", f"No GPU: {why_not}", f"{hardware.title} needs one, with its driver.")]
    return [*found, _gpu(gpus, hardware), observed.board(gpus, hardware), observed.nvml(gpus)]


def _look_for_gpus() -> tuple[GpuFacts | None, str]:
    try:
        facts = read_gpus()
    except NoReading as error:
        return None, error.message
    return (facts, "") if facts.gpus else (None, "NVML sees none.")


def _guess(gpus: GpuFacts | None) -> HardwareClass:
    """The class whose GPU is here, or the CPU's."""
    if gpus is not None:
        for hardware in catalogue.hardware_classes().values():
            if (hardware.gpu_name, hardware.gpus) == (gpus.gpus[0].name, len(gpus.gpus)):
                return hardware
    return catalogue.hardware("cpu")


def _packages() -> Finding:
    missing = [name for name in _PACKAGES if importlib.util.find_spec(name) is None]
    if missing:
        remedy = "Install runners/requirements.txt (`make setup`)."
        return failed("packages", f"Not installed: {', '.join(missing)}.", remedy)
    return passed("packages", "What loads and measures models is installed.")


def _disk(cache: Path) -> Finding:
    place = next(path for path in (cache, *cache.absolute().parents) if path.exists())
    free_gb = shutil.disk_usage(place).free / 1e9
    if free_gb < LEAST_DISK_GB:
        return failed(
            "disk",
            f"{free_gb:.1f} GB are free for the cache {cache}; {LEAST_DISK_GB:.0f} GB are wanted.",
            "Free some space, or name another folder with --cache.",
            Severity.FLAG,
        )
    return passed("disk", f"{free_gb:.0f} GB are free for the cache.", Severity.FLAG)


def _hub() -> Finding:
    import httpx2
    from huggingface_hub import constants

    endpoint = constants.ENDPOINT
    try:
        status = httpx2.get(f"{endpoint}/api/models?limit=1", timeout=10).status_code
    except httpx2.HTTPError as error:
        return failed(
            "hub",
            f"The Hub at {endpoint} does not answer ({type(error).__name__}).",
            "Check the network, or set HF_ENDPOINT; models in the cache can be measured without it.",
        )
    if status >= 500:
        return failed("hub", f"The Hub at {endpoint} answers {status}.", "Try again later.")
    return passed("hub", f"The Hub at {endpoint} answers.")


def _sandbox(hardware: HardwareClass) -> Finding:
    reason = sandbox.why_not()
    if not reason:
        return passed("sandbox", "bubblewrap works.")
    severity = Severity.FLAG if hardware.development else Severity.REJECT
    return failed("sandbox", f"No sandbox: {reason}.", "Install bubblewrap.", severity)


def _cpu_meter(hardware: HardwareClass) -> Finding:
    packages = readable_packages()
    if packages:
        return passed("meter", f"RAPL can be read for processor packages {list(packages)}.")
    if hardware.watts_per_core is None:
        return failed("meter", "RAPL cannot be read.", "Run as root on a processor with RAPL.")
    return failed(
        "meter",
        f"RAPL cannot be read; figures are CPU time × {hardware.watts_per_core:g} W per core, an estimate.",
        "Run as root on a processor with RAPL for measured figures.",
        Severity.FLAG,
    )


def _gpu(gpus: GpuFacts, hardware: HardwareClass) -> Finding:
    names = ", ".join(gpu.name for gpu in gpus.gpus)
    if [gpu.name for gpu in gpus.gpus] != [hardware.gpu_name] * hardware.gpus:
        return failed(
            "gpu",
            f"NVML sees {len(gpus.gpus)} GPUs ({names}); {hardware.title} is "
            f"{hardware.gpus} × {hardware.gpu_name}.",
            "Show exactly the class's GPUs, or choose another class with --hardware.",
        )
    return passed("gpu", f"NVML sees {names}: {hardware.title}.")
