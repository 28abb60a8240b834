"""What a serving run tells: how many requests ran at once, how fast, at what energy (METHOD §2)."""

from __future__ import annotations

from typing import Literal, Self

from pydantic import Field, model_validator

from leaderboard.domain.units import Count, EnergyJ, MonotonicS, Positive, Seconds
from leaderboard.domain.words import Word

NOT_TOLD = "not told"
"""Of a server that somebody else started: in which precision it computes."""
Limit = Literal["server", "client"]


class Percentiles(Word):
    """Of times, seconds."""

    p50_s: float = Field(ge=0)
    p90_s: float = Field(ge=0)
    p99_s: float = Field(ge=0)


class Steady(Word):
    """The steady part of one load: from the B-th first token until N − B − 1 requests are done, its edges
    moved inwards to the energy counter's own steps."""

    start_s: MonotonicS
    end_s: MonotonicS
    energy_j: EnergyJ
    tokens_out: Positive
    """Output tokens emitted inside."""
    done: Positive
    """Requests that ended inside."""
    answered: Count
    """Those of them with a whole answer."""
    tokens_in: Count
    """Prompt tokens of the requests that ended inside, by the server's word; 0: it told none."""
    mean_batch: float = Field(gt=0)
    """Requests between their first and their last token, on the mean of its time."""

    @model_validator(mode="after")
    def _time_runs_forward(self) -> Self:
        if not self.end_s > self.start_s:
            raise ValueError(f"a window must end after it starts: {self.start_s} s to {self.end_s} s")
        return self

    @property
    def seconds(self) -> float:
        return self.end_s - self.start_s


class ServedLoad(Word):
    """One load: N requests, from the first one's sending to the last one's end, ramp and tail included."""

    start: Count
    """Which start of the server it belongs to, from 0."""
    repeat: Count
    """Which load of that start, from 0."""
    start_s: MonotonicS
    end_s: MonotonicS
    requests: Positive
    """N: whole passes over the block."""
    answered: Count
    """Requests with a whole answer."""
    tokens_out: Count
    """Output tokens of all of them."""
    steady: Steady | None = None
    """None: it had no steady part, and the rung's `problem` says why."""
    running: tuple[tuple[float, int], ...] = ()
    """How many requests were between first and last token: seconds since `start_s`, and the number from then
    on; thinned to at most some hundred points."""


class Rung(Word):
    """All loads at one concurrency B."""

    at_once: Positive
    """B: requests that run together at most."""
    limited_by: Limit
    """Whose limit B is: the server's own, with all requests sent at once; or the client's, which keeps B open
    at a server that somebody else started."""
    loads: tuple[ServedLoad, ...] = ()
    problem: str = ""
    """Why there is no figure; empty when there is one."""
    energy_per_token_j: EnergyJ | None = None
    """Energy of the steady parts ÷ output tokens emitted in them, J; mean of the loads."""
    energy_per_request_j: EnergyJ | None = None
    """J per token × mean output tokens over all requests."""
    tokens_per_s: float | None = Field(default=None, gt=0)
    """Output tokens per second of the steady parts."""
    requests_per_s: float | None = Field(default=None, gt=0)
    mean_output_tokens: float | None = Field(default=None, gt=0)
    """Over all requests of all loads."""
    mean_batch: float | None = Field(default=None, gt=0)
    """The least of the loads' mean batches."""
    first_token_s: Percentiles | None = None
    """From sending a request to its first token (TTFT), over the requests answered. Where all are sent at
    once it holds the wait in the server's queue."""
    between_tokens_s: Percentiles | None = None
    """Between two pieces of one answer (inter-token latency)."""
    closed: Count = 0
    """Requests whose connection the server closed before the answer was whole."""
    stalled: Count = 0
    """Requests on which nothing came for longer than is waited."""
    incompatible: Count = 0
    """Requests answered with something that is no completion of the OpenAI API."""
    refused: Count = 0
    """Requests answered with an HTTP error, or not at all."""
    without_usage: Count = 0
    """Whole answers whose tokens the server did not count; they are counted by their pieces."""
    miscounted: Count = 0
    """Whole answers whose count by the server is neither that of the pieces nor that of the tokenizer."""
    of_other_length: Count = 0
    """Whole answers that are longer than the budget, or shorter where the task fixes the length."""
    said: str = ""
    """What the first request that failed was told, in a line."""


class Serving(Word):
    """The loads of a serving run. Those at the protocol's own B are also the run's windows."""

    server: str
    """What served, in words: its name and version, or the address that was given."""
    started_here: bool
    """Whether the runner started it, with limits and revision pinned. Otherwise whoever ran this vouches that
    it served this model and nobody else."""
    flags: tuple[str, ...] = ()
    """How it was started, where the runner did; paths left out."""
    rated_at_once: Positive
    """The protocol's own B."""
    endpoint: str
    """The path that was asked: /v1/completions or /v1/chat/completions."""
    rungs: tuple[Rung, ...] = Field(min_length=1)
    """By rising B."""
    stalls_after_s: Seconds
    """For so long a request may keep silent."""

    @model_validator(mode="after")
    def _has_what_is_rated(self) -> Self:
        every = [rung.at_once for rung in self.rungs]
        if every != sorted(set(every)) or self.rated_at_once not in every:
            raise ValueError("the rungs rise, each once, and one of them is the rated one")
        return self

    @property
    def rated(self) -> Rung:
        """The rung that the run's windows are of."""
        return next(rung for rung in self.rungs if rung.at_once == self.rated_at_once)
