"""Whether what is asked for is there already: the same run, or the same weights under another name."""

from __future__ import annotations

from leaderboard.domain import Finding, ModelFacts, Plan, Severity, failed, passed, unverifiable
from leaderboard.record import Record

NAME = "not-there-already"
_SAME = (
    "task",
    "task_version",
    "hardware",
    "protocol",
    "reasoning",
    "harness",
    "steps",
    "block",
)
"""What makes two runs of the same weights one measurement. A new harness or task measures anew."""


def not_there_already(record: Record, plan: Plan) -> Finding:
    """Whether exactly this run waits, runs or is done; with where to find it."""
    waiting, done = record.find_run_key(plan.run_key)
    if done is not None:
        url = _rating_url(record, plan.model.repo_id, done) or f"/runs/{done}"
        return failed(
            NAME,
            f"This is measured already: {plan.model.repo_id} at this commit, as run {done}.",
            "Take its rating; a new commit or other settings can be submitted.",
            url=url,
        )
    if waiting is not None:
        return failed(
            NAME,
            f"This waits or runs already, as submission {waiting}.",
            "Follow that one; nothing is measured twice.",
            url=f"/submissions/{waiting}",
        )
    return passed(NAME, "This has not been measured yet, and nobody waits for it.")


def no_other_name(record: Record, facts: ModelFacts, plan: Plan) -> Finding:
    """Whether the same weights are measured, or will be, under another name or commit (METHOD §5)."""
    if facts.weights_hash is None:
        return unverifiable(
            "no-other-name",
            "The Hub does not tell the hashes of all weights, so copies of them cannot be found.",
            severity=Severity.NOTE,
        )
    for other, status in record.of_weights(facts.weights_hash):
        same = all(getattr(other.plan, name) == getattr(plan, name) for name in _SAME)
        alike = (other.plan.model.precision, other.plan.profile) == (plan.model.precision, plan.profile)
        # The very same name and commit is what `not_there_already` finds.
        if not (same and alike) or other.plan.model == plan.model:
            continue
        model = other.plan.model
        where = f"{model.repo_id} at {model.sha[:8]}"
        run_id = other.plan.run_key[:12]
        url = f"/submissions/{other.id}"
        if status.final:
            url = _rating_url(record, model.repo_id, run_id) or url
        return failed(
            "no-other-name",
            f"These are the weights of {where}, file by file, which "
            f"{'are measured already' if status.final else 'wait or run already'}: a copy is another name, "
            "not another model.",
            f"Take the rating of {model.repo_id} for yours too; nothing has to be fetched or measured.",
            url=url,
            weights_hash=facts.weights_hash,
        )
    return passed("no-other-name", "No other entry has these weights.")


def _rating_url(record: Record, model: str, run_id: str) -> str | None:
    """The permanent address of the rating that a run led to; None where it led to none."""
    rows = record.ratings_of(model, run_id=run_id)
    return f"/r/{rows[0].id}" if rows else None
