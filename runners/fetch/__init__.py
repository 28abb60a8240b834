"""A plan's inputs, brought to this machine: the model at its commit, the task's fixed block of queries, and
the labelled rows by which its quality is scored.

Only weights in safetensors, configuration and tokenizer files are fetched; the Hub is `HF_ENDPOINT`.
What was fetched once is not asked for again, and with `HF_HUB_OFFLINE=1` it is enough.
"""

from __future__ import annotations

from pathlib import Path

from leaderboard import catalogue
from leaderboard.domain import BadInput, HubUnavailable, NotFound, Plan, Refused, Word
from runners.fetch.hub import resolve, storage
from runners.fetch.models import (
    ALLOWED,
    IGNORED,
    LocalModel,
    fetch_model,
    folder_sha,
    take_folder,
    weights_hash,
)
from runners.fetch.queries import Labels, choose_block, fetch_block, read_labels

__all__ = [
    "ALLOWED",
    "IGNORED",
    "Inputs",
    "Labels",
    "LocalModel",
    "choose_block",
    "fetch",
    "folder_sha",
    "read_labels",
    "resolve",
    "take_folder",
    "weights_hash",
]


class Inputs(Word):
    """Where a plan's inputs lie on this machine."""

    folder: str
    """The model's files."""
    queries: str
    """The block, as `blocks.write_block` wrote it."""
    weights_hash: str | None
    """The model's identity, from the Hub's own hashes (METHOD §5)."""
    scored: str | None = None
    """The labelled rows to score, written like the block; None: the block itself."""
    labels: str | None = None
    """What is right for each of them, a file that only the parent reads; None: quality cannot be scored."""
    judge: str | None = None
    """Folder of the model that the metric needs."""
    unscored: str = ""
    """Why quality cannot be scored; empty when it can."""


def fetch(plan: Plan, cache: Path, local: LocalModel | None = None) -> Inputs:
    """Everything a plan needs, downloaded where it is not here yet.

    Args:
        local: a model that is not on the Hub, as `take_folder` took it.

    Raises:
        NotFound, Refused: no such model or data set, or it is gated.
        BadInput: the data set has not the columns, or fewer rows than the block.
        HubUnavailable, StorageUnavailable: worth a retry.
        MeasurementFailed: a weight file is not what the Hub says it is.
    """
    quality = catalogue.task(plan.task).quality
    own = quality.dataset is None
    with storage(cache):
        cache.mkdir(parents=True, exist_ok=True)
        model = local or fetch_model(plan.model.repo_id, plan.model.sha, cache)
        block = fetch_block(plan.dataset, quality.labels if own else (), plan.block, cache)
        found = Inputs(folder=model.folder, queries=block.queries, weights_hash=model.weights_hash)
        try:
            return found.model_copy(update=_scored(plan, block.labels, cache))
        except (NotFound, Refused, BadInput) as error:
            # Quality stands beside the figure: without it the figure is still one, and the page says why.
            return found.model_copy(update={"unscored": error.message})
        except HubUnavailable as error:
            if plan.profile.id == "official":
                raise
            return found.model_copy(update={"unscored": error.message})


def _scored(plan: Plan, own_labels: str, cache: Path) -> dict[str, str | None]:
    """What scoring needs besides the block."""
    quality = catalogue.task(plan.task).quality
    judge = None
    if quality.judge is not None:
        judge = fetch_model(quality.judge, resolve(quality.judge, "main"), cache).folder
    if quality.dataset is None:
        return {"labels": own_labels, "judge": judge}
    size = min(quality.block, plan.profile.block or quality.block)
    block = fetch_block(quality.dataset, quality.labels, size, cache, at_most=True)
    return {"scored": block.queries, "labels": block.labels, "judge": judge}
