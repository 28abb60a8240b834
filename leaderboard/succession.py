"""What happens between two editions: one is prepared, takes over, and both are compared (METHOD §5).

The clock proposes and an operator decides. Nothing that was rated is edited or taken away: the old edition
keeps its rows, bands and addresses, and a notice says what followed it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal, NamedTuple

from leaderboard import freezing
from leaderboard.domain import (
    BadInput,
    Conflict,
    Decision,
    Edition,
    EditionStatus,
    Notice,
    Rating,
    content_hash,
)
from leaderboard.proposing import Said, decision_on, proposal_of
from leaderboard.rating import changes
from leaderboard.rating.changes import CellChanges
from leaderboard.record import RatingQuery, Record
from leaderboard.record.query import MOST_ROWS


class Superseded(NamedTuple):
    """What came of a succession."""

    old: str
    new: str
    cells: dict[str, int]
    """Reference models per newly frozen cell."""
    without_bands: list[str]
    """Cells that the old edition rated and the new one does not."""


class Compared(NamedTuple):
    """Two editions side by side."""

    cells: list[CellChanges]
    complete: bool
    """False: only the models that take least in either of them were looked at."""


def follower(
    old: Edition, id: str, *, title: str = "", summary: str = "", reference_models: object = None
) -> Edition:
    """A definition of the edition that is to follow one of ours: what is not given is as in the old one.

    Raises:
        BadInput: the words do not make an edition.
    """
    fields = {
        **old.model_dump(),
        "id": id,
        "title": title or f"Starwatt {id}",
        "summary": summary or old.summary,
        "status": EditionStatus.OPEN,
        "succeeds": old.id,
    }
    if reference_models is not None:
        fields["reference_models"] = reference_models
    try:
        return Edition.model_validate(fields)
    except ValueError as error:
        raise BadInput(f"That is no edition: {error}", "Write it as in catalogue/editions/.") from error


def open_edition(record: Record, edition: Edition) -> int:
    """Open an edition that follows a frozen one, with the rows it carries on; returns how many those are.

    Raises:
        BadInput: it follows none of our frozen editions.
        Conflict: there is one of that id.
    """
    old = record.edition(edition.succeeds or "")
    if old.reference or old.status is not EditionStatus.FROZEN or old.development != edition.development:
        raise BadInput(
            f"{old.id} cannot be followed by {edition.id}: it is {_what(old)}.",
            "An edition follows a frozen one of ours.",
        )
    rows = freezing.carried(record, edition)
    record.open_edition(
        edition.model_copy(update={"dated": record.now().date()}), rows, content_hash(edition)
    )
    return len(rows)


def carry_on(record: Record) -> dict[str, int]:
    """Bring every follower up to date with the edition it follows; returns rows per edition that got some.

    A run that was being measured while the operator confirmed may have ended in the older edition.
    """
    done = {}
    for edition in record.editions():
        follows = edition.succeeds is not None and edition.status is not EditionStatus.SUPERSEDED
        # Once all is carried on, which it is in nearly every hour, neither edition is held whole.
        if follows and freezing.has_more(record, edition):
            known = {row.id: row.run_id for row in record.edition_rows(edition.id)}
            rows = freezing.carried(record, edition)
            if fresh := [row for row in rows if known.get(row.id, "") != row.run_id]:
                record.carry_rows(edition.id, fresh)
                done[edition.id] = len(fresh)
    return done


def supersede(
    record: Record, old_id: str, new_id: str, said: Said, decision: Decision | None = None
) -> Superseded:
    """Freeze the new edition if need be, and let it take over from the old one, in one transaction.

    Raises:
        NotFound: one of them is not there.
        BadInput: the new one does not follow the old one, or no cell of it has enough reference models.
        Conflict: the old one is not frozen, or the new one was itself superseded.
    """
    old, new = record.edition(old_id), record.edition(new_id)
    if new.succeeds != old.id:
        raise BadInput(
            f"Edition {new.id} does not follow {old.id}.",
            f"Open one that does: `python -m submissions desk open NEW --after {old.id}`.",
        )
    if old.status is not EditionStatus.FROZEN:
        raise Conflict(f"Edition {old.id} is {old.status.value}.", "Only a frozen edition is superseded.")
    made = freezing.freezing(record, new)
    notice = Notice(
        subject=old.id, kind="superseded", reason=said.reason, author=said.author, at=record.now()
    )
    closed = old.model_copy(update={"status": EditionStatus.SUPERSEDED})
    record.supersede(closed, notice, made.edition, made.bands, made.rows, decision)
    now_rated = {cell.key_in_edition for cell in made.bands}
    lost = sorted({cell.key_in_edition for cell in record.bands_of(old.id)} - now_rated)
    return Superseded(old.id, new.id, made.new, lost)


def confirm(record: Record, proposal_id: str, new_id: str, said: Said) -> Superseded:
    """Follow a proposal: the edition `new_id` takes over. Raises as `supersede`, and NotFound, Conflict."""
    proposal = proposal_of(record, proposal_id)
    decision = decision_on(record, proposal_id, "confirmed", said)
    reason = said.reason or proposal.reason
    return supersede(record, proposal.edition, new_id, said._replace(reason=reason), decision)


def say(
    record: Record, rating_id: str, kind: Literal["disputed", "settled", "withdrawn"], said: Said
) -> list[str]:
    """Add a notice to a rating and to every other row that was made of the same run; returns their ids.

    Raises:
        NotFound: there is no such rating.
    """
    notices = notices_on(record, rating_id, kind, said)
    for notice in notices:
        record.add_notice(notice)
    return [notice.subject for notice in notices]


def notices_on(
    record: Record, rating_id: str, kind: Literal["disputed", "settled", "withdrawn"], said: Said
) -> list[Notice]:
    """What `say` writes down: one notice for each row that was made of the same run. Raises NotFound."""
    rating = record.rating(rating_id)
    rows = [rating]
    if rating.run_id is not None:
        same = record.ratings_of(rating.model, run_id=rating.run_id)
        rows += [row for row in same if row.id != rating.id]
    at = record.now()
    return [Notice(subject=row.id, kind=kind, reason=said.reason, author=said.author, at=at) for row in rows]


def compare(record: Record, before: str, after: str) -> list[CellChanges]:
    """Who moved from one edition to another, and why (`leaderboard.rating.changes`).

    Raises:
        NotFound: one of them is not there.
    """
    ids = record.edition(before).id, record.edition(after).id
    rows = [[row for row in record.edition_rows(id) if row.best] for id in ids]
    return _compared(record, ids, rows)


def compare_most_frugal(record: Record, before: str, after: str, most: int) -> Compared:
    """The same of the models that take least in either edition, for a page that has an end.

    Args:
        most: rated rows of each edition whose models are compared.

    Raises:
        NotFound: one of them is not there.
    """
    ids = record.edition(before).id, record.edition(after).id
    firsts = [_most_frugal(record, id, most) for id in ids]
    names = {row.model for rows, _ in firsts for row in rows}
    whole = all(complete for _, complete in firsts)
    # A model is looked up in the other edition by its name: that it takes more there does not make it gone.
    found = [record.rated_rows(id, names) for id in ids]
    rows = [[row for of_model in each.values() for row in of_model] for each in found]
    return Compared(_compared(record, ids, rows), whole)


def _most_frugal(record: Record, edition_id: str, most: int) -> tuple[Sequence[Rating], bool]:
    page = record.ratings(RatingQuery(edition=edition_id, sort="energy", limit=min(most, MOST_ROWS)))
    return page.items, page.next is None


def _compared(record: Record, ids: tuple[str, str], rows: Sequence[Sequence[Rating]]) -> list[CellChanges]:
    weights = _weights(record, rows[0], rows[1])
    old, new = (
        changes.Edition(id, found, record.bands_of(id), weights, freezing.withdrawn_among(record, found))
        for id, found in zip(ids, rows, strict=True)
    )
    return changes.compare(old, new)


def _weights(record: Record, before: Sequence[Rating], after: Sequence[Rating]) -> Mapping[str, str]:
    """Identity of the weights, by row id, where a model stands under two revisions; else nobody asks."""
    revisions: dict[str, set[str | None]] = {}
    for row in (*before, *after):
        revisions.setdefault(row.model, set()).add(row.revision)
    found = {}
    for row in (*before, *after):
        if row.run_id is not None and len(revisions[row.model]) > 1:
            identity = record.run(row.run_id).model.weights_hash
            if identity is not None:
                found[row.id] = identity
    return found


def _what(edition: Edition) -> str:
    if edition.reference:
        return "one of published figures"
    return f"{'a development edition, ' if edition.development else ''}{edition.status.value}"
