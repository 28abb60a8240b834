"""Data sets on the Hub, asked for their commit, splits and columns; their rows stay where they are."""

from __future__ import annotations

import errno
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from http import HTTPStatus
from typing import Any

import datasets
import httpx2
import pyarrow.parquet as pq
from datasets.exceptions import DatasetNotFoundError, DatasetsError
from huggingface_hub import HfApi, HfFileSystem
from huggingface_hub.errors import (
    GatedRepoError,
    HfHubHTTPError,
    OfflineModeIsEnabled,
    RepositoryNotFoundError,
    RevisionNotFoundError,
)

from leaderboard.domain import (
    BadInput,
    DatasetRef,
    Forbidden,
    HubUnavailable,
    NotFound,
    Refused,
    StarwattError,
    StorageUnavailable,
)

_TIMEOUT_S = 30.0
_REASON_CHARACTERS = 200
_NO_ROOM = (errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EACCES)
_NO_FILE = (HTTPStatus.NOT_FOUND, HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE)
"""What is wrong with a file of one data set, and not with the Hub."""


class DataSets:
    """The Hub's data sets (`HF_ENDPOINT`, which the client reads when it is imported)."""

    def __init__(self, token: str | None = None) -> None:
        """`token`: None to see public data sets only."""
        # False, and not None: None would fall back to whatever token lies on this machine.
        self._token: str | bool = token or False
        self._api = HfApi(token=self._token)
        datasets.disable_progress_bars()

    def newest(self, repo_id: str) -> str:
        """The commit a data set has now.

        Raises:
            NotFound, Refused, BadInput: that data set cannot be had; the message says why.
            Forbidden, HubUnavailable: no data set can be.
        """
        with _told_apart(repo_id):
            return str(self._api.dataset_info(repo_id, timeout=_TIMEOUT_S).sha)

    def confirm(self, ref: DatasetRef, revision: str) -> None:
        """Make sure that a commit has the configuration, the split and the columns.

        Columns are read from the first file of the split, and there as little as shows them: the footer of
        a Parquet file, else one row.

        Raises:
            NotFound, Refused, BadInput: it has not, or cannot be read; the message says what it has instead.
            Forbidden, HubUnavailable: nothing can be asked.
        """
        with _told_apart(ref.repo_id):
            info = self._api.dataset_info(ref.repo_id, revision=revision, timeout=_TIMEOUT_S)
            # An empty cache of its own: out of reach of the Hub, the client would quietly take what it has.
            with tempfile.TemporaryDirectory(prefix="data-set-") as cache:
                try:
                    builder = datasets.load_dataset_builder(
                        ref.repo_id, ref.config, revision=revision, cache_dir=cache, token=self._token
                    )
                except DatasetNotFoundError as error:
                    # It loses what the Hub answered; but that there is such a data set was just seen.
                    if info.gated:
                        raise _gated() from error
                    raise
                files = {
                    str(split): list(found) for split, found in (builder.config.data_files or {}).items()
                }
                if not files.get(ref.split):
                    raise BadInput(f"It has no split {ref.split}; it has {', '.join(files) or 'none'}.")
                columns = self._columns(builder, ref.split, files[ref.split][0])
        missing = [column for column in ref.columns if column not in columns]
        if missing:
            where = f"{ref.config}, {ref.split}" if ref.config else ref.split
            raise BadInput(f"It has no column {', '.join(missing)} ({where}); it has {', '.join(columns)}.")

    def _columns(self, builder: Any, split: str, first_file: str) -> list[str]:
        if first_file.startswith("hf://") and first_file.endswith(".parquet"):
            # A split's declared features may promise columns that no file has; the footer cannot.
            with HfFileSystem(token=self._token).open(first_file) as file:
                return list(pq.read_schema(file).names)
        rows = builder.as_streaming_dataset(split)
        if rows.features is not None:
            # Images and sounds stay encoded: no decoder is needed, and none can fail.
            rows = rows.decode(False)
        first = next(iter(rows), None)
        if first is None:
            raise BadInput(f"Its split {split} is empty.")
        return list(first)


@contextmanager
def _told_apart(repo_id: str) -> Iterator[None]:
    """The clients' errors as ours. A reason that concerns one data set is a sentence about "it"."""
    try:
        yield
    except StarwattError:
        raise
    except (
        httpx2.HTTPError,
        OSError,
        DatasetsError,
        ValueError,
        RuntimeError,
        ImportError,
        NotImplementedError,
    ) as error:
        raise _ours(error, repo_id) from error


def _ours(error: Exception, repo_id: str) -> StarwattError:
    # The clients wrap what the Hub said in errors of their own, so the whole chain is looked at. A gated
    # repository is a RepositoryNotFoundError to them: it comes first.
    chain = list(_chain(error))
    if any(isinstance(each, GatedRepoError) for each in chain):
        return _gated()
    if any(isinstance(each, OfflineModeIsEnabled) for each in chain):
        return HubUnavailable("The Hub client is in offline mode.", "Unset HF_HUB_OFFLINE.")
    if any(isinstance(each, RevisionNotFoundError) for each in chain):
        return NotFound("The Hub no longer has this commit of it.", "Pin it anew with --renew.")
    if any(isinstance(each, RepositoryNotFoundError) for each in chain):
        return NotFound("The Hub has no such data set, or it is private.", "Mend its name in the task.")
    if isinstance(error, OSError) and error.errno in _NO_ROOM:
        return StorageUnavailable(
            f"There is nowhere to keep what the Hub says of {repo_id}: {error.strerror}.",
            "Make room, or set HF_HOME and TMPDIR to folders that can be written.",
        )
    for each in chain:
        status = each.response.status_code if isinstance(each, HfHubHTTPError) else None
        if status in (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN):
            return Forbidden(
                f"The Hub does not let us read {repo_id}: {_first_line(each)}",
                "Set HF_TOKEN to a token that is valid, or unset it.",
            )
        if isinstance(each, httpx2.HTTPError | ConnectionError | TimeoutError) and status not in _NO_FILE:
            return HubUnavailable(
                f"The Hub did not answer about {repo_id} ({_named(each, status)}).",
                "Try again in a minute; nothing was written.",
            )
    return BadInput(f"It cannot be read: {_first_line(error)}")


def _gated() -> Refused:
    return Refused("It is gated.", "Accept its terms on the Hub and set HF_TOKEN to that account's token.")


def _named(error: BaseException, status: int | None) -> str:
    return f"HTTP {status}" if status is not None else type(error).__name__


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__


def _first_line(error: BaseException) -> str:
    lines = str(error).strip().splitlines()
    return lines[0][:_REASON_CHARACTERS] if lines else type(error).__name__
