"""Proposals to supersede an edition, and the decisions on them; both only ever grow (METHOD §5)."""

from __future__ import annotations

from sqlalchemy import Connection, select
from sqlalchemy.dialects.sqlite import insert

from leaderboard.domain import Conflict, Decision, NotFound, Proposal
from leaderboard.record.shelf import Shelf
from leaderboard.record.tables import decisions, proposals


class Proposals(Shelf):
    """What the clock proposes, and what people say to it."""

    def add_proposal(self, proposal: Proposal) -> bool:
        """Append a proposal; False: the same cause of the same extent was proposed before."""
        values = {"id": proposal.id, "edition": proposal.edition, "body": proposal.model_dump_json()}
        statement = insert(proposals).values(values).on_conflict_do_nothing(index_elements=["id"])
        return bool(self._writer.run(lambda connection: connection.execute(statement).rowcount))

    def decide(self, decision: Decision) -> None:
        """Append the decision on a proposal.

        Raises:
            NotFound: there is no such proposal.
            Conflict: it was decided before; a decision stands.
        """
        self._writer.run(lambda connection: add_decision(connection, decision))

    def proposals(self, edition: str | None = None) -> list[Proposal]:
        """Proposals, oldest first; of one edition where it is named."""
        statement = select(proposals.c.body).order_by(proposals.c.seq)
        if edition is not None:
            statement = statement.where(proposals.c.edition == edition)
        with self._readers.snapshot() as connection:
            bodies = connection.execute(statement).scalars().all()
        return [Proposal.model_validate_json(body) for body in bodies]

    def decisions(self) -> list[Decision]:
        """Every decision, oldest first."""
        with self._readers.snapshot() as connection:
            bodies = connection.execute(select(decisions.c.body).order_by(decisions.c.seq)).scalars().all()
        return [Decision.model_validate_json(body) for body in bodies]


def add_decision(connection: Connection, decision: Decision) -> None:
    """Append a decision inside a transaction. Raises NotFound and Conflict as `Proposals.decide` does."""
    known = select(proposals.c.id).where(proposals.c.id == decision.proposal)
    if connection.execute(known).scalar_one_or_none() is None:
        raise NotFound(
            f"There is no proposal {decision.proposal[:20]!r}.", "`desk proposals` lists those that wait."
        )
    before = select(decisions.c.body).where(decisions.c.proposal == decision.proposal)
    body = connection.execute(before).scalar_one_or_none()
    if body is not None:
        verdict = Decision.model_validate_json(body).verdict
        raise Conflict(f"Proposal {decision.proposal} was {verdict} before.", "A decision stands.")
    values = {"proposal": decision.proposal, "body": decision.model_dump_json()}
    connection.execute(insert(decisions).values(values))
