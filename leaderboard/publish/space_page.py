"""The Space's own page, kept up to date by the Space itself: the list of models, once a day at most."""

from __future__ import annotations

from typing import Self

from huggingface_hub import CommitOperationAdd, get_session, hf_hub_url, hf_raise_for_status

from leaderboard.publish.hub_answers import answered, client
from leaderboard.publish.layout import CARD
from leaderboard.publish.space_card import listed_models, rated_models, space_readme
from leaderboard.publish.view import view_of
from leaderboard.record import Record
from leaderboard.settings import Settings

_TIMEOUT_S = 30.0


class SpacePage:
    """README.md of one Space."""

    def __init__(self, endpoint: str | None, token: str, space: str, dataset: str | None) -> None:
        """`space`: ORG/NAME; `dataset`: ORG/PREFIX of the data sets it lists."""
        self._api = client(endpoint, token)
        self._token, self._space, self._dataset = token, space, dataset

    @classmethod
    def of(cls, settings: Settings) -> Self | None:
        """This Space's page; None where this is no Space, or has no token."""
        if settings.space_id is None or settings.hub_token is None:
            return None
        return cls(settings.hub_endpoint, settings.hub_token, settings.space_id, settings.dataset)

    def refresh(self, record: Record) -> bool:
        """Commit the list of models if it changed; whether it did. The Hub then builds the Space anew.

        Raises:
            StarwattError: the Hub did not take it; the next round tries again.
        """
        models = rated_models(view_of(record))
        with answered(f"Space {self._space}"):
            commit = str(self._api.space_info(self._space, timeout=_TIMEOUT_S).sha)
            address = hf_hub_url(
                self._space, CARD, repo_type="space", revision=commit, endpoint=self._api.endpoint
            )
            headers = {"Authorization": f"Bearer {self._token}"}
            answer = get_session().get(address, headers=headers, timeout=_TIMEOUT_S, follow_redirects=True)
            hf_raise_for_status(answer)
            readme = bytes(answer.content).decode("utf-8")
            if listed_models(readme) == models:
                return False
            self._api.create_commit(
                self._space,
                [CommitOperationAdd(CARD, space_readme(readme, models, self._dataset).encode())],
                commit_message=f"List {len(models)} rated models",
                repo_type="space",
                parent_commit=commit,
            )
        return True
