"""The Hub's client and the disk, with their errors as ours."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from leaderboard.domain import BadInput, HubUnavailable, NotFound, Refused, StorageUnavailable


def resolve(repo_id: str, revision: str) -> str:
    """The commit sha a branch, tag or commit of a model stands for.

    Raises:
        NotFound, Refused, HubUnavailable: as `hub`.
    """
    from huggingface_hub import HfApi

    with hub(f"the model {repo_id}"):
        return str(HfApi().model_info(repo_id, revision=revision, timeout=30).sha)


@contextmanager
def hub(what: str) -> Iterator[None]:
    """Inside it the client's errors become ours.

    Raises:
        Refused: it is gated.
        NotFound: it is not there, or not at this revision.
        BadInput: its configuration or split is not there.
        HubUnavailable: worth a retry.
    """
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
def storage(cache: Path) -> Iterator[None]:
    """Inside it trouble with the disk is StorageUnavailable."""
    try:
        yield
    except OSError as error:
        raise StorageUnavailable(
            f"The cache {cache} cannot be used ({error.strerror or type(error).__name__}).",
            "Free some space, or name another folder with --cache.",
        ) from error
