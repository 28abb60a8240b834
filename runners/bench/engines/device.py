"""The part of a pipeline that knows where its model is."""

from __future__ import annotations

import resource

import torch

from leaderboard.domain import Device


class OnDevice:
    """A model on its device, however many modules it is made of."""

    def __init__(self, device: Device, *modules: torch.nn.Module) -> None:
        self._device = torch.device(device.value)
        self._modules = modules

    def synchronise(self) -> None:
        """Wait until the device has nothing left to do."""
        if self._device.type == "cuda":
            torch.cuda.synchronize()

    def gpu_uuids(self) -> tuple[str, ...]:
        """UUIDs of the GPUs that hold parameters."""
        parameters = (parameter for module in self._modules for parameter in module.parameters())
        indices = {p.device.index or 0 for p in parameters if p.device.type == "cuda"}
        return tuple(f"GPU-{torch.cuda.get_device_properties(index).uuid}" for index in sorted(indices))

    def peak_memory_bytes(self) -> int:
        """Most memory held on the device, bytes; on a CPU the most that this process had."""
        if self._device.type != "cuda":
            return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
        return sum(torch.cuda.max_memory_allocated(index) for index in range(torch.cuda.device_count()))
