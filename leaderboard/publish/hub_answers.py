"""What the Hub refuses of model pages and Spaces, as errors of ours that say what to do.

Data sets have `huggingface.HfHub`, which also says when to try again: what is here is asked for by a person,
who may do that themselves.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from http import HTTPStatus

import httpx2
from huggingface_hub import HfApi
from huggingface_hub.errors import (
    GatedRepoError,
    HfHubHTTPError,
    OfflineModeIsEnabled,
    RepositoryNotFoundError,
)

from leaderboard.domain import Conflict, Forbidden, HubUnavailable, NotFound, Refused, StarwattError


def client(endpoint: str | None, token: str | None) -> HfApi:
    """The Hub's own client, which never falls back to a token that lies on this machine."""
    return HfApi(endpoint=endpoint, token=token or False)


@contextmanager
def answered(what: str) -> Iterator[None]:
    """Turn the client's errors about `what` ("the model org/name") into ours.

    Raises:
        NotFound, Forbidden, Conflict, Refused, HubUnavailable: by what the Hub answered.
    """
    try:
        yield
    except OfflineModeIsEnabled as error:
        raise HubUnavailable("The Hub client is in offline mode.", "Unset HF_HUB_OFFLINE.") from error
    except (HfHubHTTPError, httpx2.HTTPError) as error:
        raise _ours(error, what) from error
    except RuntimeError as error:
        # How the client wraps what went wrong in an upload beside the commit.
        if isinstance(error.__cause__, HfHubHTTPError | httpx2.HTTPError):
            raise _ours(error.__cause__, what) from error
        raise


def _ours(error: Exception, what: str) -> StarwattError:
    if not isinstance(error, HfHubHTTPError):
        return HubUnavailable(
            f"The Hub did not answer about {what} ({type(error).__name__}).",
            "Try again: what was done already is found and not done twice.",
        )
    said = error.server_message or (str(error).splitlines() or [type(error).__name__])[0]
    status = error.response.status_code
    # A gated repository is a missing one to the client, so it is caught first.
    if isinstance(error, GatedRepoError):
        return Forbidden(f"The files of {what} are gated.", "Ask its owner to let the token's account in.")
    if isinstance(error, RepositoryNotFoundError) and status == HTTPStatus.NOT_FOUND:
        return NotFound(f"There is no {what} that this token may see.", "Check the spelling and HF_TOKEN.")
    if status in (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN):
        return Forbidden(
            f"The Hub does not let this token do that with {what}: {said}",
            "Set HF_TOKEN to a token that may; docs/OPERATING.md lists the scopes.",
        )
    if status in (HTTPStatus.CONFLICT, HTTPStatus.PRECONDITION_FAILED):
        return Conflict(f"Somebody changed {what} at the same moment.", "Run the command again.")
    if status == HTTPStatus.TOO_MANY_REQUESTS or status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return HubUnavailable(
            f"The Hub asks to come back later about {what} (HTTP {status}).", "Try again in some minutes."
        )
    return Refused(f"The Hub refused what was asked about {what}: {said}", "Report this with its text.")
