"""The Hub's description of a model, read with care: every field of it may be missing, or be anything."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from leaderboard.domain import ModelFacts, Precision, Refused, RepoFile, weights_identity
from leaderboard.domain.files import WEIGHTS, fetched
from leaderboard.domain.quantised import declared_precision

_NAMED = 10
"""Files, or architectures, that are kept at most."""
_LONGEST = 200
"""Characters of a name that a config may give."""


def described(
    info: Any, indexes: Mapping[str, list[str] | None] | None = None, access: bool = False
) -> ModelFacts:
    """`huggingface_hub.ModelInfo` → `ModelFacts`.

    Args:
        indexes: shards listed by each index of weights; None in place of a list: it could not be read.
        access: whether the account of the runners may read the model although it is gated.
    """
    config = info.config if isinstance(info.config, dict) else {}
    card = info.card_data.to_dict() if info.card_data else {}
    files = {sibling.rfilename: RepoFile.of(sibling) for sibling in info.siblings or []}
    weights = {name: file for name, file in files.items() if name.endswith(WEIGHTS)}
    sizes = [files[name].size or 0 for name in fetched(files)]
    listed = [shard for shards in (indexes or {}).values() for shard in shards or ()]
    tags = tuple(tag for tag in info.tags or () if isinstance(tag, str))
    quantised, oddly = _quantised(config)
    return ModelFacts(
        repo_id=info.id,
        sha=info.sha,
        params=(info.safetensors.total or None) if info.safetensors else None,
        licence=_licence(card, tags),
        architectures=_architectures(config),
        model_type=_text(config.get("model_type")),
        gated=bool(info.gated),
        private=bool(info.private),
        library=info.library_name,
        pipeline_tag=info.pipeline_tag,
        tags=tags,
        remote_code="auto_map" in config or "custom_code" in tags,
        safetensors=bool(weights),
        weights_bytes=sum(file.size or 0 for file in weights.values()),
        weights_hash=weights_identity(files),
        missing_weights=tuple(name for name in sorted(set(listed)) if name not in files)[:_NAMED],
        empty_weights=tuple(name for name, file in sorted(weights.items()) if file.size == 0)[:_NAMED],
        index_unread=next((name for name, shards in (indexes or {}).items() if shards is None), ""),
        fetched_files=len(sizes),
        fetched_bytes=sum(sizes),
        largest_file_bytes=max(sizes, default=0),
        quantised=quantised,
        quantised_oddly=oddly,
        access=access,
    )


def index_of(name: str, content: bytes) -> list[str] | None:
    """The shards that an index of weights lists, as paths in the repository; None where it is no index."""
    try:
        shards = set(json.loads(content)["weight_map"].values())
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return None
    folder = name.rpartition("/")[0]
    if not shards or not all(isinstance(shard, str) and "/" not in shard for shard in shards):
        return None
    return [f"{folder}/{shard}" if folder else shard for shard in sorted(shards)]


def _architectures(config: Mapping[str, Any]) -> tuple[str, ...]:
    """What is made of several models names its pipeline instead of an architecture."""
    named, parts = config.get("architectures"), config.get("diffusers")
    if not isinstance(named, list) or not named:
        named = [parts.get("_class_name")] if isinstance(parts, dict) else []
    return tuple(text for text in map(_text, named[:_NAMED]) if text)


def _quantised(config: Mapping[str, Any]) -> tuple[Precision | None, str]:
    """The precision that a quantised checkpoint declares, or why it has none of ours."""
    try:
        return declared_precision(config), ""
    except Refused as error:
        return None, error.message[:_LONGEST]
    except (AttributeError, TypeError):
        return None, "The checkpoint's quantization_config cannot be read."


def _text(value: Any) -> str | None:
    return value[:_LONGEST] if isinstance(value, str) and value else None


def _licence(card: Mapping[str, Any], tags: tuple[str, ...]) -> str | None:
    stated = card.get("license") or next(
        (tag.removeprefix("license:") for tag in tags if tag.startswith("license:")), None
    )
    return _text(stated)
