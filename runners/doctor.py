"""Whether this machine could rate, check by check, before anything is measured on it (METHOD §3.1)."""

from __future__ import annotations

import importlib.util
import shutil
from pathlib import Path

from leaderboard import catalogue
from leaderboard.domain import Device, Finding, HardwareClass, NoReading, Severity, failed, passed
from runners.bench import preflight, sandbox
from runners.bench.gpu import GpuFacts, read_gpus
from runners.bench.meter import open_meter
from runners.bench.meter.rapl_zones import readable_packages

LEAST_DISK_GB = 20.0
"""Free space that one small model with its data needs at ease; large models need more."""
_PACKAGES = ("torch", "transformers", "sentence_transformers", "datasets", "zeus")


def examine(hardware_id: str | None, cache: Path, *, vouched: bool = False) -> list[Finding]:
    """Every check, in the order in which one would mend things.

    Args:
        hardware_id: the class this machine should stand for; None: the class of the GPU that is here.
        vouched: whether whoever runs this machine says that nothing else uses its GPUs.

    Raises:
        UnknownName: no such hardware class.
    """
    hardware = catalogue.hardware(hardware_id) if hardware_id else None
    found = [_packages(), _disk(cache), _hub()]
    if hardware is not None and hardware.device is Device.CPU:
        return [*found, _sandbox(hardware), _cpu_meter(hardware)]
    try:
        gpus = read_gpus()
    except NoReading as error:
        return [*found, _sandbox(hardware), _no_gpu(hardware, error)]
    hardware = hardware or _class_of(gpus)
    if hardware is None:
        return [*found, _sandbox(hardware), _no_class(gpus)]
    looked = preflight.look_at(gpus, hardware, preflight.exclusivity(gpus, vouched))
    return [*found, _sandbox(hardware), *looked, *_gpu_meter(hardware)]


def _class_of(gpus: GpuFacts) -> HardwareClass | None:
    """The class whose boards are here, by name and default power limit; None where it is no class yet."""
    by_name = [
        hardware
        for hardware in catalogue.hardware_classes().values()
        if gpus.boards and hardware.gpu_name == gpus.boards[0].name
    ]
    by_count = [hardware for hardware in by_name if hardware.gpus == len(gpus.boards)]
    return next(iter(by_count or by_name), None)


def _no_gpu(hardware: HardwareClass | None, error: NoReading) -> Finding:
    if hardware is not None:
        remedy = f"{hardware.title} needs one, with its driver. {error.remedy}"
    else:
        remedy = (
            "Public stars come from the GPU classes: install the NVIDIA driver on a machine that has one. "
            "To develop without a GPU, ask again with --hardware cpu."
        )
    return failed("gpu", f"No GPU can be read: {error.message}", remedy)


def _no_class(gpus: GpuFacts) -> Finding:
    names = ", ".join(board.name for board in gpus.boards) or "none"
    return failed(
        "gpu",
        f"In sight: {names}, which is no hardware class yet.",
        "Add one YAML file to leaderboard/catalogue/hardware, or name a class with --hardware.",
    )


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


def _sandbox(hardware: HardwareClass | None) -> Finding:
    reason = sandbox.why_not()
    if not reason:
        return passed("sandbox", "bubblewrap works.")
    development = hardware is not None and hardware.development
    severity = Severity.FLAG if development else Severity.REJECT
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


def _gpu_meter(hardware: HardwareClass) -> list[Finding]:
    """The meter itself, and its counters watched for as long as an official run watches them."""
    try:
        meter = open_meter(hardware, hardware.device)
        observe_s = catalogue.check("counter-rises").limit("observe_s")
        finding, _ = preflight.counter_rises(meter, observe_s)
    except NoReading as error:
        return [failed("meter", error.message, error.remedy)]
    meter.close()
    return [passed("meter", f"{meter.name} can be read."), finding]
