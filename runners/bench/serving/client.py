"""The client: puts a load on a server and writes down what came, in a process of its own.

`python -m runners.bench.serving.client`, messages on standard input and output (see `wire`). It holds
neither model nor meter; all times are its own, on the clock that the parent's meter is read by.
"""

from __future__ import annotations

import asyncio
import json
import random
import resource
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import httpx2

from runners.bench import wire
from runners.bench.serving.answers import Answer, write_answers
from runners.bench.serving.steady import ending
from runners.bench.serving.stream import Incompatible, read_stream

TICK_S = 1.0
Say = Callable[[wire.ChildMessage], None]


def order(asked: wire.Serve, block: int) -> Iterator[int]:
    """The query of each request: whole passes over the block, each in an order of its own."""
    for number in range(-(-asked.requests // block)):
        rows = list(range(block))
        random.Random(f"{asked.seed}/{number}").shuffle(rows)
        yield from rows[: asked.requests - number * block]


def opened(address: str, most: int) -> httpx2.AsyncClient:
    """Connections to an address: never through a proxy, each for one request."""
    limits = httpx2.Limits(max_connections=most, max_keepalive_connections=0)
    socket = None if "://" in address else address
    transport = httpx2.AsyncHTTPTransport(trust_env=False, uds=socket, limits=limits)
    # What stalls is for `Load` to say: a request that waits in the server's queue keeps silent too.
    return httpx2.AsyncClient(
        transport=transport,
        base_url="http://server" if socket else address,
        timeout=httpx2.Timeout(None),
        trust_env=False,
    )


class Load:
    """One load under way."""

    def __init__(self, asked: wire.Serve, bodies: Sequence[Mapping[str, Any]], say: Say) -> None:
        self._asked, self._bodies, self._say = asked, bodies, say
        self.answers = [
            Answer(request=number, query=query) for number, query in enumerate(order(asked, len(bodies)))
        ]
        self.texts = [""] * len(self.answers)
        self._firsts = self._done = 0
        self._begun = self._ended = self._near = False
        self._began_s = self._progress_s = time.monotonic()
        self._tasks: dict[int, asyncio.Task[None]] = {}

    async def run(self) -> None:
        """Until every request has ended, one way or another."""
        asked = self._asked
        self._began_s = self._progress_s = time.monotonic()
        gate = asyncio.Semaphore(asked.open_at_most)
        async with opened(asked.address, asked.open_at_most) as http:
            watch = asyncio.create_task(self._watch())
            for answer in self.answers:
                await gate.acquire()
                task = asyncio.create_task(self._one(http, answer))
                self._tasks[answer.request] = task
                task.add_done_callback(lambda _: gate.release())
            await asyncio.gather(*self._tasks.values())
            watch.cancel()
        if not self._begun:
            self._say(wire.Begin())
        if not self._ended:
            self._say(wire.End())

    async def _one(self, http: httpx2.AsyncClient, answer: Answer) -> None:
        answer.send_s = time.monotonic()
        try:
            await self._ask(http, answer)
        except asyncio.CancelledError:
            answer.fault, answer.said = "stalled", f"nothing came for {self._asked.stall_s:g} s"
        except Incompatible as error:
            answer.fault, answer.said = "incompatible", str(error)[:200]
        except (httpx2.ConnectError, httpx2.HTTPStatusError) as error:
            answer.fault, answer.said = "refused", str(error)[:200]
        except (httpx2.RequestError, httpx2.StreamError) as error:
            answer.fault, answer.said = "closed", f"{type(error).__name__}: {error}"[:200]
        answer.end_s = self._progress_s = time.monotonic()
        self._count_done()

    async def _ask(self, http: httpx2.AsyncClient, answer: Answer) -> None:
        body = self._bodies[answer.query]
        async with http.stream("POST", self._asked.path, json=body) as response:
            if response.status_code >= 400:
                said = " ".join((await response.aread()).decode(errors="replace").split())
                raise httpx2.HTTPStatusError(
                    f"HTTP {response.status_code}: {said[:160]}", request=response.request, response=response
                )
            parts: list[str] = []
            async for piece in read_stream(response):
                now_s = self._progress_s = time.monotonic()
                if piece.text is not None:
                    parts.append(piece.text)
                    told = piece.tokens_so_far
                    answer.pieces_s.append(now_s)
                    answer.tokens.append(1 if told is None else max(0, told - answer.counted))
                    if len(answer.pieces_s) == 1:
                        self._count_first(now_s)
                if piece.usage is not None:
                    answer.usage_in, answer.usage_out = piece.usage
                answer.finish = piece.finish or answer.finish
            self.texts[answer.request] = "".join(parts)
        if not answer.pieces_s:
            raise Incompatible("the stream ended without a token")

    def _count_first(self, now_s: float) -> None:
        self._firsts += 1
        if self._firsts == self._asked.at_once and not self._begun:
            self._begun = True
            self._say(wire.Begin(time_s=now_s))

    def _count_done(self) -> None:
        self._done += 1
        due, now_s = ending(self._asked.requests, self._asked.at_once), self._progress_s
        left_s = (due - self._done) * (now_s - self._began_s) / self._done
        # Requests of one length end in waves, so the last wave but one is near too.
        if self._begun and not self._near and (due - self._done <= self._asked.at_once + 1 or left_s < 1.0):
            self._near = True
            self._say(wire.Tick(queries=self._done, near=True))
        if self._begun and not self._ended and self._done >= due:
            self._ended = True
            self._say(wire.End(time_s=now_s))

    async def _watch(self) -> None:
        """Say that it is alive; give up what stalls. A request that waits for its first token may wait as
        long as anything comes for others."""
        stall_s, ticked_s = self._asked.stall_s, self._began_s
        while True:
            await asyncio.sleep(min(0.2, stall_s / 5))
            now_s = time.monotonic()
            if now_s - ticked_s >= TICK_S:
                ticked_s = now_s
                self._say(wire.Tick(queries=self._done, near=self._near))
            for number, task in self._tasks.items():
                answer = self.answers[number]
                heard_s = answer.pieces_s[-1] if answer.pieces_s else self._progress_s
                if not task.done() and now_s - max(heard_s, answer.send_s) > stall_s:
                    task.cancel()


def retokenise(load: Load, tokenizer: str | None) -> None:
    """Count the text's own tokens, where pieces and server differ."""
    differ = [answer for answer in load.answers if answer.usage_out not in (None, answer.counted)]
    if tokenizer is None or not differ:
        return
    from tokenizers import Tokenizer

    own = Tokenizer.from_file(tokenizer)
    for answer in differ:
        answer.retokenised = len(own.encode(load.texts[answer.request], add_special_tokens=False).ids)


def put(asked: wire.Serve, say: Say) -> list[Answer]:
    """Put a load on a server: its steady part is told as it comes, its answers are returned."""
    bodies = json.loads(Path(asked.bodies).read_bytes())
    load = Load(asked, bodies, say)
    asyncio.run(load.run())
    retokenise(load, asked.tokenizer)
    return load.answers


def main() -> int:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard != resource.RLIM_INFINITY:
        resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, hard), hard))

    def say(message: wire.ChildMessage) -> None:
        sys.stdout.buffer.write(wire.encode(message))
        sys.stdout.buffer.flush()

    for line in iter(lambda: sys.stdin.buffer.readline(wire.LONGEST_LINE), b""):
        asked = wire.from_parent(line)
        if not isinstance(asked, wire.Serve):
            break
        answers = put(asked, say)
        write_answers(answers, Path(asked.answers))
        whole = [answer for answer in answers if not answer.fault]
        say(
            wire.Done(
                queries=len(answers),
                answered=len(whole),
                passes=max(1, len(answers) // len(json.loads(Path(asked.bodies).read_bytes()))),
                tokens_in=sum(answer.usage_in or 0 for answer in whole),
                tokens_out=sum(answer.counted for answer in whole),
            )
        )
    say(wire.Bye(peak_memory_bytes=0))
    return 0


if __name__ == "__main__":
    sys.exit(main())
