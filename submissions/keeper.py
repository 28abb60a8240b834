"""Keeps the record's log on the Hub at the record's heels, and says when what was written is safe there."""

from __future__ import annotations

import contextlib
import logging
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any, Self

from leaderboard.board.times import brief, moment
from leaderboard.domain import Conflict, StarwattError, Status, now
from leaderboard.publish import Patience, make_hub
from leaderboard.publish.record_log import RecordLog
from leaderboard.publish.restore import Restored, has_record, restore_from_hub
from leaderboard.record import Record
from leaderboard.settings import Settings
from submissions.intake import queued_event

logger = logging.getLogger("starwatt.keeper")
COMMIT_EVERY_S = 60.0
"""At most this much is lost with the disk while nobody waits for a commit."""
BURST, REFILL_S = 20, 36.0
"""Commits that may follow each other at once, and how long one takes to be saved up: 100 an hour."""
MOST_WAITING = 8
"""Requests that may stand and wait for a commit; more would keep the pages from being served."""
SAVED = "saved-on-hub"
"""A file in the data folder. Its time is when the Hub last had the whole record; a restart knows it so."""
SILENT_S = 10.0
"""A Hub that was asked for longer than this does not answer."""
_END_S = 20.0
_ALL = 1_000_000
"""More submissions than wait at any time."""


@dataclass(frozen=True)
class Kept:
    """The copy of the record on the Hub."""

    saved_at: datetime | None
    """When it was last as the record here; None: never yet."""
    silent_since: datetime | None
    """Since when the Hub has been asked in vain; None: it answers."""

    @property
    def age_s(self) -> float | None:
        """Seconds since then; None: it never was."""
        return None if self.saved_at is None else (now() - self.saved_at).total_seconds()

    def told(self) -> dict[str, Any]:
        """The same for programs."""
        at = self.saved_at.isoformat() if self.saved_at else None
        return {"answers": self.silent_since is None, "saved_at": at, "age_s": self.age_s}

    def news(self) -> str:
        """What every page says while the Hub is silent; empty: it answers."""
        if self.silent_since is None:
            return ""
        since, age = moment(self.silent_since), self.age_s
        copy = "It has no copy of it yet." if age is None else f"Its copy is from {brief(age)} ago."
        return f"The Hub has not answered since {since}. This is the record as it lies here. {copy}"


class Keeper:
    """One thread that commits: by the clock, and at once where somebody waits for it."""

    def __init__(self, record: Record, log: RecordLog | None, *, hub_first: bool) -> None:
        """`hub_first`: nothing is promised before the Hub has it (STARWATT_DURABILITY=hub)."""
        self._record = record
        self._log = log
        self.hub_first = hub_first and log is not None
        self._safe_to = 0
        self._asking_since: datetime | None = None
        self._wanted = False
        self._stopping = False
        self._change = threading.Condition()
        self._waiting = threading.BoundedSemaphore(MOST_WAITING)
        self._thread = threading.Thread(target=self._work, name="record-log", daemon=True)

    @classmethod
    def of(cls, record: Record, settings: Settings) -> Self:
        """The Space's keeper; without a data set and a token it has nothing to do."""
        hub = make_hub(settings)
        keeper = cls(record, None, hub_first=False)
        if hub is not None and settings.dataset is not None:
            patience = replace(Patience(), sleep=keeper._sleep)
            keeper._log = RecordLog(record, hub, settings.dataset, patience)
            keeper.hub_first = settings.durability == "hub"
        return keeper

    def start(self) -> None:
        """Begin; what waited for another durability than today's is queued."""
        if not self.hub_first:
            waiting = self._record.submissions([Status.RECEIVED], limit=_ALL)
            # The oldest first, as they came; a bundle waits for an operator.
            self._queue([row.submission.id for row in reversed(waiting) if not row.submission.attested])
        if self._log is not None:
            self._thread.start()

    def stop(self) -> None:
        """Commit what is left, if the Hub takes it at once, and end."""
        with self._change:
            self._stopping = True
            self._change.notify_all()
        if self._thread.ident is not None:
            self._thread.join(_END_S)

    def wake(self) -> None:
        """Something was written that waits for the Hub."""
        with self._change:
            self._wanted = True
            self._change.notify_all()

    def is_safe(self, within_s: float) -> bool:
        """Whether all that is written now is where it was promised to be; waits for it a while."""
        if not self.hub_first:
            return True
        position = self._record.journal_position()
        if self._safe_to < position:
            self.wake()
        if self._waiting.acquire(blocking=False):
            try:
                with self._change:
                    self._change.wait_for(lambda: self._safe_to >= position or self._stopping, within_s)
            finally:
                self._waiting.release()
        return self._safe_to >= position

    def kept(self) -> Kept | None:
        """How the Hub's copy of the record stands; None: there is none to be had."""
        if self._log is None:
            return None
        saved, asking = self._record.folder / SAVED, self._asking_since
        at = datetime.fromtimestamp(saved.stat().st_mtime, UTC) if saved.exists() else None
        silent = asking is not None and (now() - asking).total_seconds() > SILENT_S
        return Kept(at, asking if silent else None)

    def told(self) -> dict[str, Any] | None:
        """The same for programs."""
        kept = self.kept()
        return None if kept is None else kept.told()

    def news(self) -> str:
        """What every page says while the Hub is silent; empty: nothing."""
        kept = self.kept()
        return "" if kept is None else kept.news()

    def push(self) -> None:
        """Bring the log up to date once, and queue what is safe by it."""
        assert self._log is not None
        self._asking_since = self._asking_since or now()
        logged = self._log.push()
        (self._record.folder / SAVED).touch()
        self._asking_since = None
        with self._change:
            self._safe_to = logged.position
            self._change.notify_all()
        self._queue(logged.received)

    def _queue(self, received: Sequence[str]) -> None:
        for submission_id in received:
            submission = self._record.submission(submission_id)
            # A bundle waits for an operator and never for a runner.
            if submission.attested:
                continue
            # It may have been cancelled meanwhile.
            with contextlib.suppress(Conflict):
                self._record.append(submission_id, queued_event(submission))

    def _work(self) -> None:
        saved, counted_at = float(BURST), time.monotonic()
        while not self._stopping:
            with self._change:
                # Before the push: what is written while it is under way asks for the next one.
                self._wanted = False
            self._try_to_push()
            saved -= 1
            with self._change:
                if self.hub_first:
                    self._change.wait_for(lambda: self._wanted or self._stopping, COMMIT_EVERY_S)
                else:
                    self._change.wait_for(lambda: self._stopping, COMMIT_EVERY_S)
                saved = min(float(BURST), saved + (time.monotonic() - counted_at) / REFILL_S)
                counted_at = time.monotonic()
                if saved < 1:
                    self._change.wait_for(lambda: self._stopping, (1 - saved) * REFILL_S)
        self._try_to_push()

    def _try_to_push(self) -> None:
        try:
            self.push()
        except StarwattError as error:
            # The journal keeps the work: the next round tries again.
            logger.warning("the record's log waits: %s", error)
        # The worker's loop: whatever happens in one round, the next is tried.
        except Exception:
            logger.exception("the record's log waits")

    def _sleep(self, seconds: float) -> None:
        """A pause between two tries; cut short at the end."""
        with self._change:
            self._change.wait_for(lambda: self._stopping, seconds)


def restore_if_empty(settings: Settings) -> Restored | None:
    """What has to happen before the record is opened: on an empty disk, the record again from the Hub.

    None: the disk has a record, no Hub is set, or the Hub has none yet.

    Raises:
        HubUnavailable: the Hub does not answer; an empty record is not begun over a full one.
        Forbidden, Refused, BadFile, WrongSchema, StorageUnavailable: why it cannot be restored.
    """
    hub = make_hub(settings)
    if hub is None or settings.dataset is None or has_record(settings.data):
        return None
    restored = restore_from_hub(hub, settings.dataset, settings.data)
    if restored is not None:
        logger.warning("this disk was empty: restored %s", restored.sentence)
    return restored
