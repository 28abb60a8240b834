"""Pull requests: listing them, looking at one, closing and merging it. A commit opens one (`create_pr`)."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request

from .asked import Asked, BodyJson, TheAsked
from .discussions import Discussions, PullRequest
from .refusals import EntryNotFound, Malformed
from .routes_repos import REPO

routes = APIRouter()
_PAGE = 10
DISCUSSIONS = REPO + "/discussions"


@routes.get(DISCUSSIONS)
def listing(request: Request, asked: TheAsked) -> dict[str, Any]:
    """Pull requests, newest first, in pages; by state, author and type where asked."""
    query = request.query_params
    found = Discussions(asked.store, asked.repo).all()
    if query.get("type") == "discussion":
        found = []
    if query.get("status", "all") != "all":
        found = [one for one in found if (one.status == "open") == (query["status"] == "open")]
    if "author" in query:
        found = [one for one in found if one.author == query["author"]]
    start = int(query.get("p", "0")) * _PAGE
    shown = [_listed(asked, one) for one in found[start : start + _PAGE]]
    return {"discussions": shown, "count": len(found), "start": start}


@routes.get(DISCUSSIONS + "/{num}")
def details(asked: TheAsked, num: int) -> dict[str, Any]:
    """One pull request with what its author said."""
    one = Discussions(asked.store, asked.repo).get(num)
    return _listed(asked, one) | {
        "description": one.description,
        "events": [],
        "changes": {"base": "main"},
        "filesWithConflicts": [],
        "diff": "",
    }


@routes.post(DISCUSSIONS + "/{num}/status")
def status(asked: TheAsked, num: int, body: BodyJson) -> dict[str, Any]:
    """Close one, or open it again."""
    if body.get("status") not in ("open", "closed"):
        raise Malformed("The status is open or closed")
    asked.writable()
    changed = Discussions(asked.store, asked.repo).change(num, body["status"])
    event = {"id": str(num), "type": "status-change", "createdAt": changed.created_at}
    return {"newStatus": event | {"author": {"name": changed.author}, "data": {"status": changed.status}}}


@routes.post(DISCUSSIONS + "/{num}/merge")
def merge(asked: TheAsked, num: int) -> dict[str, Any]:
    """Make main's files those of the pull request's branch."""
    asked.writable()
    one = Discussions(asked.store, asked.repo).get(num)
    if one.status != "open":
        raise EntryNotFound("This pull request is not open")
    main, branch = asked.store.at(asked.repo, "main"), asked.store.at(asked.repo, one.ref)
    gone = frozenset(main.files.keys() - branch.files.keys())
    asked.store.commit(asked.repo, "main", f"{one.title} (#{num})", branch.files, remove=gone)
    Discussions(asked.store, asked.repo).change(num, "merged")
    event = {"id": str(num), "type": "status-change", "createdAt": one.created_at}
    return {"newStatus": event | {"author": {"name": one.author}, "data": {"status": "merged"}}}


def _listed(asked: Asked, one: PullRequest) -> dict[str, Any]:
    return {
        "num": one.num,
        "title": one.title,
        "author": {"name": one.author, "type": "user"},
        "createdAt": one.created_at,
        "status": one.status,
        "isPullRequest": True,
        "repo": {"name": asked.repo.id, "type": asked.repo.kind},
    }
