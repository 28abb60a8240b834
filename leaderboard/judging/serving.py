"""Whether a server was asked as METHOD §2 says, and answered so that its energy means something."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from leaderboard import catalogue
from leaderboard.domain import Finding, Run, Rung, Serving, Severity, Task
from leaderboard.judging.outcome import bad, good

_SAME = 1e-9
"""Between two ways to work out the same figure."""


class _Fault(NamedTuple):
    """A way to answer wrongly: which check it fails, and how that is told."""

    check: str
    field: str
    wrong: str
    right: str


_FAULTS = (
    _Fault(
        "server-stays",
        "closed",
        "The server closed {n} connections before the answer was whole",
        "The server kept every connection until the answer was whole.",
    ),
    _Fault(
        "server-in-time",
        "stalled",
        "The server stalled: on {n} requests nothing came for {stall:g} s",
        "No request waited longer than {stall:g} s for its next piece.",
    ),
    _Fault(
        "server-compatible",
        "incompatible",
        "The server is not OpenAI-compatible: {n} answers were no streamed completions",
        "Every answer was a stream of completions.",
    ),
    _Fault(
        "usage-told",
        "without_usage",
        "The server told no usage for {n} answers; their tokens are counted by their pieces",
        "The server told what every answer used.",
    ),
    _Fault(
        "usage-as-streamed",
        "miscounted",
        "The server counts wrong: for {n} answers its count is neither that of the pieces it streamed nor "
        "that of the model's tokenizer",
        "The server counted what it streamed.",
    ),
)


def serving(run: Run, task: Task) -> list[Finding]:
    """Every check of a run that asked a server; none of other runs. The protocol's own concurrency decides,
    and the others are looked at for what the server did wrong there."""
    told = run.serving
    if told is None:
        return []
    rung = told.rated
    return [
        _ours(told),
        *(_fault(told, rung, fault) for fault in _FAULTS),
        _long(run, rung),
        _full(rung),
        _lengths(run, rung, task),
    ]


def served_windows(run: Run, told: Serving) -> Finding:
    """The run's windows are the steady parts of the rated loads, each worth its tokens ÷ those of a query."""
    name, loads = "windows-whole", told.rated.loads
    answered, tokens = sum(load.answered for load in loads), sum(load.tokens_out for load in loads)
    parts = [
        (part.start_s, part.end_s, part.energy_j, part.tokens_out, part.done)
        for load in loads
        if (part := load.steady)
    ]
    found = [(one.start_s, one.end_s, one.energy_j, one.tokens_out, one.queries) for one in run.windows]
    worth = [one.work_queries * tokens / (one.tokens_out or 1) for one in run.windows]
    due = catalogue.protocol(run.plan.protocol).batch
    if told.rated_at_once != due:
        return bad(name, f"The rated loads had {told.rated_at_once} requests at once; {due} are due.")
    if found != parts or len(parts) != len(loads):
        return bad(name, "The windows are not the steady parts of the loads in the record.")
    if not all(math.isclose(each, answered, rel_tol=_SAME) for each in worth):
        return bad(name, "The windows are not worth the queries that their tokens are.")
    return good(name, f"The {len(parts)} windows are the steady parts of loads, counted by their tokens.")


def _ours(told: Serving) -> Finding:
    if not told.started_here:
        return bad(
            "server-ours",
            f"The server was there before ({told.server}): whoever measured vouches that it served this "
            "model, in this precision, and nobody else.",
        )
    return good("server-ours", f"The runner started {told.server} with {' '.join(told.flags)}.")


def _fault(told: Serving, rung: Rung, fault: _Fault) -> Finding:
    """In the rated loads it forbids the figure; in others it is told."""
    count = _count(fault, [rung])
    beside = [other for other in told.rungs if other is not rung and _count(fault, [other])]
    if fault.field == "incompatible" and rung.refused:
        return bad(
            fault.check, f"The server refused {rung.refused} requests ({rung.said}).", refused=rung.refused
        )
    if count:
        said = f" ({rung.said})" if rung.said and fault.field in rung.said else ""
        return bad(
            fault.check,
            f"{fault.wrong.format(n=count, stall=told.stalls_after_s)}{said}.",
            answers=count,
        )
    if beside:
        where = ", ".join(str(other.at_once) for other in beside)
        number = _count(fault, beside)
        return bad(
            fault.check,
            f"{fault.wrong.format(n=number, stall=told.stalls_after_s)}, with {where} at once alone.",
            severity=Severity.FLAG,
            answers=number,
        )
    if fault.field == "incompatible" and (refusing := [other for other in told.rungs if other.refused]):
        return _refused(fault.check, refusing)
    return good(fault.check, fault.right.format(stall=told.stalls_after_s))


def _refused(check: str, beside: Sequence[Rung]) -> Finding:
    """Requests that were refused with other concurrencies than the rated one."""
    number, where = sum(other.refused for other in beside), ", ".join(str(other.at_once) for other in beside)
    return bad(
        check,
        f"The server refused {number} requests, with {where} at once alone ({beside[0].said}).",
        severity=Severity.FLAG,
        refused=number,
    )


def _count(fault: _Fault, rungs: Iterable[Rung]) -> int:
    return sum(int(getattr(rung, fault.field)) for rung in rungs)


def _long(run: Run, rung: Rung) -> Finding:
    name = "steady-window-long"
    due_s = min(catalogue.check(name).limit("least_s"), run.plan.profile.window_s)
    least_s = min((load.steady.seconds for load in rung.loads if load.steady), default=0.0)
    if least_s < due_s:
        return bad(name, f"The steady window is too short: {least_s:.2f} s of {due_s:g} s.", least_s=least_s)
    return good(
        name, f"The steady windows are {least_s:.1f} s at least; {due_s:g} s were due.", least_s=least_s
    )


def _full(rung: Rung) -> Finding:
    name, limits = "steady-batch-full", catalogue.check("steady-batch-full").limits
    means = [load.steady.mean_batch for load in rung.loads if load.steady]
    if not means:
        return bad(name, "There is no steady window, so the batch was never full.")
    least, most = min(means) / rung.at_once, max(means) / rung.at_once
    if least < limits["least_share"]:
        return bad(
            name,
            f"The mean batch is too low: {min(means):.1f} of {rung.at_once} requests ran together "
            f"({least:.0%}).",
            mean_batch=min(means),
        )
    if most > limits["most_share"]:
        return bad(
            name,
            f"The server ran {max(means):.1f} requests together on the mean, more than {rung.at_once}.",
            mean_batch=max(means),
        )
    return good(
        name, f"{min(means):.1f} of {rung.at_once} requests ran together on the mean.", mean_batch=min(means)
    )


def _lengths(run: Run, rung: Rung, task: Task) -> Finding:
    name, exactly = "answers-as-long-as-due", "exactly" if task.output.exact else "at most"
    due = f"{exactly} {run.plan.output_tokens} tokens were due"
    if rung.of_other_length:
        return bad(
            name,
            f"{rung.of_other_length} answers were of another length; {due}.",
            answers=rung.of_other_length,
        )
    return good(name, f"No answer was of another length: {due}.")
