"""One load under the meter: edges on the counter's steps, requests, steady part (METHOD §2, §3.4)."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

from leaderboard import catalogue
from leaderboard.domain import ServedLoad
from runners.bench import wire
from runners.bench.edges import CounterWatch, Edge
from runners.bench.meter import Meter, spent_j
from runners.bench.process import Child
from runners.bench.serving.answers import Answer, read_answers
from runners.bench.serving.steady import Bounds, bounds, ending, requests_due, running, steady


class Loaded(NamedTuple):
    """A load that is over."""

    load: ServedLoad
    answers: list[Answer]
    rate: float
    """Requests a second: of the steady part where it has one, else of the whole load."""
    problem: str
    """Why it has no steady part; empty when it has one."""


class Loads:
    """Puts loads on one server, at one concurrency."""

    def __init__(
        self,
        client: Child,
        meter: Meter,
        asked: wire.Serve,
        start: int,
        block: int,
        silence_s: float,
        keep: Callable[[Edge], None],
    ) -> None:
        """
        Args:
            asked: what every load has in common.
            block: queries of the block.
            keep: takes every edge, for the trace.
        """
        self._client, self._meter, self._asked = client, meter, asked
        self._start, self._block, self._silence_s, self._keep = start, block, silence_s, keep
        self._delay = random.Random(f"{asked.seed}/{start}")

    def put(self, repeat: int, rate: float, least_s: float, *, warming: bool = False) -> Loaded:
        """One load with a steady part of at least so long.

        Args:
            repeat: which one it is.
            rate: requests a second, as far as is known; 0: not at all, so the load is as short as one can be.
            least_s: seconds.
            warming: whether it only warms up.

        Raises:
            ChildFailed: the client died.
            NoReading: the meter gave nothing usable.
        """
        asked = self._asked.model_copy(
            update={
                "requests": requests_due(self._asked.at_once, rate, least_s, self._block),
                "seed": f"{self._asked.seed}/{self._start}/{'warm-up/' if warming else ''}{repeat}",
            }
        )
        # A random part of the counter's step, so that its steps and our loads do not beat.
        time.sleep(self._delay.uniform(0, self._meter.step_s))
        self._client.tell(asked)
        edges = self._edges()
        self._client.expect(wire.Done, self._silence_s)
        return self._sum_up(repeat, read_answers(Path(asked.answers)), edges)

    def _edges(self) -> tuple[Edge, Edge] | None:
        """Both edges of the steady part, moved inwards to steps of the counter; None: it never was steady."""
        client, silence_s = self._client, self._silence_s
        if client.expect(wire.Begin, silence_s).message.time_s is None:
            client.expect(wire.End, silence_s)
            return None
        begin = CounterWatch(self._meter).at_step()
        watch = CounterWatch(self._meter)
        until_s = client.expect(wire.End, silence_s, near=watch.poll).message.time_s
        if until_s is None or until_s <= begin.time_s:
            return None
        # Without a step in sight, or with several counters, the edge is made as those of other windows are.
        end = watch.last_step(begin.time_s, until_s) or watch.edge(
            until_s if self._meter.step_s > 0 else time.monotonic()
        )
        return begin, end

    def _sum_up(self, repeat: int, answers: list[Answer], edges: tuple[Edge, Edge] | None) -> Loaded:
        tolerance = catalogue.check("usage-as-streamed").limit("tolerance")
        start_s, end_s = (
            min(answer.send_s for answer in answers),
            max(answer.end_s for answer in answers),
        )
        whole = [answer for answer in answers if not answer.fault]
        part = None
        if edges is not None:
            begin, end = edges
            energy_j = spent_j(begin.energy_j, end.energy_j, self._meter.name)
            part = steady(answers, Bounds(begin.time_s, end.time_s), energy_j, tolerance)
            if part is not None:
                self._keep(begin)
                self._keep(end)
        load = ServedLoad(
            start=self._start,
            repeat=repeat,
            start_s=start_s,
            end_s=end_s,
            requests=len(answers),
            answered=len(whole),
            tokens_out=sum(answer.tokens_out(tolerance) for answer in whole),
            steady=part,
            running=running(answers, start_s),
        )
        rate = part.done / part.seconds if part else len(answers) / (end_s - start_s)
        return Loaded(load, answers, rate, "" if part else self._why_not(answers))

    def _why_not(self, answers: Sequence[Answer]) -> str:
        """Why a load had no steady part."""
        at_once = self._asked.at_once
        if any(answer.fault for answer in answers):
            return faults_in_words(answers)
        if bounds(answers, at_once) is None:
            due = ending(len(answers), at_once)
            return f"There never were {at_once} requests at work before {due} were done."
        return "The steady part was shorter than a step of the energy counter."


SAID = {
    "closed": "closed the connection",
    "stalled": "stalled",
    "incompatible": "does not speak the OpenAI API",
    "refused": "refused it",
}
"""What a server did, by a request's fault."""


def faults_in_words(answers: Sequence[Answer]) -> str:
    """How many requests failed, and why the first one did; empty when none did."""
    failed = [answer for answer in answers if answer.fault]
    if not failed:
        return ""
    return (
        f"{len(failed)} of {len(answers)} requests failed, the first one because the server "
        f"{SAID[failed[0].fault]} ({failed[0].said})."
    )
