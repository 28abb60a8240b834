"""Handing a finished run in, and keeping it where that fails: a token that is refused loses nothing."""

from __future__ import annotations

import contextlib
import shutil
from collections.abc import Callable
from pathlib import Path

from leaderboard.domain import FenceLost, Forbidden, NotFound, StarwattError
from runners.assignment import Assignment
from runners.kept import Finished, Kept, left, seal
from runners.space import Claimed


class HandingIn:
    """What a worker does with runs that have ended."""

    def __init__(
        self, kept: Kept | None, say: Callable[[str], None], assign: Callable[[Claimed], Assignment]
    ) -> None:
        """`kept`: where runs stay that the Space does not take now; None: they do not."""
        self._kept, self._say, self._assign = kept, say, assign
        self.stays: set[Path] = set()
        """Job folders that hold such a run; they are not to be deleted."""

    def hand_in(self, assignment: Assignment, finished: Finished) -> None:
        """Bring a run to the Space; one that it does not take now stays on this disk.

        Raises:
            FenceLost, NotFound: it takes it no more, and another runner measures it.
            StarwattError, Stopped: why it was not handed in.
        """
        if self._kept is None or finished.ending.outcome == "failed":
            assignment.hand_in(finished.job, finished.ending)
            return
        with contextlib.suppress(OSError):
            # Whatever ends this worker now, the next one finds the run.
            seal(finished)
        try:
            assignment.hand_in(finished.job, finished.ending)
        except (FenceLost, NotFound):
            raise
        except BaseException as error:
            self.keep(finished, error)
            raise

    def keep(self, finished: Finished, error: BaseException | None = None) -> None:
        """Put a run aside, for the next start; a failure has nothing to keep."""
        if self._kept is None or finished.ending.outcome == "failed" or finished.folder in self.stays:
            return
        self.stays.add(finished.folder)
        place = self._kept.keep(finished)
        why = f" ({error.message})" if isinstance(error, StarwattError) else ""
        self._say(
            f"{finished.claimed.submission_id}: its run is finished and not handed in{why}; it is kept in "
            f"{place}, and is handed in when this worker is started again, with a token that is good."
        )

    def bring(self, finished: Finished) -> None:
        """Hand a run in that was kept; one that another runner measures meanwhile is left to a person.

        Raises:
            Forbidden: the token is refused still.
            StarwattError, Stopped: why it was not handed in.
        """
        who = finished.claimed.submission_id
        try:
            self._assign(finished.claimed).hand_in(finished.job, finished.ending)
        except (FenceLost, NotFound) as error:
            self._say(f"{who}: {left(finished, error)}")
        except Forbidden:
            self._say(f"{who}: its run stays in {finished.folder}; this token is refused.")
            raise
        else:
            shutil.rmtree(finished.folder, ignore_errors=True)
