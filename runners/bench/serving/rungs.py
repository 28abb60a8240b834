"""What the loads of one concurrency come to: energy per token and per request, and how long people wait."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

from leaderboard import catalogue
from leaderboard.domain import SERVE, Plan, Rung, ServedLoad, Task, Window
from leaderboard.domain.serving import Limit
from runners.bench.serving.answers import Answer
from runners.bench.serving.loads import Loaded
from runners.bench.serving.steady import between_tokens_s, first_token_s, percentiles


def rung_of(
    at_once: int, limited_by: Limit, loads: Sequence[Loaded], plan: Plan, task: Task, problem: str = ""
) -> Rung:
    """The rung of some loads.

    Args:
        problem: what ended it early; empty when nothing did.
    """
    answers = [answer for loaded in loads for answer in loaded.answers]
    problem = problem or next((loaded.problem for loaded in loads if loaded.problem), "")
    told = [loaded.load for loaded in loads]
    return Rung(
        at_once=at_once,
        limited_by=limited_by,
        loads=tuple(told),
        problem=problem,
        first_token_s=percentiles(first_token_s(answers)),
        between_tokens_s=percentiles(between_tokens_s(answers)),
        **_figures(told),
        **_faults(answers, plan, task),
    )


def _figures(loads: Sequence[ServedLoad]) -> dict[str, Any]:
    """J per token = energy ÷ output tokens emitted in the steady part, mean over the loads; J per request = J
    per token × mean output tokens over all requests (METHOD §2)."""
    parts = [load.steady for load in loads if load.steady is not None]
    mean_tokens = mean_output_tokens(loads)
    if not parts or len(parts) < len(loads) or mean_tokens is None:
        return {"mean_output_tokens": mean_tokens}
    per_token_j = sum(part.energy_j / part.tokens_out for part in parts) / len(parts)
    seconds = sum(part.seconds for part in parts)
    return {
        "energy_per_token_j": per_token_j,
        "energy_per_request_j": per_token_j * mean_tokens,
        "tokens_per_s": sum(part.tokens_out for part in parts) / seconds,
        "requests_per_s": sum(part.tokens_out for part in parts) / mean_tokens / seconds,
        "mean_output_tokens": mean_tokens,
        "mean_batch": min(part.mean_batch for part in parts),
    }


def mean_output_tokens(loads: Sequence[ServedLoad]) -> float | None:
    """Over all requests of all loads that were answered; None: no token was."""
    answered = sum(load.answered for load in loads)
    tokens = sum(load.tokens_out for load in loads)
    return tokens / answered if answered and tokens else None


def _faults(answers: Sequence[Answer], plan: Plan, task: Task) -> dict[str, Any]:
    tolerance = catalogue.check("usage-as-streamed").limit("tolerance")
    whole = [answer for answer in answers if not answer.fault]
    faults = Counter(answer.fault for answer in answers)
    lengths = [answer.tokens_out(tolerance) for answer in whole]
    budget = plan.output_tokens
    return {
        **{name: faults[name] for name in ("closed", "stalled", "incompatible", "refused")},
        "without_usage": sum(answer.usage_out is None for answer in whole),
        "miscounted": sum(answer.miscounted(tolerance) for answer in whole),
        "of_other_length": sum(
            budget is not None and (length > budget or (task.output.exact and length < budget))
            for length in lengths
        ),
        "said": next((f"{answer.fault}: {answer.said}" for answer in answers if answer.fault), ""),
    }


def windows_of_rung(rung: Rung) -> list[Window]:
    """The steady parts as windows of the run, each worth its tokens ÷ the mean tokens of a query."""
    mean_tokens = mean_output_tokens(rung.loads)
    return [
        Window(
            phase=SERVE,
            start=load.start,
            repeat=load.repeat,
            start_s=load.steady.start_s,
            end_s=load.steady.end_s,
            energy_j=load.steady.energy_j,
            queries=load.steady.done,
            passes=1,
            tokens_in=load.steady.tokens_in,
            tokens_out=load.steady.tokens_out,
            answered=load.steady.answered,
            worth_queries=load.steady.tokens_out / mean_tokens,
        )
        for load in rung.loads
        if load.steady is not None and mean_tokens is not None
    ]
