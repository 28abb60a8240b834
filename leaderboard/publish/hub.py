"""The seam to where data sets go: the smallest protocol, its errors, an in-memory fake, and the factory.

The real ones are `huggingface.HfHub` (the Hub) and `folder.FolderHub` (a local folder).
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Protocol

from leaderboard.domain import Conflict, HubUnavailable, NotFound, Refused
from leaderboard.publish.manifest import Change, content_names
from leaderboard.settings import Settings


class StaleParent(Conflict):
    """Somebody committed after we looked: look again, then try again (409 and 412 of the Hub)."""

    def __init__(self, repository: str) -> None:
        super().__init__(f"{repository} changed while it was being published to.", "Publish again.")


class HubBusy(HubUnavailable):
    """No answer, or one that asks to wait; the commit may or may not have been made."""

    def __init__(self, message: str, retry_after_s: float | None = None) -> None:
        super().__init__(message, "Publish again later; nothing is lost, and nothing is done twice.")
        self.retry_after_s = retry_after_s
        """Seconds it asks to wait; None: it does not say."""


class Hub(Protocol):
    """Repositories of files, each a chain of commits that only grows.

    Every method may raise `HubBusy`, and `Forbidden` where the token does not reach.
    """

    def ensure(self, repository: str, *, private: bool = False) -> None:
        """Make the repository if it is not there.

        Raises:
            Refused: it is to be private, and there is a public one of that name.
        """

    def head(self, repository: str) -> str | None:
        """The newest commit; None: no such repository."""

    def read(self, repository: str, path: str, revision: str) -> bytes | None:
        """A file at a commit or a tag; None: it is not in it."""

    def listing(self, repository: str, revision: str) -> Mapping[str, str]:
        """Path → name of its content, for every file at a commit or a tag, without reading the files.

        The name is one of `content_names`: the SHA-256, or what Git calls a blob.
        """

    def commit(self, repository: str, change: Change, parent: str, message: str) -> str:
        """Put and remove files in one commit on top of `parent`; returns the new commit.

        Raises:
            StaleParent: `parent` is not the newest commit any more; nothing was done.
        """

    def tag(self, repository: str, name: str, revision: str) -> None:
        """Name a commit for good; a tag that is there stays where it is."""


class MemoryHub:
    """A Hub in memory, for tests and trials."""

    def __init__(self) -> None:
        self._commits: dict[str, list[tuple[str, dict[str, bytes]]]] = {}
        self._tags: dict[tuple[str, str], str] = {}
        self.messages: list[tuple[str, str]] = []
        """Repository and message of every commit, in order."""
        self.private: set[str] = set()
        """Those that only a token sees."""

    def ensure(self, repository: str, *, private: bool = False) -> None:
        if repository not in self._commits and private:
            self.private.add(repository)
        self._commits.setdefault(repository, [(_oid(repository, {}), {})])
        if private and repository not in self.private:
            raise is_public(repository)

    def head(self, repository: str) -> str | None:
        return self._commits[repository][-1][0] if repository in self._commits else None

    def read(self, repository: str, path: str, revision: str) -> bytes | None:
        wanted = self._tags.get((repository, revision), revision)
        for oid, files in self._commits.get(repository, ()):
            if oid == wanted:
                return files.get(path)
        return None

    def listing(self, repository: str, revision: str) -> Mapping[str, str]:
        wanted = self._tags.get((repository, revision), revision)
        for oid, files in self._commits.get(repository, ()):
            if oid == wanted:
                return {path: content_names(content)[0] for path, content in files.items()}
        return {}

    def commit(self, repository: str, change: Change, parent: str, message: str) -> str:
        if repository not in self._commits:
            raise NotFound(f"There is no repository {repository}.", "Make it first.")
        newest, before = self._commits[repository][-1]
        if newest != parent:
            raise StaleParent(repository)
        files = {path: content for path, content in before.items() if path not in change.remove}
        files.update(change.put)
        oid = _oid(parent, files)
        self._commits[repository].append((oid, files))
        self.messages.append((repository, message))
        return oid

    def tag(self, repository: str, name: str, revision: str) -> None:
        self._tags.setdefault((repository, name), revision)


def is_public(repository: str) -> Refused:
    return Refused(
        f"{repository} is public, and the record holds what must not be.",
        "Make it private in its settings on the Hub, or give STARWATT_DATASET another prefix.",
    )


def _oid(parent: str, files: Mapping[str, bytes]) -> str:
    digest = hashlib.sha1(parent.encode())
    for path, content in sorted(files.items()):
        digest.update(path.encode() + b"\0" + hashlib.sha256(content).digest())
    return digest.hexdigest()


def make_hub(settings: Settings) -> Hub | None:
    """The Hub that the settings name; None where a data set or a token is missing."""
    if settings.dataset is None or settings.hub_token is None:
        return None
    # Imported where it is needed: the client takes most of a second to load.
    from leaderboard.publish.huggingface import HfHub

    return HfHub(settings.hub_endpoint, settings.hub_token)
