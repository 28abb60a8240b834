"""The loopback Hub itself: state, application and server in one object with a beginning and an end."""

from __future__ import annotations

import socket
import threading
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Self

import uvicorn
from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse

from . import (
    routes_discussions,
    routes_files,
    routes_history,
    routes_jobs,
    routes_openid,
    routes_repos,
    routes_spaces,
)
from .access import Access
from .jobs import Jobs
from .openid import OpenID
from .refusals import Refusal
from .store import Commit, Gate, RepoType, Store
from .wire import FaultHook, Wire


class LoopbackHub:
    """A Hugging Face Hub on 127.0.0.1 for the real clients: set `HF_ENDPOINT` to `endpoint`.

    State lives in `data_dir` and is there again at the next start. A context manager; or call `close()`.
    """

    def __init__(self, data_dir: Path, port: int = 0) -> None:
        self.data_dir = data_dir
        self.access = access = Access(data_dir)
        self.store = Store(data_dir)
        self.openid = OpenID(data_dir)
        """Whom people sign in with: its client, its people."""
        self.jobs = Jobs()
        """What runs here for others; `jobs.machines` holds it back."""
        self.write_token = access.write_token
        self.read_token = access.read_token
        self.faults: FaultHook | None = None
        """May answer in place of a handler, before it acts or after (see `wire.Fault`)."""
        app = FastAPI(openapi_url=None)
        app.state.store, app.state.access, app.state.openid = self.store, access, self.openid
        app.state.jobs = self.jobs
        app.add_exception_handler(Refusal, _refuse)
        for room in (
            routes_openid,
            routes_jobs,
            routes_repos,
            routes_discussions,
            routes_spaces,
            routes_history,
            routes_files,
        ):
            app.include_router(room.routes)
        self._socket = socket.socket()
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        # Head and body go out in two writes, and the second must not wait for the receipt of the first.
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._socket.bind(("127.0.0.1", port))
        # Listening before the server runs means that nobody has to wait for it: early connections queue.
        self._socket.listen(128)
        self.endpoint = f"http://127.0.0.1:{self._socket.getsockname()[1]}"
        self._server = uvicorn.Server(
            uvicorn.Config(
                Wire(app, lambda: self.faults),
                log_level="critical",
                access_log=False,
                lifespan="off",
                ws="none",
                timeout_graceful_shutdown=1,
            )
        )
        self._thread = threading.Thread(
            target=self._server.run, args=([self._socket],), name="hub", daemon=True
        )
        self._thread.start()

    def publish(
        self,
        kind: RepoType,
        repo_id: str,
        files: Mapping[str, bytes | Path],
        *,
        title: str = "Publish",
        private: bool = False,
        gated: Gate = False,
        date: str | None = None,
    ) -> Commit:
        """Put files into a repository without a round trip; it is made if there is none.

        A fixed `date` gives the same commit hash for the same content each time. Content that is there
        already makes no commit. `private` and `gated` hold from the first moment; they change nothing later.
        """
        known = [repo for repo in self.store.repos(kind) if repo.id == repo_id]
        repo = (
            known[0] if known else self.store.create(kind, repo_id, private=private, gated=gated, date=date)
        )
        entries = {path: self.store.blobs.put(content, path) for path, content in sorted(files.items())}
        head = self.store.at(repo, "main")
        if all(head.files.get(path) == entry for path, entry in entries.items()):
            return head
        return self.store.commit(repo, "main", title, entries, date=date)

    def person(self, name: str, roles: Mapping[str, str]) -> str:
        """A token of another person; `roles` are theirs in organisations: `{"org": "admin"}`."""
        return self.access.add_person(name, roles)

    def close(self) -> None:
        """Stop serving, and end every job; the state stays on disk, jobs do not."""
        self.jobs.close()
        self._server.should_exit = True
        self._thread.join()
        self._socket.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def _refuse(request: Request, refusal: Exception) -> JSONResponse:
    if not isinstance(refusal, Refusal):
        raise refusal
    return JSONResponse(refusal.body(), refusal.status, refusal.headers())
