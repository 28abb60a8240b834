"""How much may be asked for: by a person, for an organisation, from an address; and by all together."""

from __future__ import annotations

from typing import Self

from pydantic import Field

from leaderboard.domain.errors import BadInput, TooMany
from leaderboard.domain.words import Instant, Word

DAY_S = 86_400
LARGEST = 1_000_000
_SOON_S = 60.0
"""When it is worth asking again where only the end of a run makes room."""


class Limits(Word):
    """Submissions of a day (any 24 hours) and open ones at once; None: no limit.

    What was cancelled before it started counts for nothing, but in the ceilings of what is made in a day: who
    submits and cancels without end keeps everybody's record busy. An organisation's count is of its own: what
    is submitted for it counts for the person too.
    """

    person_day: int | None = Field(default=20, ge=0, le=LARGEST)
    person_open: int | None = Field(default=10, ge=0, le=LARGEST)
    organisation_day: int | None = Field(default=60, ge=0, le=LARGEST)
    organisation_open: int | None = Field(default=30, ge=0, le=LARGEST)
    address_day: int | None = Field(default=60, ge=0, le=LARGEST)
    address_open: int | None = Field(default=30, ge=0, le=LARGEST)
    person_made: int | None = Field(default=100, ge=0, le=LARGEST)
    organisation_made: int | None = Field(default=300, ge=0, le=LARGEST)
    address_made: int | None = Field(default=300, ge=0, le=LARGEST)
    """Submissions of a day, those that were cancelled early with them."""
    queue: int | None = Field(default=1000, ge=0, le=LARGEST)
    """Open submissions of all; past that the queue would promise what no runner keeps."""
    person_bundles: int | None = Field(default=5, ge=0, le=LARGEST)
    bundles: int | None = Field(default=200, ge=0, le=LARGEST)
    """Bundles of all that wait for an operator: each lies on the disk until then. No runner has them, so they
    are no open submissions; in a day they count as what they are."""

    def only_queue(self) -> Limits:
        """What holds for who operates the Space: the caps of all together alone."""
        return self._without(*(set(Limits.model_fields) - {"queue", "bundles"}))

    def for_runs(self) -> Limits:
        """What a submission that waits for a runner is held to."""
        return self._without(*_OF_BUNDLES)

    def for_bundles(self) -> Limits:
        """What a bundle is held to."""
        return self._without(*_OF_RUNS)

    def _without(self, *fields: str) -> Limits:
        return self.model_copy(update=dict.fromkeys(fields))

    def changed(self, text: str) -> Self:
        """With the limits named in a text in place of these: `person-day=5,queue=none`.

        Raises:
            BadInput: no such limit, or no number; the message names it.
        """
        given: dict[str, int | None] = {}
        for part in filter(None, (part.strip() for part in text.split(","))):
            name, _, value = (word.strip() for word in part.partition("="))
            field = name.replace("-", "_")
            number = value.isascii() and value.isdigit() and int(value) <= LARGEST
            if field not in Limits.model_fields or not (number or value == "none"):
                names = ", ".join(field.replace("_", "-") for field in Limits.model_fields)
                raise BadInput(
                    f"{part[:60]!r} is no limit.",
                    f"Write NAME=NUMBER or NAME=none with commas between; the names are {names}.",
                )
            given[field] = int(value) if number else None
        return self.model_copy(update=given)


_OF_RUNS = ("person_open", "organisation_open", "address_open", "queue")
_OF_BUNDLES = ("person_bundles", "bundles")


class Use(Word):
    """One limit, and how far it is used."""

    name: str
    """`person-day`, `queue` …"""
    allowed: int
    used: int
    """Never said to be more than is allowed."""
    free_at: Instant | None
    """When the next place is free by the clock; None: none is used, or only an end frees it."""

    @property
    def scope(self) -> str:
        """Whose limit it is: `person`, `organisation`, `address`, `queue` or `bundles`."""
        return self.name.partition("-")[0]

    @property
    def reached(self) -> bool:
        return self.used >= self.allowed

    @property
    def share(self) -> float:
        """How full it is, 0 to 1."""
        return self.used / self.allowed if self.allowed else 1.0

    @property
    def words(self) -> str:
        """What is counted, after a number: "submissions of yours in 24 hours"."""
        return _WORDS[self.name]

    def refusal(self, at: Instant) -> TooMany:
        """What is said to who asks for more at a moment."""
        message = f"{self.used} of {self.allowed} {self.words}: that is the limit."
        if self.free_at is None:
            remedy = _FREED.get(self.name, _FREED_BY_END)
            return TooMany(message, remedy, retry_after_s=_SOON_S)
        wait_s = max((self.free_at - at).total_seconds(), 1.0)
        when = f"{self.free_at:%Y-%m-%d %H:%M} UTC"
        return TooMany(message, f"The next is free at {when}.", retry_after_s=wait_s)


_WORDS = {
    "person-day": "submissions of yours in 24 hours",
    "person-open": "open submissions of yours",
    "organisation-day": "submissions of the organisation in 24 hours",
    "organisation-open": "open submissions of the organisation",
    "address-day": "submissions from your network address in 24 hours",
    "address-open": "open submissions from your network address",
    "person-made": "submissions of yours in 24 hours, cancelled ones with them",
    "organisation-made": "submissions of the organisation in 24 hours, cancelled ones with them",
    "address-made": "submissions from your network address in 24 hours, cancelled ones with them",
    "queue": "submissions in the queue",
    "person-bundles": "bundles of yours that wait for an operator",
    "bundles": "bundles that wait for an operator",
}
_FREED_BY_END = "Wait until one of them ends, or cancel one that has not started: that costs nothing."
_FREED = {
    "queue": "The queue is full for everybody: come back when some runs have ended.",
    "person-bundles": "Wait until an operator has decided about one of them, or cancel one.",
    "bundles": "Operators have to decide about some first: send yours again later; its nonce stays good.",
}
