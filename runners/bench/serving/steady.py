"""The steady part of a load: pure arithmetic over its requests (METHOD §2)."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from itertools import accumulate, pairwise
from typing import NamedTuple

import numpy as np

from leaderboard.domain import Percentiles, Steady
from runners.bench.serving.answers import Answer

MARGIN = 1.4
"""More requests are sent than the warm-up's rate asks for, since a load may turn out faster than that."""
MOST_POINTS = 240
"""Of the line that shows how many ran together."""


class Bounds(NamedTuple):
    """A part of a load, CLOCK_MONOTONIC."""

    start_s: float
    end_s: float


def ending(requests: int, at_once: int) -> int:
    """How many requests are done when the steady part ends: N − B − 1."""
    return requests - at_once - 1


def bounds(answers: Sequence[Answer], at_once: int) -> Bounds | None:
    """From the B-th first token until N − B − 1 requests are done; None where that is no time at all."""
    firsts = sorted(answer.first_s for answer in answers if answer.first_s is not None)
    ends = sorted(answer.end_s for answer in answers)
    due = ending(len(answers), at_once)
    if due < 1 or len(firsts) < at_once or ends[due - 1] <= firsts[at_once - 1]:
        return None
    return Bounds(firsts[at_once - 1], ends[due - 1])


def requests_due(at_once: int, rate: float, least_s: float, block: int) -> int:
    """N for a steady part of at least so long: whole passes over the block.

    Args:
        rate: requests a second, as the warm-up had it.
        least_s: the steady part's least length, seconds.
    """
    due = max(3 * at_once, at_once + 1 + math.ceil(MARGIN * rate * least_s))
    return math.ceil(max(due, 2 * at_once + 2) / block) * block


def steady(answers: Sequence[Answer], inside: Bounds, energy_j: float, tolerance: float) -> Steady | None:
    """What happened between two edges; None where no request ended or no token was written there.

    Args:
        energy_j: what the meter read between the edges, J.
        tolerance: how far a server's count of tokens may be from the tokenizer's.
    """
    start_s, end_s = inside
    done = [answer for answer in answers if start_s < answer.end_s <= end_s]
    tokens = round(sum(_emitted(answer, inside, tolerance) for answer in answers))
    if not done or tokens < 1:
        return None
    return Steady(
        start_s=start_s,
        end_s=end_s,
        energy_j=energy_j,
        tokens_out=tokens,
        done=len(done),
        answered=sum(not answer.fault for answer in done),
        tokens_in=sum(answer.usage_in or 0 for answer in done),
        mean_batch=_overlap_s(answers, inside) / (end_s - start_s),
    )


def _emitted(answer: Answer, inside: Bounds, tolerance: float) -> float:
    """Tokens of an answer that came inside: where pieces hold several, each its share of them."""
    if not answer.counted:
        return 0.0
    share = answer.tokens_out(tolerance) / answer.counted
    came = sum(
        count
        for at_s, count in zip(answer.pieces_s, answer.tokens, strict=True)
        if inside.start_s < at_s <= inside.end_s
    )
    return came * share


def _overlap_s(answers: Iterable[Answer], inside: Bounds) -> float:
    """Seconds inside that requests were between their first and their last token, all of them added."""
    return math.fsum(
        max(0.0, min(answer.end_s, inside.end_s) - max(answer.first_s, inside.start_s))
        for answer in answers
        if answer.first_s is not None
    )


def running(answers: Sequence[Answer], zero_s: float) -> tuple[tuple[float, int], ...]:
    """How many requests ran together, from each moment on; seconds since `zero_s`, thinned evenly."""
    events = sorted(
        event
        for answer in answers
        if answer.first_s is not None
        for event in ((answer.first_s, 1), (answer.end_s, -1))
    )
    if not events:
        return ()
    levels = list(accumulate(change for _, change in events))
    moments = [moment for moment, _ in events]
    if len(events) <= MOST_POINTS:
        shown = list(zip(moments, levels, strict=True))
        # Of several at one moment the last one holds.
        shown = [one for one, after in pairwise(shown) if one[0] != after[0]] + shown[-1:]
    else:
        grid = np.linspace(moments[0], moments[-1], MOST_POINTS)
        places = np.searchsorted(moments, grid, side="right") - 1
        shown = [(float(moment), levels[place]) for moment, place in zip(grid, places, strict=True)]
    return tuple((round(moment - zero_s, 4), level) for moment, level in shown)


def percentiles(seconds: Sequence[float]) -> Percentiles | None:
    """p50, p90 and p99 of times, linear between two; None of none."""
    if not seconds:
        return None
    p50, p90, p99 = (float(each) for each in np.percentile(np.array(seconds), [50, 90, 99]))
    return Percentiles(p50_s=p50, p90_s=p90, p99_s=p99)


def first_token_s(answers: Iterable[Answer]) -> list[float]:
    """From sending to the first token, of whole answers, s."""
    return [answer.pieces_s[0] - answer.send_s for answer in answers if not answer.fault and answer.pieces_s]


def between_tokens_s(answers: Iterable[Answer]) -> list[float]:
    """Between one piece and the next of whole answers, s."""
    return [
        after - before
        for answer in answers
        if not answer.fault
        for before, after in pairwise(answer.pieces_s)
    ]
