"""NVML, the driver's own library: where it came from, and its refusals as named errors."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

from leaderboard.domain import NoReading
from runners.bench.meter import Skipped

_HIDDEN = frozenset(
    {
        "NotSupported",
        "FunctionNotFound",
        "NoPermission",
        "NoData",
        "InvalidArgument",
        "NotFound",
        "Deprecated",
    }
)
"""NVML's ways to say that it does not tell; containers and old drivers have them."""
_PASSING = frozenset({"Timeout", "IrqIssue", "Unknown", "InUse", "NotReady"})
"""Refusals of one call that say nothing about the next."""
_LOST = frozenset({"GpuIsLost", "ResetRequired", "GpuNotFound"})
_Answer = TypeVar("_Answer")


def nvml_origin(maps: Path = Path("/proc/self/maps")) -> str:
    """The file NVML was loaded from; empty where the system does not tell."""
    try:
        found = re.search(r"(/\S*libnvidia-ml\S*)", maps.read_text())
    except OSError:
        return ""
    return found.group(1) if found else ""


def told(nvml: Any, ask: Callable[[], _Answer]) -> _Answer | None:
    """An answer; None where the driver does not tell it. What means a lost GPU is raised."""
    try:
        return ask()
    except nvml.NVMLError as error:
        if _kind(error) in _HIDDEN:
            return None
        raise


class named:  # noqa: N801  reads as a word at its place
    """What NVML refuses, as the named error it is."""

    def __init__(self, nvml: Any) -> None:
        self._nvml = nvml

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: object) -> None:
        if not isinstance(error, self._nvml.NVMLError):
            return
        name = _kind(error)
        if name in _PASSING:
            raise Skipped(f"NVML gave no answer ({error}).", "It is asked again.") from error
        if name in _LOST:
            raise NoReading(
                f"A GPU is lost ({error}).",
                "It fell off the bus or needs a reset: see the driver's log, then restart the machine.",
            ) from error
        raise NoReading(
            f"NVML, the driver's own library, does not answer ({error}).",
            "Install the NVIDIA driver, or look at its log where it is; without a GPU, choose another class.",
        ) from error


def _kind(error: BaseException) -> str:
    return type(error).__name__.removeprefix("NVMLError_")
