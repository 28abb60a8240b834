"""From words on the command line to a plan: the revision becomes a commit, the catalogue does the rest."""

from __future__ import annotations

from collections.abc import Sequence

from leaderboard import catalogue
from leaderboard.domain import BadInput, Device, ModelRef, Plan, Precision, ReasoningMode, check_repo_id
from leaderboard.domain.models import SHA
from runners import fetch


def plan(
    model: str,
    revision: str,
    *,
    task: str,
    hardware: str,
    protocol: str,
    precision: Precision | None = None,
    reasoning: ReasoningMode = "off",
    profile: str | None = None,
    device: Device | None = None,
    occasion: int = 0,
    nonce: str | None = None,
    batches: Sequence[int] | None = None,
) -> Plan:
    """The plan of one run.

    Args:
        revision: branch, tag or commit; a full commit sha is taken as it is, without asking the Hub.
        precision: None takes the hardware class's default, and for a sweep all that the class has.
        batches: of a sweep; None takes the protocol's.

    Raises:
        BadInput: not a model id, or things that do not go together.
        UnknownName: no such task, hardware class, protocol or profile.
        NotFound, Refused, HubUnavailable: the Hub has no such model, gates it, or does not answer.
    """
    check_repo_id(model)
    # What the catalogue can refuse, it refuses before the Hub is asked.
    where = catalogue.hardware(hardware)
    catalogue.task(task)
    sweeps = bool(catalogue.protocol(protocol).batches)
    if not revision.strip():
        raise BadInput("The revision is empty.", "Give a branch, a tag or a commit, for example main.")
    sha = revision if SHA.fullmatch(revision) else fetch.resolve(model, revision)
    return catalogue.make_plan(
        ModelRef(repo_id=model, sha=sha, precision=precision or where.default_precision),
        task=task,
        hardware=hardware,
        protocol=protocol,
        reasoning=reasoning,
        profile=profile,
        device=device,
        occasion=occasion,
        nonce=nonce,
        batches=batches,
        precisions=(precision,) if sweeps and precision else None,
    )
