"""Which RAPL zones of this machine can be read, without importing what reads them."""

from __future__ import annotations

from pathlib import Path

FOLDERS = (Path("/sys/class/powercap/intel-rapl"), Path("/zeus_sys/class/powercap/intel-rapl"))
"""Where Zeus looks: the machine's own, and the one mounted into a container."""


def readable_packages(folders: tuple[Path, ...] = FOLDERS) -> tuple[int, ...]:
    """Indices of the processor packages whose energy counter this process may read."""
    for folder in folders:
        found = []
        for zone in sorted(folder.glob("intel-rapl:[0-9]*")):
            try:
                name, energy = (zone / "name").read_text(), (zone / "energy_uj").read_text()
            except OSError:
                continue
            if name.startswith("package") and energy.strip().isdigit():
                found.append(int(zone.name.split(":")[1]))
        if found:
            return tuple(found)
    return ()
