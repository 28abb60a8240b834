"""Serving runs as rows of the board: the protocol's own concurrency is rated, the others stand beside it."""

from __future__ import annotations

from leaderboard.domain import Rating, Run, Rung, rating_id, wh_per_1000


def configuration_of(run: Run) -> str:
    """What the rated row is called: "64 at once"; empty for a run that asked no server."""
    return words(run.serving.rated_at_once) if run.serving else ""


def latency_of(run: Run, batch: int | None) -> float | None:
    """How long one waits for an answer, s: at a server a request's time, else the time of the whole batch,
    and never a query's share of the machine's time.

    `batch`: queries that were answered together, where no server was asked; None: not known.
    """
    if run.serving:
        return _request_s(run.serving.rated)
    return None if run.latency_s is None or batch is None else run.latency_s * batch


def _request_s(rung: Rung) -> float | None:
    """Mean time of a request from its first to its last token, s: requests at once ÷ requests a second
    (Little's law). The wait before it is that of whoever sends all at once, and no server's."""
    if rung.mean_batch is None or rung.requests_per_s is None:
        return None
    return rung.mean_batch / rung.requests_per_s


def words(at_once: int) -> str:
    """How a concurrency is called."""
    return f"{at_once} at once"


def beside(rating: Rating, run: Run) -> list[Rating]:
    """A row for each other concurrency that has a figure: shown, never rated (METHOD §2)."""
    if run.serving is None:
        return []
    return [
        _row(rating, rung, rung.energy_per_request_j)
        for rung in run.serving.rungs
        if rung.at_once != run.serving.rated_at_once and rung.energy_per_request_j is not None
    ]


def _row(rating: Rating, rung: Rung, energy_per_request_j: float) -> Rating:
    power_w = None
    if rung.energy_per_token_j is not None and rung.tokens_per_s is not None:
        power_w = rung.energy_per_token_j * rung.tokens_per_s
    return rating.model_copy(
        update={
            "id": rating_id(rating.id, words(rung.at_once)),
            "configuration": words(rung.at_once),
            "batch": rung.at_once,
            "best": False,
            "energy_wh_per_1000": wh_per_1000(energy_per_request_j),
            "energy_low": None,
            "energy_high": None,
            "stars": None,
            "stars_low": None,
            "stars_high": None,
            "not_rated": "",
            "latency_s": _request_s(rung),
            "mean_power_w": power_w,
        }
    )
