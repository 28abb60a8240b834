"""Repositories as wholes: who am I, create, delete, settings, facts, listings."""

from __future__ import annotations

from typing import Any

import yaml
from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse

from . import facts
from .access import must_write
from .asked import BodyJson, TheAsked, TheCaller, TheStore, kind_of, web_address
from .refusals import AlreadyExists, Malformed, Unauthenticated
from .store import RepoType

routes = APIRouter()
REPO = "/api/{plural}/{ns}/{name}"
ONLY_WHEN_ASKED = {"siblings": "full", "cardData": "cardData", "config": "config", "safetensors": "full"}


@routes.get("/api/whoami-v2")
def whoami(caller: TheCaller) -> dict[str, Any]:
    """The owner of the token."""
    if caller.name is None:
        raise Unauthenticated("Invalid username or password.")
    role = "write" if caller.may_write else "read"
    token = {"type": "access_token", "accessToken": {"displayName": role, "role": role}}
    return {
        "type": "user",
        "id": caller.name,
        "name": caller.name,
        "fullname": caller.name,
        "orgs": [{"type": "org", "name": org, "roleInOrg": role} for org, role in caller.roles],
        "auth": token,
    }


@routes.post("/api/validate-yaml")
def validate_card(body: BodyJson) -> JSONResponse:
    """Check the front matter of a card, as the client does before each commit that holds a README."""
    content = str(body.get("content", ""))
    try:
        yaml.safe_load(content[4:].split("\n---", 1)[0] if content.startswith("---\n") else "")
    except yaml.YAMLError as problem:
        errors = [{"message": f"Invalid YAML: {problem}"}]
        return JSONResponse({"error": "Invalid metadata", "errors": errors, "warnings": []}, 400)
    return JSONResponse({"errors": [], "warnings": []})


def _named(body: dict[str, Any], caller: TheCaller) -> tuple[RepoType, str]:
    must_write(caller)
    name = body.get("name")
    if not isinstance(name, str) or not name:
        raise Malformed("A repository needs a name")
    return kind_of(f"{body.get('type') or 'model'}s"), f"{body.get('organization') or caller.name}/{name}"


def _private(body: dict[str, Any]) -> bool | None:
    if "visibility" in body:
        return bool(body["visibility"] == "private")
    return bool(body["private"]) if "private" in body else None


@routes.post("/api/repos/create")
def create(request: Request, body: BodyJson, caller: TheCaller, store: TheStore) -> dict[str, Any]:
    """A new repository; 409 with its address if it is there already."""
    kind, repo_id = _named(body, caller)
    try:
        repo = store.create(kind, repo_id, private=bool(_private(body)), sdk=body.get("sdk"))
    except AlreadyExists as already:
        raise AlreadyExists(already.message, web_address(request, store.repo(kind, repo_id))) from None
    return {"url": web_address(request, repo), "name": repo.id, "id": repo.id}


@routes.delete("/api/repos/delete")
def delete(body: BodyJson, caller: TheCaller, store: TheStore) -> Response:
    """Take a repository away."""
    store.delete(store.repo(*_named(body, caller)))
    return Response()


@routes.put(REPO + "/settings")
def settings(asked: TheAsked, body: BodyJson) -> dict[str, Any]:
    """Change who may see and read a repository."""
    repo = asked.writable().repo
    if body.get("gated", False) not in ("auto", "manual", False):
        raise Malformed("gated is one of auto, manual, false")
    repo.gated = body.get("gated", repo.gated)
    private = _private(body)
    repo.private = repo.private if private is None else private
    asked.store.save(repo)
    return {"gated": repo.gated, "private": repo.private}


@routes.get(REPO)
@routes.get(REPO + "/revision/{revision}")
def info(request: Request, asked: TheAsked) -> dict[str, Any]:
    """The facts of a repository at a revision; `blobs` adds sizes and hashes, `expand` picks single facts."""
    query = request.query_params
    whole = facts.info(
        asked.store, asked.repo, asked.commit, blobs=query.get("blobs", "").lower() in ("true", "1")
    )
    return _picked(whole, query.getlist("expand") + query.getlist("expand[]"))


@routes.get(REPO + "/auth-check")
def auth_check(asked: TheAsked) -> Response:
    """Whether the caller may read the files."""
    asked.readable()
    return Response()


@routes.get("/api/{plural}")
def listing(
    request: Request, response: Response, plural: str, caller: TheCaller, store: TheStore
) -> list[dict[str, Any]]:
    """The repositories of a type that the caller may see, filtered, sorted and paged."""
    query = request.query_params
    seen = [repo for repo in store.repos(kind_of(plural)) if caller.may_write or not repo.private]
    found = [facts.info(store, repo, store.at(repo, "main")) for repo in seen]
    search, author = query.get("search", "").lower(), query.get("author", "")
    found = [one for one in found if search in one["id"].lower() and author in ("", one["author"])]
    wanted = set(query.getlist("filter"))
    found = [one for one in found if wanted <= set(one["tags"])]
    for key in ("pipeline_tag", "gated"):
        if key in query:
            found = [one for one in found if str(one.get(key) or False).lower() == query[key].lower()]
    if "sort" in query:
        key = query["sort"]
        found.sort(
            key=lambda one: (one.get(key) is not None, one.get(key)),
            reverse=query.get("direction", "-1") == "-1",
        )
    start, limit = int(query.get("cursor", "0")), int(query.get("limit", "1000"))
    if start + limit < len(found):
        response.headers["Link"] = f'<{request.url.include_query_params(cursor=start + limit)}>; rel="next"'
    page, expand = found[start : start + limit], query.getlist("expand")
    if expand:
        return [_picked(one, expand) for one in page]
    hidden = {
        key for key, flag in ONLY_WHEN_ASKED.items() if query.get(flag, "").lower() not in ("true", "1")
    }
    return [{key: value for key, value in one.items() if key not in hidden} for one in page]


def _picked(whole: dict[str, Any], expand: list[str]) -> dict[str, Any]:
    if not expand:
        return whole
    return {key: value for key, value in whole.items() if key in {"_id", "id", *expand}}
