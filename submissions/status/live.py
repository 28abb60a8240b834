"""A submission's page hears of changes as they happen: server-sent events, from one watcher for all readers.

What is sent is small: that something changed, and whether it was the last time. The page then fetches itself
again, so that what a reader sees is always a page made for them.
"""

from __future__ import annotations

import asyncio
import json
import logging
from collections import Counter
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field

from fastapi import APIRouter, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import StreamingResponse

from leaderboard.domain import NotFound, StarwattError, TooMany
from leaderboard.record import Record
from leaderboard.record.watching import Stamp

_LOG = logging.getLogger("starwatt.live")
MOST_STREAMS = 200
"""Open streams at most; each is a connection and a few kilobytes. Who gets none asks every two seconds."""
MOST_PER_ADDRESS = 20
"""The same from one network address: an office may share one."""
LOOK_EVERY_S = 0.25
"""Between two looks at the record's version, which is a number in memory; not one per reader."""
KEEP_ALIVE_S = 15.0
"""Silence after which a proxy might think that the connection is dead."""
_AGAIN_MS = 3000
_TRY_LATER_S = 30.0
MEDIA_TYPE = "text/event-stream"
# `no-transform`, X-Accel-Buffering: a proxy must neither compress nor hold back what is sent.
_HEADERS = {"Cache-Control": "no-store, no-transform", "X-Accel-Buffering": "no"}


def peer_of(request: Request) -> str:
    """The network address that a request came from."""
    return request.client.host if request.client else ""


@dataclass(eq=False)
class _Reader:
    """One open stream. All of it belongs to the event loop's thread."""

    submission_id: str
    address: str
    stamp: Stamp
    woken: asyncio.Event = field(default_factory=asyncio.Event)


class Streams:
    """Every open stream, and the one task that watches the record for them."""

    def __init__(
        self,
        record: Record,
        *,
        most: int = MOST_STREAMS,
        most_per_address: int = MOST_PER_ADDRESS,
        keep_alive_s: float = KEEP_ALIVE_S,
    ) -> None:
        self._record = record
        self._most, self._most_per_address = most, most_per_address
        self._keep_alive_s = keep_alive_s
        self._readers: set[_Reader] = set()
        self._version = -1
        self._watcher: asyncio.Task[None] | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._ended = False

    @property
    def open(self) -> int:
        """Streams that somebody reads now."""
        return len(self._readers)

    def check_room(self, address: str) -> None:
        """Whether one more stream may be opened from there. Raises TooMany."""
        of_address = Counter(reader.address for reader in self._readers)[address]
        if self._ended or self.open >= self._most or of_address >= self._most_per_address:
            raise TooMany(
                "Too many pages are being followed at once.",
                "Ask for the page, or its JSON, every few seconds instead.",
                retry_after_s=_TRY_LATER_S,
            )

    async def follow(self, submission_id: str, address: str, now: Stamp, seen: str) -> AsyncIterator[bytes]:
        """The stream: a `change` for every stamp that differs from the one seen, until the last or the end.

        `now`: its stamp as it was read a moment ago.
        """
        # Only now, when somebody really reads: a stream that is never begun must not keep a place.
        reader = _Reader(submission_id, address, now)
        self._enter(reader)
        try:
            yield f"retry: {_AGAIN_MS}\n\n".encode()
            while True:
                stamp = reader.stamp
                if stamp.text != seen:
                    seen = stamp.text
                    yield _event(stamp)
                if stamp.final or self._ended:
                    return
                try:
                    await asyncio.wait_for(reader.woken.wait(), self._keep_alive_s)
                except TimeoutError:
                    yield b": still here\n\n"
                reader.woken.clear()
        finally:
            self._readers.discard(reader)

    def end(self) -> None:
        """End every stream, because the Space stops; from any thread. Later ones are refused."""
        self._ended = True
        if self._loop is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._wake_all)

    def _enter(self, reader: _Reader) -> None:
        loop = asyncio.get_running_loop()
        self._readers.add(reader)
        # Something may have changed between its stamp and this moment.
        self._version = -1
        if self._watcher is None or self._watcher.done() or self._loop is not loop:
            self._loop, self._watcher = loop, loop.create_task(self._watch())

    async def _watch(self) -> None:
        """While anybody follows: look whether the record moved on, and wake those whom it concerns."""
        while self._readers and not self._ended:
            if (version := self._record.version) != self._version:
                self._version = version
                try:
                    await self._look()
                except StarwattError as error:
                    _LOG.warning("what changed will be told later: %s", error)
                    self._version = -1
            await asyncio.sleep(LOOK_EVERY_S)

    async def _look(self) -> None:
        ids = {reader.submission_id for reader in self._readers}
        stamps = await run_in_threadpool(self._record.stamps, ids)
        for reader in self._readers:
            stamp = stamps.get(reader.submission_id, reader.stamp)
            if stamp != reader.stamp:
                reader.stamp = stamp
                reader.woken.set()

    def _wake_all(self) -> None:
        for reader in self._readers:
            reader.woken.set()


def create_live(
    record: Record, streams: Streams, address_of: Callable[[Request], str] = peer_of
) -> APIRouter:
    """Route `/submissions/{id}/events`.

    `address_of`: whom a stream is counted for.
    """
    router = APIRouter(include_in_schema=False)

    @router.api_route("/submissions/{submission_id}/events", methods=["GET", "HEAD"])
    async def events(request: Request, submission_id: str, seen: str = "") -> Response:
        # A browser that lost its connection says what it heard last, whatever the page said at first.
        seen = request.headers.get("last-event-id", seen)
        now = await run_in_threadpool(stamp_of, record, submission_id)
        if now.final and now.text == seen:
            # To a browser this status means: do not come back.
            return Response(status_code=204, headers=_HEADERS)
        if request.method == "HEAD":
            return Response(media_type=MEDIA_TYPE, headers=_HEADERS)
        address = address_of(request)
        streams.check_room(address)
        return StreamingResponse(
            streams.follow(submission_id, address, now, seen), media_type=MEDIA_TYPE, headers=_HEADERS
        )

    return router


def stamp_of(record: Record, submission_id: str) -> Stamp:
    """Where a submission is now. Raises NotFound."""
    found = record.stamps([submission_id]).get(submission_id)
    if found is None:
        raise NotFound(
            f"There is no submission {submission_id[:20]!r}.", "Its address has twelve characters."
        )
    return found


def _event(stamp: Stamp) -> bytes:
    data = json.dumps({"final": stamp.final})
    return f"event: change\nid: {stamp.text}\ndata: {data}\n\n".encode()
