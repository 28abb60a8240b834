"""What every part of the record stands on: readers, the writer, a clock."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from leaderboard.record.clock import Clock
from leaderboard.record.readers import Readers
from leaderboard.record.writer import Writer


class Shelf:
    """One part of the record. `Record` is all of them on the same readers and writer."""

    def __init__(self, readers: Readers, writer: Writer, clock: Clock) -> None:
        self._readers = readers
        self._writer = writer
        self._clock = clock


def instant(moment: datetime) -> str:
    """A time as the record writes it: ISO 8601 in UTC."""
    return moment.astimezone(UTC).isoformat()


def microseconds(moment: datetime) -> int:
    """Microseconds since 1970, exactly: what times are sorted by."""
    return (moment - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)
