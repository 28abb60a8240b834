"""One edition takes over from another: rows carried on, bands frozen, a notice; all or nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sqlalchemy import Connection

from leaderboard.domain import Bands, Cell, Conflict, Decision, Edition, EditionStatus, Notice, Rating
from leaderboard.record import rating_rows
from leaderboard.record.editions import edition_in, freeze_in, put_in
from leaderboard.record.notices import add_notice_in
from leaderboard.record.outbox import publish_editions
from leaderboard.record.proposals import add_decision
from leaderboard.record.shelf import Shelf


class Successions(Shelf):
    """Writing what happens between two editions."""

    def open_edition(self, edition: Edition, ratings: Sequence[Rating], content_hash: str) -> None:
        """Put a new edition in, with the rows it carries on.

        Raises:
            Conflict: there is one of that id.
        """
        prepared = rating_rows.prepare(ratings)
        at = self._clock.now()

        def job(connection: Connection) -> None:
            if edition_in(connection, edition.id) is not None:
                raise Conflict(f"There is an edition {edition.id} already.", "Choose another id.")
            put_in(connection, edition, content_hash)
            rating_rows.upsert(connection, prepared)
            publish_editions(connection, [edition.id], at)

        self._writer.run(job)

    def carry_rows(self, edition_id: str, ratings: Sequence[Rating]) -> None:
        """Put rows of an earlier edition into the one that follows it; no bands move."""
        prepared = rating_rows.prepare(ratings)
        at = self._clock.now()

        def job(connection: Connection) -> None:
            rating_rows.upsert(connection, prepared)
            publish_editions(connection, [edition_id], at)

        self._writer.run(job)

    def supersede(
        self,
        old: Edition,
        notice: Notice,
        new: Edition,
        bands: Mapping[Cell, Bands],
        ratings: Sequence[Rating],
        decision: Decision | None = None,
    ) -> None:
        """Freeze the new edition and close the old one, whose rows and bands stay as they are.

        Args:
            old: as it is from now on, superseded.
            notice: what is said beside it for ever.
            new: as it is from now on, frozen.
            bands, ratings: those of the new edition.
            decision: on the proposal that this follows, if it follows one.

        Raises:
            NotFound: one of the editions, or the proposal, is not there.
            Conflict: the old edition is not frozen any more, the new one has other bands, or the proposal
                was decided before.
        """
        prepared = rating_rows.prepare(ratings)
        at = self._clock.now()

        def job(connection: Connection) -> None:
            before = edition_in(connection, old.id)
            if before is not None and before[0].status is not EditionStatus.FROZEN:
                raise Conflict(
                    f"Edition {old.id} is {before[0].status.value}.", "Only a frozen edition is superseded."
                )
            freeze_in(connection, new, bands, prepared)
            put_in(connection, old, None)
            add_notice_in(connection, notice, at)
            if decision is not None:
                add_decision(connection, decision)
            publish_editions(connection, [old.id, new.id], at)

        self._writer.run(job)
