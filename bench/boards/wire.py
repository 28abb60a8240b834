"""Requests on open connections with as little of a client as there can be: it shares the server's cores."""

from __future__ import annotations

import json
import socket
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import BinaryIO

Ask = Callable[["Line", int], None]


@dataclass(frozen=True)
class Answer:
    """Of one request."""

    status: int
    headers: dict[str, str]
    body: bytes


class Line:
    """One open connection."""

    def __init__(self, port: int) -> None:
        self._socket = socket.create_connection(("127.0.0.1", port), timeout=120)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._file: BinaryIO = self._socket.makefile("rb")

    def ask(self, path: str, *, body: bytes | None = None, headers: str = "") -> Answer:
        """Send and read to the end."""
        head = f"Host: 127.0.0.1\r\nAccept-Encoding: gzip\r\n{headers}"
        if body is None:
            self._socket.sendall(f"GET {path} HTTP/1.1\r\n{head}\r\n".encode())
        else:
            length = f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n"
            self._socket.sendall(f"POST {path} HTTP/1.1\r\n{head}{length}\r\n".encode() + body)
        status = int(self._file.readline().split()[1])
        told: dict[str, str] = {}
        while (line := self._file.readline()) not in (b"\r\n", b""):
            name, _, value = line.partition(b":")
            told[name.decode().lower()] = value.strip().decode()
        if told.get("transfer-encoding") == "chunked":
            return Answer(status, told, b"".join(self._chunks()))
        return Answer(status, told, self._file.read(int(told.get("content-length", 0))))

    def _chunks(self) -> Iterator[bytes]:
        while size := int(self._file.readline(), 16):
            yield self._file.read(size)
            self._file.readline()
        self._file.readline()

    def close(self) -> None:
        self._file.close()
        self._socket.close()


def rate(port: int, ask: Ask, seconds: float, lines: int = 4) -> float:
    """Answers a second on so many connections at once. `ask` is told which request it is, counted up."""
    done = [0] * lines
    wrong: list[BaseException] = []
    ends_at = time.perf_counter() + seconds

    def work(place: int) -> None:
        line = Line(port)
        try:
            while time.perf_counter() < ends_at:
                ask(line, done[place] * lines + place)
                done[place] += 1
        except (OSError, ValueError, KeyError, SystemExit) as error:
            wrong.append(error)
        finally:
            line.close()

    started = time.perf_counter()
    threads = [threading.Thread(target=work, args=(place,)) for place in range(lines)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if wrong:
        raise wrong[0]
    return sum(done) / (time.perf_counter() - started)


def event(line: Line, _: int) -> None:
    """One event of the peer's queue: asked for, and its answer read from the stream."""
    asked = line.ask("/gradio_api/call/rows", body=json.dumps({"data": ["text-generation"]}).encode())
    answer = line.ask(f"/gradio_api/call/rows/{json.loads(asked.body)['event_id']}")
    if b"event: complete" not in answer.body:
        raise SystemExit(f"the peer's event failed: {answer.body[:200]!r}")
