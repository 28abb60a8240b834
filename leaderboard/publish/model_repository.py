"""A model's repository on the Hub: what lies on its page, and the one open pull request of ours."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from huggingface_hub import (
    CommitOperationAdd,
    CommitOperationDelete,
    get_session,
    hf_hub_url,
    hf_raise_for_status,
)

from leaderboard.domain import Refused
from leaderboard.publish.eval_results import FOLDER, is_ours
from leaderboard.publish.hub_answers import answered, client

TITLE = "Energy ratings by Starwatt"
"""Of every pull request of ours: by it, and by its author, an open one is found again."""
CARD = "README.md"
_MAIN = "main"
_TIMEOUT_S = 30.0


@dataclass(frozen=True)
class Page:
    """What of a model's repository concerns a proposal, at one commit."""

    model: str
    commit: str
    """The commit that was looked at, on top of which a proposal goes."""
    files: Mapping[str, str]
    """README.md, where there is one, and the files of ours under `.eval_results/`."""
    pull_request: int | None = None
    """The open pull request of ours whose branch this is; None: this is the model's page itself."""


@dataclass(frozen=True)
class Proposed:
    """What became of a proposal."""

    address: str
    """Of the pull request, for a person."""
    number: int
    renewed: bool
    """Whether it was open before."""


class ModelRepository:
    """Models on the Hub, with the service's own token: it may propose everywhere and decide nowhere."""

    def __init__(self, endpoint: str | None, token: str | None) -> None:
        """`token`: None to look only."""
        self._api = client(endpoint, token)
        self._token = token

    def look(self, model: str) -> Page:
        """The model's page, or what is proposed for it while a pull request of ours is open.

        Raises:
            NotFound, Forbidden, HubUnavailable: the repository cannot be read.
            Refused: its card is not text.
        """
        with answered(f"model {model}"):
            number = self._open_request(model) if self._token else None
            revision = _MAIN if number is None else f"refs/pr/{number}"
            info = self._api.model_info(model, revision=revision, timeout=_TIMEOUT_S)
            # The Hub may know a name in another spelling, or under a new one: its own is the one to use.
            names = [sibling.rfilename for sibling in info.siblings or []]
            commit = str(info.sha)
            files = {
                name: self._read(info.id, name, commit) for name in names if name == CARD or is_ours(name)
            }
        return Page(info.id, commit, files, number)

    def propose(self, page: Page, files: Mapping[str, str | None], why: str) -> Proposed:
        """Open the pull request, or add a commit to the one that is open.

        Args:
            page: what `look` saw.
            files: path → new text; None takes the file away.
            why: the pull request's text.

        Raises:
            Conflict: somebody changed the branch since `look`.
            Forbidden, Refused, HubUnavailable: the Hub does not take it.
        """
        operations: list[CommitOperationAdd | CommitOperationDelete] = [
            CommitOperationDelete(path, is_folder=False)
            if text is None
            else CommitOperationAdd(path, text.encode())
            for path, text in sorted(files.items())
        ]
        number = page.pull_request
        with answered(f"model {page.model}"):
            made = self._api.create_commit(
                page.model,
                operations,
                commit_message=TITLE,
                commit_description=why,
                parent_commit=page.commit,
                create_pr=number is None,
                revision=None if number is None else f"refs/pr/{number}",
            )
        if number is None:
            if made.pr_num is None or made.pr_url is None:
                raise Refused(f"The Hub opened no pull request at {page.model}.", "Report this.")
            return Proposed(str(made.pr_url), made.pr_num, renewed=False)
        return Proposed(f"{self._api.endpoint}/{page.model}/discussions/{number}", number, renewed=True)

    def _open_request(self, model: str) -> int | None:
        """The number of our open pull request; the newest, should there be several."""
        me = str(self._api.whoami()["name"])
        found = self._api.get_repo_discussions(
            model, author=me, discussion_type="pull_request", discussion_status="open"
        )
        return max((one.num for one in found if one.title == TITLE), default=None)

    def _read(self, model: str, path: str, commit: str) -> str:
        address = hf_hub_url(model, path, revision=commit, endpoint=self._api.endpoint)
        headers = {"Authorization": f"Bearer {self._token}"} if self._token else {}
        response = get_session().get(address, headers=headers, timeout=_TIMEOUT_S, follow_redirects=True)
        hf_raise_for_status(response)
        try:
            return bytes(response.content).decode("utf-8")
        except UnicodeDecodeError as error:
            raise Refused(
                f"{path} of {model} is not UTF-8 text.", "Ask the owner to save it as UTF-8, then try again."
            ) from error


def our_files(page: Page) -> set[str]:
    """Paths of evaluation results that we proposed before, of whatever edition."""
    return {path for path in page.files if path.startswith(FOLDER)}
