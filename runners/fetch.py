"""A plan's inputs, brought to this machine: the model at its commit, and the task's fixed block of queries.

Only weights in safetensors, configuration and tokenizer files are fetched; the Hub is `HF_ENDPOINT`.
What was fetched once is not asked for again, and with `HF_HUB_OFFLINE=1` it is enough.
"""

from __future__ import annotations

import hashlib
import itertools
import os
import random
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from leaderboard.domain import (
    BadInput,
    DatasetRef,
    HubUnavailable,
    MeasurementFailed,
    ModelRef,
    NotFound,
    Plan,
    Refused,
    StorageUnavailable,
    Word,
    canonical_json,
    content_hash,
    weights_identity,
)

ALLOWED = ("*.safetensors", "*.json", "*.txt", "*.model", "*.jinja")
"""Weights, configuration, vocabularies, SentencePiece models (which are no pickles) and chat templates."""
IGNORED = ("onnx/*", "openvino/*", "original/*", "*.onnx", "runs/*")
"""The same weights in other formats."""


class Inputs(Word):
    """Where a plan's inputs lie on this machine."""

    folder: str
    """The model's files."""
    queries: str
    """The block: a JSON file `{"columns", "rows"}`."""
    weights_hash: str | None
    """The model's identity, from the Hub's own hashes (METHOD §5)."""


class _Model(Word):
    """Written beside a model when all of it has arrived."""

    folder: str
    sizes: dict[str, int]
    weights_hash: str | None


def fetch(plan: Plan, cache: Path) -> Inputs:
    """Everything a plan needs, downloaded where it is not here yet.

    Raises:
        NotFound, Refused: no such model or data set, or it is gated.
        BadInput: the data set has not the columns, or fewer rows than the block.
        HubUnavailable, StorageUnavailable: worth a retry.
        MeasurementFailed: a weight file is not what the Hub says it is.
    """
    with _storage(cache):
        cache.mkdir(parents=True, exist_ok=True)
        model = _fetch_model(plan.model, cache)
        queries = _fetch_block(plan.dataset, plan.block, cache)
    return Inputs(folder=model.folder, queries=str(queries), weights_hash=model.weights_hash)


def resolve(repo_id: str, revision: str) -> str:
    """The commit sha a branch, tag or commit of a model stands for.

    Raises:
        NotFound, Refused, HubUnavailable: see `fetch`.
    """
    from huggingface_hub import HfApi

    with _hub(f"the model {repo_id}"):
        return str(HfApi().model_info(repo_id, revision=revision, timeout=30).sha)


def _fetch_model(model: ModelRef, cache: Path) -> _Model:
    marker = cache / "models" / f"{content_hash([model.repo_id, model.sha])}.json"
    known = _read_marker(marker)
    if known is not None:
        return known
    from huggingface_hub import HfApi, snapshot_download
    from huggingface_hub.utils.tqdm import disable_progress_bars

    disable_progress_bars()
    with _hub(f"the model {model.repo_id}"):
        info = HfApi().model_info(model.repo_id, revision=model.sha, files_metadata=True, timeout=30)
        folder = Path(
            snapshot_download(
                model.repo_id,
                revision=model.sha,
                cache_dir=cache / "hub",
                allow_patterns=list(ALLOWED),
                ignore_patterns=list(IGNORED),
            )
        )
    files = {sibling.rfilename: sibling for sibling in info.siblings or []}
    arrived = {
        path.relative_to(folder).as_posix(): path.stat().st_size
        for path in folder.rglob("*")
        if path.is_file()
    }
    for name in arrived:
        if name.endswith(".safetensors"):
            _check_hash(folder / name, files.get(name))
    found = _Model(folder=str(folder), sizes=arrived, weights_hash=weights_hash(files))
    _write_atomically(marker, found.model_dump_json())
    return found


def weights_hash(files: Mapping[str, Any]) -> str | None:
    """A model's identity (METHOD §5): the Hub's hashes of its safetensors files and of its config.

    None where the Hub does not tell one of them.
    """
    weights = (
        file.lfs.sha256 if file.lfs else file.blob_id
        for name, file in files.items()
        if name.endswith(".safetensors")
    )
    config = files.get("config.json")
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


def _read_marker(marker: Path) -> _Model | None:
    """A model that arrived whole, if it is still all there."""
    if not marker.is_file():
        return None
    try:
        known = _Model.model_validate_json(marker.read_bytes())
        whole = all((Path(known.folder) / name).stat().st_size == size for name, size in known.sizes.items())
    except (OSError, ValueError):
        return None
    return known if whole else None


def _fetch_block(dataset: DatasetRef, block: int, cache: Path) -> Path:
    """The block as a file named after all that decides it."""
    revision = dataset.revision or _newest(dataset)
    at = dataset.model_copy(update={"revision": revision})
    path = cache / "blocks" / f"{content_hash([at.model_dump(), block])}.json"
    if path.is_file():
        return path
    rows = _rows(dataset, revision, cache)
    if len(rows) < block:
        raise BadInput(
            f"{dataset.repo_id} has {len(rows)} rows, and the block needs {block}.",
            "Choose a profile with a smaller block, or another data set.",
        )
    # The same block for every model: nothing of a model or a plan's seed decides it.
    chosen = choose_block([sum(map(len, row)) for row in rows], block, content_hash([dataset.repo_id, block]))
    document = {"columns": dataset.columns, "rows": [rows[index] for index in chosen]}
    _write_atomically(path, canonical_json(document))
    return path


def choose_block(lengths: Sequence[int], block: int, seed: str) -> list[int]:
    """Indices of a block stratified by length: of `block` equal strata one row each, drawn by the seed."""
    order = sorted(range(len(lengths)), key=lambda index: (lengths[index], index))
    draw = random.Random(seed)
    edges = [stratum * len(order) // block for stratum in range(block + 1)]
    return sorted(order[low + int(draw.random() * (high - low))] for low, high in itertools.pairwise(edges))


def _newest(dataset: DatasetRef) -> str:
    """The commit an unpinned data set has now; only quick runs get this far."""
    from huggingface_hub import HfApi

    with _hub(f"the data set {dataset.repo_id}"):
        return str(HfApi().dataset_info(dataset.repo_id, timeout=30).sha)


def _rows(dataset: DatasetRef, revision: str, cache: Path) -> list[list[str]]:
    import datasets

    datasets.disable_progress_bars()
    # An empty cache of its own: out of reach of the Hub, the client would quietly take another revision.
    with tempfile.TemporaryDirectory(prefix="dataset-", dir=cache) as prepared:
        with _hub(f"the data set {dataset.repo_id}"):
            loaded = datasets.load_dataset(
                dataset.repo_id,
                dataset.config,
                split=dataset.split,
                revision=revision,
                cache_dir=prepared,
            )
        missing = [name for name in dataset.columns if name not in loaded.column_names]
        if missing:
            has = f"It has {', '.join(loaded.column_names)}."
            raise BadInput(f"{dataset.repo_id} has no column {', '.join(missing)}.", has)
        columns = [loaded[name][:] for name in dataset.columns]
    rows = [list(row) for row in zip(*columns, strict=True)]
    if any(not isinstance(cell, str) for row in rows for cell in row):
        raise BadInput(f"{dataset.repo_id} has rows that are not text.", "This engine reads text columns.")
    return rows


def _write_atomically(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_suffix(f".{os.getpid()}.part")
    partial.write_text(text, encoding="utf-8")
    partial.replace(path)


@contextmanager
def _hub(what: str) -> Iterator[None]:
    """The Hub client's errors as ours."""
    import httpx2
    from huggingface_hub.errors import (
        GatedRepoError,
        HfHubHTTPError,
        LocalEntryNotFoundError,
        OfflineModeIsEnabled,
        RepositoryNotFoundError,
        RevisionNotFoundError,
    )

    try:
        yield
    # A gated repository is a RepositoryNotFoundError to the client, so it is caught first.
    except GatedRepoError as error:
        raise Refused(f"The Hub gates {what}.", "Choose one that is open to everybody.") from error
    except (OfflineModeIsEnabled, LocalEntryNotFoundError) as error:
        raise HubUnavailable(
            f"The Hub is out of reach for {what}.", "Fetch it where there is a network."
        ) from error
    # datasets' own "not found" is a FileNotFoundError; naming it would import all of datasets.
    except (RepositoryNotFoundError, RevisionNotFoundError, FileNotFoundError) as error:
        raise NotFound(
            f"The Hub has not {what}, or not this revision of it.", "Check the spelling."
        ) from error
    except ValueError as error:
        raise BadInput(
            f"Cannot read {what}: {_first_line(error)}", "Check configuration and split."
        ) from error
    except (HfHubHTTPError, httpx2.HTTPError, ConnectionError, TimeoutError) as error:
        raise HubUnavailable(
            f"The Hub did not answer about {what} ({type(error).__name__}).", "Try again in a minute."
        ) from error


def _first_line(error: Exception) -> str:
    lines = str(error).strip().splitlines()
    return lines[0][:200] if lines else type(error).__name__


@contextmanager
def _storage(cache: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise StorageUnavailable(
            f"The cache {cache} cannot be used ({error.strerror or type(error).__name__}).",
            "Free some space, or name another folder with --cache.",
        ) from error
