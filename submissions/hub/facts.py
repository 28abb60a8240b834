"""What the Hub says about a model, by its API alone: no weights are downloaded, nothing is loaded.

`HubFacts` is the seam: `ApiFacts` asks the Hub (`HF_ENDPOINT`), `FixedFacts` answers from a table.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, NoReturn, Protocol
from urllib.parse import urlsplit

import httpx2
from huggingface_hub import HfApi
from huggingface_hub.errors import (
    GatedRepoError,
    HfHubHTTPError,
    OfflineModeIsEnabled,
    RepositoryNotFoundError,
    RevisionNotFoundError,
)

from leaderboard.domain import HubUnavailable, ModelFacts, NotFound, Refused, RepoFile, StarwattError
from leaderboard.domain.files import INDEX_ENDING
from submissions import checks
from submissions.hub.listing import described, index_of

_TIMEOUT_S = 15.0
_SEARCH_TIMEOUT_S = 2.0
"""Somebody types meanwhile, and names that come later help nobody."""
_MOST_INDEXES = 8
_LARGEST_INDEX_BYTES = 16 << 20
"""The index of a model of 700 billion parameters has 9 MB."""


class HubFacts(Protocol):
    """Answers what is known of a model without loading it."""

    @property
    def account(self) -> str:
        """The Hub account that gated models are read with; empty: nobody's."""
        ...

    def facts(self, repo_id: str, revision: str | None) -> ModelFacts:
        """Facts of a model at a branch, tag or commit (None: its default branch).

        Raises:
            NotFound: no such model, or it is private, which looks the same from outside.
            Refused: the model is gated and shows nothing to the public.
            HubUnavailable: the Hub did not answer.
        """
        ...

    def search(self, text: str, limit: int) -> list[str]:
        """Ids of models whose name holds the text, at most `limit`.

        Raises:
            HubUnavailable: the Hub did not answer.
        """
        ...


class ApiFacts:
    """The real Hub, asked anonymously or as the account that runners fetch with: what that account could not
    see, a runner could not fetch."""

    def __init__(self, endpoint: str | None = None, token: str | None = None) -> None:
        """`token`: may read, and nothing else; None asks anonymously."""
        self._api = HfApi(endpoint=endpoint, token=token or False)
        self._token = token
        self._account = ""

    @property
    def account(self) -> str:
        if self._token and not self._account:
            with _hub("the account of its token", self._api.endpoint):
                self._account = str(self._api.whoami()["name"])
        return self._account

    def facts(self, repo_id: str, revision: str | None) -> ModelFacts:
        where = f"{repo_id} at {revision}" if revision else repo_id
        try:
            with _hub(where, self._api.endpoint):
                info = self._api.model_info(
                    repo_id, revision=revision, files_metadata=True, timeout=_TIMEOUT_S
                )
        # A gated model is a RepositoryNotFoundError to the client, so it is caught first.
        except GatedRepoError as error:
            finding = checks.gated_model(repo_id, self.account)
            raise Refused(finding.message, finding.remedy, [finding]) from error
        except RevisionNotFoundError as error:
            raise NotFound(
                f"{repo_id} has no revision {revision!r}.", "Give a branch, a tag or a commit sha of it."
            ) from error
        except RepositoryNotFoundError as error:
            _no_public_model(where, error)
        if info.private:
            # Our account may see it; whoever asks may not, and is told what a stranger would be told.
            _no_public_model(where)
        access = bool(info.gated) and self._may_read(repo_id)
        indexes = {} if info.gated and not access else self._indexes(info)
        return described(info, indexes, access)

    def search(self, text: str, limit: int) -> list[str]:
        # Not by the client, which tries a Hub out of reach five times over.
        with _hub("the search", self._api.endpoint):
            answer = httpx2.get(
                f"{self._api.endpoint}/api/models",
                params={"search": text, "limit": limit},
                headers=self._headers,
                timeout=_SEARCH_TIMEOUT_S,
                follow_redirects=True,
            )
            answer.raise_for_status()
            listed = answer.json()
            if not isinstance(listed, list):
                raise ValueError("no list of models")
        ids = [model.get("id") for model in listed if isinstance(model, dict)]
        return [name for name in ids if isinstance(name, str)][:limit]

    @property
    def _headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self._token}"} if self._token else {}

    def _may_read(self, repo_id: str) -> bool:
        if not self._token:
            return False
        try:
            with _hub(repo_id, self._api.endpoint):
                self._api.auth_check(repo_id)
        except (GatedRepoError, RepositoryNotFoundError):
            return False
        return True

    def _indexes(self, info: Any) -> dict[str, list[str] | None]:
        """The shards that each index of the model lists, by the index; None: it could not be read."""
        files = {sibling.rfilename: RepoFile.of(sibling) for sibling in info.siblings or []}
        names = [name for name in files if name.endswith(INDEX_ENDING)][:_MOST_INDEXES]
        return {name: self._index(info, name) for name in names}

    def _index(self, info: Any, name: str) -> list[str] | None:
        address = f"{self._api.endpoint}/{info.id}/resolve/{info.sha}/{name}"
        content = bytearray()
        try:
            with httpx2.stream(
                "GET", address, headers=self._headers, timeout=_TIMEOUT_S, follow_redirects=True
            ) as answer:
                answer.raise_for_status()
                for part in answer.iter_bytes():
                    content += part
                    if len(content) > _LARGEST_INDEX_BYTES:
                        return None
        except (httpx2.HTTPError, httpx2.InvalidURL):
            return None
        return index_of(name, bytes(content))


class FixedFacts:
    """A Hub that knows exactly the models it was given; for tests and rehearsals."""

    def __init__(self, known: Mapping[str, ModelFacts], account: str = "") -> None:
        self._known = dict(known)
        self.account = account

    def facts(self, repo_id: str, revision: str | None) -> ModelFacts:
        known = self._known.get(repo_id)
        if known is None or revision not in (None, "main", known.sha):
            raise NotFound(f"There is no public model {repo_id} at {revision}.", "Check the spelling.")
        return known

    def search(self, text: str, limit: int) -> list[str]:
        return [name for name in self._known if text.lower() in name.lower()][:limit]


def _no_public_model(where: str, error: Exception | None = None) -> NoReturn:
    raise NotFound(
        f"There is no public model {where} on the Hub.",
        "Check the spelling. A private model looks the same from here: make it public, or measure it "
        "yourself and hand the run in as attested.",
    ) from error


@contextmanager
def _hub(what: str, endpoint: str) -> Iterator[None]:
    """Inside it trouble with the Hub is HubUnavailable; what the Hub refuses stays as the client has it."""
    try:
        yield
    except (RepositoryNotFoundError, RevisionNotFoundError, StarwattError):
        raise
    except (httpx2.ConnectError, httpx2.ConnectTimeout, OfflineModeIsEnabled) as error:
        host = urlsplit(endpoint).netloc or endpoint
        raise HubUnavailable(
            f"The Hub did not answer about {what}: this machine does not reach {host}.",
            "Look at the network of the machine that runs this Space, and at HF_ENDPOINT; "
            "nothing was submitted.",
        ) from error
    except (HfHubHTTPError, httpx2.HTTPError, httpx2.InvalidURL, OSError, ValueError) as error:
        raise HubUnavailable(
            f"The Hub did not answer about {what} ({type(error).__name__}).",
            "Try again in a minute; nothing was submitted.",
        ) from error
