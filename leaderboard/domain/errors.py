"""Every error a user can meet, as one tree.

StarwattError              what happened and why · what to do about it
├─ BadInput                the caller can mend it            exit 2, HTTP 400
│  ├─ UnknownName          no such task, hardware, rule …    exit 2, HTTP 404
│  ├─ BadFile              a file that cannot be read as what it should be
│  └─ WrongSchema          a file of another schema version
├─ NotFound                no such model, run, submission    exit 2, HTTP 404
├─ Refused                 checks failed; carries Findings   exit 2, HTTP 422
│  └─ Unpinned             a task's data set has no revision yet
├─ Conflict                somebody was there first          exit 2, HTTP 409
│  └─ FenceLost            the lease went to another worker
├─ SignInNeeded            nobody is signed in               exit 2, HTTP 401
├─ Forbidden               a token is missing or wrong       exit 2, HTTP 403
├─ TooMany                 a limit is reached; says when it ends   exit 2, HTTP 429
├─ MeasurementFailed       no figure can be given            exit 1
│  ├─ NoReading            the meter gave nothing usable
│  ├─ ChildFailed          the process that holds the model died, hung or lied
│  └─ BenchKilled          the bench, which holds no model, was ended from outside
└─ Unavailable             outside trouble, worth a retry    exit 1, HTTP 503
   ├─ HubUnavailable       the Hub did not answer
   ├─ SpaceUnavailable     the Space did not answer
   └─ StorageUnavailable   no disk, a read-only folder, a locked record
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar

if TYPE_CHECKING:
    from leaderboard.domain.findings import Finding


class StarwattError(Exception):
    """An error with a sentence that says what happened and why, and one that says what to do."""

    code: ClassVar[str] = "error"
    http_status: ClassVar[int] = 500
    exit_code: ClassVar[int] = 1

    def __init__(self, message: str, remedy: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.remedy = remedy

    def __str__(self) -> str:
        return f"{self.message} {self.remedy}".strip()


class BadInput(StarwattError):
    """What was given cannot be used; the caller can mend it."""

    code = "bad_input"
    http_status = 400
    exit_code = 2


class UnknownName(BadInput):
    """A name that is not in the catalogue; the remedy lists the names that are."""

    code = "unknown_name"
    http_status = 404

    def __init__(self, kind: str, name: str, known: Sequence[str]) -> None:
        super().__init__(f"There is no {kind} {name!r}.", f"Known: {', '.join(known) or 'none yet'}.")
        self.kind, self.name, self.known = kind, name, tuple(known)


class BadFile(BadInput):
    """A file that cannot be read as what it should be."""

    code = "bad_file"


class WrongSchema(BadFile):
    """A file of another schema version, or of none."""

    code = "wrong_schema"


class NotFound(StarwattError):
    """There is no such thing."""

    code = "not_found"
    http_status = 404
    exit_code = 2


class Refused(StarwattError):
    """Checks said no. `findings` holds each check's own words and remedy."""

    code = "refused"
    http_status = 422
    exit_code = 2

    def __init__(self, message: str, remedy: str = "", findings: Sequence[Finding] = ()) -> None:
        super().__init__(message, remedy)
        self.findings = tuple(findings)


class Unpinned(Refused):
    """An official run of a task whose data set has no revision yet (METHOD §2): for an operator to mend."""

    code = "unpinned"


class Conflict(StarwattError):
    """It cannot be done now, because of what was done before."""

    code = "conflict"
    http_status = 409
    exit_code = 2


class FenceLost(Conflict):
    """A write came from a worker whose lease has gone to another; it must stop (DESIGN §4)."""

    code = "fence_lost"


class SignInNeeded(StarwattError):
    """Nobody is signed in, and this needs somebody."""

    code = "sign_in_needed"
    http_status = 401
    exit_code = 2


class TooMany(StarwattError):
    """A limit is reached for now."""

    code = "too_many"
    http_status = 429
    exit_code = 2

    def __init__(self, message: str, remedy: str = "", *, retry_after_s: float) -> None:
        """`retry_after_s`: when it is worth another try."""
        super().__init__(message, remedy)
        self.retry_after_s = retry_after_s


class Forbidden(StarwattError):
    """A token is missing or wrong, or the request came from elsewhere."""

    code = "forbidden"
    http_status = 403
    exit_code = 2


class MeasurementFailed(StarwattError):
    """No figure can be given, and why."""

    code = "measurement_failed"


class NoReading(MeasurementFailed):
    """The meter gave nothing usable; that is never 0 J."""

    code = "no_reading"


class ChildFailed(MeasurementFailed):
    """The process that holds the model died, hung or said what cannot be."""

    code = "child_failed"

    def __init__(self, message: str, remedy: str = "", *, out_of_memory: bool = False) -> None:
        """`out_of_memory`: whether it is known, or most likely, that memory ended."""
        super().__init__(message, remedy)
        self.out_of_memory = out_of_memory


class BenchKilled(MeasurementFailed):
    """A signal ended the bench. It holds no model, so that this says nothing about one."""

    code = "bench_killed"


class Unavailable(StarwattError):
    """Trouble outside, worth another try."""

    code = "unavailable"
    http_status = 503


class HubUnavailable(Unavailable):
    """The Hub did not answer."""

    code = "hub_unavailable"


class SpaceUnavailable(Unavailable):
    """The Space did not answer."""

    code = "space_unavailable"


class StorageUnavailable(Unavailable):
    """No disk, a read-only folder, or a record that another process holds."""

    code = "storage_unavailable"
    exit_code = 2
