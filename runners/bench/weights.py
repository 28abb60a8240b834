"""A model's folder, judged before anything loads it: safetensors only, no code, a fitting architecture."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from leaderboard.domain import Refused

_LARGEST_JSON = 64 << 20
_LARGEST_HEADER = 100 << 20
"""Bytes of a safetensors header; the format's own limit is the same."""
INDEX = "model.safetensors.index.json"


@dataclass(frozen=True)
class Weights:
    """What the files say of themselves."""

    params: int
    """Elements of all tensors in the safetensors headers."""
    architectures: tuple[str, ...]
    files: tuple[str, ...]


def inspect(folder: Path, architectures: Sequence[str]) -> Weights:
    """Judge a model's folder by its files alone.

    Args:
        architectures: endings of `config.architectures` that fit the task; empty: not checked.

    Raises:
        Refused: no safetensors, remote code, another architecture, or a file that is not what it says.
    """
    config = _read_json(folder / "config.json") if (folder / "config.json").is_file() else {}
    _no_code(folder, config)
    found = tuple(str(name) for name in config.get("architectures") or ())
    if architectures and found and not any(name.endswith(tuple(architectures)) for name in found):
        raise Refused(
            f"The model is a {', '.join(found)}; this task needs {' or '.join(architectures)}.",
            "Choose the task the model was made for.",
        )
    files = weight_files(folder)
    params = sum(_elements(folder / name) for name in files)
    if params < 1:
        raise Refused("The model's safetensors files hold no weights.", "Publish the weights as safetensors.")
    return Weights(params=params, architectures=found, files=files)


def weight_files(folder: Path) -> tuple[str, ...]:
    """The safetensors files a loader would take, relative to the folder: the model's own and its modules'.

    Raises:
        Refused: there is none, or the index names one that is not there.
    """
    found: list[str] = []
    for place in (folder, *(path for path in _module_folders(folder) if path != folder)):
        if (place / INDEX).is_file():
            shards = sorted(set((_read_json(place / INDEX).get("weight_map") or {}).values()))
            if not shards or any(not isinstance(name, str) or Path(name).name != name for name in shards):
                raise Refused(f"{INDEX} names no files.", "Publish the model's weights again.")
            found += [(place / name).relative_to(folder).as_posix() for name in shards]
        elif (place / "model.safetensors").is_file():
            found.append((place / "model.safetensors").relative_to(folder).as_posix())
    missing = [name for name in found if not (folder / name).is_file()]
    if not found or missing:
        what = f"{missing[0]} is missing" if missing else "it has no safetensors files"
        raise Refused(f"The model cannot be loaded safely: {what}.", "Publish its weights as safetensors.")
    return tuple(found)


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


def _elements(path: Path) -> int:
    """Elements of all tensors of a safetensors file, by its header alone."""
    try:
        with path.open("rb") as file:
            length = int.from_bytes(file.read(8), "little")
            if not 2 <= length <= _LARGEST_HEADER:
                raise ValueError("no header")
            header = json.loads(file.read(length))
        return sum(math.prod(tensor["shape"]) for name, tensor in header.items() if name != "__metadata__")
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
