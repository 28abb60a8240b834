"""Contents: reading files at a revision, and the LFS side door that large ones take."""

from __future__ import annotations

import hashlib
import hmac
from typing import Annotated, Any
from urllib.parse import quote

from fastapi import APIRouter, Depends, Query, Request, Response
from fastapi.responses import FileResponse
from starlette.concurrency import run_in_threadpool

from .access import Access
from .asked import BodyJson, TheAsked, TheStore
from .refusals import EntryNotFound, Malformed, Unauthenticated

routes = APIRouter()
FILE = "/{ns}/{name}/resolve/{revision}/{path:path}"
LFS = "/{ns}/{name}.git/info/lfs/objects/"
TYPED = "/{plural}"
LFS_JSON = "application/vnd.git-lfs+json"


@routes.api_route(FILE, methods=["GET", "HEAD"])
@routes.api_route(TYPED + FILE, methods=["GET", "HEAD"])
def resolve(asked: TheAsked) -> FileResponse:
    """A file at a revision, whole or by range, with the headers that the client's cache is keyed on."""
    state = asked.readable().commit
    entry = state.files.get(asked.path)
    if entry is None:
        raise EntryNotFound(commit=state.oid)
    headers = {"ETag": f'"{entry.etag}"', "X-Repo-Commit": state.oid, "Accept-Ranges": "bytes"}
    if entry.lfs:
        headers |= {"X-Linked-Size": str(entry.size), "X-Linked-Etag": f'"{entry.sha256}"'}
    headers["Content-Disposition"] = f"inline; filename*=UTF-8''{quote(asked.path.rsplit('/', 1)[-1])}"
    return FileResponse(
        asked.store.blobs.path(entry.sha256), headers=headers, media_type="application/octet-stream"
    )


class Signatures:
    """Addresses that carry their own permission, since the client sends no token with LFS transfers."""

    def __init__(self, request: Request) -> None:
        access: Access = request.app.state.access
        self._key = access.write_token.encode()
        self._base = str(request.base_url)

    def _sign(self, operation: str, oid: str) -> str:
        return hmac.new(self._key, f"{operation} {oid}".encode(), "sha256").hexdigest()

    def address(self, operation: str, oid: str) -> str:
        """Where an object may be sent to or fetched from."""
        return f"{self._base}lfs-objects/{oid}?signature={self._sign(operation, oid)}"

    def check(self, operation: str, oid: str, signature: str) -> None:
        """Refuse an address that this Hub did not hand out."""
        if not hmac.compare_digest(self._sign(operation, oid), signature):
            raise Unauthenticated("This address is not signed")


Signed = Annotated[Signatures, Depends(Signatures)]


@routes.post(LFS + "batch")
@routes.post(TYPED + LFS + "batch")
def batch(
    request: Request, response: Response, asked: TheAsked, body: BodyJson, signed: Signed
) -> dict[str, Any]:
    """Where to send or fetch each object; an object that is here already needs no upload."""
    upload = body.get("operation") == "upload"
    blobs = (asked.writable() if upload else asked.readable()).store.blobs
    answers = []
    for wanted in body.get("objects", []):
        oid, size = _object(wanted)
        answer: dict[str, Any] = {"oid": oid, "size": size, "authenticated": True}
        if upload and not blobs.holds(oid):
            verify = str(request.url).removesuffix("batch") + "verify"
            answer["actions"] = {
                "upload": {"href": signed.address("upload", oid)},
                "verify": {"href": verify},
            }
        elif not upload and blobs.holds(oid) and any(e.sha256 == oid for e in asked.commit.files.values()):
            answer["actions"] = {"download": {"href": signed.address("download", oid)}}
        elif not upload:
            answer["error"] = {"code": 404, "message": "Object does not exist"}
        answers.append(answer)
    response.headers["Content-Type"] = LFS_JSON
    return {"transfer": "basic", "objects": answers}


@routes.post(LFS + "verify")
@routes.post(TYPED + LFS + "verify")
def verify(asked: TheAsked, body: BodyJson) -> Response:
    """Confirm that an upload arrived whole."""
    oid, size = _object(body)
    blobs = asked.writable().store.blobs
    if not blobs.holds(oid) or blobs.path(oid).stat().st_size != size:
        raise EntryNotFound(f"LFS object {oid} is not here in {size} bytes")
    return Response()


@routes.put("/lfs-objects/{oid}")
async def receive(
    request: Request, store: TheStore, signed: Signed, oid: str, signature: str = Query("")
) -> Response:
    """Take an object's bytes; they count only if their hash is the promised one."""
    signed.check("upload", oid, signature)
    incoming, digest = store.blobs.incoming(), hashlib.sha256()
    try:
        with incoming.open("wb") as file:
            async for chunk in request.stream():
                digest.update(chunk)
                file.write(chunk)
        if digest.hexdigest() != oid:
            raise Malformed("The bytes do not have the promised hash")
        await run_in_threadpool(store.blobs.adopt, incoming, oid)
    finally:
        incoming.unlink(missing_ok=True)
    return Response()


@routes.get("/lfs-objects/{oid}")
def send(store: TheStore, signed: Signed, oid: str, signature: str = Query("")) -> FileResponse:
    """An object's bytes."""
    signed.check("download", oid, signature)
    return FileResponse(store.blobs.path(oid), media_type="application/octet-stream")


def _object(wanted: dict[str, Any]) -> tuple[str, int]:
    oid, size = wanted.get("oid"), wanted.get("size")
    if (
        not isinstance(oid, str)
        or len(oid) != 64
        or set(oid) - set("0123456789abcdef")
        or not isinstance(size, int)
    ):
        raise Malformed("An LFS object is named by its SHA-256 and its size")
    return oid, size
