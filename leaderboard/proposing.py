"""The clock proposes that an edition has had its time; an operator decides (METHOD §5)."""

from __future__ import annotations

from typing import Literal, NamedTuple

from leaderboard.domain import Decision, EditionStatus, NotFound, Proposal
from leaderboard.rating import renewal
from leaderboard.record import Record


class Said(NamedTuple):
    """Who says something, and why."""

    author: str
    reason: str


class Waiting(NamedTuple):
    """A proposal and what was decided; None: it waits for an operator."""

    proposal: Proposal
    decision: Decision | None


def propose(record: Record) -> list[Proposal]:
    """Propose to supersede the editions that have had their time; returns what is newly proposed."""
    at = record.now()
    decisions = record.decisions()
    withdrawn = {notice.subject for notice in record.all_notices() if notice.kind == "withdrawn"}
    added = []
    for edition in record.editions():
        if edition.reference or edition.development or edition.status is not EditionStatus.FROZEN:
            continue
        rows = record.rated_rows_of(edition.id)
        found = renewal.grounds(edition, record.bands_of(edition.id), rows, at, withdrawn)
        for ground in renewal.unproposed(edition.id, found, record.proposals(edition.id), decisions):
            proposal = Proposal(
                id=Proposal.id_of(edition.id, ground.cause, ground.cell, ground.extent),
                edition=edition.id,
                cause=ground.cause,
                cell=ground.cell,
                extent=ground.extent,
                reason=ground.reason,
                at=at,
            )
            if record.add_proposal(proposal):
                added.append(proposal)
    return added


def proposals(record: Record, edition: str | None = None) -> list[Waiting]:
    """Proposals with their decisions, oldest first; of one edition where it is named."""
    decided = {decision.proposal: decision for decision in record.decisions()}
    return [Waiting(proposal, decided.get(proposal.id)) for proposal in record.proposals(edition)]


def waiting(record: Record) -> list[Proposal]:
    """Proposals that an operator has still to decide: of editions that nothing took over from yet."""
    frozen = {edition.id for edition in record.editions() if edition.status is EditionStatus.FROZEN}
    return [
        proposal
        for proposal, decision in proposals(record)
        if decision is None and proposal.edition in frozen
    ]


def decline(record: Record, proposal_id: str, said: Said) -> Proposal:
    """Decline a proposal: its cause is proposed again only once it has grown.

    Raises:
        NotFound: there is no such proposal.
        Conflict: it was decided before.
    """
    proposal = proposal_of(record, proposal_id)
    record.decide(decision_on(record, proposal_id, "declined", said))
    return proposal


def proposal_of(record: Record, id: str) -> Proposal:
    """A proposal. Raises NotFound."""
    found = next((proposal for proposal in record.proposals() if proposal.id == id), None)
    if found is None:
        raise NotFound(f"There is no proposal {id[:20]!r}.", "`desk proposals` lists those that wait.")
    return found


def decision_on(
    record: Record, proposal: str, verdict: Literal["confirmed", "declined"], said: Said
) -> Decision:
    """What somebody decides now; nothing is written yet."""
    return Decision(
        proposal=proposal, verdict=verdict, reason=said.reason, author=said.author, at=record.now()
    )
