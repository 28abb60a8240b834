"""Whose NVML told the figures."""

from __future__ import annotations

_DRIVER_FOLDERS = ("/usr/lib", "/usr/lib64", "/lib", "/lib64", "/usr/local/nvidia", "/usr/local/cuda")
"""Where a driver's own library lies; one from elsewhere may be a test double."""


def is_drivers_own(origin: str) -> bool:
    """Whether NVML came from where drivers put it: a guard against accidents, not against root."""
    return any(origin.startswith(folder + "/") for folder in _DRIVER_FOLDERS)
