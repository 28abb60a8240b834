"""A repository's states and their names: upload modes, commits, branches, tags, folders."""

from __future__ import annotations

import base64
import binascii
import hashlib
from typing import Any, Literal, TypeVar
from urllib.parse import parse_qs, unquote

from fastapi import APIRouter, Request, Response

from .asked import Asked, BodyBytes, BodyJson, TheAsked, lines, web_address
from .blobs import Entry, stored_as_lfs
from .discussions import Discussions, must_contribute
from .refusals import EntryNotFound, Malformed
from .routes_repos import REPO
from .store import Commit

routes = APIRouter()
PAGE, EXPANDED_PAGE = 1000, 50
T = TypeVar("T")


@routes.post(REPO + "/preupload/{revision}")
def preupload(request: Request, asked: TheAsked, body: BodyJson) -> dict[str, Any]:
    """For each file of a coming commit: whether it goes through LFS, and what lies there now."""
    must_contribute(asked.store, asked.repo, asked.revision, asked.caller, create=_opens(request))
    held = asked.commit.files
    answers = []
    for file in body.get("files", []):
        path, there = file["path"], held.get(file["path"])
        mode = "lfs" if stored_as_lfs(path, file["size"]) else "regular"
        answers.append(
            {"path": path, "uploadMode": mode, "shouldIgnore": False, "oid": there.etag if there else None}
        )
    return {"files": answers}


@routes.post(REPO + "/commit/{revision}")
def commit(request: Request, asked: TheAsked, body: BodyBytes) -> dict[str, Any]:
    """One commit, all or nothing; `parentCommit` makes it a compare-and-swap (412).

    With `create_pr` it goes to the branch of a new pull request.
    """
    must_contribute(asked.store, asked.repo, asked.revision, asked.caller, create=_opens(request))
    blobs = asked.store.blobs
    header: dict[str, Any] = {}
    add: dict[str, Entry] = {}
    remove: set[str] = set()
    folders: list[str] = []
    for key, value in lines(body):
        path = str(value.get("path", ""))
        if key == "header":
            header = value
        elif ".." in path.split("/") or path.startswith("/") or not path:
            raise Malformed(f"Not a path in a repository: {path!r}")
        elif key == "file":
            add[path] = _regular(asked, path, value)
        elif key == "lfsFile":
            oid = str(value.get("oid"))
            if not blobs.holds(oid):
                raise Malformed(f"No LFS object {oid} was uploaded")
            add[path] = blobs.entry(oid, blobs.path(oid).stat().st_size, lfs=True)
        elif key == "deletedFile":
            remove.add(path)
        elif key == "deletedFolder":
            folders.append(path)
        else:
            raise Malformed(f"Unknown kind of change: {key}")
    branch, opened = asked.revision, None
    title, description = str(header.get("summary", "")), str(header.get("description", ""))
    if _opens(request):
        discussions = Discussions(asked.store, asked.repo)
        opened = discussions.open(title, description, asked.caller.name or "", header.get("parentCommit"))
        branch = opened.ref
    made = asked.store.commit(
        asked.repo,
        branch,
        title,
        add,
        remove=frozenset(remove),
        remove_folders=tuple(folders),
        parent=header.get("parentCommit"),
        message=description,
        author=asked.caller.name or "",
    )
    address = f"{web_address(request, asked.repo)}/commit/{made.oid}"
    answer = {"success": True, "commitOid": made.oid, "commitUrl": address, "hookOutput": ""}
    if opened is not None:
        answer["pullRequestUrl"] = f"{web_address(request, asked.repo)}/discussions/{opened.num}"
    return answer


def _opens(request: Request) -> bool:
    return request.query_params.get("create_pr", "").lower() in ("1", "true")


def _regular(asked: Asked, path: str, value: dict[str, Any]) -> Entry:
    content = str(value.get("content", ""))
    try:
        data = (
            base64.b64decode(content, validate=True)
            if value.get("encoding") == "base64"
            else content.encode()
        )
    except binascii.Error:
        raise Malformed(f"The content of {path} is not base64") from None
    if stored_as_lfs(path, len(data)):
        raise Malformed(f"{path} must be uploaded as an LFS file")
    return asked.store.blobs.put(data, path)


@routes.get(REPO + "/commits/{revision}")
def commits(request: Request, response: Response, asked: TheAsked) -> list[dict[str, Any]]:
    """The history of a revision, newest first, in pages."""
    history = list(asked.store.history(asked.repo, asked.revision))
    return [
        {
            "id": one.oid,
            "title": one.title,
            "message": one.message,
            "date": one.date,
            "authors": [{"user": one.author}],
        }
        for one in _page(request, response, history, 50)
    ]


@routes.get(REPO + "/refs")
def refs(asked: TheAsked) -> dict[str, Any]:
    """All branches and tags."""
    repo = asked.repo
    branches = [
        {"name": n, "ref": f"refs/heads/{n}", "targetCommit": oid}
        for n, oid in sorted(repo.branches.items())
        if not n.startswith("refs/")
    ]
    tags = [{"name": n, "ref": f"refs/tags/{n}", "targetCommit": oid} for n, oid in sorted(repo.tags.items())]
    return {"branches": branches, "tags": tags, "converts": [], "pullRequests": []}


@routes.post(REPO + "/tag/{revision}")
def create_tag(asked: TheAsked, body: BodyJson) -> Response:
    """Name a revision for good."""
    tag = body.get("tag")
    if not isinstance(tag, str) or not tag:
        raise Malformed("A tag needs a name")
    asked.writable().store.add_ref(asked.repo, "tags", tag, asked.revision)
    return Response()


@routes.post(REPO + "/branch/{branch}")
def create_branch(asked: TheAsked, branch: str, body: BodyJson) -> Response:
    """Start a branch at a revision."""
    asked.writable().store.add_ref(asked.repo, "branches", unquote(branch), body.get("startingPoint", "main"))
    return Response()


@routes.delete(REPO + "/{refs}/{ref}")
def delete_ref(asked: TheAsked, refs: Literal["tag", "branch"], ref: str) -> Response:
    """Take the name of a tag or branch away."""
    asked.writable().store.remove_ref(asked.repo, "tags" if refs == "tag" else "branches", unquote(ref))
    return Response()


@routes.get(REPO + "/tree/{revision}")
@routes.get(REPO + "/tree/{revision}/{path:path}")
def tree(request: Request, response: Response, asked: TheAsked) -> list[dict[str, Any]]:
    """A folder's files and folders, in pages; `recursive` goes down, `expand` adds each one's last commit."""
    query = request.query_params
    recursive, expand = (query.get(flag, "").lower() in ("true", "1") for flag in ("recursive", "expand"))
    state = asked.commit
    prefix = f"{asked.path}/" if asked.path else ""
    inside = [path for path in state.files if path.startswith(prefix)]
    if prefix and not inside:
        raise EntryNotFound(f"{asked.path} does not exist on {asked.revision}", state.oid)
    depth = len(prefix.split("/"))
    folders = {"/".join(path.split("/")[:n]) for path in inside for n in range(depth, path.count("/") + 1)}
    listed = sorted(folders | set(inside))
    if not recursive:
        listed = [path for path in listed if path.count("/") == depth - 1]
    size = int(query.get("limit", EXPANDED_PAGE if expand else PAGE))
    return [_item(asked, state, path, expand) for path in _page(request, response, listed, size)]


@routes.post(REPO + "/paths-info/{revision}")
def paths_info(asked: TheAsked, body: BodyBytes) -> list[dict[str, Any]]:
    """The listed entries of the paths that exist; unknown paths are left out."""
    form = parse_qs(body.decode())
    state, expand = asked.commit, form.get("expand", ["false"])[0].lower() in ("true", "1")
    there = [path.strip("/") for path in form.get("paths", [])]
    there = [path for path in there if path in state.files or _under(state, path)]
    return [_item(asked, state, path, expand) for path in there]


def _under(state: Commit, folder: str) -> list[tuple[str, str]]:
    return [(path, entry.oid) for path, entry in state.files.items() if path.startswith(f"{folder}/")]


def _item(asked: Asked, state: Commit, path: str, expand: bool) -> dict[str, Any]:
    entry = state.files.get(path)
    if entry is not None:
        item = entry.tree_item(path)
    else:
        oid = hashlib.sha1(repr(_under(state, path)).encode(), usedforsecurity=False).hexdigest()
        item = {"type": "directory", "oid": oid, "size": 0, "path": path}
    if expand:
        last = _last_change(asked, state, path)
        item["lastCommit"] = {"id": last.oid, "title": last.title, "date": last.date}
    return item


def _last_change(asked: Asked, state: Commit, path: str) -> Commit:
    """The newest commit that differs from its parent at `path`."""
    now, last = (state.files.get(path), _under(state, path)), state
    for older in asked.store.history(asked.repo, state.oid):
        if (older.files.get(path), _under(older, path)) != now:
            return last
        last = older
    return last


def _page(request: Request, response: Response, items: list[T], size: int) -> list[T]:
    """The slice that `cursor` asks for, with a `Link` to the next one."""
    start = int(request.query_params.get("cursor", "0"))
    if start + size < len(items):
        response.headers["Link"] = f'<{request.url.include_query_params(cursor=start + size)}>; rel="next"'
    return items[start : start + size]
