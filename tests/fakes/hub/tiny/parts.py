"""What all tiny models are made of: a fixed seed, files as their own library saves them, an honest card."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

SEED = 20261101
CARD = """---
license: apache-2.0
library_name: {library}
pipeline_tag: {task}
---
# {name}

{what}

The weights are **random**: the model was never trained, and what it answers means nothing. Some were set by
hand, so that what is written comes to an end. It exists for demonstrations and tests of energy measurement
without downloading anything.
"""


@dataclass(frozen=True)
class Tiny:
    """One tiny model: what it is for, what loads it, and how it is made."""

    name: str
    task: str
    """Its pipeline tag on the Hub."""
    auto: str
    """The class that loads it: an Auto class of transformers, or `StableDiffusionPipeline` of diffusers."""
    what: str
    """A sentence or two for its card."""
    make: Callable[[], dict[str, bytes]]
    """Its files but for the card."""
    org: str = "starwatt-demo"
    library: str = "transformers"

    @property
    def repo_id(self) -> str:
        """Its name on the loopback Hub."""
        return f"{self.org}/{self.name}"

    def build(self) -> dict[str, bytes]:
        """All files of the repository; the same bytes each time with the same packages. Needs torch."""
        card = CARD.format(name=self.name, library=self.library, task=self.task, what=self.what)
        return {"README.md": card.encode(), **self.make()}


def seeded(model: Callable[[Any], Any], config: Any, seed: int = SEED) -> Any:
    """A model of this class and configuration with random weights, drawn from the seed."""
    import torch

    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        return model(config).eval()


def saved(model: Any) -> dict[str, bytes]:
    """The files that a model's (or a pipeline's) own `save_pretrained` writes.

    Tied weights are stored once that way, and the names are those of published checkpoints.
    """
    with tempfile.TemporaryDirectory(prefix="tiny-") as folder, _quiet():
        model.save_pretrained(folder)
        found = sorted(path for path in Path(folder).rglob("*") if path.is_file())
        return {path.relative_to(folder).as_posix(): path.read_bytes() for path in found}


def tensors(files: Mapping[str, bytes]) -> dict[str, Any]:
    """The tensors of a built model by their names."""
    from safetensors.torch import load

    return dict(load(files["model.safetensors"]))


def with_tensors(files: Mapping[str, bytes], weights: Mapping[str, Any]) -> dict[str, bytes]:
    """The same model with these tensors."""
    from safetensors.torch import save

    return {**files, "model.safetensors": save(dict(weights), metadata={"format": "pt"})}


def ends_by_position(positions: Any, end: Any, *, first: int, slope: float = 1.0) -> None:
    """Let a decoder with learned positions come to an end, which random weights alone hardly ever do.

    From row `first` on, the positions (count × width) lean to the embedding of the end token (width), by
    `slope` more each row, until it is the likeliest next one.
    """
    import torch

    with torch.no_grad():
        lean = torch.arange(len(positions)).sub(first - 1).clamp(min=0).mul(slope)
        positions += lean[:, None] * end


@contextmanager
def _quiet() -> Iterator[None]:
    from transformers.utils import logging

    shown = logging.is_progress_bar_enabled()
    logging.disable_progress_bar()
    try:
        yield
    finally:
        if shown:
            logging.enable_progress_bar()
