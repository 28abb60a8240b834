"""What the Hub says about a model, by its API alone: nothing is downloaded, nothing is loaded.

`HubFacts` is the seam: `ApiFacts` asks the Hub (`HF_ENDPOINT`), `FixedFacts` answers from a table.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

import httpx2
from huggingface_hub import HfApi
from huggingface_hub.errors import (
    GatedRepoError,
    HfHubHTTPError,
    RepositoryNotFoundError,
    RevisionNotFoundError,
)

from leaderboard.domain import HubUnavailable, ModelFacts, NotFound, Refused, weights_identity
from submissions import checks

_TIMEOUT_S = 15.0
_CONFIGS = ("config.json", "model_index.json")
"""What describes a model, or a pipeline of several."""


class HubFacts(Protocol):
    """Answers what is known of a model without loading it."""

    def facts(self, repo_id: str, revision: str | None) -> ModelFacts:
        """Facts of a model at a branch, tag or commit (None: its default branch).

        Raises:
            NotFound: no such model, or it is private, which looks the same from outside.
            Refused: the model is gated and shows nothing to the public.
            HubUnavailable: the Hub did not answer.
        """
        ...

    def search(self, text: str, limit: int) -> list[str]:
        """Ids of models whose name holds the text, at most `limit`."""
        ...


class ApiFacts:
    """The real Hub, asked anonymously: what only a token could see, a runner could not fetch."""

    def __init__(self, endpoint: str | None = None) -> None:
        self._api = HfApi(endpoint=endpoint, token=False)

    def facts(self, repo_id: str, revision: str | None) -> ModelFacts:
        where = f"{repo_id} at {revision}" if revision else repo_id
        try:
            info = self._api.model_info(repo_id, revision=revision, files_metadata=True, timeout=_TIMEOUT_S)
        # A gated model is a RepositoryNotFoundError to the client, so it is caught first.
        except GatedRepoError as error:
            finding = checks.gated_model(repo_id)
            raise Refused(finding.message, finding.remedy, [finding]) from error
        except RevisionNotFoundError as error:
            raise NotFound(
                f"{repo_id} has no revision {revision!r}.", "Give a branch, a tag or a commit sha of it."
            ) from error
        except RepositoryNotFoundError as error:
            raise NotFound(
                f"There is no public model {where} on the Hub.",
                "Check the spelling; a private model has to be made public first.",
            ) from error
        except (HfHubHTTPError, httpx2.HTTPError, OSError) as error:
            raise HubUnavailable(
                f"The Hub did not answer about {where} ({type(error).__name__}).",
                "Try again in a minute; nothing was submitted.",
            ) from error
        return facts_of(info)

    def search(self, text: str, limit: int) -> list[str]:
        try:
            return [model.id for model in self._api.list_models(search=text, limit=limit)]
        except (HfHubHTTPError, httpx2.HTTPError, OSError) as error:
            raise HubUnavailable(
                f"The Hub did not answer the search ({type(error).__name__}).", "Type the whole id."
            ) from error


class FixedFacts:
    """A Hub that knows exactly the models it was given; for tests and rehearsals."""

    def __init__(self, known: Mapping[str, ModelFacts]) -> None:
        self._known = dict(known)

    def facts(self, repo_id: str, revision: str | None) -> ModelFacts:
        known = self._known.get(repo_id)
        if known is None or revision not in (None, "main", known.sha):
            raise NotFound(f"There is no public model {repo_id} at {revision}.", "Check the spelling.")
        return known

    def search(self, text: str, limit: int) -> list[str]:
        return [name for name in self._known if text.lower() in name.lower()][:limit]


def facts_of(info: Any) -> ModelFacts:
    """`huggingface_hub.ModelInfo` → `ModelFacts`.

    The Hub leaves any of these fields out when it has nothing to say, so each is read with care.
    """
    config = info.config or {}
    card = info.card_data.to_dict() if info.card_data else {}
    files = {sibling.rfilename: sibling for sibling in info.siblings or []}
    weights = {name: file for name, file in files.items() if name.endswith(".safetensors")}
    tags = tuple(info.tags or ())
    # What is made of several models names its pipeline instead of an architecture.
    pipeline = (config.get("diffusers") or {}).get("_class_name")
    licence = card.get("license") or next(
        (tag.removeprefix("license:") for tag in tags if tag.startswith("license:")), None
    )
    return ModelFacts(
        repo_id=info.id,
        sha=info.sha,
        params=info.safetensors.total if info.safetensors else None,
        licence=licence if isinstance(licence, str) else None,
        architectures=tuple(config.get("architectures") or ([pipeline] if pipeline else ())),
        model_type=config.get("model_type"),
        gated=bool(info.gated),
        private=bool(info.private),
        library=info.library_name,
        pipeline_tag=info.pipeline_tag,
        tags=tags,
        remote_code="auto_map" in config or "custom_code" in tags,
        safetensors=bool(weights),
        weights_bytes=sum(file.size or 0 for file in weights.values()),
        weights_hash=weights_identity(
            (file.lfs.sha256 if file.lfs else file.blob_id for file in weights.values()),
            next((files[name].blob_id for name in _CONFIGS if name in files), None),
        ),
    )
