"""Editions with their bands and rows: put in whole, frozen once, added to by runs (METHOD §5, §7)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, delete, select
from sqlalchemy.dialects.sqlite import insert

from leaderboard.domain import Bands, Cell, Conflict, Edition, NotFound, Provenance, Rating
from leaderboard.record import rating_rows
from leaderboard.record.outbox import publish_editions
from leaderboard.record.readers import WHOLE_EDITION_WORK_S
from leaderboard.record.shelf import Shelf
from leaderboard.record.tables import bands, editions, ratings


class Editions(Shelf):
    """Reading and writing editions."""

    def put_edition(
        self, edition: Edition, bands: Mapping[Cell, Bands], ratings: Sequence[Rating], content_hash: str
    ) -> bool:
        """Put an edition in place of an earlier state of it; False: the same hash, so nothing was done."""
        prepared = rating_rows.prepare(ratings)
        at = self._clock.now()

        def job(connection: Connection) -> bool:
            known = select(editions.c.content_hash).where(editions.c.id == edition.id)
            if connection.execute(known).scalar_one_or_none() == content_hash:
                return False
            put_in(connection, edition, content_hash)
            _remove_bands(connection, edition.id)
            _add_bands(connection, bands)
            rating_rows.remove_edition(connection, edition.id)
            rating_rows.upsert(connection, prepared)
            publish_editions(connection, [edition.id], at)
            return True

        return self._writer.run(job)

    def renew_edition(self, edition: Edition, ratings: Sequence[Rating], content_hash: str) -> None:
        """Put an own edition's words in place of earlier ones; what was measured stays.

        Rows that are not among `ratings` stay as they are, and so do all bands.

        Raises:
            NotFound: there is no such edition.
        """
        prepared = rating_rows.prepare(ratings)
        at = self._clock.now()

        def job(connection: Connection) -> None:
            known = select(editions.c.id).where(editions.c.id == edition.id)
            if connection.execute(known).scalar_one_or_none() is None:
                raise _missing(edition.id)
            put_in(connection, edition, content_hash)
            rating_rows.upsert(connection, prepared)
            publish_editions(connection, [edition.id], at)

        self._writer.run(job)

    def freeze_edition(
        self, edition: Edition, bands: Mapping[Cell, Bands], ratings: Sequence[Rating]
    ) -> None:
        """Freeze bands, with the edition's new state and the rows as they are rated by them.

        Rows that are not among `ratings` stay as they are: a run may have ended meanwhile.

        Raises:
            NotFound: there is no such edition.
            Conflict: a cell has other bands already; frozen bands never move (METHOD §5).
        """
        prepared = rating_rows.prepare(ratings)
        at = self._clock.now()

        def job(connection: Connection) -> None:
            freeze_in(connection, edition, bands, prepared)
            publish_editions(connection, [edition.id], at)

        self._writer.run(job)

    def editions(self) -> list[Edition]:
        """All editions, newest first by the day they stand for."""
        # Every page asks for them, and they are long: they are read once for each version of the record.
        version = self._writer.version
        kept_version, kept = self._kept_editions
        if kept_version != version or not version:
            kept = self._read_editions()
            self._kept_editions = (version, kept)
        return list(kept)

    _kept_editions: tuple[int, list[Edition]] = (-1, [])

    def _read_editions(self) -> list[Edition]:
        statement = select(editions.c.body).order_by(editions.c.dated.desc(), editions.c.id.desc())
        with self._readers.snapshot() as connection:
            bodies = connection.execute(statement).scalars().all()
        return [Edition.model_validate_json(body) for body in bodies]

    def edition(self, id: str) -> Edition:
        """One edition. Raises NotFound."""
        with self._readers.snapshot() as connection:
            statement = select(editions.c.body).where(editions.c.id == id)
            body = connection.execute(statement).scalar_one_or_none()
        if body is None:
            raise _missing(id)
        return Edition.model_validate_json(body)

    def bands(self, cell: Cell) -> Bands | None:
        """The frozen bands of a cell; None: it is not rated."""
        statement = select(bands.c.body).where(
            *(bands.c[name] == value for name, value in cell._asdict().items())
        )
        with self._readers.snapshot() as connection:
            body = connection.execute(statement).scalar_one_or_none()
        return None if body is None else Bands.model_validate_json(body)

    def bands_of(self, edition_id: str) -> dict[Cell, Bands]:
        """The frozen bands of an edition's cells."""
        with self._readers.snapshot() as connection:
            return _bands_of(connection, edition_id)

    def measured_models(self, edition_id: str) -> dict[Cell, frozenset[str]]:
        """The models that may stand in an edition's bands, by cell: best rows, attested ones left out."""
        columns = [ratings.c[name] for name in Cell._fields]
        statement = (
            select(*columns, ratings.c.model)
            .where(
                ratings.c.edition == edition_id,
                ratings.c.best == 1,
                ratings.c.provenance != Provenance.ATTESTED.value,
            )
            .distinct()
        )
        found: dict[Cell, set[str]] = {}
        with self._readers.snapshot(WHOLE_EDITION_WORK_S) as connection:
            for *names, model in connection.execute(statement):
                cell = Cell(*names)
                cell = cell._replace(reasoning="off" if cell.reasoning == "off" else "on")
                found.setdefault(cell, set()).add(model)
        return {cell: frozenset(models) for cell, models in found.items()}

    def edition_rows(self, edition_id: str) -> list[Rating]:
        """Every row of an edition: rated rows first, each half by task, hardware, class and energy."""
        statement = (
            rating_rows.select_bodies()
            .where(ratings.c.edition == edition_id)
            .order_by(
                ratings.c.best.desc(),
                ratings.c.task,
                ratings.c.hardware,
                ratings.c.model_class,
                ratings.c.energy,
                ratings.c.id,
            )
        )
        with self._readers.snapshot(WHOLE_EDITION_WORK_S) as connection:
            bodies = connection.execute(statement).scalars().all()
        return rating_rows.words(bodies)


def _missing(edition_id: str) -> NotFound:
    return NotFound(f"There is no edition {edition_id[:64]!r}.", "See /editions for those that there are.")


def edition_in(connection: Connection, id: str) -> tuple[Edition, str] | None:
    """An edition and its content hash, as a transaction sees them."""
    row = connection.execute(select(editions).where(editions.c.id == id)).one_or_none()
    return None if row is None else (Edition.model_validate_json(row.body), row.content_hash)


def put_in(connection: Connection, edition: Edition, content_hash: str | None) -> None:
    """Write an edition inside a transaction; without a hash it keeps the one it has.

    Raises:
        NotFound: no hash is given, and there is no such edition.
    """
    if content_hash is None:
        known = edition_in(connection, edition.id)
        if known is None:
            raise _missing(edition.id)
        content_hash = known[1]
    values: dict[str, Any] = {
        "id": edition.id,
        "dated": edition.dated.isoformat(),
        "development": int(edition.development),
        "content_hash": content_hash,
        "body": edition.model_dump_json(),
    }
    statement = insert(editions).values(values)
    connection.execute(statement.on_conflict_do_update(index_elements=["id"], set_=values))


def freeze_in(
    connection: Connection,
    edition: Edition,
    bands: Mapping[Cell, Bands],
    prepared: Sequence[rating_rows.Prepared],
) -> None:
    """Freeze bands inside a transaction. Raises NotFound and Conflict as `Editions.freeze_edition` does."""
    frozen = _bands_of(connection, edition.id)
    for cell, cell_bands in bands.items():
        if frozen.get(cell, cell_bands) != cell_bands:
            raise Conflict(f"The bands of {cell.key} are frozen already.", "Other bands need a new edition.")
    put_in(connection, edition, None)
    _add_bands(connection, {cell: new for cell, new in bands.items() if cell not in frozen})
    rating_rows.upsert(connection, prepared)


def _remove_bands(connection: Connection, edition_id: str) -> None:
    connection.execute(delete(bands).where(bands.c.edition == edition_id))


def _add_bands(connection: Connection, added: Mapping[Cell, Bands]) -> None:
    values = [{**cell._asdict(), "body": new.model_dump_json()} for cell, new in added.items()]
    if values:
        connection.execute(insert(bands), values)


def _bands_of(connection: Connection, edition_id: str) -> dict[Cell, Bands]:
    rows = connection.execute(select(bands).where(bands.c.edition == edition_id)).all()
    return {Cell(*row[:-1]): Bands.model_validate_json(row.body) for row in rows}
