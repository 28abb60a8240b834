"""A Space reduced to its runner API, on a real socket of this machine; it keeps what it was told."""

from __future__ import annotations

import hashlib
import json
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self

from leaderboard.domain import Plan

TOKEN = "runner-token-0123456789"
Asked = tuple[str, str, Any]
Answer = tuple[int, dict[str, Any] | None]


def refusal(code: str, message: str = "No.", remedy: str = "Stop.") -> dict[str, Any]:
    return {"error": {"code": code, "message": message, "remedy": remedy}}


class SpaceDouble:
    """`hook` may answer in place of it: given (method, path, body), an answer or None."""

    def __init__(self, *plans: Plan, lease_s: float = 0.5) -> None:
        self.waiting = list(plans)
        self.lease_s = lease_s
        self.asked: list[Asked] = []
        self.files: dict[str, bytes] = {}
        self.log = ""
        self.finished: list[dict[str, Any]] = []
        self.hook: Callable[[str, str, Any], Answer | None] = lambda method, path, body: None
        self.heard = threading.Condition()
        double = self

        class Handler(BaseHTTPRequestHandler):
            def _serve(self) -> None:
                raw = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                authorised = self.headers["Authorization"] == f"Bearer {TOKEN}"
                status, document = double.answer(self.command, self.path, raw, authorised)
                body = b"" if document is None else json.dumps(document).encode()
                self.send_response(status)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            do_GET = do_POST = do_PUT = _serve  # noqa: N815  the server's own names

            def log_message(self, *words: object) -> None:
                """Not into the test's output."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)
        self.address = f"http://127.0.0.1:{self._server.server_port}"

    def answer(self, method: str, path: str, raw: bytes, authorised: bool) -> Answer:
        where = path.removeprefix("/api/v1/runner")
        if not authorised:
            return 401, refusal("forbidden", "The token is wrong.")
        body = json.loads(raw) if method == "POST" else raw if method == "PUT" else None
        with self.heard:
            self.asked.append((method, where, body))
            self.heard.notify_all()
        instead = self.hook(method, where, body)
        return instead if instead is not None else self._properly(where, body)

    def _properly(self, where: str, body: Any) -> Answer:
        if where == "/claim":
            if not self.waiting:
                return 204, None
            plan = self.waiting.pop(0)
            claimed = {"submission_id": plan.run_key[:12], "fence": 7, "attempt": 1, "lease_s": self.lease_s}
            return 200, {**claimed, "plan": plan.model_dump(mode="json"), "facts": {}}
        if "/files/" in where:
            return 200, self._file(where, body)
        assert body["fence"] == 7
        if where.endswith("/heartbeat"):
            self.log = self.log[: body["log_at"]] + body["log"]
        if where.endswith("/finish"):
            self.finished.append(body)
            return 200, {"status": body["outcome"], "run_id": None}
        return 200, {"status": "running"}

    def _file(self, where: str, piece: bytes | None) -> dict[str, Any]:
        name, _, query = where.rpartition("/")[2].partition("?")
        told = dict(word.split("=") for word in query.split("&"))
        assert told["fence"] == "7"
        here = self.files.get(name, b"")
        if piece is not None and int(told["offset"]) <= len(here):
            self.files[name] = here = here[: int(told["offset"])] + piece
        complete = name in self.files and hashlib.sha256(here).hexdigest() == told["sha256"]
        return {"bytes": len(here), "complete": complete}

    def paths(self) -> list[str]:
        """The last part of every address that something was told, in order."""
        return [
            path.rpartition("/")[2].partition("?")[0] for method, path, _ in self.asked if method != "GET"
        ]

    def wait_for(self, word: str, times: int = 1, timeout_s: float = 60) -> None:
        """Until an address with that last part was asked so many times."""
        with self.heard:
            assert self.heard.wait_for(lambda: self.paths().count(word) >= times, timeout_s), self.paths()

    def beats(self) -> list[Any]:
        """What every heartbeat said."""
        return [body for _, path, body in self.asked if path.endswith("/heartbeat")]

    def wait_until(self, due: Callable[[], bool], timeout_s: float = 60) -> None:
        """Until something that was asked makes it so."""
        with self.heard:
            assert self.heard.wait_for(due, timeout_s), self.paths()

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()
