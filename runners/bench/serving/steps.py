"""The steps of a serving run, how long its loads must be, and how many requests may be open."""

from __future__ import annotations

import resource
from collections.abc import Sequence

from leaderboard import catalogue
from leaderboard.domain import Plan
from runners.bench.progress import QUALITY_S, Step

CLIENT = "runners.bench.serving.client"
SERVER_LOAD_S = 20.0
"""A start of the server, until the first one has shown how long it takes."""
RAMP = 1.6
"""A load with its ramp and tail, as a multiple of its steady part."""
_SPARE_FILES = 128


def protocols_own(plan: Plan) -> int:
    """B: how many requests run together in the loads that are rated."""
    batch = catalogue.protocol(plan.protocol).batch
    assert batch is not None, "a serving protocol says how many requests run together"
    return batch


def steady_s(plan: Plan) -> float:
    """The least length of a steady part, s: that of METHOD §2, or the profile's shorter window."""
    return min(catalogue.check("steady-window-long").limit("least_s"), plan.profile.window_s)


def serving_steps(
    plan: Plan, starts: int, at_once: int, others: Sequence[int], sees_idle: bool
) -> list[Step]:
    """What a run goes through, with what each step should take."""
    profile, load_s = plan.profile, RAMP * steady_s(plan)
    warm_s = (1 if profile.warmup_tolerance is None else 3) * profile.warmup_slice_s
    steps = [Step("idle", "idle baseline", profile.idle_s)] if sees_idle else []
    for number in range(1, starts + 1):
        where = f"start {number} of {starts}: " if starts > 1 else ""
        steps.append(Step("load", f"{where}starting the server", SERVER_LOAD_S))
        steps.append(Step("warm-up", f"{where}warming up", warm_s))
        for load in range(1, profile.windows + 1):
            label = f"{where}{at_once} at once, load {load} of {profile.windows}"
            steps.append(Step("load of requests", label, load_s))
    for other in others:
        steps.append(Step("load", f"{other} at once: starting the server", SERVER_LOAD_S))
        steps.append(Step("warm-up", f"{other} at once: warming up", warm_s))
        steps.append(Step("load of requests", f"{other} at once", load_s))
    return [*steps, Step("quality", "judging", QUALITY_S)]


def open_at_most(at_once: int) -> int:
    """How many requests are sent at once to a server that runs B together: its queue must never run dry,
    and every open one is a file of this process."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    files = soft if hard == resource.RLIM_INFINITY else max(soft, hard)
    return max(at_once + 1, min(max(512, 4 * at_once), files - _SPARE_FILES))
