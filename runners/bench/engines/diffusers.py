"""Pipelines of diffusers: every part loaded by itself, so that each is known to have all its weights."""

from __future__ import annotations

import importlib
import inspect
import json
from pathlib import Path
from typing import Any, NamedTuple

import diffusers
import torch

from runners.bench.engines import LoadingFailed
from runners.bench.engines.loading import check_dtype, check_weights, dtype_of
from runners.bench.wire import Load

LIBRARIES = ("diffusers", "transformers")
diffusers.logging.disable_progress_bar()


class LoadedPipeline(NamedTuple):
    """A pipeline that is what it was published as."""

    pipe: Any
    """A `DiffusionPipeline` on its device, silent."""
    modules: tuple[torch.nn.Module, ...]
    architecture: str
    dtype: str
    kept_fp32: tuple[str, ...]
    steps: int
    """Denoising steps it takes when nobody says another number."""


def load_pipeline(load: Load) -> LoadedPipeline:
    """Load a text-to-image pipeline.

    Raises:
        LoadingFailed: it is no pipeline of diffusers that turns text into an image, a weight is missing, left
            over or of another shape, or the dtype is not the plan's.
    """
    dtype = dtype_of(load.precision)
    if dtype is None:
        raise LoadingFailed("dtype", f"Pipelines are not loaded in {load.precision} by this harness.")
    index = json.loads((Path(load.folder) / "model_index.json").read_bytes())
    modules: dict[str, torch.nn.Module] = {}
    kept: set[str] = set()
    found = ""
    for part, told in index.items():
        cls = _class_of(part, told)
        if cls is not None and issubclass(cls, torch.nn.Module):
            modules[part] = _module(cls, load, part, dtype)
            found, held = check_dtype(modules[part], load.precision, _kept(modules[part]))
            kept.update(held)
    if not modules:
        raise LoadingFailed("load", "The pipeline has no part with weights.")
    pipe: Any = diffusers.DiffusionPipeline.from_pretrained(
        load.folder, dtype=dtype, use_safetensors=True, local_files_only=True, **modules
    )
    asked = inspect.signature(type(pipe).__call__).parameters
    if "prompt" not in asked or "num_inference_steps" not in asked or "image" in asked:
        raise LoadingFailed("load", f"{type(pipe).__name__} does not make an image from text alone.")
    pipe.set_progress_bar_config(disable=True)
    pipe = pipe.to(load.device.value)
    steps = int(asked["num_inference_steps"].default)
    return LoadedPipeline(
        pipe, tuple(modules.values()), type(pipe).__name__, found, tuple(sorted(kept)), steps
    )


def _class_of(part: str, told: Any) -> Any:
    """The class of a part as the index names it, `[library, class]`; None where it names none."""
    if part.startswith("_") or not isinstance(told, list) or len(told) != 2 or told[0] is None:
        return None
    library, name = told
    if library not in LIBRARIES:
        # Parts of the pipeline's own package (its safety checker) are named by their module in diffusers.
        library = f"diffusers.pipelines.{library}"
    try:
        return getattr(importlib.import_module(library), name)
    except (ImportError, AttributeError) as error:
        raise LoadingFailed("load", f"The pipeline's {part} is a {name}, which is not known.") from error


def _module(cls: Any, load: Load, part: str, dtype: torch.dtype) -> torch.nn.Module:
    model, info = cls.from_pretrained(
        load.folder,
        subfolder=part,
        use_safetensors=True,
        local_files_only=True,
        output_loading_info=True,
        dtype=dtype,
    )
    check_weights(info["missing_keys"], info["unexpected_keys"], info["mismatched_keys"])
    module: torch.nn.Module = model.eval()
    return module


def _kept(module: Any) -> tuple[str, ...]:
    return tuple(getattr(module, "_keep_in_fp32_modules", None) or ())
