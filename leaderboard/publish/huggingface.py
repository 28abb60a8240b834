"""The Hugging Face Hub through its own client, with the client's many errors told apart by what to do."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from http import HTTPStatus

import httpx2
from huggingface_hub import (
    CommitOperationAdd,
    CommitOperationDelete,
    HfApi,
    get_session,
    hf_hub_url,
    hf_raise_for_status,
)
from huggingface_hub.errors import (
    EntryNotFoundError,
    HfHubHTTPError,
    OfflineModeIsEnabled,
    RepositoryNotFoundError,
    RevisionNotFoundError,
)
from huggingface_hub.hf_api import RepoFile
from huggingface_hub.utils._http import parse_ratelimit_headers
from huggingface_hub.utils.tqdm import disable_progress_bars

from leaderboard.domain import Forbidden, HubUnavailable, NotFound, Refused, StarwattError
from leaderboard.publish.files import source_of
from leaderboard.publish.hub import HubBusy, StaleParent, is_public
from leaderboard.publish.manifest import Change

READ_TIMEOUT_S = 60.0
_KIND = "dataset"
_WAIT = (
    HTTPStatus.REQUEST_TIMEOUT,
    HTTPStatus.TOO_MANY_REQUESTS,
    HTTPStatus.INTERNAL_SERVER_ERROR,
    HTTPStatus.BAD_GATEWAY,
    HTTPStatus.SERVICE_UNAVAILABLE,
    HTTPStatus.GATEWAY_TIMEOUT,
)


class HfHub:
    """Data sets on the Hub. It does not retry by itself: `push` does, after looking again."""

    def __init__(self, endpoint: str | None = None, token: str | None = None) -> None:
        """`endpoint`: None for the public Hub; `token`: None to read public data sets only."""
        # False, and not None: None would fall back to whatever token lies on this machine.
        self._token: str | bool = token or False
        self._api = HfApi(endpoint=endpoint, token=self._token)
        disable_progress_bars()

    def ensure(self, repository: str, *, private: bool = False) -> None:
        with _told_apart(repository):
            self._api.create_repo(repository, repo_type=_KIND, private=private, exist_ok=True)
            # One that was there before keeps the face it had.
            if private and not self._api.dataset_info(repository, timeout=READ_TIMEOUT_S).private:
                raise is_public(repository)

    def head(self, repository: str) -> str | None:
        with _told_apart(repository):
            try:
                return self._api.dataset_info(repository, timeout=READ_TIMEOUT_S).sha
            except RepositoryNotFoundError:
                return None

    def read(self, repository: str, path: str, revision: str) -> bytes | None:
        address = hf_hub_url(
            repository, path, repo_type=_KIND, revision=revision, endpoint=self._api.endpoint
        )
        with _told_apart(repository):
            try:
                response = get_session().get(
                    address,
                    headers={"Authorization": f"Bearer {self._token}"} if self._token else {},
                    timeout=READ_TIMEOUT_S,
                    follow_redirects=True,
                )
                hf_raise_for_status(response)
            except (EntryNotFoundError, RevisionNotFoundError, RepositoryNotFoundError):
                return None
            return response.content

    def listing(self, repository: str, revision: str) -> Mapping[str, str]:
        with _told_apart(repository):
            try:
                tree = list(
                    self._api.list_repo_tree(repository, recursive=True, revision=revision, repo_type=_KIND)
                )
            except (RevisionNotFoundError, RepositoryNotFoundError):
                return {}
        return {
            entry.path: f"sha256:{entry.lfs.sha256}" if entry.lfs is not None else f"git:{entry.blob_id}"
            for entry in tree
            if isinstance(entry, RepoFile)
        }

    def commit(self, repository: str, change: Change, parent: str, message: str) -> str:
        # Made anew for each try: the client writes into its operations.
        operations: list[CommitOperationAdd | CommitOperationDelete] = [
            *(
                CommitOperationAdd(path, source_of(change.put, path) or change.put[path])
                for path in change.put
            ),
            *(CommitOperationDelete(path, is_folder=False) for path in change.remove),
        ]
        with _told_apart(repository):
            made = self._api.create_commit(
                repository,
                operations,
                commit_message=message,
                repo_type=_KIND,
                parent_commit=parent,
                # One upload at a time: a second one would not know that the first was asked to wait.
                num_threads=1,
            )
            return made.oid

    def tag(self, repository: str, name: str, revision: str) -> None:
        with _told_apart(repository):
            self._api.create_tag(repository, tag=name, revision=revision, repo_type=_KIND, exist_ok=True)


@contextmanager
def _told_apart(repository: str) -> Iterator[None]:
    try:
        yield
    except (HfHubHTTPError, httpx2.HTTPError, OfflineModeIsEnabled) as error:
        raise _ours(error, repository) from error
    except RuntimeError as error:
        # How the client wraps what went wrong in an upload beside the commit.
        if isinstance(error.__cause__, HfHubHTTPError | httpx2.HTTPError):
            raise _ours(error.__cause__, repository) from error
        raise
    except json.JSONDecodeError as error:
        # The check of a card's front matter is read as JSON before its status is looked at, so a busy Hub
        # shows like this, and its wait is not told to us.
        raise HubBusy(f"The Hub gave no proper answer for {repository}.") from error
    except ValueError as error:
        raise _refused(repository, str(error)) from error


def _ours(error: Exception, repository: str) -> StarwattError:
    """The client's error as one of ours: wait, look again, or give up with a remedy."""
    if isinstance(error, OfflineModeIsEnabled):
        return HubUnavailable("The Hub client is in offline mode.", "Unset HF_HUB_OFFLINE.")
    if not isinstance(error, HfHubHTTPError):
        return HubBusy(f"The Hub did not answer for {repository} ({type(error).__name__}).")
    status = error.response.status_code
    said = error.server_message or _first_line(error)
    if status in (HTTPStatus.CONFLICT, HTTPStatus.PRECONDITION_FAILED):
        return StaleParent(repository)
    if status in _WAIT:
        wait_s = _wait_s(error.response)
        return HubBusy(f"The Hub asks to come back later for {repository} (HTTP {status}).", wait_s)
    if status in (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN):
        return Forbidden(
            f"The Hub does not let us write {repository}: {said}",
            "Set HF_TOKEN to a token that may write this organisation's data sets.",
        )
    if isinstance(error, RepositoryNotFoundError):
        return NotFound(
            f"There is no data set {repository}, or the token may not see it.",
            "Look at the name, or set HF_TOKEN to a token that may write it.",
        )
    return _refused(repository, said)


def _refused(repository: str, said: str) -> Refused:
    first = (said.splitlines() or ["no reason given"])[0]
    return Refused(
        f"The Hub refused what was published to {repository}: {first}", "Report this with its text."
    )


def _wait_s(response: httpx2.Response) -> float | None:
    """Seconds the Hub asks to wait: the longer of `Retry-After` and a spent `RateLimit`; None: not said."""
    limit = parse_ratelimit_headers(response.headers)
    waits = [_retry_after_s(response)]
    if limit is not None and (limit.remaining == 0 or response.status_code == HTTPStatus.TOO_MANY_REQUESTS):
        waits.append(float(limit.reset_in_seconds))
    said = [wait_s for wait_s in waits if wait_s is not None]
    return max(said) if said else None


def _retry_after_s(response: httpx2.Response) -> float | None:
    """Seconds of `Retry-After`, given as a number or as a date."""
    value = response.headers.get("Retry-After", "").strip()
    if value.isdigit():
        return float(value)
    try:
        return max(0.0, (parsedate_to_datetime(value) - datetime.now(UTC)).total_seconds())
    except (ValueError, TypeError):
        return None


def _first_line(error: Exception) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0]
