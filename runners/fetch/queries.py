"""A data set's fixed block: the same rows for every model; labels apart, unseen by any (METHOD §3.4)."""

from __future__ import annotations

import itertools
import random
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from leaderboard.domain import BadInput, DatasetRef, Word, canonical_json, content_hash
from runners.bench.blocks import write_block
from runners.fetch.hub import hub
from runners.fetch.models import write_text

_BATCH = 256


class Block(Word):
    """Where a block lies: the queries that a model is asked, and what is right."""

    queries: str
    labels: str


class Labels(Word):
    """The labels of a block's rows."""

    rows: tuple[tuple[Any, ...], ...]
    """One tuple of label cells a row; an empty one where the metric needs none."""
    names: tuple[str, ...] = ()
    """The labels that the data set tells apart, where its label is one of some."""


def read_labels(path: Path) -> Labels:
    """The labels of a block."""
    return Labels.model_validate_json(path.read_bytes())


def fetch_block(
    dataset: DatasetRef, labels: Sequence[str], size: int, cache: Path, *, at_most: bool = False
) -> Block:
    """The block as files named after all that decides it.

    Args:
        labels: columns kept apart; those of them that `dataset.columns` does not name are read besides.
        size: rows of the block.
        at_most: whether a data set with fewer rows gives all it has.

    Raises:
        BadInput: the data set has not the columns, fewer rows than the block, or inputs of another kind.
        NotFound, Refused, HubUnavailable: as `hub`.
    """
    revision = dataset.revision or _newest(dataset)
    at = dataset.model_copy(update={"revision": revision})
    name = content_hash([at.model_dump(), [*labels], size])
    queries, right = (cache / "blocks" / f"{name}.{ending}" for ending in ("parquet", "labels.json"))
    found = Block(queries=str(queries), labels=str(right))
    if queries.is_file() and right.is_file():
        return found
    inputs = [column for column in dataset.columns if column not in labels]
    with _loaded(at, [*inputs, *labels], cache) as loaded:
        lengths = _lengths(loaded, inputs, dataset.repo_id)
        asked = [index for index, length in enumerate(lengths) if length]
        if (len(asked) < size and not at_most) or not asked:
            raise BadInput(
                f"{dataset.repo_id} has {len(asked)} rows, and the block needs {size}.",
                "Choose a profile with a smaller block, or another data set.",
            )
        # The same block for every model: nothing of a model or a plan's seed decides it.
        seed = content_hash([dataset.repo_id, size])
        chosen = choose_block([lengths[index] for index in asked], min(size, len(asked)), seed)
        rows = loaded.select([asked[index] for index in chosen])
        cells = [_plain_rows(rows, name) for name in inputs]
        told = [_plain_rows(rows, name) for name in labels]
        names = _names(loaded.features[labels[0]]) if labels else ()
    held = Labels(rows=tuple(zip(*told, strict=True)) or ((),) * len(rows), names=names)
    # The labels first: the queries being there says that both are.
    write_text(right, canonical_json(held.model_dump(mode="json")))
    write_block(queries, inputs, list(zip(*cells, strict=True)))
    return found


def choose_block(lengths: Sequence[int], block: int, seed: str) -> list[int]:
    """Indices of a block stratified by length: of `block` equal strata one row each, drawn by the seed."""
    order = sorted(range(len(lengths)), key=lambda index: (lengths[index], index))
    draw = random.Random(seed)
    edges = [stratum * len(order) // block for stratum in range(block + 1)]
    return sorted(order[low + int(draw.random() * (high - low))] for low, high in itertools.pairwise(edges))


def _newest(dataset: DatasetRef) -> str:
    """The commit an unpinned data set has now; only quick runs get this far."""
    from huggingface_hub import HfApi

    with hub(f"the data set {dataset.repo_id}"):
        return str(HfApi().dataset_info(dataset.repo_id, timeout=30).sha)


@contextmanager
def _loaded(dataset: DatasetRef, columns: Sequence[str], cache: Path) -> Iterator[Any]:
    """The data set with these columns, media as their bytes; gone from the disk afterwards."""
    import datasets

    datasets.disable_progress_bars()
    # An empty cache of its own: out of reach of the Hub, the client would quietly take another revision.
    with tempfile.TemporaryDirectory(prefix="dataset-", dir=cache) as prepared:
        with hub(f"the data set {dataset.repo_id}"):
            loaded = datasets.load_dataset(
                dataset.repo_id,
                dataset.config,
                split=dataset.split,
                revision=dataset.revision,
                cache_dir=prepared,
            )
        missing = [name for name in columns if name not in loaded.column_names]
        if missing:
            has = f"It has {', '.join(loaded.column_names)}."
            raise BadInput(f"{dataset.repo_id} has no column {', '.join(missing)}.", has)
        loaded = loaded.select_columns(list(dict.fromkeys(columns)))
        for name, feature in loaded.features.items():
            if isinstance(feature, datasets.Image | datasets.Audio):
                loaded = loaded.cast_column(name, type(feature)(decode=False))
        yield loaded


def _lengths(loaded: Any, inputs: Sequence[str], repo_id: str) -> list[int]:
    """Of each row, characters of its texts and bytes of its media; 0 where one of them is empty."""
    lengths: list[int] = []
    for batch in loaded.iter(batch_size=_BATCH):
        for row in zip(*(batch[name] for name in inputs), strict=True):
            cells = [_plain(loaded.features[name], cell) for name, cell in zip(inputs, row, strict=True)]
            if any(not isinstance(cell, str | bytes) for cell in cells):
                raise BadInput(
                    f"{repo_id} has rows that are not text, an image or audio.",
                    "Choose another data set for this task.",
                )
            sizes = [len(cell.strip()) for cell in cells]
            lengths.append(sum(sizes) if all(sizes) else 0)
    return lengths


def _plain_rows(rows: Any, name: str) -> list[Any]:
    return [_plain(rows.features[name], cell) for cell in rows[name][:]]


def _plain(feature: Any, value: Any) -> Any:
    """A cell as text, number, bytes or lists and mappings of them; a class as its name."""
    import datasets

    if isinstance(feature, datasets.Image | datasets.Audio):
        if not isinstance(value, dict):
            return value
        return value.get("bytes") or Path(value["path"]).read_bytes()
    if isinstance(feature, datasets.ClassLabel):
        return feature.int2str(value) if isinstance(value, int) and value >= 0 else None
    if isinstance(feature, dict) and isinstance(value, dict):
        return {name: _plain(feature[name], part) for name, part in value.items()}
    if isinstance(feature, datasets.List | datasets.LargeList) and isinstance(value, list):
        return [_plain(feature.feature, part) for part in value]
    return value


def _names(feature: Any) -> tuple[str, ...]:
    names = getattr(feature, "names", None)
    return tuple(names) if names else ()
