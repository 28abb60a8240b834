"""Pull requests of a repository: who opened them, and whether they still wait; kept beside its commits."""

from __future__ import annotations

import json
import threading
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal

from .access import Caller
from .refusals import EntryNotFound, Forbidden, Unauthenticated
from .store import Repo, Store, now

State = Literal["open", "closed", "merged"]
_REF = "refs/pr/"
_LOCK = threading.RLock()


@dataclass
class PullRequest:
    """One pull request; its files are the branch `refs/pr/{num}`."""

    num: int
    title: str
    description: str
    author: str
    created_at: str
    status: State = "open"

    @property
    def ref(self) -> str:
        """The branch that holds what is proposed."""
        return f"{_REF}{self.num}"


class Discussions:
    """The pull requests of one repository."""

    def __init__(self, store: Store, repo: Repo) -> None:
        self._store, self._repo = store, repo

    def all(self) -> list[PullRequest]:
        """Every pull request, newest first."""
        with _LOCK:
            if not self._file.exists():
                return []
            return [PullRequest(**one) for one in json.loads(self._file.read_text("utf-8"))]

    def get(self, num: int) -> PullRequest:
        """One of them; `EntryNotFound` if there is none."""
        found = next((one for one in self.all() if one.num == num), None)
        if found is None:
            raise EntryNotFound(f"There is no discussion {num}")
        return found

    def open(self, title: str, description: str, author: str, parent: str | None) -> PullRequest:
        """A new pull request whose branch starts at `parent` (None: the head of main)."""
        with _LOCK:
            made = PullRequest(len(self.all()) + 1, title, description, author, now())
            self._store.add_ref(self._repo, "branches", made.ref, parent or "main")
            self._save([made, *self.all()])
            return made

    def change(self, num: int, status: State) -> PullRequest:
        """Close, open again or merge one."""
        with _LOCK:
            changed = self.get(num)
            changed.status = status
            self._save([changed if one.num == num else one for one in self.all()])
            return changed

    @property
    def _file(self) -> Path:
        return self._store.folder(self._repo) / "discussions.json"

    def _save(self, requests: list[PullRequest]) -> None:
        beside = self._file.with_suffix(".tmp")
        beside.write_text(json.dumps([asdict(one) for one in requests]), "utf-8")
        beside.replace(self._file)


def must_contribute(store: Store, repo: Repo, revision: str, caller: Caller, *, create: bool) -> None:
    """Refuse a commit of somebody who neither may write nor opens a pull request, nor opened this one."""
    if caller.name is None:
        raise Unauthenticated("Invalid username or password.")
    if create or caller.may_write:
        return
    num = revision.removeprefix(_REF)
    if not num.isdigit() or Discussions(store, repo).get(int(num)).author != caller.name:
        raise Forbidden
