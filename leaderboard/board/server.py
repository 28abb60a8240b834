"""The server: its running, a health page, an orderly end."""

from __future__ import annotations

import logging
import os
import signal
import socket
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import uvicorn
from fastapi import APIRouter, FastAPI

from leaderboard import __version__
from leaderboard.record import Record

# Open streams get this long to end once the Space was told to stop.
_DRAIN_S = 2
TRUSTED = "FORWARDED_ALLOW_IPS"
"""uvicorn's own variable: addresses of proxies whose X-Forwarded-For and -Proto are believed."""


class EndingServer(uvicorn.Server):
    """Tells the app before it waits for open connections: `app.state.before_end` are called, in order.

    The lifespan ends only after them, which is too late for streams that have no end of their own.
    """

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        app = self.config.app
        for end in getattr(getattr(app, "state", None), "before_end", ()):
            end()
        await super().shutdown(sockets)


class _OrderlyServer(EndingServer):
    """Ends on SIGTERM and SIGINT with exit code 0; uvicorn's own raises the signal again when done."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        kept = {
            number: signal.signal(number, lambda *_: setattr(self, "should_exit", True))
            for number in (signal.SIGTERM, signal.SIGINT)
        }
        try:
            yield
        finally:
            for number, handler in kept.items():
                signal.signal(number, handler)


def run(app: FastAPI, listener: socket.socket, *, on_space: bool = False) -> int:
    """Serve until SIGTERM or SIGINT; returns the exit code, 0."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    for chatty in ("httpx2", "httpx", "apscheduler"):
        logging.getLogger(chatty).setLevel(logging.WARNING)
    # It brings a handler of its own, so that each of its lines would stand here twice.
    logging.getLogger("huggingface_hub").handlers.clear()
    config = configured(app, on_space=on_space)
    host, port = listener.getsockname()[:2]
    logging.getLogger("starwatt").info("ready on http://%s:%s", host, port)
    _OrderlyServer(config).run(sockets=[listener])
    return 0


def configured(app: FastAPI, *, on_space: bool, environ: Mapping[str, str] | None = None) -> uvicorn.Config:
    """How the app is served.

    Left to itself uvicorn takes the word of any peer on a loopback address for who asks and by which scheme.
    On one's own machine that is every program there, and every proxy that hands on what a client made up:
    only the addresses that FORWARDED_ALLOW_IPS names are believed.
    """
    trusted = (os.environ if environ is None else environ).get(TRUSTED, "")
    return uvicorn.Config(
        app,
        log_level="warning",
        access_log=False,
        timeout_graceful_shutdown=_DRAIN_S,
        server_header=False,
        proxy_headers=on_space or bool(trusted),
        forwarded_allow_ips=trusted or None,
    )


def create_health(
    record: Record,
    hub: Callable[[], dict[str, Any] | None] = lambda: None,
    jobs: Callable[[], dict[str, Any]] = dict,
) -> APIRouter:
    """`/healthz`: 200 once the Space answers, with what a monitor wants to know.

    `hub`: how the Hub's copy of the record stands; None where there is none to be had.
    `jobs`: what the clock does, and how it went last.
    """
    router = APIRouter(include_in_schema=False)

    @router.api_route("/healthz", methods=["GET", "HEAD"])
    def health() -> dict[str, Any]:
        return {
            "status": "ready",
            "version": __version__,
            "record_version": record.version,
            "queue": record.line_length(),
            "runners": len(record.workers()),
            "hub": hub(),
            "jobs": jobs(),
        }

    return router
