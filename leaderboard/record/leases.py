"""Who holds what until when: deadlines on the monotonic clock, kept in memory (DESIGN §4).

The wall clock may jump and the process may restart; neither may take a lease away early. A restart
therefore gives every live lease its full length again.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass, replace

from leaderboard.record.clock import Clock


@dataclass(frozen=True)
class Lease:
    """A claim that is being kept alive: by its fence, so that an old one is never taken for a new one."""

    submission_id: str
    fence: int
    heard_at: float
    """When the runner was last heard, seconds on the monotonic clock."""
    lease_s: float


class Leases:
    """Every lease that may still run."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._held: dict[tuple[str, int], Lease] = {}

    def grant(self, submission_id: str, fence: int, lease_s: float) -> None:
        """Start or prolong a lease from now."""
        lease = Lease(submission_id, fence, self._clock.monotonic(), lease_s)
        with self._lock:
            self._held[submission_id, fence] = lease

    def prolong(self, submission_id: str, fence: int) -> None:
        """Start a lease that is there again from now, with the length it has."""
        with self._lock:
            lease = self._held.get((submission_id, fence))
            if lease is not None:
                heard_at = self._clock.monotonic()
                self._held[submission_id, fence] = replace(lease, heard_at=heard_at)

    def expired(self) -> list[Lease]:
        """Those not heard from for longer than their length, longest silence first."""
        moment = self._clock.monotonic()
        with self._lock:
            silent = [lease for lease in self._held.values() if moment - lease.heard_at > lease.lease_s]
        return sorted(silent, key=lambda lease: lease.heard_at)

    def has_expired(self, lease: Lease) -> bool:
        """Whether this lease still stands as it was and is over."""
        with self._lock:
            stands = self._held.get((lease.submission_id, lease.fence)) == lease
        return stands and self.silence_s(lease) > lease.lease_s

    def forget(self, lease: Lease) -> None:
        """Drop a lease that was seen to be over; one that was prolonged meanwhile stays."""
        with self._lock:
            if self._held.get((lease.submission_id, lease.fence)) == lease:
                del self._held[lease.submission_id, lease.fence]

    def silence_s(self, lease: Lease) -> float:
        """Seconds since the runner was heard."""
        return self._clock.monotonic() - lease.heard_at
