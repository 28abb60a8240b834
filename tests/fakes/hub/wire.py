"""Between the socket and the routes: addresses kept as sent, and the seam where faults are put in."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Literal

from starlette.types import ASGIApp, Message, Receive, Scope, Send

Phase = Literal["before", "after"]


@dataclass(frozen=True)
class Fault:
    """An answer in place of the real one."""

    status: int
    """HTTP status; 0 breaks the connection off instead."""
    headers: Mapping[str, str] = field(default_factory=dict)


FaultHook = Callable[[str, str, Phase], Fault | None]
"""Called with method, path and phase; a fault `after` is a lost reply: what was asked has happened."""


class Wire:
    """Wraps the application; `hook()` gives the fault hook of the moment, if any."""

    def __init__(self, app: ASGIApp, hook: Callable[[], FaultHook | None]) -> None:
        self._app = app
        self._hook = hook

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        # The client quotes slashes inside a revision or a path; decoded too early they would split it.
        scope["path"] = scope["raw_path"].decode("ascii")
        hook = self._hook()
        if hook is None:
            await self._app(scope, receive, send)
            return
        method, path = scope["method"], scope["path"]
        fault = hook(method, path, "before")
        if fault is not None:
            await _answer(fault, send)
            return
        lost = False

        async def forward(message: Message) -> None:
            nonlocal lost
            if message["type"] == "http.response.start":
                fault = hook(method, path, "after")
                if fault is not None:
                    lost = True
                    await _answer(fault, send)
            if not lost:
                await send(message)

        await self._app(scope, receive, forward)


async def _answer(fault: Fault, send: Send) -> None:
    headers = [(name.lower().encode(), value.encode()) for name, value in fault.headers.items()]
    # A body that is promised and never sent makes the server close the connection on the client.
    length = b"1" if fault.status == 0 else b"0"
    start = {"type": "http.response.start", "status": fault.status or 500}
    await send(start | {"headers": [*headers, (b"content-length", length)]})
    if fault.status:
        await send({"type": "http.response.body", "body": b""})
