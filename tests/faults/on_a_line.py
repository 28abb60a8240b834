"""A worker and a real Space in one process, a line between them that can be cut, clocks moved by hand."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import datetime, timedelta

import httpx2
from starlette.testclient import TestClient

from runners.executors import Ending, Job, Moment


class Clocks:
    """A wall clock that may step, and a monotonic one that only ever goes on."""

    def __init__(self, start: datetime) -> None:
        self._start, self.passed_s, self.off_by = start, 0.0, timedelta()

    def advance(self, seconds: float) -> None:
        self.passed_s += seconds

    def now(self) -> datetime:
        return self._start + timedelta(seconds=self.passed_s) + self.off_by

    def monotonic(self) -> float:
        return self.passed_s


class HandEvent(threading.Event):
    """Waiting for it takes no time; the clocks go on instead."""

    def __init__(self, clocks: Clocks) -> None:
        super().__init__()
        self._clocks = clocks

    def wait(self, timeout: float | None = None) -> bool:
        if not self.is_set() and timeout is not None:
            self._clocks.advance(timeout)
        return self.is_set()


class Line(httpx2.BaseTransport):
    """The way to a Space. `trouble` is asked before each request and after its answer; it may raise."""

    def __init__(self, space: TestClient) -> None:
        self._space = space
        self.trouble: Callable[[str, httpx2.Request], None] = lambda when, request: None

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        self.trouble("before", request)
        headers = {name: value for name, value in request.headers.items() if name != "host"}
        answer = self._space.request(
            request.method, request.url.raw_path.decode(), headers=headers, content=request.read()
        )
        self.trouble("after", request)
        return httpx2.Response(answer.status_code, content=answer.content)


def cut(request: httpx2.Request) -> None:
    raise httpx2.ConnectError("the line is cut", request=request)


class Measuring:
    """An executor whose jobs take a given time by the clocks, log a line a second, and leave a run folder."""

    name = "measuring"

    def __init__(self, clocks: Clocks, takes_s: float, leave: Callable[[Job], None]) -> None:
        self._clocks, self._takes_s, self._leave = clocks, takes_s, leave
        self.ended_at_s: list[float] = []
        self.killed = 0

    def place(self, job: Job) -> _Placed:
        return _Placed(self, job)

    def nodes(self, hardware: str) -> None:
        """It is the machine itself."""

    def find(self, job: Job) -> None:
        """Its jobs end with their worker."""


class _Placed:
    def __init__(self, by: Measuring, job: Job) -> None:
        self._by, self._job = by, job
        self._began_s = by._clocks.passed_s
        self._said = 0
        self._ending: Ending | None = None
        self._killed = False

    def _far_s(self) -> float:
        return min(self._by._clocks.passed_s - self._began_s, self._by._takes_s)

    def ending(self) -> Ending | None:
        if self._ending is None and self._far_s() >= self._by._takes_s:
            self._by._leave(self._job)
            self._by.ended_at_s.append(self._by._clocks.passed_s)
            self._ending = Ending("done")
        return self._ending

    def moment(self) -> Moment:
        return Moment(self._far_s() / self._by._takes_s, "measuring", self._by._takes_s - self._far_s())

    def new_log(self) -> str:
        said, self._said = self._said, int(self._far_s())
        return "".join(f"second {second}\n" for second in range(said, self._said))

    def kill(self) -> None:
        self._by.killed += self._ending is None and not self._killed
        self._killed = True
