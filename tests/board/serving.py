"""A site on a free port, in a thread, for tests that need a real connection."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import httpx2
import uvicorn
from fastapi import FastAPI

from leaderboard.board.server import EndingServer
from leaderboard.listening import listen

# What a machine under load may take to start or stop; a test never waits that long when all is well.
_PATIENCE_S = 60


@contextmanager
def serving(app: FastAPI) -> Iterator[str]:
    """The app's address while it is served."""
    with listen("127.0.0.1", 0) as listener:
        server = EndingServer(uvicorn.Config(app, log_level="warning", timeout_graceful_shutdown=1))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
        thread.start()
        deadline = time.monotonic() + _PATIENCE_S
        while not server.started and thread.is_alive() and time.monotonic() < deadline:
            thread.join(0.02)
        assert server.started
        try:
            yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        finally:
            server.should_exit = True
            thread.join(_PATIENCE_S)
        assert not thread.is_alive()


def with_gradio(address: str) -> str:
    """The address, once Gradio is made behind it: its own client waits five seconds for an answer."""
    httpx2.get(f"{address}/config", timeout=2 * _PATIENCE_S).raise_for_status()
    return address
