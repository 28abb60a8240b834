"""A model at its commit, on this machine: only what is safe to load, and only what is needed of it."""

from __future__ import annotations

import hashlib
import os
import re
import shutil
from collections.abc import Iterable, Mapping
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

from leaderboard.domain import (
    BadInput,
    MeasurementFailed,
    Word,
    check_repo_id,
    content_hash,
    weights_identity,
)
from runners.bench.weights import DIFFUSERS
from runners.fetch.hub import hub

ALLOWED = ("*.safetensors", "*.json", "*.txt", "*.model", "*.jinja")
"""Weights, configuration, vocabularies, SentencePiece models (which are no pickles) and chat templates."""
IGNORED = ("onnx/*", "openvino/*", "original/*", "*.onnx", "runs/*")
"""The same weights in other formats."""


class FetchedModel(Word):
    """Written beside a model when all of it has arrived."""

    folder: str
    sizes: dict[str, int]
    weights_hash: str | None


class LocalModel(Word):
    """A model that lies in a folder and is on no Hub."""

    repo_id: str
    """What it is called; in a trial its folder's name, as one of the organisation `local`."""
    sha: str
    """Made of its files' contents, as a commit would be."""
    folder: str
    """Where its copy lies in the cache, which is all that the sandbox shows."""
    weights_hash: str | None = None
    """What the Hub would make its identity of (METHOD §5): a renamed copy of an open model is known by it.
    None in a trial, whose figure is nobody's."""


def take_folder(folder: Path, cache: Path, repo_id: str | None = None) -> LocalModel:
    """Take a model in a folder for a run: the files that would be fetched of it, linked or copied.

    Args:
        repo_id: what a closed model is called; None in a trial.

    Raises:
        BadInput: its name is no name for a model, or it holds nothing to load.
    """
    hashes = _hashes(folder)
    sha = _sha_of(hashes)
    held = cache / "local" / sha
    for name in hashes:
        target = held / name
        if not target.exists():
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(folder / name, target)
    if repo_id is not None:
        return LocalModel(
            repo_id=check_repo_id(repo_id), sha=sha, folder=str(held), weights_hash=_identity(folder, hashes)
        )
    name = re.sub(r"[^A-Za-z0-9_.]+", "-", folder.resolve().name).strip("-.") or "model"
    return LocalModel(repo_id=check_repo_id(f"local/{name}"), sha=sha, folder=str(held))


def folder_sha(folder: Path) -> str:
    """What stands for a commit of a model that lies in a folder. Raises BadInput: it holds no model."""
    return _sha_of(_hashes(folder))


def _hashes(folder: Path) -> dict[str, str]:
    """sha256 of each file that would be fetched, by its path in the folder, in order."""
    files = sorted(
        path
        for path in folder.rglob("*")
        if path.is_file() and any(fnmatch(path.name, pattern) for pattern in ALLOWED)
    )
    if not files:
        raise BadInput(f"{folder} holds no model.", "Name the folder that save_pretrained wrote.")
    found = {}
    for path in files:
        with path.open("rb") as stream:
            found[path.relative_to(folder).as_posix()] = hashlib.file_digest(stream, "sha256").hexdigest()
    return found


def _sha_of(hashes: Mapping[str, str]) -> str:
    digest = hashlib.sha1(usedforsecurity=False)
    for name, content in hashes.items():
        digest.update(f"{name} {content}\n".encode())
    return digest.hexdigest()


def _identity(folder: Path, hashes: Mapping[str, str]) -> str | None:
    config = next((folder / name for name in ("config.json", DIFFUSERS) if name in hashes), None)
    if config is None:
        return None
    content = config.read_bytes()
    # The Hub knows a configuration by its git blob.
    blob = hashlib.sha1(b"blob %d\0" % len(content) + content, usedforsecurity=False).hexdigest()
    return weights_identity((sha for name, sha in hashes.items() if name.endswith(".safetensors")), blob)


def fetch_model(repo_id: str, sha: str, cache: Path) -> FetchedModel:
    """Download a model where it is not here yet.

    Raises:
        NotFound, Refused, HubUnavailable: as `hub`.
        MeasurementFailed: a weight file is not what the Hub says it is.
    """
    marker = cache / "models" / f"{content_hash([repo_id, sha])}.json"
    known = _read_marker(marker)
    if known is not None:
        return known
    from huggingface_hub import HfApi, snapshot_download
    from huggingface_hub.utils.tqdm import disable_progress_bars

    disable_progress_bars()
    with hub(f"the model {repo_id}"):
        info = HfApi().model_info(repo_id, revision=sha, files_metadata=True, timeout=30)
        files = {sibling.rfilename: sibling for sibling in info.siblings or []}
        folder = Path(
            snapshot_download(
                repo_id,
                revision=sha,
                cache_dir=cache / "hub",
                allow_patterns=list(ALLOWED),
                ignore_patterns=[*IGNORED, *other_copies(files)],
            )
        )
    arrived = {
        path.relative_to(folder).as_posix(): path.stat().st_size
        for path in folder.rglob("*")
        if path.is_file()
    }
    for name in arrived:
        if name.endswith(".safetensors"):
            _check_hash(folder / name, files.get(name))
    found = FetchedModel(folder=str(folder), sizes=arrived, weights_hash=weights_hash(files))
    write_text(marker, found.model_dump_json())
    return found


def other_copies(files: Iterable[str]) -> list[str]:
    """Weights of a pipeline that it does not load: single-file copies in its root, and variants of parts
    (`….fp16.safetensors`) that are there without a variant too."""
    names = set(files)
    if DIFFUSERS not in names:
        return []
    weights = [name for name in names if name.endswith(".safetensors")]
    return [name for name in weights if "/" not in name or _plain(name) in names - {name}]


def _plain(name: str) -> str:
    """A weights file's name without its variant: `unet/model.fp16.safetensors` → `unet/model.safetensors`."""
    folder, _, file = name.rpartition("/")
    parts = file.split(".")
    return f"{folder}/{parts[0]}.safetensors" if len(parts) > 2 else name


def weights_hash(files: Mapping[str, Any]) -> str | None:
    """A model's identity (METHOD §5): the Hub's hashes of its safetensors files and of its config.

    None where the Hub does not tell one of them.
    """
    weights = (
        file.lfs.sha256 if file.lfs else file.blob_id
        for name, file in files.items()
        if name.endswith(".safetensors")
    )
    config = files.get("config.json") or files.get(DIFFUSERS)
    return weights_identity(weights, config.blob_id if config else None)


def _check_hash(path: Path, file: Any) -> None:
    if file is None or not file.lfs:
        return
    with path.open("rb") as stream:
        found = hashlib.file_digest(stream, "sha256").hexdigest()
    if found != file.lfs.sha256:
        raise MeasurementFailed(
            f"{path.name} is not what the Hub says it is (sha256 {found[:12]}…).",
            "Delete it from the runner's cache and try again.",
        )


def _read_marker(marker: Path) -> FetchedModel | None:
    """A model that arrived whole, if it is still all there."""
    if not marker.is_file():
        return None
    try:
        known = FetchedModel.model_validate_json(marker.read_bytes())
        whole = all((Path(known.folder) / name).stat().st_size == size for name, size in known.sizes.items())
    except (OSError, ValueError):
        return None
    return known if whole else None


def write_text(path: Path, text: str) -> None:
    """A small file, there whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_suffix(f".{os.getpid()}.part")
    partial.write_text(text, encoding="utf-8")
    partial.replace(path)
