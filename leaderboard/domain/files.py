"""The files of a model's repository: which of them are fetched, and the identity that their hashes make."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from fnmatch import fnmatch
from typing import Any, NamedTuple, Self

from leaderboard.domain.words import content_hash

ALLOWED = ("*.safetensors", "*.json", "*.txt", "*.model", "*.jinja")
"""Weights, configuration, vocabularies, SentencePiece models (which are no pickles) and chat templates."""
IGNORED = ("onnx/*", "openvino/*", "original/*", "*.onnx", "runs/*")
"""The same weights in other formats."""
WEIGHTS = ".safetensors"
CONFIG = "config.json"
PIPELINE = "model_index.json"
"""What a pipeline of several models has in its root."""
INDEX_ENDING = ".safetensors.index.json"
"""A list of the shards that a model's weights were cut into."""


class RepoFile(NamedTuple):
    """A file as the Hub lists it; None where it does not tell."""

    size: int | None
    """Bytes."""
    sha256: str | None
    """Of its content, where the Hub keeps it as a large file."""
    blob_id: str | None

    @classmethod
    def of(cls, sibling: Any) -> Self:
        """From what the Hub's client makes of a listing."""
        return cls(sibling.size, sibling.lfs.sha256 if sibling.lfs else None, sibling.blob_id)


def fetched(names: Iterable[str]) -> list[str]:
    """The files of a repository that a runner fetches, of all that it has."""
    known = [*names]
    ignored = (*IGNORED, *other_copies(known))
    return [
        name
        for name in known
        if any(fnmatch(name, pattern) for pattern in ALLOWED)
        and not any(fnmatch(name, pattern) for pattern in ignored)
    ]


def other_copies(files: Iterable[str]) -> list[str]:
    """Weights of a pipeline that it does not load: single-file copies in its root, and variants of parts
    (`….fp16.safetensors`) that are there without a variant too."""
    names = set(files)
    if PIPELINE not in names:
        return []
    weights = [name for name in names if name.endswith(WEIGHTS)]
    return [name for name in weights if "/" not in name or _plain(name) in names - {name}]


def _plain(name: str) -> str:
    """A weights file's name without its variant: `unet/model.fp16.safetensors` → `unet/model.safetensors`."""
    folder, _, file = name.rpartition("/")
    parts = file.split(".")
    return f"{folder}/{parts[0]}{WEIGHTS}" if len(parts) > 2 else name


def weights_identity(files: Mapping[str, RepoFile]) -> str | None:
    """A model's identity (METHOD §5): sha256 over the Hub's hashes of its safetensors files and its config.

    None where there are no weights, or one hash is not known.
    """
    weights = [file.sha256 or file.blob_id for name, file in files.items() if name.endswith(WEIGHTS)]
    described = files.get(CONFIG) or files.get(PIPELINE)
    config = described.blob_id if described else None
    known = sorted(text for text in weights if text)
    return content_hash([known, config]) if known and len(known) == len(weights) and config else None
