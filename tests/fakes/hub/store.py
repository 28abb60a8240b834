"""The Hub's state: repositories with their commits, branches and tags, as JSON beside the blobs."""

from __future__ import annotations

import hashlib
import json
import re
import shutil
import threading
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

from .blobs import LFS_SUFFIXES, Blobs, Entry
from .refusals import AlreadyExists, EntryNotFound, Malformed, RepoNotFound, RevisionNotFound, StaleParent

RepoType = Literal["model", "dataset", "space"]
Gate = Literal["auto", "manual", False]
# An id becomes a folder, so a name may not start with a dot.
_REPO_ID = re.compile(r"[A-Za-z0-9_][\w.-]*/[A-Za-z0-9_][\w.-]*", re.ASCII)
ATTRIBUTES = b"".join(b"*%b filter=lfs diff=lfs merge=lfs -text\n" % s.encode() for s in LFS_SUFFIXES)


def now() -> str:
    """The present moment as the Hub writes it."""
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z"


@dataclass(frozen=True)
class Commit:
    """One state of a repository's files."""

    oid: str
    parent: str | None
    title: str
    message: str
    author: str
    date: str
    files: Mapping[str, Entry]
    """Every file of this state, by path."""


@dataclass
class Repo:
    """A repository: who may see it, and what its names point at."""

    kind: RepoType
    id: str
    created_at: str
    private: bool = False
    gated: Gate = False
    sdk: str | None = None
    branches: dict[str, str] = field(default_factory=dict)
    tags: dict[str, str] = field(default_factory=dict)


class Store:
    """Every repository of one data folder. All methods may be called from any thread."""

    def __init__(self, root: Path) -> None:
        self._repos_root = root / "repos"
        self.blobs = Blobs(root / "blobs")
        self._lock = threading.RLock()
        self._commits: dict[tuple[str, str, str], Commit] = {}
        self._repos: dict[tuple[str, str], Repo] = {}
        for file in sorted(self._repos_root.glob("*/*/*/repo.json")):
            repo = Repo(**json.loads(file.read_text("utf-8")))
            self._repos[repo.kind, repo.id] = repo

    def repo(self, kind: RepoType, repo_id: str) -> Repo:
        """The repository; `RepoNotFound` if there is none."""
        with self._lock:
            try:
                return self._repos[kind, repo_id]
            except KeyError:
                raise RepoNotFound from None

    def repos(self, kind: RepoType) -> list[Repo]:
        """All repositories of a kind, by id."""
        with self._lock:
            return [repo for key, repo in sorted(self._repos.items()) if key[0] == kind]

    def create(
        self,
        kind: RepoType,
        repo_id: str,
        *,
        private: bool = False,
        gated: Gate = False,
        sdk: str | None = None,
        date: str | None = None,
    ) -> Repo:
        """A new repository with the first commit that the Hub makes by itself."""
        if not _REPO_ID.fullmatch(repo_id):
            raise Malformed(f"Not a repository id: {repo_id!r}")
        with self._lock:
            if (kind, repo_id) in self._repos:
                raise AlreadyExists(f"You already created this {kind} repo")
            repo = Repo(kind, repo_id, date or now(), private=private, gated=gated, sdk=sdk)
            self._repos[kind, repo_id] = repo
            attributes = self.blobs.put(ATTRIBUTES, ".gitattributes")
            self.commit(repo, "main", "initial commit", {".gitattributes": attributes}, date=date)
            return repo

    def delete(self, repo: Repo) -> None:
        """Forget a repository; contents stay, since others may share them."""
        with self._lock:
            del self._repos[repo.kind, repo.id]
            for key in [key for key in self._commits if key[:2] == (repo.kind, repo.id)]:
                del self._commits[key]
            shutil.rmtree(self._folder(repo))

    def save(self, repo: Repo) -> None:
        """Keep a change to the repository's settings or references."""
        with self._lock:
            _write_json(self._folder(repo) / "repo.json", asdict(repo))

    def commit(
        self,
        repo: Repo,
        branch: str,
        title: str,
        add: Mapping[str, Entry],
        *,
        remove: frozenset[str] = frozenset(),
        remove_folders: tuple[str, ...] = (),
        parent: str | None = None,
        message: str = "",
        author: str = "starwatt",
        date: str | None = None,
    ) -> Commit:
        """Move `branch` by one commit. `parent` (a hash or its start) must be its head (`StaleParent`)."""
        with self._lock:
            head = repo.branches.get(branch)
            if head is None and (repo.branches or branch != "main"):
                raise RevisionNotFound(branch)
            if parent is not None and (head is None or not head.startswith(parent)):
                raise StaleParent
            files = dict(self._commit(repo, head).files) if head is not None else {}
            for path in remove:
                if files.pop(path, None) is None:
                    raise EntryNotFound(f"A file with this name doesn't exist: {path}")
            for folder in remove_folders:
                inside = [path for path in files if path.startswith(folder.rstrip("/") + "/")]
                if not inside:
                    raise EntryNotFound(f"A folder with this name doesn't exist: {folder}")
                for path in inside:
                    del files[path]
            files |= add
            when = date or now()
            tree = [(path, entry.oid) for path, entry in sorted(files.items())]
            identity = json.dumps([repo.id, head, title, message, author, when, tree]).encode()
            oid = hashlib.sha1(identity, usedforsecurity=False).hexdigest()
            commit = Commit(oid, head, title, message, author, when, dict(sorted(files.items())))
            listed = asdict(commit) | {
                "files": {path: entry.to_json() for path, entry in commit.files.items()}
            }
            # The commit is on disk before the branch names it: a stop in between loses no promise.
            _write_json(self._folder(repo) / "commits" / f"{oid}.json", listed)
            self._commits[repo.kind, repo.id, oid] = commit
            repo.branches[branch] = oid
            self.save(repo)
            return commit

    def at(self, repo: Repo, revision: str) -> Commit:
        """The commit that a branch, a tag, a full hash or the start of one names."""
        with self._lock:
            oid = repo.branches.get(revision) or repo.tags.get(revision)
            if oid is None and len(revision) >= 7 and set(revision) <= set("0123456789abcdef"):
                found = list((self._folder(repo) / "commits").glob(f"{revision}*.json"))
                oid = found[0].stem if len(found) == 1 else None
            if oid is None:
                raise RevisionNotFound(revision)
            return self._commit(repo, oid)

    def history(self, repo: Repo, revision: str) -> Iterator[Commit]:
        """The commits of a revision, newest first."""
        commit: Commit | None = self.at(repo, revision)
        while commit is not None:
            yield commit
            commit = self._commit(repo, commit.parent) if commit.parent is not None else None

    def add_ref(self, repo: Repo, refs: Literal["branches", "tags"], name: str, revision: str) -> None:
        """Name a revision."""
        with self._lock:
            names: dict[str, str] = getattr(repo, refs)
            if name in names:
                raise AlreadyExists(f"Reference already exists: {name}")
            names[name] = self.at(repo, revision).oid
            self.save(repo)

    def remove_ref(self, repo: Repo, refs: Literal["branches", "tags"], name: str) -> None:
        """Take a name away; the commits stay."""
        with self._lock:
            if refs == "branches" and name == "main":
                raise Malformed("The main branch cannot be deleted")
            names: dict[str, str] = getattr(repo, refs)
            if names.pop(name, None) is None:
                raise RevisionNotFound(name)
            self.save(repo)

    def folder(self, repo: Repo) -> Path:
        """Where a repository's own files lie, for what is kept beside its commits."""
        return self._folder(repo)

    def _folder(self, repo: Repo) -> Path:
        return self._repos_root / f"{repo.kind}s" / repo.id

    def _commit(self, repo: Repo, oid: str) -> Commit:
        with self._lock:
            key = (repo.kind, repo.id, oid)
            if key not in self._commits:
                kept = json.loads((self._folder(repo) / "commits" / f"{oid}.json").read_text("utf-8"))
                kept["files"] = {path: Entry(**entry) for path, entry in kept["files"].items()}
                self._commits[key] = Commit(**kept)
            return self._commits[key]


def _write_json(path: Path, value: object) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_suffix(".tmp")
    beside.write_text(json.dumps(value), "utf-8")
    beside.replace(path)
