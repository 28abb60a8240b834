"""A model's folder, judged before anything loads it: safetensors only, no code, a fitting architecture."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from leaderboard.domain import Precision, Refused
from leaderboard.domain.files import INDEX_ENDING, PIPELINE
from leaderboard.domain.quantised import declared_precision

_LARGEST_JSON = 64 << 20
_LARGEST_HEADER = 100 << 20
"""Bytes of a safetensors header; the format's own limit is the same."""
INDEX = "model" + INDEX_ENDING
_EXPERTS = ("num_local_experts", "num_experts", "n_routed_experts")
_CHOSEN = ("num_experts_per_tok", "num_experts_per_token")
"""What configs call a router's experts, and how many of them it chooses."""
DIFFUSERS = PIPELINE


@dataclass(frozen=True)
class Weights:
    """What the files say of themselves."""

    params: int
    """Elements of all tensors in the safetensors headers."""
    architectures: tuple[str, ...]
    files: tuple[str, ...]
    active_params: int | None = None
    """Those that work on one token, where a router chooses among experts; None: all do."""
    precision: Precision | None = None
    """The precision that a quantised checkpoint declares; None: it is not quantised."""


def inspect(folder: Path, architectures: Sequence[str]) -> Weights:
    """Judge a model's folder by its files alone.

    Args:
        architectures: endings of `config.architectures` that fit the task; empty: not checked.

    Raises:
        Refused: no safetensors, remote code, another architecture, or a file that is not what it says.
    """
    pipeline = (folder / DIFFUSERS).is_file()
    config = _config(folder, DIFFUSERS if pipeline else "config.json")
    _no_code(folder, config)
    if pipeline:
        _no_foreign_parts(config)
        found: tuple[str, ...] = (str(config.get("_class_name")),)
    else:
        found = tuple(str(name) for name in config.get("architectures") or ())
    if architectures and found and not any(name.endswith(tuple(architectures)) for name in found):
        raise Refused(
            f"The model is a {', '.join(found)}; this task needs {' or '.join(architectures)}.",
            "Choose the task the model was made for.",
        )
    files = weight_files(folder)
    # Modules of one model may call their tensors the same.
    shapes = [tensor for file in files for tensor in _shapes(folder / file).items()]
    params = sum(math.prod(shape) for _, shape in shapes)
    if params < 1:
        raise Refused("The model's safetensors files hold no weights.", "Publish the weights as safetensors.")
    return Weights(
        params=params,
        architectures=found,
        files=files,
        active_params=_active(shapes, params, config),
        precision=declared_precision(config),
    )


def check_precision(found: Weights, planned: Precision) -> None:
    """A quantised checkpoint is its own precision, and no other model becomes one here (METHOD §2).

    Raises:
        Refused: plan and checkpoint differ.
    """
    if found.precision is not None and found.precision != planned:
        raise Refused(
            f"The checkpoint is quantised to {found.precision}; the plan says {planned}.",
            f"Plan it with --precision {found.precision}.",
        )
    if found.precision is None and planned in ("int8", "int4", "fp8"):
        raise Refused(
            f"The plan says {planned}, and the checkpoint is not quantised.",
            "Choose a quantised checkpoint, or another precision.",
        )


def _active(shapes: Sequence[tuple[str, tuple[int, ...]]], params: int, config: dict[str, Any]) -> int | None:
    """Parameters at work on one token: of the experts, the share that the router chooses."""
    inner = config.get("text_config")
    told = {**config, **(inner if isinstance(inner, dict) else {})}
    every = next((told[name] for name in _EXPERTS if name in told), 0)
    chosen = next((told[name] for name in _CHOSEN if name in told), 0)
    if not (isinstance(every, int) and isinstance(chosen, int) and 0 < chosen < every):
        return None
    experts = sum(math.prod(shape) for name, shape in shapes if ".experts." in name)
    return params - experts + experts * chosen // every if experts else None


def _config(folder: Path, name: str) -> dict[str, Any]:
    return _read_json(folder / name) if (folder / name).is_file() else {}


def weight_files(folder: Path) -> tuple[str, ...]:
    """The safetensors files a loader would take, relative to the folder: the model's own and its modules'.

    Raises:
        Refused: there is none, or the index names one that is not there.
    """
    found: list[str] = []
    pipeline = (folder / DIFFUSERS).is_file()
    names = ("model", "diffusion_pytorch_model") if pipeline else ("model",)
    places = _parts(folder) if pipeline else [folder, *(p for p in _module_folders(folder) if p != folder)]
    for place in places:
        for name in names:
            if (place / f"{name}{INDEX_ENDING}").is_file():
                found += _shards(folder, place / f"{name}{INDEX_ENDING}")
            elif (place / f"{name}.safetensors").is_file():
                found.append((place / f"{name}.safetensors").relative_to(folder).as_posix())
    missing = [name for name in found if not (folder / name).is_file()]
    if not found or missing:
        what = f"{missing[0]} is missing" if missing else "it has no safetensors files"
        raise Refused(f"The model cannot be loaded safely: {what}.", "Publish its weights as safetensors.")
    return tuple(found)


def _shards(folder: Path, index: Path) -> list[str]:
    shards = sorted(set((_read_json(index).get("weight_map") or {}).values()))
    if not shards or any(not isinstance(name, str) or Path(name).name != name for name in shards):
        raise Refused(f"{index.name} names no files.", "Publish the model's weights again.")
    return [(index.parent / name).relative_to(folder).as_posix() for name in shards]


def _parts(folder: Path) -> list[Path]:
    """Folders of the parts of a pipeline."""
    index = _read_json(folder / DIFFUSERS)
    return [folder / part for part in index if Path(part).name == part and (folder / part).is_dir()]


def _no_foreign_parts(index: dict[str, Any]) -> None:
    """A pipeline is of the libraries' own classes, and so is every part of it."""
    if not isinstance(index.get("_class_name"), str):
        raise Refused(
            "The pipeline's class is code from its repository, which is never run.",
            "Choose a pipeline that is part of diffusers.",
        )
    for part, told in index.items():
        if part.startswith("_") or not isinstance(told, list) or not told or told[0] is None:
            continue
        if not (isinstance(told[0], str) and told[0].isidentifier()):
            raise Refused(
                f"The pipeline's {part[:40]} is of {str(told[0])[:40]!r}, which is never loaded.",
                "Choose a pipeline made of diffusers' and transformers' own parts.",
            )


def _module_folders(folder: Path) -> list[Path]:
    """Folders of the modules of a sentence-transformers model, which may have weights of their own."""
    places = []
    for module in _modules(folder):
        place = (folder / str(module.get("path", ""))).resolve()
        if place.is_dir() and place.is_relative_to(folder.resolve()):
            places.append(folder / place.relative_to(folder.resolve()))
    return places


def _modules(folder: Path) -> list[dict[str, Any]]:
    path = folder / "modules.json"
    if not path.is_file():
        return []
    modules = _load(path)
    if not isinstance(modules, list) or not all(isinstance(module, dict) for module in modules):
        raise Refused("modules.json is no list of modules.", "Publish the model again.")
    return modules


def _no_code(folder: Path, config: dict[str, Any]) -> None:
    """Nothing from the repository may run: neither `auto_map` nor a module class of its own."""
    if "auto_map" in config:
        raise Refused(
            "The model needs code from its repository (auto_map in config.json), which is never run.",
            "Choose a model whose architecture is part of transformers.",
        )
    for module in _modules(folder):
        kind = str(module.get("type", ""))
        if not kind.startswith("sentence_transformers."):
            raise Refused(
                f"The model needs a module class of its own ({kind[:80]!r}), which is never run.",
                "Choose a model made of sentence-transformers' own modules.",
            )


def _shapes(path: Path) -> dict[str, tuple[int, ...]]:
    """Shapes of all tensors of a safetensors file by name, by its header alone."""
    try:
        with path.open("rb") as file:
            length = int.from_bytes(file.read(8), "little")
            if not 2 <= length <= _LARGEST_HEADER:
                raise ValueError("no header")
            header = json.loads(file.read(length))
        return {
            name: tuple(int(size) for size in tensor["shape"])
            for name, tensor in header.items()
            if name != "__metadata__"
        }
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise Refused(f"{path.name} is not a safetensors file.", "Publish the weights again.") from error


def _read_json(path: Path) -> dict[str, Any]:
    document = _load(path)
    if not isinstance(document, dict):
        raise Refused(f"{path.name} is not a JSON object.", "Publish the model again.")
    return document


def _load(path: Path) -> Any:
    try:
        if path.stat().st_size > _LARGEST_JSON:
            raise ValueError("too large")
        return json.loads(path.read_bytes())
    except (OSError, ValueError) as error:
        raise Refused(f"{path.name} cannot be read as JSON.", "Publish the model again.") from error
