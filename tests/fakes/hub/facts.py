"""What the Hub says about a repository, worked out from its files: card, configuration, parameters, tags."""

from __future__ import annotations

import json
import struct
from collections import Counter
from math import prod
from typing import Any

import yaml

from .blobs import Blobs, Entry
from .store import Commit, Repo, Store

MAX_HEADER_BYTES = 100_000_000


def card(blobs: Blobs, commit: Commit) -> dict[str, Any]:
    """The front matter of README.md; empty when there is none or it is not a mapping."""
    readme = commit.files.get("README.md")
    if readme is None:
        return {}
    text = blobs.read(readme.sha256).decode("utf-8", "replace")
    if not text.startswith("---\n"):
        return {}
    try:
        matter = yaml.safe_load(text[4:].split("\n---", 1)[0])
    except yaml.YAMLError:
        return {}
    return matter if isinstance(matter, dict) else {}


def config(blobs: Blobs, commit: Commit) -> dict[str, Any] | None:
    """The part of config.json that the Hub repeats, or a pipeline's class; None when neither can be read."""
    index = commit.files.get("model_index.json")
    file = commit.files.get("config.json", index)
    if file is None:
        return None
    try:
        whole = json.loads(blobs.read(file.sha256))
    except ValueError:
        return None
    if file is index:
        return {"diffusers": {"_class_name": whole.get("_class_name")}} if isinstance(whole, dict) else None
    shown = ("architectures", "model_type", "auto_map", "quantization_config")
    return {key: whole[key] for key in shown if key in whole} if isinstance(whole, dict) else None


def safetensors(blobs: Blobs, commit: Commit) -> dict[str, Any] | None:
    """Parameters by dtype and in total, read from the headers of the weights in the root folder."""
    parameters: Counter[str] = Counter()
    weights = [e for path, e in commit.files.items() if "/" not in path and path.endswith(".safetensors")]
    for entry in weights:
        header = safetensors_header(blobs, entry)
        if header is None:
            return None
        for name, tensor in header.items():
            if name != "__metadata__":
                parameters[tensor["dtype"]] += prod(tensor["shape"])
    return {"parameters": dict(parameters), "total": parameters.total()} if parameters else None


def safetensors_header(blobs: Blobs, entry: Entry) -> dict[str, Any] | None:
    """The JSON header of a safetensors file; None when the bytes are something else."""
    with blobs.path(entry.sha256).open("rb") as file:
        start = file.read(8)
        length = struct.unpack("<Q", start)[0] if len(start) == 8 else 0
        if not 0 < length <= min(MAX_HEADER_BYTES, entry.size - 8):
            return None
        try:
            header = json.loads(file.read(length))
        except ValueError:
            return None
    return header if isinstance(header, dict) and all(map(_is_tensor, header.items())) else None


def _is_tensor(item: tuple[str, Any]) -> bool:
    name, tensor = item
    return name == "__metadata__" or (isinstance(tensor, dict) and {"dtype", "shape"} <= tensor.keys())


def _library(card_data: dict[str, Any], configuration: dict[str, Any] | None, commit: Commit) -> str | None:
    named = card_data.get("library_name")
    if named:
        return str(named)
    if "modules.json" in commit.files:
        return "sentence-transformers"
    return "transformers" if configuration is not None else None


def _pipeline(
    card_data: dict[str, Any], configuration: dict[str, Any] | None, library: str | None
) -> str | None:
    named = card_data.get("pipeline_tag")
    if named:
        return str(named)
    if library == "sentence-transformers":
        return "sentence-similarity"
    architectures = (configuration or {}).get("architectures") or []
    heads = {"ForCausalLM": "text-generation", "ForImageClassification": "image-classification"}
    return next((tag for name in architectures for head, tag in heads.items() if name.endswith(head)), None)


def info(store: Store, repo: Repo, commit: Commit, *, blobs: bool = False) -> dict[str, Any]:
    """The answer to `model_info`, `dataset_info` and `space_info` at one revision."""
    card_data = card(store.blobs, commit)
    tags = [str(tag) for tag in card_data.get("tags") or []]
    if isinstance(card_data.get("license"), str):
        tags.append(f"license:{card_data['license']}")
    answer: dict[str, Any] = {
        "_id": commit.oid[:24],
        "id": repo.id,
        "author": repo.id.split("/")[0],
        "sha": commit.oid,
        "lastModified": commit.date,
        "createdAt": repo.created_at,
        "private": repo.private,
        "gated": repo.gated,
        "disabled": False,
        "downloads": 0,
        "likes": 0,
        "cardData": card_data,
        "siblings": [entry.sibling(path, blobs=blobs) for path, entry in commit.files.items()],
        "usedStorage": sum(entry.size for entry in commit.files.values()),
    }
    if repo.kind == "model":
        configuration, weights = config(store.blobs, commit), safetensors(store.blobs, commit)
        library = _library(card_data, configuration, commit)
        pipeline = _pipeline(card_data, configuration, library)
        tags += [tag for tag in (library, pipeline, (configuration or {}).get("model_type")) if tag]
        tags += ["safetensors"] if weights else []
        tags += ["custom_code"] if configuration and "auto_map" in configuration else []
        answer |= {"modelId": repo.id, "library_name": library, "pipeline_tag": pipeline}
        # The Hub leaves these out rather than answer null, and its client tells "unknown" by their absence.
        answer |= {"config": configuration} if configuration is not None else {}
        answer |= {"safetensors": weights} if weights is not None else {}
    if repo.kind == "space":
        answer["sdk"] = card_data.get("sdk") or repo.sdk
    return answer | {"tags": list(dict.fromkeys(tags))}
