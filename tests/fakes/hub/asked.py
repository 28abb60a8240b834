"""What a request is about: the repository in its path, the person behind it, the body it brought."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated, Any
from urllib.parse import unquote

from fastapi import Depends, Request

from .access import Access, Caller, must_read, must_see, must_write
from .refusals import Malformed, RepoNotFound
from .store import Commit, Repo, RepoType, Store

KINDS: dict[str, RepoType] = {"models": "model", "datasets": "dataset", "spaces": "space"}


def kind_of(plural: str) -> RepoType:
    """The repository type that a path segment such as `datasets` stands for."""
    try:
        return KINDS[plural]
    except KeyError:
        raise RepoNotFound from None


def web_address(request: Request, repo: Repo) -> str:
    """Where a person would look at the repository; the client reads type and id back from it."""
    prefix = "" if repo.kind == "model" else f"{repo.kind}s/"
    return f"{request.base_url}{prefix}{repo.id}"


@dataclass(frozen=True)
class Asked:
    """A request about one repository that the caller may see."""

    store: Store
    repo: Repo
    caller: Caller
    revision: str
    """From the path; `main` where the path names none."""
    path: str
    """The file or folder in the repository; empty for its root."""

    @property
    def commit(self) -> Commit:
        """The state that the revision names."""
        return self.store.at(self.repo, self.revision)

    def readable(self) -> Asked:
        """Itself, if the caller may read files."""
        must_read(self.caller, self.repo)
        return self

    def writable(self) -> Asked:
        """Itself, if the caller may change the repository."""
        must_write(self.caller)
        return self


def the_store(request: Request) -> Store:
    """The state behind this application."""
    store: Store = request.app.state.store
    return store


def the_caller(request: Request) -> Caller:
    """The person behind the request."""
    access: Access = request.app.state.access
    return access.caller(request.headers.get("authorization"))


def asked(request: Request, store: TheStore, caller: TheCaller, ns: str, name: str) -> Asked:
    """The repository, revision and path that the request names, if the caller may see them."""
    parts = request.path_params
    repo = store.repo(kind_of(parts.get("plural", "models")), f"{unquote(ns)}/{unquote(name)}")
    must_see(caller, repo)
    revision, path = unquote(parts.get("revision", "main")), unquote(parts.get("path", ""))
    return Asked(store, repo, caller, revision, path.strip("/"))


async def body_bytes(request: Request) -> bytes:
    """The whole body."""
    return await request.body()


async def body_json(request: Request) -> dict[str, Any]:
    """The body as a JSON object; an absent body is an empty one."""
    return as_object(await request.body() or b"{}")


def as_object(line: bytes) -> dict[str, Any]:
    """A JSON object from its bytes."""
    try:
        value = json.loads(line)
    except ValueError:
        value = None
    if not isinstance(value, dict):
        raise Malformed("The body is not a JSON object")
    return value


def lines(body: bytes) -> Iterator[tuple[str, dict[str, Any]]]:
    """The keyed lines of a commit's NDJSON body."""
    for line in body.splitlines():
        if line.strip():
            item = as_object(line)
            if not isinstance(item.get("key"), str) or not isinstance(item.get("value"), dict):
                raise Malformed("A line of the commit has no key or no value")
            yield item["key"], item["value"]


TheStore = Annotated[Store, Depends(the_store)]
TheCaller = Annotated[Caller, Depends(the_caller)]
TheAsked = Annotated[Asked, Depends(asked)]
BodyBytes = Annotated[bytes, Depends(body_bytes)]
BodyJson = Annotated[dict[str, Any], Depends(body_json)]
